"""mDNS messages in wire form, written by an encoder of our own (RFC 1035, 6762, 6763); values of real devices."""

import logging
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Endpoint, Message, Subject
from scanner.protocols.mdns import PROTOCOL, parse

MAC = "ac:cc:8e:3c:04:19"
HOST = "192.168.1.90"
A, PTR, HINFO, TXT, AAAA, SRV = 1, 12, 13, 16, 28, 33


def name(*labels):
    return b"".join(bytes([len(label.encode())]) + label.encode() for label in labels) + b"\0"


def dotted(text):
    return name(*text.split("."))


def record(owner, kind, data, ttl=120):
    return (
        owner
        + kind.to_bytes(2, "big")
        + b"\x80\x01"
        + ttl.to_bytes(4, "big")
        + len(data).to_bytes(2, "big")
        + data
    )


def address(host, text):
    packed = ip_address(text).packed
    return record(dotted(host), A if len(packed) == 4 else AAAA, packed)


def txt(owner, *texts):
    return record(owner, TXT, b"".join(bytes([len(text)]) + text.encode() for text in texts))


def srv(owner, port, host):
    return record(owner, SRV, bytes(4) + port.to_bytes(2, "big") + dotted(host))


def response(*answers, additional=()):
    counts = [0, len(answers), 0, len(additional)]
    return b"\0\0\x84\0" + b"".join(n.to_bytes(2, "big") for n in counts) + b"".join([*answers, *additional])


def query(*questions, known=(), claimed=()):
    counts = [len(questions), len(known), len(claimed), 0]
    asked = b"".join(dotted(text) + b"\0\x0c\0\x01" for text in questions)
    return bytes(4) + b"".join(n.to_bytes(2, "big") for n in counts) + asked + b"".join([*known, *claimed])


def read(payload, source=HOST, mac=MAC):
    endpoint = Endpoint(host=ip_address(source), port=5353)
    return parse(
        Message(
            time=datetime(2026, 3, 1, tzinfo=UTC), protocol="mdns", source=endpoint, mac=mac, payload=payload
        )
    )


def facts(seen, key):
    return [value for known, value in seen.facts if known == key]


AXIS = name("AXIS M1065-LW - ACCC8E3C0419", "_axis-video", "_tcp", "local")
CAMERA = response(
    record(dotted("_axis-video._tcp.local"), PTR, AXIS),
    srv(AXIS, 80, "axis-accc8e3c0419.local"),
    txt(AXIS, "macaddress=ACCC8E3C0419"),
    address("axis-accc8e3c0419.local", HOST),
)


def test_axis_camera():
    (seen,) = read(CAMERA)
    assert seen.subject == Subject(host=ip_address(HOST), mac=MAC)
    assert seen.facts == (
        ("mdns.service", "_axis-video._tcp"),
        ("mdns.instance", "AXIS M1065-LW - ACCC8E3C0419|_axis-video._tcp"),
        ("mdns.port", "_axis-video._tcp|80"),
        ("mdns.host", "axis-accc8e3c0419.local"),
        ("mdns.txt", "_axis-video._tcp|macaddress=ACCC8E3C0419"),
        ("mdns.address", HOST),
    )


def test_instance_with_dots_and_type_in_capitals():
    instance = name("ARECONT AV 1.5 - AV334455", "_AREC", "_TCP", "local")
    (seen,) = read(response(record(dotted("_arec._tcp.local"), PTR, instance)))
    assert facts(seen, "mdns.instance") == ["ARECONT AV 1.5 - AV334455|_arec._tcp"]


def test_compressed_names():
    head = response()[:6] + b"\0\1" + bytes(4)
    start = len(head)
    answer = record(dotted("_hap._tcp.local"), PTR, b"\x06Camera" + (0xC000 | start).to_bytes(2, "big"))
    (seen,) = read(head + answer)
    assert facts(seen, "mdns.instance") == ["Camera|_hap._tcp"]


def test_category_of_a_homekit_camera():
    instance = name("Doorbell", "_hap", "_tcp", "local")
    (seen,) = read(response(txt(instance, "c#=2", "ci=18", "md=VDB-1", "sf")))
    assert facts(seen, "mdns.hap_category") == ["18"]
    assert facts(seen, "mdns.txt") == ["_hap._tcp|" + text for text in ("c#=2", "ci=18", "md=VDB-1", "sf")]


def test_ci_of_another_service_is_no_category():
    (seen,) = read(response(txt(name("X", "_ipp", "_tcp", "local"), "ci=17")))
    assert facts(seen, "mdns.hap_category") == []


def test_model_of_device_info():
    (seen,) = read(response(txt(name("Office", "_device-info", "_tcp", "local"), "model=MacBookPro14,2")))
    assert facts(seen, "mdns.model") == ["MacBookPro14,2"]
    assert facts(seen, "mdns.service") == []


def test_enumeration_subtypes_and_hardware():
    (seen,) = read(
        response(
            record(dotted("_services._dns-sd._udp.local"), PTR, dotted("_rtsp._tcp.local")),
            record(dotted("_universal._sub._ipp._tcp.local"), PTR, name("Lab", "_ipp", "_tcp", "local")),
            record(dotted("nas.local"), HINFO, b"\x06X86_64\x05LINUX"),
        )
    )
    assert facts(seen, "mdns.service") == ["_rtsp._tcp", "_ipp._tcp"]
    assert facts(seen, "mdns.subtype") == ["_universal|_ipp._tcp"]
    assert (facts(seen, "mdns.hardware"), facts(seen, "mdns.os")) == (["X86_64"], ["LINUX"])


