"""What a device is able to do, in a closed set of words: each says one thing that somebody under a camera cares about.

Evidence for a capability comes from the device itself (a PTZ node, an analytics rule), from its model name (a
maker's grammar), or from documentation; `origin` tells which, by what the evidence read. ONVIF's profiles keep
the names that ONVIF gave them.
"""

from collections.abc import Iterable

from scanner.model import Attribute, Evidence, Strength

CAPABILITIES = frozenset(
    """
    ptz auto-tracking audio-in audio-out two-way-audio analytics motion-detection line-crossing intrusion-detection
    loitering-detection tamper-detection face-detection face-recognition plate-recognition people-counting
    object-classification heat-map sound-detection behaviour-analysis thermal temperature-measurement infrared
    panoramic multi-sensor wifi cellular cloud local-recording video-decoder video-management
    """.split()  # noqa: SIM905 - a paragraph of words reads better than thirty quoted strings
) | frozenset(f"ONVIF Profile {letter}" for letter in "ACDGMQST")
"""Words that evidence of a capability may use. Closed: a new word is a change of what reports may print."""

ALIASES = {
    "ptz": "ptz",
    "audio": "audio-in",
    "microphone": "audio-in",
    "speaker": "audio-out",
    "video analytics": "analytics",
    "video decoder": "video-decoder",
    "surveillance station": "video-management",
    "wi-fi": "wifi",
    "anpr": "plate-recognition",
    "lpr": "plate-recognition",
}
"""Other spellings, in lower case."""

DEVICE, MODEL_NAME, DOCUMENTATION = "device", "model name", "documentation"
_MODEL_KEYS = ("model", "hardware", "device_type", "model_name", "ProdType", "ProdNbr")
"""Last parts of the keys of facts that hold a model's name."""
_DOCUMENTED = "any/documented/"
"""Beginning of the ids of fingerprints that rest on a data sheet rather than on a maker's grammar of names."""


def capability(text: str) -> str | None:
    """Return the one word for a capability, or None where there is none.

    >>> capability("PTZ"), capability("Auto-Tracking"), capability("onvif profile s"), capability("teapot")
    ('ptz', 'auto-tracking', 'ONVIF Profile S', None)
    """
    folded = text.casefold().replace("_", "-")
    if folded in ALIASES:
        return ALIASES[folded]
    return next((known for known in CAPABILITIES if known.casefold() == folded), None)


def origin(item: Evidence) -> str:
    """Tell who says that a device is able to do something: the device, its model's name, or documentation."""
    if item.fingerprint.startswith(_DOCUMENTED):
        return DOCUMENTATION
    return MODEL_NAME if item.fact[0].rpartition(".")[2] in _MODEL_KEYS else DEVICE


def origins(evidence: Iterable[Evidence]) -> dict[str, tuple[str, ...]]:
    """Return for each capability of a device who says so, both sorted; weak hints say nothing."""
    found: dict[str, set[str]] = {}
    for item in evidence:
        if item.attribute is Attribute.CAPABILITY and item.strength is not Strength.WEAK:
            found.setdefault(item.value, set()).add(origin(item))
    return {name: tuple(sorted(said)) for name, said in sorted(found.items())}
