"""What devices answered → masked recordings, one folder a device, in the form that `scanner.recordings` reads.

Answers are kept while they arrive, within bounds. At the end each device's are masked, written, read back and
judged: what is concluded from the folder is what the folder expects. Where masking changed that, the note
says so. Whose device it was, and whether it may be published, is left to whoever made the recording.
"""

import json
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from scanner.credentials.traces import without_credentials
from scanner.errors import ScannerError
from scanner.fingerprints import Knowledge
from scanner.masking import Mask
from scanner.model import Attribute, Device, Message
from scanner.pipeline import Reading, devices_of
from scanner.protocols import by_name
from scanner.recordings import read_folder

MAX_KEPT = 128 << 20
"""Bytes of all answers that are kept in memory."""
MAX_ANSWERS = 60
"""Answers of one device that are written."""
_UNRECORDED = frozenset({"arp", "ndp", "link", "dns", "import"})
"""Protocols that say where a device is, not what: the folder has its address and MAC already."""
_NAMED = (Attribute.BRAND, Attribute.MAKER, Attribute.MODEL, Attribute.FIRMWARE, Attribute.SERIAL)
_SAID = (*_NAMED, Attribute.NAME, Attribute.LOCATION)
_TEXT = frozenset({"http", "rtsp", "ssdp", "sip", "banner"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    message: Message
    path: str
    file: str
    request_file: str = ""


class Recorder:
    """Keeps messages as they arrive; `lost` counts those that found no room."""

    def __init__(self, max_bytes: int = MAX_KEPT) -> None:
        self.messages: list[Message] = []
        self.lost = 0
        self._left = max_bytes

    def take(self, message: Message) -> None:
        """Keep one message without the credentials in it, if there is room."""
        message = without_credentials(message)
        size = len(message.payload) + len(message.request) + 256
        if size > self._left:
            self.lost += 1
            return
        self._left -= size
        self.messages.append(message)


def record(
    messages: Sequence[Message],
    devices: Iterable[Device],
    folder: Path,
    knowledge: Knowledge,
    on: date,
    key: bytes | None = None,
) -> list[Path]:
    """Write one masked folder for each device that answered, below a folder; returns them.

    `key` makes the masks; without one it is random and forgotten. Raises ScannerError where nothing can be written.
    """
    mask = Mask(key=key or secrets.token_bytes(32))
    written: list[Path] = []
    for device in devices:
        own = [m for m in messages if _is_answer(m) and _is_of(device, m)][: 4 * MAX_ANSWERS]
        answers = list({(m.protocol, m.source.port, m.request, m.payload): m for m in own}.values())
        if not answers or not device.addresses:
            continue
        try:
            written.append(_write(mask.anew(), device, answers[:MAX_ANSWERS], folder, knowledge, on))
        except OSError as error:
            raise ScannerError(f"{folder} cannot be written: {error.strerror or error}") from error
    return written


def _is_of(device: Device, message: Message) -> bool:
    if message.source.host in device.addresses:
        return True
    return message.mac in device.macs and (message.source.host is None or message.source.host.is_unspecified)


def _is_answer(message: Message) -> bool:
    """Tell what a device says of itself from the questions it asks: only the former is recorded."""
    payload = message.payload
    if message.protocol in _UNRECORDED or not payload:
        return False
    if message.protocol == "http":
        return payload.startswith((b"HTTP/", b"ICY "))
    if message.protocol == "rtsp":
        return payload.startswith(b"RTSP/")
    if message.protocol == "ssdp":
        return not payload.startswith(b"M-SEARCH")
    if message.protocol == "mdns":
        return payload[2:3] >= b"\x80"
    return not (message.protocol == "wsdiscovery" and re.search(rb"[:<](?:Probe|Resolve)[ />]", payload))


def _write(
    mask: Mask, device: Device, messages: Sequence[Message], root: Path, knowledge: Knowledge, on: date
) -> Path:
    plain = [value for a in (Attribute.BRAND, Attribute.MAKER, Attribute.MODEL) if (value := device.value(a))]
    for host in device.addresses:
        mask.address(host)
    for mac in device.macs:
        mask.mac(mac)
    mask.learn(device.evidence, plain)
    for message in messages:  # once to learn every address in them, so that all spellings are known below
        mask.message(message)
    folder = _new_folder(root, device)
    answers = [_answer(mask.message(message), number) for number, message in enumerate(messages, 1)]
    for answer in answers:
        _write_answer(folder, answer)
    _write_sheet(folder, mask, device, answers, {}, on, "")
    found = _concluded(folder, knowledge, on)
    _write_sheet(folder, mask, device, answers, _expectation(found), on, _differences(device, found))
    return folder


def _new_folder(root: Path, device: Device) -> Path:
    """Make a folder named after what the device is; a second one of a kind gets a number."""
    words = [device.value(a) or "" for a in (Attribute.BRAND, Attribute.MODEL, Attribute.FIRMWARE)]
    words[0] = words[0] or device.value(Attribute.MAKER) or device.what or device.kind
    slug = re.sub(r"[^a-z0-9.]+", "-", " ".join(filter(None, words)).lower()).strip("-.")[:80] or "device"
    for number in range(1, 10_000):
        folder = root / (slug if number == 1 else f"{slug}-{number}")
        if not folder.exists():
            folder.mkdir(parents=True)
            return folder
    raise ScannerError(f"{root} is full of recordings of {slug}")


def _answer(message: Message, number: int) -> _Answer:
    path = _path(message)
    textual = message.protocol in _TEXT or message.payload[:1] in b"<{"
    plain_get = message.protocol == "http" and message.request.startswith(b"GET ")
    keeps = message.protocol == "http" and message.request and not plain_get
    stem = f"{number:02d}-{message.protocol}"
    return _Answer(
        message=message,
        path=path,
        file=f"{stem}.{'txt' if textual else 'hex'}",
        request_file=f"{stem}-request.txt" if keeps else "",
    )


def _path(message: Message) -> str:
    words = message.request[:2048].decode("latin-1").split(" ", 2)
    if message.protocol == "rtsp":
        return words[0] if words[0].isalpha() else ""
    return words[1] if message.protocol == "http" and len(words) == 3 else ""


def _write_answer(folder: Path, answer: _Answer) -> None:
    payload = answer.message.payload
    if answer.file.endswith(".hex"):
        digits = payload.hex()
        payload = ("\n".join(digits[i : i + 96] for i in range(0, len(digits), 96)) + "\n").encode()
    (folder / answer.file).write_bytes(payload)
    if answer.request_file:
        (folder / answer.request_file).write_bytes(answer.message.request)


def _concluded(folder: Path, knowledge: Knowledge, on: date) -> Device | None:
    """Return what is concluded from a folder as it was written."""
    recording = read_folder(folder)
    devices = devices_of(recording.messages(), knowledge, Reading(), on)
    return next((device for device in devices if recording.address in device.addresses), None)


def _expectation(device: Device | None) -> dict[str, object]:
    if device is None:
        return {"kind": "unknown"}
    expected: dict[str, object] = {"kind": device.kind}
    if device.what:
        expected["what"] = device.what
    expected |= {a.value: value for a in _SAID if (value := device.value(a))}
    if device.capabilities:
        expected["capabilities"] = sorted(device.capabilities)
    return expected


def _differences(device: Device, found: Device | None) -> str:
    """Say in words where masking, or what is not recorded, changed who the device is."""
    if found is None:
        return "From these answers alone nothing is concluded."
    changed = [
        f"{a.value} {device.value(a) or '-'} became {found.value(a) or '-'}"
        for a in (Attribute.BRAND, Attribute.MAKER, Attribute.MODEL, Attribute.FIRMWARE)
        if device.value(a) != found.value(a)
    ]
    if device.kind != found.kind:
        changed.insert(0, f"kind {device.kind} became {found.kind}")
    return f"Not as in the scan: {'; '.join(changed)}." if changed else ""


def _write_sheet(
    folder: Path,
    mask: Mask,
    device: Device,
    answers: Sequence[_Answer],
    expected: dict[str, object],
    on: date,
    note: str,
) -> None:
    masked = "Masked by camcensus: host part of MACs, addresses, serial digits, names, secrets."
    lines = [
        "schema = 1",
        "",
        "[expect]",
        *(f"{key} = {_toml(value)}" for key, value in expected.items()),
        "",
    ]
    lines += [
        "[origin]",
        f"source = {_toml('COMPLETE: whose device, recorded by whom, may it be published')}",
    ]
    lines += [f"date = {on.isoformat()}", f"note = {_toml(f'{masked} {note}'.strip())}", "", "[network]"]
    lines += [f"mac = {_toml(mask.mac(device.macs[0]))}"] if device.macs else []
    lines += [f"address = {_toml(str(mask.address(device.addresses[0])))}"]
    for answer in answers:
        lines += ["", "[[answer]]", f"protocol = {_toml(answer.message.protocol)}"]
        lines += [f"port = {answer.message.source.port or 0}"]
        lines += [f"path = {_toml(answer.path)}"] if answer.path else []
        lines += [f"file = {_toml(answer.file)}"]
        lines += [f"request = {_toml(answer.request_file)}"] if answer.request_file else []
    (folder / "device.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _toml(value: object) -> str:
    """Return a text or a list of texts as TOML: JSON's escapes are TOML's, except for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def replayable(message: Message) -> bool:
    """Tell whether a message can be written as frames: "link" and "import" never were any."""
    return message.protocol in by_name and message.protocol != "import"
