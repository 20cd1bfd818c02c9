r"""nmap's XML (`-oX`) → messages. Source: nmap.dtd, and the scripts' own documentation at nmap.org/nsedoc.

Bytes are in three places: a service that nmap did not know quotes its answers in `servicefp` (C escapes, under
the name of the probe), the script `banner` quotes a greeting, `ssl-cert` has the certificate as PEM. All else
(products, titles, headers, the MAC's vendor) are nmap's words. Hosts are read one by one: files may be large.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

from scanner.imports.record import HostRecord, address, base64_bytes
from scanner.model import Message
from scanner.protocols import parse_mac

MAX_PORTS = 2000
"""Ports of one host that are read."""
MAX_FINGERPRINT = 256 * 1024
_QUOTED = re.compile(r'%r\((\w{1,32}),([0-9A-Fa-f]{1,6}),"((?:[^"\\]|\\.)*)"\)', re.DOTALL)
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)", re.DOTALL)
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
_ASKED = {
    "GetRequest": b"GET / HTTP/1.0\r\n\r\n",
    "HTTPOptions": b"OPTIONS / HTTP/1.0\r\n\r\n",
    "RTSPRequest": b"OPTIONS / RTSP/1.0\r\n\r\n",
    "FourOhFourRequest": b"GET /nice%20ports%2C/Tri%6Eity.txt%2ebak HTTP/1.0\r\n\r\n",
}
"""Probes of nmap-service-probes whose answers are HTTP's or RTSP's, and what they send."""
_REALM = re.compile(r'(?i)(Basic|Digest) realm="?([^"\n]{1,200}?)"?(?:\s+\w+=|\s*$|\n)')
_NO_TITLE = ("Did not follow redirect", "Site doesn't have a title")
_NAME_PARTS = {"commonName": "cn", "organizationName": "o", "organizationalUnitName": "ou"}
_LAST_SECOND = 253_402_300_799


def recognise(head: bytes) -> bool:
    """Tell whether a file begins like nmap's XML."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" and b"nmaprun" in head[:4096]


