"""Thirty nights of one house as a script: what happens to its devices and files, and what each night must tell.

How a night is carried out is the caller's: from a capture of what the devices say, or by a scan of a lab in which they
live. Both run the whole command, `camcensus run`.
"""

import contextlib
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from scanner.cli import run
from scanner.folders import data_folder
from scanner.lab.copies import copy_of
from scanner.nightly.events import Kind
from scanner.recordings import Recording, read_folder

ROOT = Path(__file__).resolve().parents[2]
DEVICES = ROOT / "fixtures" / "devices"
FIRST = date(2026, 11, 27)
NAMES = {
    "axis": "axis-m1065-lw-9.80.1",
    "canon": "canon-vb-s30d-1.3.3",
    "dahua": "dahua-ipc-hdw5421s-2.400",
    "hikvision": "hikvision-ds-2cd2385g1-i-5.6.2",
    "panasonic": "panasonic-bb-sc384b-1.46",
    "sony": "sony-snc-ch110-3.0.0",
}
OWN = """
schema = 1
id = "house-rule"
legal_name = "Our own purchasing rule"
citation = "board, 2026"
body = "the board"
jurisdiction = "us"
governs = ["procurement"]
binds = ["us"]
installed_devices_covered = "no"
version = {version}
checked = {version}
address = "https://intranet.example/rule"
sources = [{{ title = "minutes", date = 2026-01-02 }}]
depends_on = ["Are we us?"]
"""
ENTRY = """
[[entry]]
printed = "{name}"
group = "{name}"
from = 2026-01-02
clause = "1"
source = "minutes"
source_date = 2026-01-02
"""
CONFIG = """
site = "Town Hall"
networks = ["192.0.2.0/24"]
lists = ["us-ndaa-889", "house-rule.toml"]
waivers = "waivers.toml"
gone_after = 3
[[zone]]
name = "house"
networks = ["192.0.2.0/24"]
[[zone]]
name = "cabinet"
networks = ["192.0.2.200/29"]
floor = "2"
[[output]]
format = "json"
path = "{date}.json"
[[notify]]
url_env = "CAMCENSUS_HOOK"
"""
LEARNT = """
schema = 1
vendor = "Edimax"

[[fingerprint]]
id = "learnt"
match = "http.server"
pattern = "^LearntLastNight/"
about = "plumbing"
strength = "medium"
claims = { maker = "Edimax" }
source = "a device on a desk"
date = 2026-12-01
examples = [{ text = "LearntLastNight/1.0" }]
"""
WAIVER = """
[[waiver]]
maker = "Hikvision"
list = "us-ndaa-889"
owner = "facilities"
reason = "roof"
ticket = "FAC-12"
expires = {expires}
"""


class House:
    """The devices of a house, what its owner's files say, and the command that is run every night.

    `speak` carries out a night: given the house, the words of the command and what is done to the wire, it calls
    `called` with the words that fit.
    """

    def __init__(
        self, folder: Path, speak: Callable[..., tuple[int, str, str]], config: str = CONFIG
    ) -> None:
        self.folder, self.speak = folder, speak
        self.devices: dict[str, Recording] = {}
        self.day = FIRST
        (folder / "camcensus.toml").write_text(config)
        self.waive()
        self.rule("2026-11-01", "Bosch")
        for name in ("axis", "canon", "hikvision", "sony"):
            self.add(name)

    def waive(self, *expiries: str) -> None:
        text = "schema = 1\n" + "".join(WAIVER.format(expires=expires) for expires in expiries)
        (self.folder / "waivers.toml").write_text(text)

    def rule(self, version: str, *names: str) -> None:
        text = OWN.format(version=version) + "".join(ENTRY.format(name=name) for name in names)
        (self.folder / "house-rule.toml").write_text(text)

    def learn(self) -> None:
        """Give the program a fingerprint more, which fits nobody here."""
        folder = data_folder() / "fingerprints"
        folder.mkdir(parents=True)
        (folder / "learnt.toml").write_text(LEARNT)

    def add(self, name: str, address: str = "", mac: str | None = None, of: str = "") -> None:
        recording = read_folder(DEVICES / NAMES[of or name])
        here = ip_address(address or str(recording.address))
        self.devices[name] = copy_of(recording, name, here, mac) if address or mac else recording

    def move(self, name: str, address: str) -> None:
        self.devices[name] = copy_of(self.devices[name], name, ip_address(address))

    def say(self, name: str, old: bytes, new: bytes) -> None:
        assert len(old) == len(new)
        known = self.devices[name]
        answers = tuple(replace(a, payload=a.payload.replace(old, new)) for a in known.answers)
        assert answers != known.answers
        self.devices[name] = replace(known, answers=answers)

    def words(self, *more: str) -> list[str]:
        config = str(self.folder / "camcensus.toml")
        return ["run", "--config", config, "--as-of", self.day.isoformat(), "--json", *more]

    def night(self, **wire: int) -> tuple[list[tuple[str, str]], int]:
        """Be the night: returns what was told, as (kind, sentence), and the exit code."""
        code, out, err = self.speak(self, **wire)
        assert err == "", err
        told = [(event["kind"], event["sentence"]) for event in json.loads(out)] if out else []
        assert (self.folder / f"{self.day}.json").is_file()
        self.day += timedelta(days=1)
        return told, code


