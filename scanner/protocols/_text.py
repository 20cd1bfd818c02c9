"""Heads of text protocols (HTTP, RTSP, SIP, SSDP): raw bytes to start line, headers and challenges.

Strategy: one reader for every protocol that borrows RFC 822 lines, because devices break all of them in the
same ways. Lines end with CRLF or LF, headers fold, repeat and lose their colon, names keep the case and the
order in which they were sent (both tell makers apart). Everything is bounded before it is split, every loop
moves forward, and no bytes make it raise.
"""

import codecs
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

REMEMBERED = 8
"""Messages whose head is kept for the next reader."""
MAX_HEAD = 32 * 1024
"""Bytes of one head that are looked at."""
MAX_LINE = 8 * 1024
"""Bytes of one line that are kept."""
MAX_HEADERS = 128
"""Headers of one head that are kept."""
MAX_NAME = 64
"""Characters of a header name; anything longer is not one."""
MAX_CHALLENGE_TEXT = 8 * 1024
"""Characters of one WWW-Authenticate value that are read."""
MAX_CHALLENGES = 16
"""Challenges of one answer that are kept."""
MAX_PARAMS = 32
"""Parameters of one challenge that are kept."""

CHARSETS = {
    "gb2312": "gb18030",
    "gb231280": "gb18030",
    "gbk": "gb18030",
    "xgbk": "gb18030",
    "cp936": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "big5hkscs": "big5hkscs",
    "shiftjis": "cp932",
    "sjis": "cp932",
    "xsjis": "cp932",
    "windows31j": "cp932",
    "eucjp": "euc_jp",
    "euckr": "cp949",
    "ksc56011987": "cp949",
    "iso88591": "latin_1",
    "latin1": "latin_1",
    "usascii": "latin_1",
    "windows1252": "cp1252",
    "iso88592": "iso8859_2",
    "windows1250": "cp1250",
    "iso88595": "iso8859_5",
    "windows1251": "cp1251",
    "koi8r": "koi8_r",
    "iso88599": "iso8859_9",
    "windows1254": "cp1254",
    "iso885915": "iso8859_15",
}
"""Declared character sets that are believed, spelt without punctuation, with the codec that reads them.

A closed list: a device must not choose among all of Python's codecs. GB2312 and GBK are read as GB18030,
their superset, because devices that declare the one send the other.
"""

_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
_TOKEN_ENDS = frozenset(' \t\r\n,=";')


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One head: its first line, its headers as sent, and where the body begins in the raw bytes.

    `complete` is false where the bytes end before the empty line that closes a head.
    """

    start_line: str
    headers: tuple[tuple[str, str], ...]
    body_offset: int
    complete: bool

    def get(self, name: str) -> str | None:
        """Return the first value of a header, whatever the case of its name, or None."""
        wanted = name.lower()
        return next((value for sent, value in self.headers if sent.lower() == wanted), None)

    def get_all(self, name: str) -> tuple[str, ...]:
        """Return every value of a header in the order sent."""
        wanted = name.lower()
        return tuple(value for sent, value in self.headers if sent.lower() == wanted)

    @property
    def names(self) -> str:
        """The header names in order and case as sent, with commas between: "CONNECTION,CONTENT-LENGTH"."""
        return ",".join(name for name, _ in self.headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """One authentication challenge: scheme as sent and its parameters, names in lower case."""

    scheme: str
    params: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        """Return the first parameter of this (lower-case) name, or None."""
        return next((value for key, value in self.params if key == name), None)

    @property
    def realm(self) -> str | None:
        """The protection space that is named, or None where the challenge names none."""
        return self.get("realm")


@lru_cache(maxsize=REMEMBERED)
def read_head(raw: bytes) -> Head | None:
    """Read the head that `raw` begins with (RFC 9112 §2 and §5), or None where there is no first line.

    Empty lines and NULs before the first line are passed over (RFC 9112 §2.2). The head ends at an empty
    line, or at a line that begins with "<", because some devices forget the empty line.
    """
    offset = len(raw[:MAX_HEAD]) - len(raw[:MAX_HEAD].lstrip(b"\r\n\0"))
    lines, body_offset, complete = _lines(raw, offset)
    if not lines:
        return None
    texts = [decode(line[:MAX_LINE]) for line in lines]
    headers = tuple(_headers(texts[1:]))
    return Head(start_line=texts[0].strip(), headers=headers, body_offset=body_offset, complete=complete)


def _lines(raw: bytes, offset: int) -> tuple[list[bytes], int, bool]:
    """Return the lines of the head from `offset` on, where its body begins, and whether it was closed."""
    lines: list[bytes] = []
    end = min(len(raw), offset + MAX_HEAD)
    while offset < end:
        stop = raw.find(b"\n", offset, end)
        line = raw[offset : stop if stop >= 0 else end].rstrip(b"\r\0")
        if lines and line[:1] == b"<":
            return lines, offset, True
        offset = stop + 1 if stop >= 0 else end
        if not line:
            return lines, offset, True
        lines.append(line)
    return lines, end, False


def _headers(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Join folded lines and split each at its first colon; lines that are no header are passed over."""
    name, parts, count = "", [""], 0
    for line in lines:
        if line[:1] in " \t":
            parts.append(line.strip())
            continue
        if name and count < MAX_HEADERS:
            count += 1
            yield name, " ".join(filter(None, parts))[:MAX_LINE]
        name, value = _split_header(line)
        parts = [value]
    if name and count < MAX_HEADERS:
        yield name, " ".join(filter(None, parts))[:MAX_LINE]


