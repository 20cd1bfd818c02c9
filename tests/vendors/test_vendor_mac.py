"""How far a registrant can be believed."""

import pytest

from scanner.errors import KnowledgeError
from scanner.vendors.mac import (
    MacKind,
    describe_mac,
    is_module_maker,
    load_modules,
    load_squatted,
    module_makers,
    squatted,
)


@pytest.mark.parametrize(
    ("mac", "kind", "registrant"),
    [
        ("44:19:b6:00:00:01", MacKind.REGISTERED, "Hangzhou Hikvision Digital Technology Co.,Ltd."),
        ("00-12-17-00-00-01", MacKind.SQUATTED, "Cisco-Linksys, LLC"),
        ("00:12:13:00:00:01", MacKind.SQUATTED, "Metrohm AG"),
        ("18:fe:34:00:00:01", MacKind.MODULE, "Espressif Inc."),
        ("06:12:34:00:00:01", MacKind.LOCAL, None),
        ("f8:f8:f8:00:00:01", MacKind.UNKNOWN, None),
        ("nonsense", MacKind.UNKNOWN, None),
        ("ff:ff:ff:ff:ff:ff", MacKind.UNKNOWN, None),
    ],
)
def test_notes(mac, kind, registrant):
    note = describe_mac(mac)
    assert (note.kind, note.registrant) == (kind, registrant)
    assert bool(note.seen_on) is (kind is MacKind.SQUATTED)


def test_squatted_blocks_say_where_they_were_seen():
    squat = squatted("00:12:31:00:00:01")
    assert "Xiongmai" in squat.seen_on
    assert squat.source
    assert squatted("44:19:b6:00:00:01") is None
    assert squatted("nonsense") is None


def test_makers_of_cameras_are_not_makers_of_modules():
    assert is_module_maker("Espressif Inc.")
    assert not is_module_maker("Hangzhou Hikvision Digital Technology Co.,Ltd.")
    assert len(module_makers()) > 30


ROW = '[[squatted]]\nprefix = "001212"\nregistrant = "x"\nseen_on = "x"\nsource = "x"\ndate = 2026-01-01\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (ROW + ROW, "prefix: is there twice"),
        (ROW.replace("001212", "00:12:12"), "prefix: must be six"),
        (ROW.replace("001212", "0012"), "prefix: must be six"),
        (ROW.replace('source = "x"\n', ""), "source: is missing"),
        ("[[module]]\n", "module: is not a key"),
    ],
)
def test_broken_lists_of_blocks_are_named(tmp_path, text, problem):
    path = tmp_path / "squatted.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=problem):
        load_squatted(path)


def test_broken_lists_of_modules_are_named(tmp_path):
    path = tmp_path / "modules.toml"
    path.write_text('[[module]]\nregistrants = "x"\nsource = "x"\ndate = 2026-01-01\n', encoding="utf-8")
    with pytest.raises(KnowledgeError, match="registrants: must be list, is str"):
        load_modules(path)