def test_reverse_names_are_no_services():
    assert read(response(record(dotted("90.1.168.192.in-addr.arpa"), PTR, dotted("cam.local")))) == ()


def test_names_of_networks_and_passwords_are_not_kept():
    instance = name("DCS-935L", "_dhnap", "_tcp", "local")
    (seen,) = read(response(txt(instance, "wlan0_ssid=HomeNet", "password=x", "model_number=DCS-935L")))
    assert facts(seen, "mdns.txt") == ["_dhnap._tcp|model_number=DCS-935L"]


def test_repeated_message_describes_the_host_that_it_names():
    (seen,) = read(CAMERA, source="192.168.7.1", mac="18:59:33:f4:49:1f")
    assert seen.subject == Subject(host=ip_address(HOST), mac=None)
    assert facts(seen, "mdns.instance") == ["AXIS M1065-LW - ACCC8E3C0419|_axis-video._tcp"]


def test_one_message_for_two_hosts():
    own = name("Proxy", "_sleep-proxy", "_udp", "local")
    mixed = response(
        srv(own, 61000, "proxy.local"),
        address("proxy.local", "192.168.1.2"),
        srv(AXIS, 80, "axis.local"),
        txt(AXIS, "macaddress=ACCC8E3C0419"),
        txt(name("AXIS M1065-LW - ACCC8E3C0419", "_device-info", "_tcp", "local"), "model=M1065-LW"),
        address("axis.local", HOST),
    )
    sender, sleeper = read(mixed, source="192.168.1.2", mac="18:59:33:f4:49:1f")
    assert sender.subject == Subject(host=ip_address("192.168.1.2"), mac="18:59:33:f4:49:1f")
    assert facts(sender, "mdns.service") == ["_sleep-proxy._udp"]
    assert sleeper.subject == Subject(host=ip_address(HOST), mac=None)
    assert facts(sleeper, "mdns.model") == ["M1065-LW"]
    assert facts(sleeper, "mdns.txt")[0] == "_axis-video._tcp|macaddress=ACCC8E3C0419"


@pytest.mark.parametrize(
    ("source", "addresses"),
    [
        ("fe80::217:88ff:fe24:76ff", ["fdd9:fbb:a067::1", "10.10.10.6"]),  # as a Hue bridge does
        (HOST, ["fe80::928d:78ff:fea8:e143"]),  # as D-Link hubs do
        (HOST, ["169.254.45.134", "fe80::1"]),
        (HOST, ["10.0.0.7", HOST]),
        (HOST, ["0.0.0.0"]),
        (HOST, ["127.0.0.1"]),
    ],
)
def test_addresses_that_do_not_compare_make_no_other_host(source, addresses):
    (seen,) = read(
        response(*(address("cam.local", text) for text in addresses), srv(AXIS, 80, "cam.local")), source
    )
    assert seen.subject == Subject(host=ip_address(source), mac=MAC)


def test_link_local_reflection_over_ipv6():
    (seen,) = read(response(address("cam.local", "fe80::2")), "fe80::1")
    assert seen.subject == Subject(host=ip_address("fe80::2"), mac=None)


def test_query_says_what_its_sender_asks_and_nothing_else():
    known = [record(dotted("_axis-video._tcp.local"), PTR, AXIS)]
    (seen,) = read(
        query("_axis-video._tcp.local", "puppet.local", "_services._dns-sd._udp.local", known=known)
    )
    assert seen.facts == (
        ("mdns.query", "_axis-video._tcp"),
        ("mdns.query", "puppet.local"),
        ("mdns.query", "_services._dns-sd._udp"),
    )


def test_probe_claims_its_own_records():
    (seen,) = read(query("axis-accc8e3c0419.local", claimed=[address("axis-accc8e3c0419.local", HOST)]))
    assert facts(seen, "mdns.host") == ["axis-accc8e3c0419.local"]
    assert facts(seen, "mdns.query") == []


def test_cut_message_gives_what_is_whole():
    (seen,) = read(CAMERA[: CAMERA.index(b"macaddress=")])
    assert facts(seen, "mdns.port") == ["_axis-video._tcp|80"]
    assert facts(seen, "mdns.txt") == []


def test_pointer_loops_end():
    assert (
        read(response()[:6] + b"\0\1" + bytes(4) + b"\xc0\x0c\0\x0c\0\x01" + bytes(4) + b"\0\2\xc0\x0c") == ()
    )


def test_nothing_is_logged(caplog):
    with caplog.at_level(logging.INFO):
        read(CAMERA[:-3])
        read(b"\xff" * 60)
    assert caplog.records == []


@pytest.mark.parametrize("payload", [b"", bytes(11), bytes(12), response()])
def test_empty_messages_say_nothing(payload):
    assert read(payload) == ()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(0, len(CAMERA)), st.integers(0, len(CAMERA)))
def test_no_bytes_raise_or_give_undeclared_facts(noise, start, stop):
    for payload in (noise, response()[:4] + noise, CAMERA[:start] + noise + CAMERA[stop:]):
        for seen in read(payload):
            assert all(PROTOCOL.declares(key) and len(value) <= 1024 for key, value in seen.facts)


def test_many_records_stay_bounded():
    flood = response(*(address(f"h{n}.local", f"10.0.{n // 250}.{n % 250 + 1}") for n in range(400)))
    seen = read(flood, source="192.168.1.1")
    assert len(seen) <= 17
    assert sum(len(one.facts) for one in seen) <= 17 * 400