def _split_header(line: str) -> tuple[str, str]:
    """Return name and value of one line; the name is empty where the line is no header."""
    name, colon, value = line.partition(":")
    name = name.strip()
    if not colon or len(name) > MAX_NAME or not name.isprintable() or " " in name:
        return "", ""
    return name, value.strip()


def decode(raw: bytes, charset: str | None = None) -> str:
    """Decode bytes from a device; `charset` is what it declared, if it did.

    UTF-8 first, whatever was declared, since text that is not UTF-8 hardly ever passes for it, and a
    character cut off at the end does not count against it. Then the declared set if it is in CHARSETS, then
    GB2312 where all bytes above 7F pair up as in Chinese text, then UTF-8 with a few marks for bad bytes,
    then Latin-1.
    """
    if raw.isascii():
        return raw.decode("ascii")
    text = _strict(raw, "utf-8")
    if text is not None:
        return text
    known = CHARSETS.get(_plain(charset)) if charset else None
    if known:
        return raw.decode(known, "replace")
    if _strict(raw, "gb2312") is not None:
        return raw.decode("gb18030", "ignore")
    replaced = raw.decode("utf-8", "replace")
    bad = replaced.count("\ufffd")
    foreign = sum(1 for c in replaced if c > "\x7f") - bad
    return replaced if foreign >= 4 * bad else raw.decode("latin-1")


def document_text(raw: bytes, charset: str | None = None) -> str:
    """Decode a whole document: as `decode`, but a byte order mark decides, and UTF-16 is known without one."""
    wide = _UTF16.get(raw[:2])
    text = raw.decode(wide, "replace") if wide else decode(raw, charset)
    return text.removeprefix("\ufeff")


def _plain(charset: str) -> str:
    return "".join(c for c in charset[:MAX_NAME].lower() if c.isalnum())


def _strict(raw: bytes, codec: str) -> str | None:
    """Decode without tolerance, but for a character cut off at the end of text with other such characters."""
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        text = decoder.decode(raw)
    except UnicodeDecodeError:
        return None
    cut = decoder.getstate()[0]
    return None if cut and text.isascii() else text


def parse_challenges(values: Iterable[str]) -> tuple[Challenge, ...]:
    """Read the values of WWW-Authenticate headers (RFC 9110 §11.6.1): each may hold several challenges.

    Read as devices write them: quotes left open, quotes inside quotes, missing commas, realms with blanks and
    without quotes, parameters without a scheme (its scheme is then empty), token68 data (passed over).
    """
    found: list[Challenge] = []
    for value in values:
        found.extend(_challenges(value[:MAX_CHALLENGE_TEXT]))
        if len(found) >= MAX_CHALLENGES:
            break
    return tuple(found[:MAX_CHALLENGES])


def _challenges(text: str) -> list[Challenge]:
    found: list[Challenge] = []
    scheme: str | None = None
    params: list[tuple[str, str]] = []
    at = _skip(text, 0, " \t\r\n,;")
    while at < len(text) and len(found) < MAX_CHALLENGES:
        name, at = _token(text, at)
        equals = _skip(text, at, " \t")
        if name and text[equals : equals + 1] == "=":
            value, at = _value(text, equals + 1)
            if len(params) < MAX_PARAMS and value is not None:
                params.append((name.lower(), value))
        elif name:
            if scheme is not None or params:
                found.append(Challenge(scheme=scheme or "", params=tuple(params)))
            scheme, params = name, []
        else:
            at += 1
        at = _skip(text, at, " \t\r\n,;")
    if scheme is not None or params:
        found.append(Challenge(scheme=scheme or "", params=tuple(params)))
    return found


def _skip(text: str, at: int, blanks: str) -> int:
    while at < len(text) and text[at] in blanks:
        at += 1
    return at


def _token(text: str, at: int) -> tuple[str, int]:
    end = at
    while end < len(text) and text[end] not in _TOKEN_ENDS:
        end += 1
    return text[at:end], end


def _value(text: str, at: int) -> tuple[str | None, int]:
    """Return the value after an equals sign and where it ends; None for the padding of token68 data."""
    at = _skip(text, at, " \t")
    if text[at : at + 1] == '"':
        return _quoted(text, at + 1)
    if text[at : at + 1] in ("", "=", ","):
        return None, _skip(text, at, "=")
    return _unquoted(text, at)


def _quoted(text: str, at: int) -> tuple[str, int]:
    """Read to the closing quote: one before a blank, a separator or the end; others belong to the text."""
    out: list[str] = []
    while at < len(text):
        pair = text[at : at + 2]
        if pair in ('\\"', "\\\\"):
            out.append(pair[1])
            at += 2
            continue
        if pair[0] == '"' and (len(pair) == 1 or pair[1] in " \t\r\n,;"):
            return "".join(out), at + 1
        out.append(pair[0])
        at += 1
    return "".join(out), at


def _unquoted(text: str, at: int) -> tuple[str, int]:
    """Read to the next separator, blanks included, but not into a following `name=value`."""
    end = at
    while end < len(text) and text[end] not in ",;\r\n":
        if text[end] in " \t":
            word = _skip(text, end, " \t")
            after = _token(text, word)[1]
            if text[after : after + 1] == "=":
                return text[at:end], end
            end = max(after, end + 1)
        else:
            end += 1
    return text[at:end].strip(), end
