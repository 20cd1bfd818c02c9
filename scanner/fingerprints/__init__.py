"""What the world knows of devices, as data, and the engine that holds observations against it."""

from scanner.fingerprints.fingerprint import KINDS, Condition, Example, Fingerprint, Hit
from scanner.fingerprints.gaps import stub, unmatched
from scanner.fingerprints.identify import identify
from scanner.fingerprints.loader import load
from scanner.fingerprints.matcher import Knowledge

__all__ = [
    "KINDS",
    "Condition",
    "Example",
    "Fingerprint",
    "Hit",
    "Knowledge",
    "identify",
    "load",
    "stub",
    "unmatched",
]