def read(file: BinaryIO, fallback: datetime, damages: list[str]) -> Iterator[Message]:
    """Give the messages of a file, host by host; a file that is cut gives the hosts before the cut."""
    from lxml import etree

    walked = etree.iterparse(
        file,
        events=("end",),
        tag="host",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    try:
        for _, host in walked:
            yield from _host(host, fallback)
            host.clear()
            while host.getprevious() is not None:
                del host.getparent()[0]
    except etree.XMLSyntaxError as error:
        damages.append(f"the XML ends early or is damaged; hosts before that were read ({error.msg})")


def _host(host: Any, fallback: datetime) -> Iterator[Message]:
    status = host.find("status")
    if status is not None and status.get("state") != "up":
        return
    record = HostRecord(tool="nmap", time=_time(host.get("starttime"), fallback))
    for item in host.iterfind("address"):
        if item.get("addrtype") == "mac":
            record.mac = parse_mac(item.get("addr", ""))
            record.say("import.vendor", item.get("vendor"))
        else:
            record.host = record.host or address(item.get("addr"))
    for name in host.iterfind("hostnames/hostname"):
        record.say("import.hostname", name.get("name"))
    for number, port in enumerate(host.iterfind("ports/port")):
        if number < MAX_PORTS and (state := port.find("state")) is not None and state.get("state") == "open":
            _read_port(record, port)
    for match in host.iterfind("os/osmatch"):
        record.say("import.os", match.get("name"))
    yield from record.messages()


def _read_port(record: HostRecord, port: Any) -> None:
    digits = port.get("portid", "")
    if not (digits.isascii() and digits.isdigit() and int(digits) < 1 << 16):
        return
    number = int(digits)
    record.say("import.open_port", f"{number}/{port.get('protocol', 'tcp')}")
    service = port.find("service")
    if service is not None:
        _read_service(record, number, service)
    for script in port.iterfind("script"):
        reader = _SCRIPTS.get(script.get("id", ""))
        if reader is not None:
            reader(record, number, script)


def _read_service(record: HostRecord, port: int, service: Any) -> None:
    if service.get("method") == "probed":
        for key, name in (
            ("service", "name"),
            ("product", "product"),
            ("version", "version"),
            ("extra", "extrainfo"),
            ("hostname", "hostname"),
            ("os", "ostype"),
            ("device_type", "devicetype"),
        ):
            record.say(f"import.{key}", service.get(name))
        for cpe in service.iterfind("cpe"):
            record.say("import.cpe", cpe.text)
    for probe, answer in quoted_answers(service.get("servicefp", "")):
        if probe in _ASKED and answer.startswith((b"HTTP/", b"RTSP/")):
            protocol = "rtsp" if answer.startswith(b"RTSP/") else "http"
            record.quote(protocol, port, answer, _ASKED[probe])
        elif probe == "NULL":
            record.quote_text(port, answer)


def quoted_answers(fingerprint: str) -> Iterator[tuple[str, bytes]]:
    r"""Give the probes and answers that a service fingerprint quotes; one whose length is not as told is cut.

    >>> list(quoted_answers(r'SF-Port80-TCP:V=7.80%r(GetRequest,9,"HTTP/1\\.1\\x20");'))
    [('GetRequest', b'HTTP/1.1 ')]
    """
    # a fingerprint is wrapped at any place in nmap's text, never in its XML
    for probe, _length, text in _QUOTED.findall(fingerprint[:MAX_FINGERPRINT]):
        yield probe, _unescaped(text)


def _unescaped(text: str) -> bytes:
    def plain(found: re.Match[str]) -> str:
        code = found[1]
        return chr(int(code[1:], 16)) if len(code) == 3 else _PLAIN.get(code, code)

    return _ESCAPE.sub(plain, text).encode("latin-1", "replace")


def _read_title(record: HostRecord, _port: int, script: Any) -> None:
    quoted = _element(script, "title")
    output = script.get("output", "")
    record.say("http.title", quoted or ("" if output.startswith(_NO_TITLE) else output.partition("\n")[0]))
    record.say("http.location", _element(script, "redirect_url"))


def _read_server(record: HostRecord, _port: int, script: Any) -> None:
    names = [item.text or "" for item in script.iterfind("elem")] or [script.get("output", "")]
    for name in names:
        record.say("http.server", name)


def _read_headers(record: HostRecord, _port: int, script: Any) -> None:
    for line in script.get("output", "").splitlines()[:100]:
        name, colon, value = line.strip().partition(":")
        if colon and name and " " not in name:
            record.say(f"http.header.{name.lower()}", value)
            if name.lower() == "server":
                record.say("http.server", value)


def _read_auth(record: HostRecord, _port: int, script: Any) -> None:
    for scheme, realm in _REALM.findall(script.get("output", "")):
        record.say("http.auth_scheme", scheme.lower())
        record.say("http.realm", realm)


def _read_banner(record: HostRecord, port: int, script: Any) -> None:
    record.quote_text(port, _unescaped(script.get("output", "")))


def _read_rtsp(record: HostRecord, _port: int, script: Any) -> None:
    record.say("rtsp.public", script.get("output"))


def _read_certificate(record: HostRecord, port: int, script: Any) -> None:
    pem = _element(script, "pem")
    der = base64_bytes("".join(line for line in pem.splitlines() if "-----" not in line)) if pem else b""
    if der:
        record.certificate(port, der)
        return
    for table in script.iterfind("table"):
        who = table.get("key")
        if who in {"subject", "issuer"}:
            for item in table.iterfind("elem"):
                part = _NAME_PARTS.get(item.get("key", ""))
                if part:
                    record.say(f"tls.{who}_{part}", item.text)
    record.say("tls.sha1", _element(script, "sha1"))


_SCRIPTS = {
    "http-title": _read_title,
    "http-server-header": _read_server,
    "http-headers": _read_headers,
    "http-auth": _read_auth,
    "banner": _read_banner,
    "rtsp-methods": _read_rtsp,
    "ssl-cert": _read_certificate,
}
"""Scripts whose output is read; others say nothing about who a device is."""


def _element(script: Any, key: str) -> str:
    return next((item.text or "" for item in script.iterfind("elem") if item.get("key") == key), "")


def _time(value: object, fallback: datetime) -> datetime:
    text = str(value)
    if text.isascii() and text.isdigit() and 0 < int(text[:12]) <= _LAST_SECOND:
        return datetime.fromtimestamp(int(text[:12]), UTC)
    return fallback
