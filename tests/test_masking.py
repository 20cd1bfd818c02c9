"""What tells whose device it is goes, everywhere and in every spelling; what tells what it is stays."""

import gzip
import re
import struct
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from handmade import evidence
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.masking import Mask
from scanner.model import Attribute, Endpoint, Message
from scanner.protocols import by_name

MAC = "44:19:b6:12:34:56"


def mask(*evidences, plain=(), hosts=("192.168.1.64",)):
    made = Mask(key=b"k" * 32)
    for host in hosts:
        made.address(ip_address(host))
    made.mac(MAC)
    made.learn(evidences, plain)
    return made


@pytest.mark.parametrize(
    "spelling",
    [
        "44:19:b6:12:34:56",
        "44-19-B6-12-34-56",
        "4419b6123456",
        "4419B6123456",
        "4419.b612.3456",
        "44%3A19%3AB6%3A12%3A34%3A56",
    ],
)
def test_a_mac_keeps_its_makers_half_in_every_spelling(spelling):
    made = mask()
    shown = made.text(f"<MAC>{spelling}</MAC>".encode()).decode()
    plain = re.sub(
        r"[^0-9a-f]", "", shown.lower().replace("%3a", "").removeprefix("<mac>").removesuffix("</mac>")
    )
    assert plain[:6] == "4419b6"
    assert plain != "4419b6123456"
    assert plain == made.mac(MAC).replace(":", "")
    assert len(shown) == len(spelling) + 11
    assert shown.isupper() or spelling.upper() != spelling or "mac" in shown.lower()


def test_a_mac_is_found_as_bytes_and_inside_names_and_ipv6():
    made = mask()
    raw = bytes.fromhex(MAC.replace(":", ""))
    shown = bytes.fromhex(made.mac(MAC).replace(":", ""))
    assert made.text(b"\x01" + raw + b"\x02") == b"\x01" + shown + b"\x02"
    assert made.text(b"name=CAM-123456.local") == b"name=CAM-" + shown[3:].hex().encode() + b".local"
    assert b"123456" not in made.text(b"uuid:00000000-0000-0000-0000-4419b6123456")


def test_masks_are_keyed_and_the_same_everywhere():
    assert mask().mac(MAC) == mask().mac(MAC)
    assert Mask(key=b"other").mac(MAC) != mask().mac(MAC)
    assert mask().anew().mac(MAC) == mask().mac(MAC)


def test_addresses_become_documentation_addresses_and_versions_stay():
    made = mask(evidence(Attribute.FIRMWARE, "61.8.0.3-r8"))
    text = b"<IP>192.168.1.64</IP><DNS>203.0.113.77</DNS><Mask>255.255.255.0</Mask><V>V5.6.2.1</V><F>61.8.0.3-r8</F>"
    shown = made.text(text).decode()
    assert "192.168.1.64" not in shown
    assert "<Mask>255.255.255.0</Mask><V>V5.6.2.1</V><F>61.8.0.3-r8</F>" in shown
    assert re.search(r"<IP>192\.0\.2\.\d+</IP>", shown)
    assert (
        made.text(b"http://192.168.1.64/")
        == b"http://" + str(made.address(ip_address("192.168.1.64"))).encode() + b"/"
    )
    assert made.text(b"239.255.255.250 127.0.0.1 0.0.0.0") == b"239.255.255.250 127.0.0.1 0.0.0.0"


def test_addresses_in_bytes_backwards_and_of_ipv6():
    made = mask()
    host = made.address(ip_address("192.168.1.64"))
    assert made.text(b"\x01\x04" + bytes([192, 168, 1, 64])) == b"\x01\x04" + host.packed
    assert made.text(b'"HostIP": "0x4001A8C0"') == f'"HostIP": "0x{host.packed[::-1].hex().upper()}"'.encode()
    assert b"fd00::9" not in made.text(b"http://[fd00::9]/onvif")
    assert b"2001:db8::" in made.text(b"http://[fd00::9]/onvif")
    assert made.text(b"at 12:30:45") == b"at 12:30:45"


@pytest.mark.parametrize(
    "serial", ["DS-2CD2385G1-I20200414AAWRE33842150", "2J02E89PAJ12345", "210231T2H63235000022", "ABCDEF"]
)
def test_a_serial_keeps_its_grammar(serial):
    made = mask(evidence(Attribute.SERIAL, serial))
    shown = made.text(f"<SN>{serial}</SN>".encode()).decode()[4:-5]
    assert shown != serial
    assert shown[:-6] == serial[:-6]
    assert [c.isdigit() for c in shown] == [c.isdigit() for c in serial]
    assert [c.isupper() for c in shown] == [c.isupper() for c in serial]


def test_a_serial_that_is_the_mac_is_masked_as_the_mac():
    made = mask(evidence(Attribute.SERIAL, "4419B6123456"))
    assert made.text(b"4419B6123456").decode() == made.mac(MAC).replace(":", "").upper()


def test_names_go_but_brands_and_models_in_them_stay():
    made = mask(
        evidence(Attribute.NAME, "HIKVISION DS-2CD2385 Lobby East"),
        evidence(Attribute.LOCATION, "City Hall/2"),
        evidence(Attribute.NAME, "IP CAMERA"),
        plain=("Hikvision", "DS-2CD2385"),
    )
    text = b"onvif://www.onvif.org/name/HIKVISION%20DS-2CD2385%20Lobby%20East <x>City Hall/2</x> Lobbying IP CAMERA"
    shown = made.text(text).decode()
    assert "HIKVISION%20DS-2CD2385%20" in shown
    assert "Lobby%20" not in shown
    assert "Hall" not in shown
    assert shown.endswith("Lobbying IP CAMERA")
    assert len(shown) == len(text)


