"""Text of lines "name=value", as makers' CGI programs answer, to dotted pairs: ("root.Brand.ProdNbr", "M1065-LW").

Dahua's, Axis's and Hanwha's interfaces answer so. A text is one only if its first line is. Names that may hold a secret
are left out with their values; number and length are bounded.
"""

import re
from collections.abc import Iterator

from scanner.protocols._secrets import is_secret

MAX_LINES = 2048
"""Lines of one text that are looked at."""
MAX_PAIRS = 160
"""Pairs of one text that are kept."""
_LINE = re.compile(r"([A-Za-z][\w.:-]{0,159})=(\S[^\r\n]{0,1023}|)\s*")


def read_pairs(text: str) -> tuple[tuple[str, str], ...]:
    r"""Return the pairs of a text; () for one that does not begin with such a line.

    >>> read_pairs("deviceType=IPC-HDW5831R-ZE\r\nserialNumber=4X7C5A1ZAG21L3F\r\npassword=x")
    (('deviceType', 'IPC-HDW5831R-ZE'), ('serialNumber', '4X7C5A1ZAG21L3F'))
    """
    lines = text.strip().splitlines()[:MAX_LINES]
    if not lines or not _LINE.fullmatch(lines[0]):
        return ()
    return tuple(dict.fromkeys(_pairs(lines)))[:MAX_PAIRS]


def _pairs(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        found = _LINE.fullmatch(line)
        if found and found[2] and not is_secret(found[1].rpartition(".")[2]):
            yield found[1], found[2].strip()
