"""Recog's content folder (XML) → entries: what a text must look like, and what that says of a device.

A file says in `matches` which text of the wire it is about; those that this program hears too are read, the
others counted. Greetings stand there without their code ("220 "), in ours with it. Format: Recog's own
`fingerprints.xsd`; parameters with `pos` above 0 are groups of the pattern.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scanner.errors import KnowledgeError

MAX_FILE = 16 * 1024 * 1024
"""Bytes of one file that is read."""

KEYS: Mapping[str, str] = {
    "dhcp_vendor_class": "dhcp.vendor_class",
    "favicon.md5": "http.favicon_md5",
    "ftp.banner": "banner.ftp",
    "html_title": "http.title",
    "http_header.cookie": "http.cookie",
    "http_header.server": "http.server",
    "http_header.wwwauth": "http.www_authenticate",
    "http_header.x-powered-by": "http.header.x-powered-by",
    "mdns.device-info.txt": "mdns.txt",
    "rtsp_header.server": "rtsp.server",
    "sip_header.server": "sip.server",
    "sip_header.user_agent": "sip.user_agent",
    "smtp.banner": "banner.smtp",
    "snmp.sys_description": "snmp.sysdescr",
    "snmp.sys_object_id": "snmp.sysobjectid",
    "ssh.banner": "banner.ssh",
    "telnet_banners": "banner.telnet",
    "x509.issuer": "tls.issuer",
    "x509.subject": "tls.subject",
}
"""What Recog matches → our fact; files without `matches` go by their name."""
LEADS: Mapping[str, str] = {
    "banner.ftp": r"^220[ -]",
    "banner.smtp": r"^220[ -]",
    "banner.ssh": r"^SSH-[0-9.]+-",
}
"""What stands in our fact before the beginning of Recog's text."""
_FLAGS = {"REG_ICASE": "i", "REG_DOT_NEWLINE": "s", "REG_MULTILINE": "s"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One fingerprint of theirs: `said` are constants, `groups` the parameters that a group gives, by number."""

    file: str
    line: int
    matches: str
    pattern: str
    flags: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[int, str] = field(default_factory=dict)
    examples: tuple[str, ...] = ()

    @property
    def key(self) -> str | None:
        """Return the fact that the entry is about, or None where this program hears no such thing."""
        return KEYS.get(self.matches)


def read_folder(folder: Path) -> Iterator[Entry]:
    """Yield every entry of a content folder, or of the `xml` folder in it; KnowledgeError for what is broken."""
    root = folder / "xml" if (folder / "xml").is_dir() else folder
    if not root.is_dir():
        raise KnowledgeError(str(folder), "folder", "does not exist; --recog takes a Recog content folder")
    entries = [entry for path in sorted(root.glob("*.xml")) for entry in _read_file(path)]
    if not entries:
        raise KnowledgeError(str(folder), "folder", "holds no Recog fingerprints (*.xml)")
    yield from entries


def _read_file(path: Path) -> Iterator[Entry]:
    root = _parsed(path)
    if root.tag != "fingerprints":
        return
    matches = root.get("matches") or path.stem
    for node in root.iterfind("fingerprint"):
        pattern = node.get("pattern")
        if not pattern:
            raise KnowledgeError(path.name, f"line {node.sourceline}", "pattern: is missing")
        said, groups = _parameters(path, node)
        flags = {_FLAGS[word] for word in (node.get("flags") or "").split(",") if word in _FLAGS}
        yield Entry(
            file=path.name,
            line=node.sourceline,
            matches=matches,
            pattern=pattern,
            flags="".join(sorted(flags)),
            said=said,
            groups=groups,
            examples=tuple(_examples(node)),
        )


def _parsed(path: Path) -> Any:
    """Return the root element of a file: without network, without entities of its own, within bounds."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_FILE:
            raise KnowledgeError(path.name, "file", f"is larger than {MAX_FILE} bytes")
        return etree.fromstring(raw, parser)
    except OSError as error:
        raise KnowledgeError(path.name, "file", error.strerror or "cannot be read") from error
    except etree.XMLSyntaxError as error:
        raise KnowledgeError(path.name, "file", f"is not XML: {error.msg}") from error


def _parameters(path: Path, node: Any) -> tuple[dict[str, str], dict[int, str]]:
    said: dict[str, str] = {}
    groups: dict[int, str] = {}
    for parameter in node.iterfind("param"):
        name, position = parameter.get("name"), parameter.get("pos", "")
        if not name or not position.isdecimal():
            raise KnowledgeError(path.name, f"line {parameter.sourceline}", "param: needs pos and name")
        if position == "0":
            said[name] = parameter.get("value", "")
        else:
            groups[int(position)] = name
    return {name: _filled(value, said) for name, value in said.items()}, groups


def _filled(value: str, said: Mapping[str, str]) -> str:
    """Return a value in which "{name}" stands for another parameter; one that a group gives stays as it is."""
    return re.sub(r"\{([a-z0-9_.]+)\}", lambda found: said.get(found[1], found[0]), value)


def _examples(node: Any) -> Iterator[str]:
    """Yield the examples that stand in the file; those in files beside it, or encoded, are not read."""
    for example in node.iterfind("example"):
        if example.text and not example.get("_encoding") and not example.get("_filename"):
            yield example.text
