r"""Patterns of Perl's and Ruby's kind → RE2, where RE2 has the same thing, else unchanged for it to refuse.

What guards a backtracking engine means nothing to RE2 and is dropped: atomic groups become plain ones and
possessive repetitions plain ones. One look-ahead is so common in nmap's file that it is written out: "header
lines up to the blank one", `(?:[^\r\n]*\r\n(?!\r\n))*?`. All others stay, and RE2 refuses them.
"""

import re
from collections.abc import Mapping

_HEADER_LINES = r"(?:[^\r\n]*\r\n(?!\r\n))*?"
_AS_RE2 = r"(?:[^\r\n]*\r\n(?:[^\r\n]+\r\n)*?)?"
_TOKEN = re.compile(
    r"""(?P<escape>\\(?:x\{[0-9A-Fa-f]+\}|.))
    |(?P<set>\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\])
    |(?P<special>\(\?(?:P?<[A-Za-z_]\w*>|[^)<]|<[=!])?)
    |(?P<group>\()
    |(?P<possessive>(?:[*+?]|\{\d+(?:,\d*)?\})\+)
    """,
    re.VERBOSE | re.DOTALL,
)


def to_re2(pattern: str, flags: str = "", groups: Mapping[int, str] | None = None) -> str:
    r"""Return a pattern for RE2; `flags` are letters of (?…), `groups` names for groups by their number.

    Group numbers begin at 1 and count capturing parentheses from the left, as in Perl and Ruby.

    >>> to_re2(r"^AXIS (\S++) ((?>v\d+))\0$", "i", {2: "firmware"})
    '(?i)^AXIS (\\S+) (?P<firmware>(?:v\\d+))\\x00$'
    """
    names, count = groups or {}, 0

    def token(found: re.Match[str]) -> str:
        nonlocal count
        text = found[0]
        if text == "(?>":
            return "(?:"
        if found["special"] and not text.endswith(">"):
            return text
        if found["group"] or found["special"]:
            count += 1
            return f"(?P<{names[count]}>" if count in names else "("
        if found["possessive"]:
            return text[:-1]
        return _escape(text, pattern[found.end() : found.end() + 1])

    body = _TOKEN.sub(token, pattern.replace(_HEADER_LINES, _AS_RE2))
    return (f"(?{flags})" if flags else "") + body


def _escape(text: str, following: str) -> str:
    r"""Return an escape or a set; `\0` before no further octal digit is written as RE2 wants it."""
    if text.startswith("["):
        return re.sub(r"\\0(?![0-7])", r"\\x00", text)
    return r"\x00" if text == r"\0" and following not in "01234567" else text
