"""The owner scans a building of locked devices: what is learnt; nobody is locked out, no secret is left."""

import json
import tempfile

import pytest
from credential_scenarios import PASSWORD, SECRET_OF_ONE, USER

from scanner.credentials.traces import carries_credentials, spellings
from scanner.lab import run_inside

pytestmark = pytest.mark.slow
FILE = """
schema = 1
[[credential]]
name = "hikvision"
maker = ["Hikvision", "Axis", "Pelco", "Sony"]
address = "192.0.2.0/24"
username = "wachdienst"
password = { file = "secret" }
[[credential]]
name = "canon"
maker = "Canon"
username = "wachdienst"
password = { command = ["cat", "%s"] }
"""


def inside(folder, building, *commands):
    with tempfile.TemporaryFile() as output:
        wish = {
            "state": str(folder / "state"),
            "building": building,
            "commands": [list(map(str, c)) for c in commands],
        }
        assert run_inside("credential_scenarios:owner", json.dumps(wish), output=output) == 0
        output.seek(0)
        return json.loads(output.read())


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("owner")
    held = folder / "held"
    held.mkdir()
    for name, secret in (("secret", PASSWORD), ("wrong", "not-the-canons-" + SECRET_OF_ONE[:4])):
        (held / name).write_text(secret + "\n")
        (held / name).chmod(0o600)
    sheet = held / "credentials.toml"
    sheet.write_text(FILE % (held / "wrong"))
    sheet.chmod(0o600)

    def scan(number):
        kept = folder / f"run{number}"
        return (
            *("scan", "192.0.2.8/29", "192.0.2.16/30", "--timing", "fast", "--profile", "quick"),
            *(
                "--credentials",
                sheet,
                "--record",
                kept / "recordings",
                "--pcap-out",
                folder / f"{number}.pcap",
            ),
            *("--audit-log", folder / "audit.jsonl", "-o", "json=" + str(folder / f"{number}.json")),
        )

    first = inside(folder, "honest", scan(1), scan(2))
    rogue = inside(folder, "rogue", scan(3))
    reports = {n: json.loads((folder / f"{n}.json").read_text()) for n in (1, 2, 3)}
    return folder, first, rogue, reports


def visits(report):
    return {v["address"].rpartition(".")[2]: v for v in report["coverage"]["scan"]["credentials"]}


def test_who_was_asked_and_how_it_ended(runs):
    _, first, _, reports = runs
    assert set(first["codes"]) <= {0, 3}, first["err"]
    ended = {number: visit["outcome"] for number, visit in visits(reports[1]).items()}
    accepted = dict.fromkeys(("11", "12", "13", "14", "15", "17"), "accepted")
    assert ended == {**accepted, "16": "refused", "18": "no safe way"}


def test_nobody_is_locked_out(runs):
    _, first, _, reports = runs
    assert not any(device["locked"] for device in first["devices"].values())
    failures = {name: d["failures"] for name, d in first["devices"].items() if d["failures"]}
    assert failures == {"canon-vb-s30d-1.3.3": 1}  # in two runs
    assert visits(reports[2])["16"]["outcome"] == "withheld"
    assert all(device["together"] <= 1 for device in first["devices"].values())


def test_the_owner_learns_more(runs):
    _, _, _, reports = runs
    devices = {d["addresses"][0]: d for d in reports[1]["devices"] if d["addresses"]}
    assert {"ptz", "audio-in", "line-crossing"} <= set(devices["192.0.2.13"]["capabilities"])
    assert devices["192.0.2.13"]["capability_sources"]["line-crossing"] == ["device"]
    assert {devices[f"192.0.2.{n}"]["kind"] for n in (11, 12, 13, 14, 15, 16, 18)} == {"camera"}
    behind = [d for d in reports[1]["devices"] if not d["addresses"] and not d["macs"]]
    assert devices["192.0.2.17"]["channels"] == ["1: Gate, DS-2CD2042WD-I", "2: Yard, IPC-HDW5421S"]
    notes = {
        note["device"]: note["note"] for note in reports[1]["coverage"]["notes"] if "behind" in note["note"]
    }
    assert set(notes.values()) == {f"behind {devices['192.0.2.17']['id']}"}
    makers = {d["maker"]["value"] for d in reports[1]["devices"] if d["id"] in notes}
    assert makers == {"Hikvision", "Dahua"}
    assert behind


def test_a_rogue_at_a_known_address_receives_nothing(runs):
    _, first, rogue, reports = runs
    (name,) = rogue["devices"]
    assert rogue["devices"][name]["heard"]
    sent = [heard.encode("latin-1") for heard in rogue["devices"][name]["heard"]]
    assert not any(carries_credentials(heard) for heard in sent)
    assert not any(USER.encode() in heard for heard in sent)
    visit = visits(reports[3])["11"]
    assert visit["outcome"] == "withheld"
    assert "stranger" in visit["why"]
    honest = first["devices"][name]["heard"]
    assert any(carries_credentials(heard.encode("latin-1")) for heard in honest)


def test_no_secret_is_left_anywhere(runs):
    folder, first, rogue, _ = runs
    left = {}
    for path in folder.rglob("*"):
        if path.is_file() and path.parent.name != "held":
            left[str(path)] = path.read_bytes()
    for number, run in enumerate((first, rogue)):
        left[f"output {number}"] = (run["out"] + run["err"]).encode()
        left[f"processes {number}"] = "\n".join(run["processes"]).encode()
    assert sum(name.endswith(".pcap") for name in left) == 3
    assert any("recordings" in name for name in left)
    for secret in (PASSWORD, "not-the-canons-" + SECRET_OF_ONE[:4], "behind-secret"):
        words = [word.encode() for word in spellings(secret)]
        found = [(name, word) for name, data in left.items() for word in words if word in data]
        assert not found
    for digest in (b"PasswordDigest", b"cnonce=", b'response="'):
        assert not [name for name, data in left.items() if digest in data]


def test_the_search_would_find_a_secret(runs, tmp_path):
    """The search is worth something: each spelling is found where it is."""
    import base64
    from urllib.parse import quote

    whole = [f"user:{PASSWORD}!", quote(PASSWORD), base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()]
    assert all(any(word in text for word in spellings(PASSWORD)) for text in whole)
