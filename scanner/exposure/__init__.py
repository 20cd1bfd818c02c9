"""What a device exposes: findings of a list of their own, read from what was said, never by trying anything.

`signs` gathers what the report's evidence does not hold, while messages are read; `data/exposure.toml` says what
counts, and since when which firmware is known to be exploited; `assessing` holds devices against both. Exposures are
`Finding`s of the list "exposure" and stand apart from the lists of makers: they change no verdict on a maker.
"""

from scanner.exposure.assessing import COUNTS, LIST, Exposing, assess
from scanner.exposure.knowledge import Exposures, load_exposures
from scanner.exposure.signs import Signs

__all__ = ["COUNTS", "LIST", "Exposing", "Exposures", "Signs", "assess", "load_exposures"]
