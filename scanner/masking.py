"""A device's words without what tells whose device it is: for recordings that may be shown to others.

What is replaced: the host part of MAC addresses in every spelling (the maker's half stays), IP addresses (those
of the network become documentation addresses, RFC 5737 and RFC 3849), the last characters of serial numbers,
random UUIDs, names and locations, values of secrets. Replacements are keyed, so that they are the same
everywhere in one recording and tell nothing; they keep the length and the kind of each character, so that what
a fingerprint reads (a serial's grammar, a MAC's registrant) is still there. Addresses change their length: then
the lengths that stand before them are mended.
"""

import hashlib
import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import quote

from scanner.mending import keyed_parts, recoded, with_length, with_lengths
from scanner.model import Attribute, Endpoint, Evidence, IPAddress, Message
from scanner.protocols._secrets import is_secret, without_secrets
from scanner.protocols._text import read_head
from scanner.protocols.http_body import read_body

SERIAL_TAIL = 6
"""Characters at the end of a serial number that are replaced: before them stand maker, model and date."""
MIN_SERIAL, MIN_NAME = 5, 3
SHOWN = (ip_network("192.0.2.0/24"), ip_network("198.51.100.0/24"), ip_network("203.0.113.0/24"))
FIRST_SHOWN = 9
"""The last host number that is not given out: routers have low ones."""
HEADER_BYTES = 64
"""How far into a binary datagram a length field is looked for."""

_PRIVATE = [
    ip_network(n)
    for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10")
]
_IP4 = rb"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)"
_IP6 = rb"(?i:(?<![\w:])(?:fe[89ab][0-9a-f]|f[cd][0-9a-f]{2}|2[0-9a-f]{3}):[0-9a-f:]{2,40}(?![\w:]))"
_MAC = rb"(?<![0-9A-Fa-f:-])(?:[0-9A-Fa-f]{2}([:-]))(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:-])"
_REVERSED = rb"0x[0-9A-Fa-f]{8}(?![0-9A-Fa-f])"
_GENERIC = re.compile(
    rb"(?P<mac>" + _MAC.replace(rb"\1", rb"(?P=sep)").replace(rb"([:-])", rb"(?P<sep>[:-])", 1)
    + rb")|(?P<ip4>" + _IP4 + rb")|(?P<ip6>" + _IP6 + rb")|(?P<reversed>" + _REVERSED + rb")"
)  # fmt: skip
_ELEMENT = re.compile(rb"<(?:\w{1,32}:)?(\w{1,64})>([^<]{1,512})</")
_FIELD = re.compile(rb'"(\w{1,64})"\s*:\s*"([^"]{1,512})"')
_COMMON_NAMES = frozenset(
    {
        *(
            "ip",
            "ipc",
            "ipcam",
            "camera",
            "cam",
            "network",
            "video",
            "net",
            "web",
            "server",
            "recorder",
            "nvr",
        ),
        *(
            "dvr",
            "hvr",
            "xvr",
            "dome",
            "bullet",
            "ptz",
            "device",
            "onvif",
            "default",
            "unknown",
            "none",
            "the",
        ),
        *("encoder", "intercom", "of", "and", "hd", "mp", "new"),
    }
)
"""Words that any device may be called by: they name nobody's."""
_WORD = re.compile(r"[^\W_]+")
_TEXT = frozenset({"http", "rtsp", "ssdp", "wsdiscovery", "sip", "uniview", "banner"})
"""Protocols whose messages are text with, at most, a Content-Length."""


