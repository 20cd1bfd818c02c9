"""Hashes of site icons, as internet-wide search engines print them: icon bytes to two texts.

Strategy: Shodan and those who follow it hash not the icon but its Base64 text with a line break after every
76 characters, by MurmurHash3 x86 32-bit with seed 0, printed as a signed number. The function is twenty lines
and its definition is public domain (Austin Appleby, SMHasher, MurmurHash3.cpp), so it is written out here.
"""

import base64
import hashlib
from itertools import starmap
from struct import iter_unpack

MAX_ICON = 128 * 1024
"""Bytes of an icon that is hashed; a larger one is not hashed at all, for half a hash matches nothing."""

_C1, _C2, _MASK = 0xCC9E2D51, 0x1B873593, 0xFFFFFFFF


def murmur3_32(data: bytes, seed: int = 0) -> int:
    """Return MurmurHash3 x86 32-bit of `data`, unsigned (MurmurHash3.cpp, MurmurHash3_x86_32).

    >>> hex(murmur3_32(b"test", 0x9747B28C))
    '0x704b81dc'
    """
    whole = len(data) & ~3
    state = seed
    for block in starmap(_scramble, iter_unpack("<I", data[:whole])):
        state ^= block
        state = (state << 13 | state >> 19) & _MASK
        state = (state * 5 + 0xE6546B64) & _MASK
    state ^= _scramble(int.from_bytes(data[whole:], "little"))
    return _avalanche(state ^ len(data))


def _scramble(block: int) -> int:
    block = (block * _C1) & _MASK
    block = (block << 15 | block >> 17) & _MASK
    return (block * _C2) & _MASK


def _avalanche(state: int) -> int:
    state = (state ^ state >> 16) * 0x85EBCA6B & _MASK
    state = (state ^ state >> 13) * 0xC2B2AE35 & _MASK
    return state ^ state >> 16


def favicon_hashes(icon: bytes) -> tuple[str, str] | None:
    """Return the search engines' hash (signed decimal) and the MD5 (hex) of an icon; None for no or huge icons."""
    if not 0 < len(icon) <= MAX_ICON:
        return None
    number = murmur3_32(base64.encodebytes(icon))
    signed = number - (1 << 32) if number >> 31 else number
    return str(signed), hashlib.md5(icon, usedforsecurity=False).hexdigest()
