"""Dahua DVRIP v1: the three sections of an answer, lengths that lie, searches told from answers."""

from datagrams import SENDER, asks, damaged, holds_for_any_bytes, said, subject
from hypothesis import given, settings

from scanner.protocols.dvrip import PROTOCOL, QUESTION, recognise

# UniversalScanner Dahua1.selftest.
ANSWER = bytes.fromhex(
    "b3001800580000000000000000000000020000005800000000000000000000000000000000000000566972747561"
    "6c000000000000000000f0000300ff0000007f000001000000000a070809b8223200000000000000320000000000000"
    "05000bb0191930a00909392930000efff2a2a3a8f000000000000"
    "30303a31313a32323a33333a34343a35355669727475616c"
    "4e616d653a44616875610d0a4465766963653a5669727475616c0d0a49507636416464723a666538303a3a312f36343b"
    "676174657761793a666538303a3a0d0a0d0a53657269616c4e6f3a3132333435363738390d0a0d0a"
)


def test_an_answer():
    assert said(PROTOCOL, ANSWER) == {
        "answer": "true",
        "mac": "00:11:22:33:44:55",
        "ip": "240.0.3.0",
        "mask": "255.0.0.0",
        "gateway": "127.0.0.1",
        "http_port": "80",
        "https_port": "443",
        "port": "37777",
        "max_connections": "10",
        "tls_port": "37776",
        "udp_port": "37778",
        "multicast": "239.255.42.42",
        "model": "Virtual",
        "name": "Virtual",
        "machine_name": "Dahua",
        "serial": "123456789",
        "ip6": "fe80::1",
    }


def test_the_subject_is_what_is_stated_if_a_device_can_have_it():
    assert subject(PROTOCOL, ANSWER) == (str(SENDER), "00:11:22:33:44:55")
    other_subnet = ANSWER[:0x38] + bytes((198, 51, 100, 8)) + ANSWER[0x3C:]
    assert subject(PROTOCOL, other_subnet) == ("198.51.100.8", "00:11:22:33:44:55")


def test_without_text_lines_the_model_is_the_device_type():
    model_only = ANSWER[:0x90].replace(b"55Virtual", b"55IPC-HFX")
    facts = said(PROTOCOL, model_only)
    assert (facts["model"], facts.get("serial")) == ("IPC-HFX", None)


def test_a_lying_length_harms_nothing():
    facts = said(PROTOCOL, ANSWER[:2] + b"\xff\xff" + ANSWER[4:])
    assert (facts["mac"], "serial" in facts) == ("00:11:22:33:44:55", False)


def test_a_version_is_four_numbers():
    raw = b"\x02\0\x20\x03\0\0\x0d\0"
    assert said(PROTOCOL, ANSWER[:0x20] + raw + ANSWER[0x28:])["firmware"] == "2.800.0.13"


def test_a_search_is_somebody_asking():
    assert bytes.fromhex("a3010001" + "00" * 12 + "02000000" + "00" * 12) == QUESTION
    assert asks(PROTOCOL, QUESTION)
    assert asks(PROTOCOL, b"\xa3\x01\0\0" + QUESTION[4:])


def test_what_is_not_dvrip():
    assert not any(map(recognise, (b"", b"\xb3", b"\xb0" + ANSWER[1:], b"\xa3" * 40)))


@given(payload=damaged(ANSWER, QUESTION))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)