def called(words: list[str]) -> tuple[int, str, str]:
    """Run a command in this process; returns its exit code and what it printed."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(words)
    out.flush()
    return code, out.buffer.getvalue().decode(), err.getvalue()


AXIS, SONY = "Axis M1065-LW camera", "Sony SNC-CH110 camera"
HIKVISION, DAHUA = "Hikvision DS-2CD2385G1-I camera", "Dahua IPC-HDW5421S camera"
HALF = (
    "the run was incomplete, nobody is counted as missing: night.pcap: the file stops in the middle of a packet; all "
    "packets before it were read"
)
NOT_LISTED = "not listed (house-rule, us-ndaa-889)"


def thirty(house: House, kill: Callable[[House], None], *, halves: bool) -> list[list[tuple[str, str]]]:
    """Be thirty nights; returns what each told. `kill` is a night that is killed, `halves` says that one can be cut."""
    told: list[list[tuple[str, str]]] = []

    def night(*expected, code=0, **wire):
        found, ended = house.night(**wire)
        told.append(found)
        wanted = sorted(expected, key=lambda pair: list(Kind).index(Kind(pair[0])))
        assert found == wanted, f"night {len(told)}: told {found}, wanted {wanted}"
        assert ended == code, f"night {len(told)}: {ended}"

    night(("knowledge", "first run: 4 surveillance devices found; later runs tell what changes"))  # 1
    night()
    house.add("dahua")  # 3
    night(("appeared", f"{DAHUA} at 192.0.2.30 (house): listed (us-ndaa-889); not listed (house-rule)"))
    night()
    house.move("axis", "192.0.2.161")  # 5: a new lease
    night(("moved", f"{AXIS} is at 192.0.2.161 (house), was at 192.0.2.61 (house)"))
    house.say("axis", b"9.80.1", b"9.80.5")  # 6
    night(("changed", f"{AXIS} at 192.0.2.161 (house): firmware 9.80.1 → 9.80.5"))
    night()
    sony = house.devices.pop("sony")  # 8: away, and nobody cries at once
    night()
    night()
    today = datetime.now(UTC).date()
    night(("gone", f"{SONY} at 192.0.2.74 (house) is gone, last seen on {today}"))  # 10
    night()
    house.devices["sony"] = sony  # 12
    night(("back", f"{SONY} at 192.0.2.74 (house) is back, last seen on {today}"))
    del house.devices["canon"]  # 13: another device on its address
    house.add("panasonic", "192.0.2.75")
    replaced = (
        f"Panasonic BB-SC384B camera at 192.0.2.75 (house): {NOT_LISTED}; it replaces Canon VB-S30D camera"
    )
    night(("replaced", replaced))
    silence = (
        "the run was incomplete, nobody is counted as missing: none of the 5 known devices answered: taken for a fault "
        "of the network"
    )
    night(("failed", silence), code=1, empty=True)  # 14: the switch is down
    night()
    night(*([("failed", HALF)] if halves else []), code=int(halves), cut=40)  # 16: half a capture
    night()
    house.rule("2026-12-14", "Bosch", "Axis")  # 18: the list is updated
    because = "because the list changed (2026-11-01 → 2026-12-14)"
    night(
        ("verdict", f"{AXIS} at 192.0.2.161 (house): house-rule: not listed → listed, {because}"),
        ("knowledge", "list house-rule: 2026-11-01 → 2026-12-14"),
    )
    night()
    house.waive("2026-12-17")  # 20: somebody answers for it, for two nights
    verdict = f"{HIKVISION} at 192.0.2.10 (house): us-ndaa-889"
    night(("verdict", f"{verdict}: listed → waived, because a waiver holds now"))
    night()
    over = "Waiver FAC-12 of facilities (maker Hikvision, us-ndaa-889) expired on 2026-12-17: 1 device counts again"
    night(  # 22
        ("verdict", f"{verdict}: waived → listed, because a waiver no longer holds"),
        ("waiver", over),
    )
    house.waive()
    kill(house)  # 23
    told.append([])
    found, code = house.night()  # 24
    told.append(found)
    ((kind, sentence),) = found
    assert (kind, code) == ("failed", 1)
    assert sentence.startswith("the run begun at ")
    assert sentence.endswith(" did not end; nothing of it counts")
    house.add("dahua two", "192.0.2.31", "4c:11:bf:20:10:99", of="dahua")  # 25: another of the same model
    night(("appeared", f"{DAHUA} at 192.0.2.31 (house): listed (us-ndaa-889); not listed (house-rule)"))
    house.move("dahua", "192.0.2.32")
    house.move("dahua two", "192.0.2.30")
    house.move("dahua", "192.0.2.31")  # 26: the two change places
    night(
        ("moved", f"{DAHUA} is at 192.0.2.30 (house), was at 192.0.2.31 (house)"),
        ("moved", f"{DAHUA} is at 192.0.2.31 (house), was at 192.0.2.30 (house)"),
    )
    house.move("hikvision", "192.0.2.201")  # 27: carried into the cabinet
    night(("moved", f"{HIKVISION} is at 192.0.2.201 (cabinet, floor 2), was at 192.0.2.10 (house)"))
    house.say("axis", b"9.80.5", b"9.80.7")  # 28: everything at once
    del house.devices["dahua two"]
    house.add("canon")
    del house.devices["panasonic"]
    back = "Canon VB-S30D camera at 192.0.2.75 (house)"
    night(
        ("replaced", f"{back} is back, last seen on {today}; it replaces Panasonic BB-SC384B camera"),
        ("changed", f"{AXIS} at 192.0.2.161 (house): firmware 9.80.5 → 9.80.7"),
    )
    house.learn()  # 29: the fingerprints are updated
    found, code = house.night()
    told.append(found)
    ((kind, sentence),) = found
    assert (kind, code) == ("knowledge", 0)
    assert re.fullmatch(r"fingerprints: \S+ → \S+", sentence)
    night(("gone", f"{DAHUA} at 192.0.2.30 (house) is gone, last seen on {today}"))  # 30
    return told
