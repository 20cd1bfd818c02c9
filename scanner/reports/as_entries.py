"""What no fingerprint knows, as fingerprint entries to complete and paste.

Only facts of kinds that some fingerprint reads, and that some device said of itself: their keys are where
makers show. Each text stands once, with how many devices said it; the most frequent first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from scanner.fingerprints.gaps import LABEL_KEYS, quoted
from scanner.model import Observation, Subject
from scanner.reports.phrases import plain

MAX_TEXTS = 5000
"""Different texts that are remembered; a stranger chooses their number."""
MAX_TEXT = 400
"""Characters of a text that is worth an entry; a longer one is a document, not a name."""
NOT_NAMES = ("http.body", "http.client.", "rtsp.client.", "tls.client.", "link.", "dns.")
"""Keys, or beginnings of keys, whose texts are documents or speak of somebody else."""
SHAPES = frozenset(
    """
    action attribute client_id header_names media namespace namespace_prefix origin parameters path public scope
    scope_order script searches service_namespace service_path service_type telnet_options uuid www_authenticate
    """.split()  # noqa: SIM905 - a paragraph of words reads better than twenty quoted strings
)
"""Last parts of keys whose texts are the shape of an answer: a person sees no name in them."""
NOT_TEXTS = ("http://", "https://", "onvif://www.onvif.org/Profile/", "uuid:", "urn:uuid:")
"""Beginnings of texts that name one device, or none."""
MIN_LETTERS = 3
"""Letters below which a text is a number or a flag."""


class Matcher(Protocol):
    """What is asked of the knowledge: its fingerprints, and which of them fit a fact."""

    @property
    def fingerprints(self) -> Iterable[Any]:
        """Return records that have a `match`: the key, or beginning of keys with "*", that each reads."""

    def match(self, key: str, text: str, facts: Iterable[tuple[str, str]] = ()) -> tuple[object, ...]:
        """Return the fingerprints that fit a fact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A text that nothing matched, where it stood, how many said it, and one of them."""

    key: str
    text: str
    count: int
    example: Subject


def unknown(observations: Iterable[Observation], knowledge: Matcher) -> tuple[Unknown, ...]:
    """Return the texts that no fingerprint of their key knows, the most frequent first."""
    reads = {item.match for item in knowledge.fingerprints}
    prefixes = tuple(key[:-1] for key in reads if key.endswith("*"))
    said: dict[tuple[str, str], dict[Subject, None]] = {}
    for observation in observations:
        for key, text in observation.facts:
            if key not in reads and not key.startswith(prefixes or ("\0",)):
                continue
            if _is_name(key, text) and not knowledge.match(key, text, observation.facts):
                _note(said, key, text, observation.subject)
    found = [
        Unknown(key=key, text=text, count=len(subjects), example=next(iter(subjects)))
        for (key, text), subjects in said.items()
    ]
    return tuple(sorted(found, key=lambda item: (-item.count, item.key, item.text)))


def _is_name(key: str, text: str) -> bool:
    """Tell whether a text could name a product: not a document, a number, an address or a standard's own word."""
    if len(text) > MAX_TEXT or key.startswith(NOT_NAMES) or text.startswith(NOT_TEXTS):
        return False
    if key.rsplit(".", 1)[-1] in SHAPES:
        return False
    return sum(map(str.isalpha, text)) >= MIN_LETTERS


def _note(said: dict[tuple[str, str], dict[Subject, None]], key: str, text: str, subject: Subject) -> None:
    if (key, text) in said or len(said) < MAX_TEXTS:
        said.setdefault((key, text), {})[subject] = None


def render(found: Iterable[Unknown], on: date) -> str:
    """Return entries in TOML; `claims` is left for whoever knows, and `confirmed` is false until somebody does.

    `camcensus fingerprints add --from` completes one of them.
    """
    return "".join(_entry(item, position, on) for position, item in enumerate(found, 1))


def _entry(item: Unknown, position: int, on: date) -> str:
    text = quoted(plain(item.text, MAX_TEXT))
    about, name = ("label", "brand") if item.key in LABEL_KEYS else ("plumbing", "maker")
    where = item.example.host or item.example.mac or "somebody"
    return f"""[[fingerprint]]
id = "{item.key.replace(".", "-").replace("_", "-")}-{position}"
match = "{item.key}"
equals = [{text}]
about = "{about}"
strength = "weak"
claims = {{ {name} = "" }}
examples = [{{ text = {text} }}]
source = "seen at {where}, {item.count} in all"
date = {on.isoformat()}
confirmed = false

"""


def record(item: Unknown) -> Mapping[str, Any]:
    """Return one text as plain values."""
    return {
        "key": item.key,
        "text": plain(item.text, MAX_TEXT),
        "count": item.count,
        "example": str(item.example.host or item.example.mac or ""),
    }
