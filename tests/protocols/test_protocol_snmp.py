"""SNMP messages in BER, written by an encoder of our own (RFC 1157, 3416, X.690)."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Endpoint, Message, Subject
from scanner.protocols.snmp import MAX_BINDINGS, PROTOCOL, parse

MAC = "c0:56:e3:f9:55:68"
HOST = "10.10.1.65"


def value(tag, body):
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes(2, "big")
    return bytes([tag, 0x82]) + size + body


def integer(number):
    return value(2, number.to_bytes(4, "big", signed=True))


def octets(raw):
    return value(4, raw)


def oid(text):
    first, second, *arcs = map(int, text.split("."))
    out = b""
    for arc in (first * 40 + second, *arcs):
        part = [arc & 0x7F]
        while arc := arc >> 7:
            part.append(arc & 0x7F | 0x80)
        out += bytes(reversed(part))
    return value(6, out)


def binding(name, content):
    return value(0x30, oid(name) + content)


def message_of(payload, port=161, source=HOST):
    endpoint = Endpoint(host=ip_address(source), port=port)
    return Message(
        time=datetime(2026, 3, 1, tzinfo=UTC), protocol="snmp", source=endpoint, mac=MAC, payload=payload
    )


def pdu(kind, *bindings, version=1):
    body = integer(7) + integer(0) + integer(0) + value(0x30, b"".join(bindings))
    return value(0x30, integer(version) + octets(b"s3cret-community") + value(kind, body))


def read(payload, **kwargs):
    return parse(message_of(payload, **kwargs))


RESPONSE = pdu(
    0xA2,
    binding("1.3.6.1.2.1.1.1.0", octets(b"AXIS M3045-V Network Camera; 9.80.3")),
    binding("1.3.6.1.2.1.1.2.0", oid("1.3.6.1.4.1.368.1.1")),
    binding("1.3.6.1.2.1.1.4.0", octets(b"jane@example.com")),
    binding("1.3.6.1.2.1.1.5.0", octets(b"axis-accc8e3c0419")),
    binding("1.3.6.1.2.1.1.6.0", octets(b"Gate 3")),
)


def test_system_group():
    (seen,) = read(RESPONSE)
    assert seen.subject == Subject(host=ip_address(HOST), mac=MAC)
    assert seen.facts == (
        ("snmp.sysdescr", "AXIS M3045-V Network Camera; 9.80.3"),
        ("snmp.sysobjectid", "1.3.6.1.4.1.368.1.1"),
        ("snmp.sysname", "axis-accc8e3c0419"),
        ("snmp.syslocation", "Gate 3"),
    )


def test_community_is_never_kept():
    assert "s3cret" not in repr([seen.facts for seen in read(RESPONSE)])


def test_hikvision_objects():
    (seen,) = read(
        pdu(
            0xA2,
            binding("1.3.6.1.4.1.39165.1.1.0", octets(b"DS-2CD2143G2-I")),
            binding("1.3.6.1.4.1.39165.1.4.0", octets(b"c0:56:e3:f9:55:68")),
            binding("1.3.6.1.4.1.39165.1.7.0", integer(-4)),
        )
    )
    assert seen.facts == (
        ("snmp.object", "1.3.6.1.4.1.39165.1.1.0=DS-2CD2143G2-I"),
        ("snmp.mac", MAC),
        ("snmp.object", "1.3.6.1.4.1.39165.1.4.0=c0:56:e3:f9:55:68"),
        ("snmp.object", "1.3.6.1.4.1.39165.1.7.0=-4"),
    )


def test_dahua_objects_and_arcs_above_sixteen_bits():
    (seen,) = read(
        pdu(
            0xA2,
            binding("1.3.6.1.2.1.1.2.0", oid("1.3.6.1.4.1.1004849.3.2.1")),
            binding("1.3.6.1.4.1.1004849.2.1.1.1.0", octets(b"2.800.0000000.13.R")),
        )
    )
    assert ("snmp.sysobjectid", "1.3.6.1.4.1.1004849.3.2.1") in seen.facts
    assert ("snmp.object", "1.3.6.1.4.1.1004849.2.1.1.1.0=2.800.0000000.13.R") in seen.facts


def test_other_private_objects_are_not_kept():
    assert read(pdu(0xA2, binding("1.3.6.1.4.1.9.9.1.0", octets(b"enable-password")))) == ()


def test_interface_address():
    (seen,) = read(pdu(0xA2, binding("1.3.6.1.2.1.2.2.1.6.2", octets(bytes.fromhex("c056e3f95568")))))
    assert seen.facts == (("snmp.mac", MAC),)


@pytest.mark.parametrize("kind", [0xA0, 0xA1, 0xA3, 0xA5])
def test_requests_say_nothing_of_who_asks(kind):
    assert read(pdu(kind, binding("1.3.6.1.2.1.1.1.0", value(5, b""))), port=50000) == ()


def old_trap(agent):
    body = oid("1.3.6.1.4.1.39165.1") + value(0x40, ip_address(agent).packed) + integer(6) + integer(1)
    body += value(0x43, b"\x01") + value(0x30, binding("1.3.6.1.2.1.1.5.0", octets(b"cam")))
    return value(0x30, integer(0) + octets(b"public") + value(0xA4, body))


def test_old_trap_names_its_agent():
    (seen,) = read(old_trap("10.10.1.99"), port=40000)
    assert seen.subject == Subject(host=ip_address("10.10.1.99"), mac=None)
    assert seen.facts == (("snmp.sysname", "cam"), ("snmp.enterprise", "1.3.6.1.4.1.39165.1"))


@pytest.mark.parametrize("agent", [HOST, "0.0.0.0"])
def test_old_trap_of_the_sender_itself(agent):
    (seen,) = read(old_trap(agent), port=40000)
    assert seen.subject == Subject(host=ip_address(HOST), mac=MAC)


def test_new_trap():
    (seen,) = read(
        pdu(
            0xA7,
            binding("1.3.6.1.2.1.1.3.0", value(0x43, b"\x05")),
            binding("1.3.6.1.6.3.1.1.4.1.0", oid("1.3.6.1.6.3.1.1.5.1")),
            binding("1.3.6.1.6.3.1.1.4.3.0", oid("1.3.6.1.4.1.8072")),
        ),
        port=40000,
    )
    assert seen.facts == (("snmp.trap", "1.3.6.1.6.3.1.1.5.1"), ("snmp.enterprise", "1.3.6.1.4.1.8072"))


def engine(identifier):
    parameters = value(0x30, octets(identifier) + integer(1) + integer(2) + octets(b"") * 3)
    header = value(0x30, integer(5) + integer(65507) + octets(b"\0") + integer(3))
    return value(0x30, integer(3) + header + octets(parameters) + value(0x30, b""))


def test_engine_id_of_an_agent():
    (seen,) = read(engine(bytes.fromhex("8000017003") + bytes.fromhex("c056e3f95568")))
    assert seen.facts == (
        ("snmp.engine_id", "8000017003c056e3f95568"),
        ("snmp.engine_enterprise", "368"),
        ("snmp.mac", MAC),
    )


def test_engine_id_that_a_manager_repeats_is_not_its_own():
    assert read(engine(bytes.fromhex("8000017003c056e3f95568")), port=50000) == ()


def test_cut_message_gives_what_is_whole():
    (seen,) = read(RESPONSE[: RESPONSE.index(b"Gate 3") + 4])
    assert ("snmp.sysname", "axis-accc8e3c0419") in seen.facts
    assert not [text for key, text in seen.facts if key == "snmp.syslocation"]


def test_number_of_bindings_is_bounded():
    many = pdu(0xA2, *(binding(f"1.3.6.1.4.1.39165.1.{n}.0", integer(n)) for n in range(300)))
    assert len(read(many)[0].facts) <= MAX_BINDINGS + 1


@pytest.mark.parametrize(
    "payload", [b"", b"\x30", b"\x30\x80\x02\x01\x01", b"\x30\x89" + bytes(20), b"\x04\x02ab"]
)
def test_what_is_no_snmp_gives_nothing(payload):
    assert read(payload) == ()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(0, len(RESPONSE)), st.integers(0, len(RESPONSE)))
def test_no_bytes_raise_or_give_undeclared_facts(noise, start, stop):
    for payload in (
        noise,
        RESPONSE[:start] + noise + RESPONSE[stop:],
        engine(noise[:60]),
        old_trap(HOST)[:start] + noise,
    ):
        for seen in read(payload):
            assert all(PROTOCOL.declares(key) and len(value) <= 1024 for key, value in seen.facts)
