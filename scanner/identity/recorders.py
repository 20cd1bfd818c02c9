"""Recorders and the cameras behind them: each camera names its recorder, each recorder lists its inputs.

An input of something that records nothing is no camera of its own: a camera with four sensors has four video
sources and is one device. What a recorder tells of a camera in its own interface (a model, a number, a MAC) is
proof of a camera whatever else the teller is.
"""

from collections.abc import Iterable
from dataclasses import replace

from scanner.identity.grouping import Group
from scanner.model import Attribute, Device

RECORDING = frozenset({"recorder", "encoder", "vms"})
"""Kinds of device that have cameras of their own behind them."""
_TELLING = frozenset(
    {"channel.model", "channel.serial", "channel.mac", "channel.address", "channel.firmware"}
)


def with_inputs(pairs: Iterable[tuple[Group, Device]]) -> list[Device]:
    """Return devices with parents and channels; `pairs` are groups, each with the device that was made of it."""
    known = list(pairs)
    by_group = {id(members): device for members, device in known}
    inputs: dict[str, dict[int, str]] = {}
    found: list[Device] = []
    for members, device in known:
        recorder = by_group.get(id(members.parent)) if members.parent else None
        if members.channel and recorder is not None and recorder.id != device.id:
            if recorder.kind not in RECORDING and not _is_told(members):
                continue
            inputs.setdefault(recorder.id, {})[int(members.channel)] = _label(members.channel, device)
            found.append(replace(device, parent=recorder.id))
        else:
            found.append(device)
    return [_listing(device, inputs.get(device.id, {})) for device in found]


def _listing(device: Device, inputs: dict[int, str]) -> Device:
    return replace(device, channels=tuple(inputs[number] for number in sorted(inputs))) if inputs else device


def _is_told(members: Group) -> bool:
    return any(key in _TELLING for item in members.evidence for key, _ in item.observation.facts)


def _label(number: str, device: Device) -> str:
    """Return an input as a person would call it: its number, the camera's name, its model."""
    words = [device.value(attribute) for attribute in (Attribute.NAME, Attribute.MODEL)]
    return ": ".join([number, ", ".join(word for word in words if word) or "a camera"])
