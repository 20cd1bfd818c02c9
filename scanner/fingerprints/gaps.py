"""Facts that nobody's fingerprint explains, and the entries that would: how the knowledge grows.

A fact is a gap when its key usually tells who a device is (server string, realm, manufacturer …) and no entry
says anything of it, or only that it names a company which the vendor table does not know.
"""

import json
import re
from collections.abc import Iterable, Iterator

from scanner.fingerprints.fingerprint import Hit
from scanner.fingerprints.matcher import Knowledge
from scanner.model import About, Attribute, Observation
from scanner.vendors import vendors

LABEL_KEYS = frozenset(
    {
        "http.title",
        "lldp.med.manufacturer",
        "mdns.model",
        "onvif.manufacturer",
        "upnp.friendly_name",
        "upnp.manufacturer",
        "upnp.model_name",
        "wsd.scope.manufacturer",
        "wsd.scope.name",
    }
)
"""Keys whose text is what the seller printed; all others of IDENTIFYING_KEYS speak of the plumbing."""
IDENTIFYING_KEYS = LABEL_KEYS | frozenset(
    {
        "banner.ftp",
        "banner.ssh",
        "banner.telnet",
        "cdp.platform",
        "dhcp.vendor_class",
        "http.realm",
        "http.server",
        "lldp.system_description",
        "mdns.service",
        "rtsp.realm",
        "rtsp.server",
        "sip.server",
        "sip.user_agent",
        "snmp.sysdescr",
        "snmp.sysobjectid",
        "ssdp.server",
        "tls.subject",
    }
)
"""Keys that usually tell who a device is. MAC registrants are not among them: most are not this census's affair."""
UNFILLED_DATE = "1970-01-01"
"""Date of a stub; loading refuses it until it is filled in."""
MAX_STUB_TEXT = 200
"""Characters of a text that a stub's pattern holds; longer ones are cut and left open at the end."""

_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
_NAMES = frozenset({Attribute.BRAND, Attribute.MAKER})


def unmatched(observations: Iterable[Observation], knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    """Yield each identifying fact that no fingerprint explains, once, in the order in which it was seen."""
    seen: set[tuple[str, str]] = set()
    for observation in observations:
        for fact in observation.facts:
            if fact[0] not in IDENTIFYING_KEYS or fact in seen:
                continue
            seen.add(fact)
            if not any(map(_explains, knowledge.match(*fact, observation.facts))):
                yield fact


def _explains(hit: Hit) -> bool:
    return any(name not in _NAMES or vendors().get(value) is not None for name, value in hit.claims)


def stub(fact: tuple[str, str]) -> str:
    """Return a TOML entry for a fact, ready to paste; claims, source and date are for a person to fill in."""
    key, text = fact
    kept = text[:MAX_STUB_TEXT]
    pattern = "^" + _SPECIAL.sub(r"\\\g<0>", kept) + ("$" if kept == text else "")
    about = About.LABEL if key in LABEL_KEYS else About.PLUMBING
    return "\n".join(
        (
            "[[fingerprint]]",
            f'id = "{identifier(key, kept)}"',
            f'match = "{key}"',
            f"pattern = {quoted_pattern(pattern)}",
            f'about = "{about}"',
            'strength = "weak"',
            f'claims = {{ {"brand" if about is About.LABEL else "maker"} = "" }}',
            f"examples = [{{ text = {quoted(text)} }}]",
            'source = ""',
            f"date = {UNFILLED_DATE}",
            "",
        )
    )


def identifier(key: str, text: str) -> str:
    """Return an id for an entry on a fact, made of the words of its key and text."""
    words = re.findall(r"[a-z0-9]+", f"{key} {text.casefold()}")
    return "-".join(words)[:60].rstrip("-")


def quoted_pattern(text: str) -> str:
    """Return a pattern as a TOML literal string, or a basic one where the text holds quotes that would end it."""
    return quoted(text) if "'''" in text or text.endswith("'") else f"'''{text}'''"


def quoted(text: str) -> str:
    """Return a TOML basic string; its escapes are those of JSON, except for DEL, which JSON leaves bare."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