def test_secrets_go():
    made = mask()
    assert (
        made.text(b"<Salt>abcdef0123</Salt><AuthToken>t0k</AuthToken>")
        == b"<Salt>xxxxxxxxxx</Salt><AuthToken>xxx</AuthToken>"
    )
    assert made.text(b'{"password": "hunter2", "model": "X"}') == b'{"password": "xxxxxxx", "model": "X"}'
    head = made.payload("http", b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=12345\r\nContent-Length: 0\r\n\r\n")
    assert b"12345" not in head


def http(body, *headers):
    return b"\r\n".join([b"HTTP/1.1 200 OK", *headers]) + b"\r\n\r\n" + body


def read(data, key):
    message = Message(
        time=datetime(2026, 1, 1, tzinfo=UTC),
        protocol="http",
        source=Endpoint(host=ip_address("192.0.2.1"), port=80),
        payload=data,
    )
    return [v for o in by_name["http"].parse(message) for k, v in o.facts if k == key]


BODY = b"<html><head><title>t</title></head><body>at 10.99.99.99 and 4419b6123456</body></html>"


def test_lengths_follow_where_an_address_changes_its_length():
    masked = mask().payload("http", http(BODY, b"Content-Length: %d" % len(BODY)))
    head, _, body = masked.partition(b"\r\n\r\n")
    assert int(re.search(rb"Content-Length: (\d+)", head)[1]) == len(body) != len(BODY)


def test_a_body_that_is_cut_stays_cut():
    masked = mask().payload("http", http(BODY, b"Content-Length: %d" % (len(BODY) + 500)))
    head, _, body = masked.partition(b"\r\n\r\n")
    assert int(re.search(rb"Content-Length: (\d+)", head)[1]) == len(body) + 500


@pytest.mark.parametrize(
    ("coded", "headers"),
    [
        (gzip.compress(BODY), (b"Content-Encoding: gzip",)),
        (b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY), (b"Transfer-Encoding: chunked",)),
        (
            b"5\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (BODY[:5], len(BODY) - 5, BODY[5:]),
            (b"Transfer-Encoding: chunked",),
        ),
    ],
)
def test_coded_bodies_are_masked_as_they_are_meant(coded, headers):
    masked = mask().payload("http", http(coded, *headers))
    assert read(masked, "http.title") == ["t"]
    (text,) = read(masked, "http.body")
    assert "4419b6123456" not in text
    assert "10.99.99.99" not in text


def test_the_length_before_json_follows():
    body = b'{"mac": "44:19:b6:12:34:56", "ip": "192.168.1.64"}\n'
    head = (
        b"\x20\x00\x00\x00DHIP"
        + bytes(8)
        + struct.pack("<I", len(body))
        + bytes(4)
        + struct.pack("<I", len(body))
        + bytes(4)
    )
    masked = mask().payload("dhip", head + body)
    rest = masked[32:]
    assert len(rest) != len(body)
    assert struct.unpack_from("<I", masked, 16)[0] == struct.unpack_from("<I", masked, 24)[0] == len(rest)


def test_binary_text_keeps_its_length_where_no_length_can_be_mended():
    data = b"\x05\x0c192.168.1.64\x06\x02"
    masked = mask().payload("ubiquiti", data)
    assert len(masked) == len(data)
    assert b"192.168.1.64" not in masked


def test_a_certificate_of_one_device_loses_its_key_and_a_shared_one_does_not(tmp_path):

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding

    from scanner.recordings import tls_flight

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def flight(common):
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])
        day = datetime(2020, 1, 1)  # noqa: DTZ001 - what a certificate holds is UTC by definition
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        made = (
            made.serial_number(0x123456789ABCDEF)
            .not_valid_before(day)
            .not_valid_after(day.replace(year=2040))
        )
        return tls_flight(made.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))

    def facts(data):
        message = Message(
            time=datetime(2026, 1, 1, tzinfo=UTC),
            protocol="tls",
            source=Endpoint(host=ip_address("192.0.2.1"), port=443),
            payload=data,
        )
        return dict(fact for o in by_name["tls"].parse(message) for fact in o.facts)

    own, shared = flight("axis-4419b6123456"), flight("Factory default")
    made = mask()
    assert made.payload("tls", shared) == shared
    before, after = facts(own), facts(made.payload("tls", own))
    assert after["tls.subject_cn"] == "axis-" + made.mac(MAC).replace(":", "")
    assert before["tls.serial"] != after["tls.serial"]
    assert before.get("tls.key_sha256") != after.get("tls.key_sha256")
    modulus = key.public_key().public_numbers().n.to_bytes(256, "big")
    assert modulus in own
    assert modulus not in made.payload("tls", own)


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from(["http", "rtsp", "tls", "dhip", "mdns", "ssdp", "banner", "sadp"]),
)
def test_no_bytes_break_the_mask_and_none_of_a_mac_survives(data, protocol):
    made = mask(evidence(Attribute.SERIAL, "2J02E89PAJ12345"), evidence(Attribute.NAME, "Lobby [x"))
    raw = bytes.fromhex(MAC.replace(":", ""))
    masked = made.payload(protocol, data + raw + data)
    assert raw not in masked
