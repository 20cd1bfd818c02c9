"""Sony IP setup: units of an answer, settings and enquiries told from answers."""

from datagrams import SENDER, asks, damaged, datagram, holds_for_any_bytes, said, subject
from hypothesis import given, settings

from scanner.protocols.sony import PROTOCOL, QUESTION, parse, recognise

# UniversalScanner Sony.selftest.
ANSWER = (
    b"\x02MAC:aa-bb-cc-dd-ee-ff\xffMODEL:Virtual\xffSERIAL:123456789\xffINFO:allinfo\xffDHCP:OFF\xffIPADR:240.0.11.0\xff"
    b"MASK:255.0.0.0\xffGATEWAY:\xffDNSAUTO:OFF\xffDNS1:\xffDNS2:\xffWEBPORT:80\xffTIME:0000000000000\xffTIMEZONE:0\xff"
    b"DTFORMAT:ymd\xffSOFTVERSION:3.0.0\xff\x03"
)


def test_an_answer():
    assert said(PROTOCOL, ANSWER) == {
        "answer": "true",
        "mac": "aa:bb:cc:dd:ee:ff",
        "model": "Virtual",
        "serial": "123456789",
        "firmware": "3.0.0",
        "ip": "240.0.11.0",
        "mask": "255.0.0.0",
        "dhcp": "OFF",
        "http_port": "80",
        "time": "0000000000000",
    }


def test_the_subject_is_what_is_stated_if_a_device_can_have_it():
    assert subject(PROTOCOL, ANSWER) == (str(SENDER), "aa:bb:cc:dd:ee:ff")
    elsewhere = ANSWER.replace(b"240.0.11.0", b"198.51.100.8")
    assert subject(PROTOCOL, elsewhere) == ("198.51.100.8", "aa:bb:cc:dd:ee:ff")


def test_a_cut_answer_gives_what_is_there():
    assert said(PROTOCOL, ANSWER[: ANSWER.index(b"INFO")]).keys() == {"answer", "mac", "model", "serial"}


def test_enquiries_and_settings_are_no_answers():
    assert bytes.fromhex("02454e513a616c6c696e666fff03") == QUESTION
    assert asks(PROTOCOL, QUESTION)
    assert asks(PROTOCOL, b"\x02ENQ:network\xffMAC:aa-bb-cc-dd-ee-ff\xff\x03")
    setting = b"\x02SETMAC:aa-bb-cc-dd-ee-ff\xffIPADR:192.0.2.1\xff\x03"
    assert recognise(setting)
    assert parse(datagram("sony", setting)) == ()


def test_what_is_not_sony():
    assert not any(map(recognise, (b"", b"\x02\x03", b"\x02hello: x\xff\x03", b"MAC:aa\xff", b"\x02MAC:aa")))


@given(payload=damaged(ANSWER, QUESTION))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)
