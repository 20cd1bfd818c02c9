"""Greetings: the first bytes that a TCP server sends unasked, to one fact named after the service.

Strategy: the greeting itself says what it is (SSH and FTP have fixed beginnings, telnet negotiates options);
the port decides only between the services whose greetings look alike. Telnet commands and terminal escapes
are taken out of the text, and the options that were asked for are kept, since each telnet server asks for its
own. Sources: RFC 4253 §4.2 (SSH), RFC 959 §5.4 (FTP), RFC 5321 §4.2 (SMTP), RFC 854 (telnet), ECMA-48
(escapes).
"""

import re

from scanner.model import Message, Observation
from scanner.protocols._protocol import Facts, Protocol
from scanner.protocols._text import decode

MAX_BANNER = 4096
"""Bytes of a greeting that are read."""
MAX_OPTIONS = 24
"""Telnet options that are kept."""
MAX_HEX = 32
"""Bytes of a greeting that is no text which are kept."""

TELNET_PORTS = frozenset({23, 2323, 9527})
SMTP_PORTS = frozenset({25, 465, 587, 2525})

_IAC, _SB, _SE = 255, 250, 240
_NEGOTIATION = {251: "will", 252: "wont", 253: "do", 254: "dont"}
_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]{0,16}[@-~]|[()][A-Za-z0-9]|[=>78cDEHM])")
_LOGIN = re.compile(r"(?i)(?:login|username|user name|account|password)\s{0,3}[:>]\s{0,3}$")


def parse(message: Message) -> tuple[Observation, ...]:
    """Read a greeting; () where there are no bytes."""
    raw = message.payload[:MAX_BANNER]
    plain, options = _without_telnet(raw) if raw[:1] == b"\xff" or message.source.port == 23 else (raw, ())
    facts = Facts()
    facts.add("banner.telnet_options", ",".join(options))
    if _is_binary(plain):
        facts.add("banner.hex", plain[:MAX_HEX].hex())
    else:
        text = _ESCAPE.sub("", decode(plain))
        facts.add(f"banner.{_service(text, message.source.port, bool(options))}", text, limit=MAX_BANNER)
    return facts.about(message)


def _service(text: str, port: int | None, negotiates: bool) -> str:
    """Return the kind of service that greets like this."""
    start = text.lstrip()
    if start.startswith("SSH-"):
        return "ssh"
    if start.startswith("220") and start[3:4] in ("", " ", "-"):
        return "smtp" if port in SMTP_PORTS or "SMTP" in start.upper() else "ftp"
    if start.startswith(("421", "530")) and port == 21:
        return "ftp"
    return "telnet" if negotiates or port in TELNET_PORTS or _LOGIN.search(text[-64:]) else "other"


def _is_binary(raw: bytes) -> bool:
    """Tell whether bytes are no text: more control bytes among them than a terminal could want."""
    controls = sum(1 for byte in raw if byte < 0x20 and byte not in b"\t\n\r\x1b\x07\x08\0")
    return raw.count(0) * 4 > len(raw) or controls * 8 > len(raw)


def _without_telnet(raw: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return the text between telnet commands (RFC 854) and the options asked for, as "will 1", in order."""
    out, options = bytearray(), []
    at = 0
    while at < len(raw):
        if raw[at] != _IAC:
            out.append(raw[at])
            at += 1
            continue
        command = raw[at + 1] if at + 1 < len(raw) else _SE
        if command in _NEGOTIATION and at + 2 < len(raw):
            options.append(f"{_NEGOTIATION[command]} {raw[at + 2]}")
        if command == _IAC:
            out.append(_IAC)
        at = _command_end(raw, at, command)
    return bytes(out), tuple(options[:MAX_OPTIONS])


def _command_end(raw: bytes, at: int, command: int) -> int:
    """Return where the telnet command at `at` ends; an option's parameters run to IAC SE or to the end."""
    if command == _SB:
        end = raw.find(bytes((_IAC, _SE)), at)
        return end + 2 if end >= 0 else len(raw)
    return at + (3 if command in _NEGOTIATION else 2)


PROTOCOL = Protocol(
    name="banner",
    title="greetings of text services",
    parse=parse,
    tcp=True,
    facts=(
        *("banner.ftp", "banner.telnet", "banner.telnet_options", "banner.ssh", "banner.smtp"),
        *("banner.other", "banner.hex"),
    ),
)