@dataclass(slots=True, kw_only=True)
class Mask:
    """What is replaced by what, filled as it goes, the same for every device of one recording.

    `key` is secret and random: without it a MAC's 24 bits could be found by trying.
    """

    key: bytes
    _shown: dict[IPAddress, IPAddress] = field(default_factory=dict)
    _known: dict[bytes, bytes] = field(default_factory=dict)
    _words: dict[bytes, bytes] = field(default_factory=dict)
    _versions: set[bytes] = field(default_factory=set)
    _pattern: re.Pattern[bytes] | None = None

    def anew(self) -> "Mask":
        """Return a mask for another device: it gives the same answers, and has none of this one's words to look for."""
        return Mask(key=self.key, _shown=self._shown)

    def address(self, host: IPAddress) -> IPAddress:
        """Return the address that stands for another, the next free one if it has none yet."""
        if host not in self._shown:
            self._shown[host] = self._next(host)
        if host.packed not in self._known:
            self._known[host.packed] = self._shown[host].packed
            self._pattern = None
        return self._shown[host]

    def _next(self, host: IPAddress) -> IPAddress:
        if isinstance(host, IPv6Address):
            tail = self._digest(host.packed)[:8]
            return IPv6Address(
                (b"\xfe\x80" if host.is_link_local else b"\x20\x01\x0d\xb8").ljust(8, b"\0") + tail
            )
        number = FIRST_SHOWN + sum(1 for known in self._shown if known.version == 4)
        network, rest = divmod(number, 250)
        return SHOWN[network % len(SHOWN)][rest + 1]

    def mac(self, mac: str) -> str:
        """Return a MAC with its maker's half kept, and learn its spellings."""
        raw = bytes.fromhex(mac.replace(":", ""))
        shown = raw[:3] + self._digest(raw)[:3]
        if raw not in self._known:
            self._known[raw] = shown
            self._known.update(zip(_spellings(raw), _spellings(shown), strict=True))
            for old, new in (
                (raw[3:].hex(), shown[3:].hex()),
                (raw[3:].hex().upper(), shown[3:].hex().upper()),
            ):
                self._words.setdefault(old.encode(), new.encode())
            self._pattern = None
        return shown.hex(":")

    def learn(self, evidence: Iterable[Evidence], plain_names: Iterable[str]) -> None:
        """Learn serial numbers, UUIDs, names and locations; names made of `plain_names` alone are no secret."""
        words = [word for name in plain_names for word in (name, *_WORD.findall(name))]
        plain = {word.casefold() for word in words} | _COMMON_NAMES
        for item in evidence:
            if item.attribute is Attribute.MAC:
                self.mac(item.value)
            elif item.attribute is Attribute.SERIAL:
                self._learn_serial(item.value)
            elif item.attribute is Attribute.UUID:
                self._learn_uuid(item.value)
            elif item.attribute in {Attribute.NAME, Attribute.LOCATION}:
                self._learn_name(item.value, plain)
            elif item.attribute in {Attribute.FIRMWARE, Attribute.MODEL}:
                self._versions.update(re.findall(_IP4, item.value.encode()))
        self._pattern = None

    def _learn_serial(self, value: str) -> None:
        if len(value) < MIN_SERIAL or self._holds_mac(value):
            return
        tail = value[-SERIAL_TAIL:]
        self._spell(value, value[: -len(tail)] + self._like(tail.upper(), tail), self._known)

    def _learn_uuid(self, value: str) -> None:
        if self._holds_mac(value) or len(value) < 36:
            return
        head = 0 if value[14] == "4" else len(value) - 12
        masked = value[:head] + self._like(value, value[head:])
        if head == 0:
            masked = masked[:14] + value[14] + masked[15:19] + value[19] + masked[20:]
        for old, new in ((value, masked), (value.upper(), masked.upper()), (value.lower(), masked.lower())):
            self._spell(old, new, self._known)

    def _holds_mac(self, value: str) -> bool:
        plain = value.casefold().replace("-", "").replace(":", "").encode()
        return any(len(raw) == 6 and raw.hex().encode() in plain for raw in self._known)

    def _learn_name(self, value: str, plain: set[str]) -> None:
        """Learn a name and its words; what is plain in them (a brand, a model, "IPC") stays."""
        for word in dict.fromkeys((value, *_WORD.findall(value))):
            parts = _plain_parts(plain).split(word)
            if len(word) >= MIN_NAME and any(any(map(str.isalnum, part)) for part in parts[::2]):
                shown = [
                    self._like(part.casefold(), part) if n % 2 == 0 else part for n, part in enumerate(parts)
                ]
                self._spell(word, "".join(shown), self._words)

    def _spell(self, old: str, new: str, table: dict[bytes, bytes]) -> None:
        """Learn a text as it stands in plain text, in XML and HTML, in URLs, and in UTF-16."""
        for spell in (str, html.escape, quote):
            table.setdefault(spell(old).encode(), spell(new).encode())
        table.setdefault(old.encode("utf-16-le"), new.encode("utf-16-le"))

    def _like(self, seed: str, text: str) -> str:
        """Return other characters of the same kinds and the same bytes: digits for digits, letters for letters."""
        stream = self._digest(seed.encode()) * (1 + len(text) // 32)
        return "".join(_like(character, stream[i]) for i, character in enumerate(text))

    def _digest(self, data: bytes) -> bytes:
        return hashlib.blake2b(data, key=self.key[:64], digest_size=32).digest()

    def message(self, message: Message) -> Message:
        """Return a message masked, with its endpoints."""
        return replace(
            message,
            mac=self.mac(message.mac) if message.mac else None,
            source=self._endpoint(message.source),
            destination=self._endpoint(message.destination),
            request=self.payload(message.protocol, message.request),
            payload=self.payload(message.protocol, message.payload),
        )

    def _endpoint(self, end: Endpoint) -> Endpoint:
        if end.host is None or end.host.is_multicast or end.host.is_unspecified:
            return end
        return replace(end, host=self.address(end.host))

    def payload(self, protocol: str, data: bytes) -> bytes:
        """Return the bytes of one direction, masked; lengths that stand before what changed are mended."""
        if not data:
            return data
        if protocol in {"http", "rtsp", "sip"}:
            return self._headed(data)
        if protocol == "tls":
            return self._certificate(data)
        if protocol in _TEXT or data[:1] in b"<{":
            return self.text(data)
        return self._framed(data)

    def text(self, data: bytes, *, same_length: bool = False) -> bytes:
        """Return text or bytes with everything replaced that is known or looks like an address."""
        hidden = _FIELD.sub(_without_value, _ELEMENT.sub(_without_value, data))
        generic = _GENERIC.sub(lambda found: self._generic(found, same_length=same_length), hidden)
        return self._table().sub(lambda found: self._lookup(found[0]), generic)

    def _table(self) -> re.Pattern[bytes]:
        if self._pattern is None:
            anywhere = sorted((known for known in self._known if len(known) >= 4), key=len, reverse=True)
            words = sorted(self._words, key=len, reverse=True)
            parts = [re.escape(known) for known in anywhere]
            parts += [rb"(?<![A-Za-z0-9])" + re.escape(word) + rb"(?![A-Za-z0-9])" for word in words]
            self._pattern = re.compile(b"|".join(parts) or rb"(?!)", re.DOTALL)
        return self._pattern

    def _lookup(self, found: bytes) -> bytes:
        return self._known.get(found) or self._words.get(found, found)

    def _generic(self, found: re.Match[bytes], *, same_length: bool) -> bytes:
        kind, text = found.lastgroup if found.lastgroup != "sep" else "mac", found[0].decode()
        if kind == "mac":
            return self._mac_text(text).encode()
        if kind == "reversed":
            return self._reversed(text).encode()
        try:
            host = ip_address(text)
        except ValueError:
            return found[0]
        if isinstance(host, IPv4Address):
            if found[0] in self._versions and host not in self._shown:
                return found[0]
            linked = found.string[max(0, found.start() - 2) : found.start()] == b"//"
            if not self._is_somebodys(host, linked=linked):
                return found[0]
        shown = str(self.address(host))
        return (_same_length(text) if same_length and len(shown) != len(text) else shown).encode()

    def _is_somebodys(self, host: IPv4Address, *, linked: bool) -> bool:
        """Tell an address from a version, whose first number is small: private, known, in a URL, from 11.0.0.0."""
        if host.is_loopback or host.is_multicast or host.is_unspecified or int(host) >> 28 == 15:
            return False
        if host in self._shown or any(host in net for net in _PRIVATE):
            return True
        return linked or host.packed[0] > 10

    def _mac_text(self, text: str) -> str:
        raw = bytes.fromhex(text.replace(text[2], ""))
        if raw[0] & 1 or not any(raw):
            return text
        shown = self.mac(raw.hex(":")).replace(":", text[2])
        return shown.upper() if text.upper() == text else shown

    def _reversed(self, text: str) -> str:
        """Mask an address written as a little-endian number, as Xiongmai and Dahua do."""
        host = IPv4Address(bytes.fromhex(text[2:])[::-1])
        if host not in self._shown:
            return text
        shown = self.address(host).packed[::-1].hex()
        return "0x" + (shown.upper() if text[2:].upper() == text[2:] else shown)

    def _headed(self, data: bytes) -> bytes:
        """Mask a head and its body; the body is masked as it is meant, and put back into its coding."""
        head, blank, _ = data.partition(b"\r\n\r\n")
        if not blank:
            return self.text(data)
        parsed = read_head(data)
        if parsed is None:
            return self.text(data)
        raw, body = data[len(head) + 4 :], read_body(parsed, data).data
        coded = (parsed.get("Transfer-Encoding") or parsed.get("Content-Encoding") or "") and body != raw
        masked = self.text(body if coded else raw)
        lines = [_masked_line(self, line) for line in head.split(b"\r\n")]
        if coded:
            masked = raw if masked == body else recoded(parsed.get("Content-Encoding") or "", masked)
        chunked = coded and "chunked" in (parsed.get("Transfer-Encoding") or "").lower()
        if chunked and masked is not raw:
            masked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(masked), masked)
        return b"\r\n".join(with_length(line, len(masked) - len(raw)) for line in lines) + blank + masked

    def _framed(self, data: bytes) -> bytes:
        """Mask a datagram with a binary head: where its text changes length, the length fields before it follow."""
        starts = [at for mark in (b"<?xml", b"{", b"<") if (at := data.find(mark, 0, HEADER_BYTES)) >= 0]
        if not starts:
            return self.text(data, same_length=True)
        start = min(starts)
        head, body = self.text(data[:start], same_length=True), self.text(data[start:])
        return with_lengths(head, len(data) - start, len(body)) + body

    def _certificate(self, data: bytes) -> bytes:
        """Mask a handshake; a certificate that names its own device gets another key and signature as well."""
        masked = self.text(data, same_length=True)
        if masked == data:
            return data
        for part in keyed_parts(data):
            stream = (self._digest(part) * (1 + len(part) // 32))[: len(part) - 2]
            masked = masked.replace(part, part[:1] + stream + part[-1:])
        return masked


def _plain_parts(plain: set[str]) -> re.Pattern[str]:
    """Return a pattern that splits a text at its plain words; short ones only alone or before a digit."""
    long = sorted((re.escape(word) for word in plain if len(word) >= MIN_NAME), key=len, reverse=True)
    short = "|".join(sorted(re.escape(word) for word in plain if len(word) < MIN_NAME)) or "(?!)"
    alone = rf"(?<![^\W_])(?:{short})(?![^\W\d_])"
    return re.compile(f"({'|'.join([*long, alone])})", re.IGNORECASE)


def _spellings(raw: bytes) -> Iterator[bytes]:
    """Give the ways in which a MAC is written."""
    plain = raw.hex()
    texts = [raw.hex(":"), raw.hex("-"), plain, raw.hex(" "), ".".join(plain[i : i + 4] for i in (0, 4, 8))]
    texts.append(raw.hex(":").replace(":", "%3A"))
    for text in texts:
        yield text.encode()
        yield text.upper().encode()
    yield (bytes([raw[0] ^ 2]) + raw[1:3] + b"\xff\xfe" + raw[3:])


def _like(character: str, byte: int) -> str:
    if character.isdigit() and character.isascii():
        return str(byte % 10)
    if character in "ABCDEF":
        return "ABCDEF"[byte % 6]
    if character in "abcdef":
        return "abcdef"[byte % 6]
    if character.isascii() and character.isalpha():
        return chr((71 if character.isupper() else 103) + byte % 20)
    return "x" * len(character.encode()) if character.isalpha() else character


def _same_length(text: str) -> str:
    """Return an address of the same length that is nobody's: where a length before it cannot be mended."""
    return (
        ".".join({1: "9", 2: "99", 3: "199"}[len(part)] for part in text.split(".")) if "." in text else text
    )


def _without_value(found: re.Match[bytes]) -> bytes:
    if not is_secret(found[1].decode()):
        return found[0]
    return found[0].replace(found[2], b"x" * len(found[2]))


def _masked_line(mask: Mask, line: bytes) -> bytes:
    name, colon, _ = line.partition(b":")
    if colon and name.strip().lower() in {b"set-cookie", b"cookie", b"authorization"}:
        return name + b": masked"
    first, blank, rest = line.partition(b" ")
    if not colon and blank and b"=" in rest:
        line = first + blank + without_secrets(rest.decode("latin-1")).encode("latin-1")
    return mask.text(line)
