"""Answers of ONVIF's media, PTZ, analytics and recording services → what a device has, and what it is able to do.

Counts and names only: nothing of a picture, no user's name. Sources: ONVIF Media, PTZ, Analytics, DeviceIO and
Recording Search specifications; names of rules and modules are QNames of the analytics specification or a maker's.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

from scanner.protocols._protocol import Facts
from scanner.protocols._xml import Element

MAX_NAMES = 48
"""Rules, modules, commands and sources of one answer that are kept."""
MAX_COUNT = 4096
"""Numbers above this are no count of anything in a camera."""
_AUDIO_IN_PROFILES = (
    ("AudioSource", "SourceToken", "onvif.audio_sources"),
    ("AudioOutput", "OutputToken", "onvif.audio_outputs"),
)
"""What profiles of the second media service have in them: element, the token inside, and what is counted."""
_SPACES = {"PanTilt": "pan-tilt", "Zoom": "zoom"}


def read_profiles(facts: Facts, call: Element) -> None:
    """Count the profiles of either media service, and the video sources in them: a recorder has one for each input.

    The second service has no question for audio sources; its profiles tell of those in use.
    """
    profiles = list(islice(call.find_all("Profiles"), MAX_COUNT))
    facts.add("onvif.profiles", len(profiles))
    sources = {name for name, _ in video_sources(call)}
    facts.add("onvif.profile_sources", len(sources) or None)
    for name, token, key in _AUDIO_IN_PROFILES:
        tokens = {element.text_of(token) for element in islice(call.find_all(name), MAX_COUNT)} - {""}
        facts.add(key, len(tokens) or None)


def video_sources(call: Element) -> Iterator[tuple[str, str]]:
    """Yield token and name of each video source in a list of profiles of either media service, once, in order."""
    seen: set[str] = set()
    found = chain(call.find_all("VideoSourceConfiguration"), call.find_all("VideoSource"))
    for configuration in islice(found, MAX_COUNT):
        token = configuration.text_of("SourceToken")
        if token and token not in seen:
            seen.add(token)
            yield token, configuration.text_of("Name")


def read_nodes(facts: Facts, call: Element) -> None:
    """Read PTZ nodes: which movements each has, and the names of its own commands."""
    for node in islice(call.find_all("PTZNode"), MAX_NAMES):
        facts.add("onvif.ptz_node", node.text_of("Name") or node.attribute("token"))
        spaces = node.child("SupportedPTZSpaces")
        for space in spaces.children if spaces else ():
            for part, word in _SPACES.items():
                if part.lower() in space.name.lower() and "speed" not in space.name.lower():
                    facts.add("onvif.ptz_movement", word)
        for command in islice(node.find_all("AuxiliaryCommands"), MAX_NAMES):
            facts.add("onvif.ptz_command", command.text)


def read_audio_sources(facts: Facts, call: Element) -> None:
    """Count microphones."""
    facts.add("onvif.audio_sources", _count(call, "AudioSources"))


def read_audio_outputs(facts: Facts, call: Element) -> None:
    """Count loudspeakers."""
    facts.add("onvif.audio_outputs", _count(call, "AudioOutputs"))


def read_users(facts: Facts, call: Element) -> None:
    """Count users and administrators; their names are nobody's business."""
    levels = [user.text_of("UserLevel") for user in islice(call.find_all("User"), MAX_COUNT)]
    facts.add("onvif.users", len(levels))
    facts.add("onvif.administrators", sum(1 for level in levels if level.lower() == "administrator"))


def read_rules(facts: Facts, call: Element) -> None:
    """Keep the names of the rules that a device knows."""
    _add_names(facts, "onvif.rule", call.find_all("RuleDescription"))


def read_modules(facts: Facts, call: Element) -> None:
    """Keep the names of the analytics modules that a device has."""
    _add_names(facts, "onvif.module", call.find_all("AnalyticsModuleDescription"))


def read_recordings(facts: Facts, call: Element) -> None:
    """Read how many recordings a device holds itself."""
    number = call.text_of("NumberRecordings")
    facts.add("onvif.recordings", int(number) if _is_count(number) else None)


def read_device_io(facts: Facts, call: Element) -> None:
    """Read what the DeviceIO part of GetCapabilities counts: the one place that tells inputs to anybody."""
    part = call.find("DeviceIO")
    if part is None:
        return
    for element, key in (
        ("VideoSources", "onvif.video_sources"),
        ("AudioSources", "onvif.audio_sources"),
        ("AudioOutputs", "onvif.audio_outputs"),
    ):
        number = part.text_of(element)
        facts.add(key, int(number) if _is_count(number) else None)
    if "onvif.audio_sources" in (counts := dict(facts.pairs())):
        both = counts.get("onvif.audio_sources", "0") != "0" and counts.get("onvif.audio_outputs", "0") != "0"
        facts.add("onvif.two_way_audio", "true" if both else None)


def _count(call: Element, name: str) -> int:
    return sum(1 for _ in islice(call.find_all(name), MAX_COUNT))


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= MAX_COUNT


def _add_names(facts: Facts, key: str, elements: Iterable[Element]) -> None:
    for element in islice(elements, MAX_NAMES):
        facts.add(key, element.attribute("Name"))


READERS: dict[str, Callable[[Facts, Element], None]] = {
    "GetProfilesResponse": read_profiles,
    "GetNodesResponse": read_nodes,
    "GetAudioSourcesResponse": read_audio_sources,
    "GetAudioOutputsResponse": read_audio_outputs,
    "GetUsersResponse": read_users,
    "GetSupportedRulesResponse": read_rules,
    "GetSupportedAnalyticsModulesResponse": read_modules,
    "GetRecordingSummaryResponse": read_recordings,
}

FACTS = (
    "onvif.profiles",
    "onvif.profile_sources",
    "onvif.ptz_node",
    "onvif.ptz_movement",
    "onvif.ptz_command",
    "onvif.audio_sources",
    "onvif.audio_outputs",
    "onvif.two_way_audio",
    "onvif.users",
    "onvif.administrators",
    "onvif.rule",
    "onvif.module",
    "onvif.recordings",
    "onvif.interface_type",
)
"""Keys that these readers may give."""
