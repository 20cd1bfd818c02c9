"""NetBIOS name service messages and browser announcements built by hand after RFC 1002 and [MS-BRWS]."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Endpoint, Message, Subject
from scanner.protocols.netbios import PROTOCOL, parse

MAC = "00:11:32:00:00:07"
HOST = "192.168.1.20"


def plain(text, suffix=0):
    return text.encode("latin-1").ljust(15, b" " if text != "*" else b"\0") + bytes([suffix])


def name(text, suffix=0):
    raw = plain(text, suffix)
    letters = b"".join(bytes([0x41 + (byte >> 4), 0x41 + (byte & 15)]) for byte in raw)
    return b"\x20" + letters + b"\0"


def head(flags, *counts):
    return b"\x12\x34" + flags.to_bytes(2, "big") + b"".join(n.to_bytes(2, "big") for n in counts)


def resource(owner, kind, data):
    return owner + kind.to_bytes(2, "big") + b"\0\x01\0\0\0\0" + len(data).to_bytes(2, "big") + data


def message_of(payload, source=HOST, port=137):
    return Message(
        time=datetime(2026, 3, 1, tzinfo=UTC),
        protocol="netbios",
        source=Endpoint(host=ip_address(source), port=port),
        destination=Endpoint(host=ip_address("192.168.1.255"), port=port),
        mac=MAC,
        payload=payload,
    )


def read(payload, **kwargs):
    return parse(message_of(payload, **kwargs))


def facts(seen, key):
    return [value for known, value in seen.facts if known == key]


def entry(host=HOST, flags=0):
    return flags.to_bytes(2, "big") + ip_address(host).packed


def test_registration_claims_a_name_through_a_pointer():
    raw = (
        head(0x2910, 1, 0, 0, 1)
        + name("NVR-1", 0x20)
        + b"\0\x20\0\x01"
        + resource(b"\xc0\x0c", 0x20, entry())
    )
    (seen,) = read(raw)
    assert seen.facts == (("netbios.name", "NVR-1<20>"),)
    assert seen.subject == Subject(host=ip_address(HOST), mac=MAC)


def test_registered_group():
    raw = head(0x2910, 1, 0, 0, 1) + name("WORKGROUP") + b"\0\x20\0\x01"
    (seen,) = read(raw + resource(b"\xc0\x0c", 0x20, entry(flags=0x8000)))
    assert seen.facts == (("netbios.group", "WORKGROUP<00>"),)


def test_query_is_no_claim():
    (seen,) = read(head(0x0110, 1, 0, 0, 0) + name("WPAD") + b"\0\x20\0\x01")
    assert seen.facts == (("netbios.query", "WPAD<00>"),)


def test_question_for_whatever_there_is_says_nothing():
    assert read(head(0, 1, 0, 0, 0) + name("*") + b"\0\x21\0\x01") == ()


def test_owner_answers_for_its_name():
    (seen,) = read(head(0x8500, 0, 1, 0, 0) + resource(name("NVR-1"), 0x20, entry()))
    assert seen.subject == Subject(host=ip_address(HOST), mac=MAC)


def test_name_server_answers_for_another():
    (seen,) = read(head(0x8580, 0, 1, 0, 0) + resource(name("NVR-1"), 0x20, entry("192.168.1.77")))
    assert seen.subject == Subject(host=ip_address("192.168.1.77"), mac=None)


def test_host_with_two_addresses_answers_for_itself():
    (seen,) = read(head(0x8500, 0, 1, 0, 0) + resource(name("NVR-1"), 0x20, entry("10.0.0.1") + entry()))
    assert seen.subject.host == ip_address(HOST)


def table(*names, mac="001132000008"):
    rows = b"".join(plain(text, suffix) + flags.to_bytes(2, "big") for text, suffix, flags in names)
    return bytes([len(names)]) + rows + bytes.fromhex(mac) + bytes(40)


def test_table_of_names_with_the_adapters_mac():
    data = table(("NVR-1", 0, 0x0400), ("WORKGROUP", 0, 0x8400), ("NVR-1", 0x20, 0x0400))
    (seen,) = read(head(0x8400, 0, 1, 0, 0) + resource(name("*"), 0x21, data))
    assert seen.facts == (
        ("netbios.name", "NVR-1<00>"),
        ("netbios.group", "WORKGROUP<00>"),
        ("netbios.name", "NVR-1<20>"),
        ("netbios.mac", "00:11:32:00:00:08"),
    )
    assert seen.subject.mac == "00:11:32:00:00:08"


def test_sambas_empty_mac_leaves_the_frames():
    (seen,) = read(
        head(0x8400, 0, 1, 0, 0) + resource(name("*"), 0x21, table(("NAS", 0, 0x400), mac="0" * 12))
    )
    assert seen.subject.mac == MAC


def test_negative_answer_says_nothing():
    assert read(head(0x8583, 0, 0, 0, 0)) == ()


def announcement(
    kind=1, server=b"SANJI-LIFEBOOK-L", version=(4, 9), bits=0x00849A03, comment=b"Samba, Ubuntu"
):
    return (
        bytes([kind, 0])
        + (720_000).to_bytes(4, "little")
        + server.ljust(16, b"\0")
        + bytes(version)
        + bits.to_bytes(4, "little")
        + bytes.fromhex("0f0155aa")
        + comment
        + b"\0"
    )


def datagram(data, source=HOST, kind=0x11, mailslot=b"\\MAILSLOT\\BROWSE"):
    slot = mailslot + b"\0"
    offset = 32 + 1 + 34 + 2 + len(slot)
    words = (
        bytes(22)
        + len(data).to_bytes(2, "little")
        + offset.to_bytes(2, "little")
        + b"\x03\0\x01\0\x01\0\x02\0"
    )
    smb = (
        b"\xffSMB\x25"
        + bytes(27)
        + b"\x11"
        + words
        + (len(slot) + len(data)).to_bytes(2, "little")
        + slot
        + data
    )
    body = name("SANJI-LIFEBOOK-", 0) + name("WORKGROUP", 0x1D) + smb
    return bytes([kind, 0x0A, 0, 7]) + ip_address(source).packed + b"\0\x8a\0\0\0\0" + body


def test_host_announcement():
    (seen,) = read(datagram(announcement()), port=138)
    assert seen.facts == (
        ("netbios.name", "SANJI-LIFEBOOK-<00>"),
        ("netbios.host", "SANJI-LIFEBOOK-L"),
        ("netbios.os", "4.9"),
        ("netbios.server_type", "workstation"),
        ("netbios.server_type", "server"),
        ("netbios.server_type", "print-queue"),
        ("netbios.server_type", "unix"),
        ("netbios.server_type", "windows-nt"),
        ("netbios.server_type", "windows-nt-server"),
        ("netbios.server_type", "master-browser"),
        ("netbios.comment", "Samba, Ubuntu"),
    )


def test_domain_announcement_is_about_the_domain():
    (seen,) = read(datagram(announcement(12, b"WORKGROUP", comment=b"NVR-1")), port=138)
    assert seen.facts == (("netbios.name", "SANJI-LIFEBOOK-<00>"), ("netbios.domain", "WORKGROUP"))


def test_datagram_with_another_source_is_about_that():
    (seen,) = read(datagram(announcement(), source="192.168.1.99"), port=138)
    assert seen.subject == Subject(host=ip_address("192.168.1.99"), mac=None)


@pytest.mark.parametrize(
    "raw",
    [datagram(announcement(), mailslot=b"\\MAILSLOT\\NET"), datagram(announcement()[:20]), datagram(b"")],
)
def test_other_mailslots_and_cut_announcements_give_the_name_alone(raw):
    (seen,) = read(raw, port=138)
    assert seen.facts == (("netbios.name", "SANJI-LIFEBOOK-<00>"),)


@pytest.mark.parametrize("raw", [b"", bytes(14), datagram(b"", kind=0x13)])
def test_what_is_no_datagram_gives_nothing(raw):
    assert read(raw, port=138) == ()


GOOD = head(0x8400, 1, 1, 0, 0) + name("X") + bytes(4) + resource(name("*"), 0x21, table(("NAS", 0, 0x400)))


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=300), st.integers(0, len(GOOD)), st.integers(0, len(GOOD)), st.sampled_from([137, 138])
)
def test_no_bytes_raise_or_give_undeclared_facts(noise, start, stop, port):
    for payload in (
        noise,
        GOOD[:start] + noise + GOOD[stop:],
        datagram(noise),
        datagram(announcement())[: start * 3],
    ):
        for seen in read(payload, port=port):
            assert all(PROTOCOL.declares(key) and len(value) <= 1024 for key, value in seen.facts)
