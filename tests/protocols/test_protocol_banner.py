"""Greetings as public fingerprint collections know them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Endpoint, Message
from scanner.protocols import banner


def facts(payload, port=None):
    found = banner.parse(
        Message(
            time=datetime(2026, 1, 1, tzinfo=UTC),
            protocol="banner",
            source=Endpoint(port=port),
            payload=payload,
        )
    )
    pairs = found[0].facts if found else ()
    assert not [key for key, _ in pairs if not banner.PROTOCOL.declares(key)]
    return dict(pairs)


@pytest.mark.parametrize(
    ("payload", "port", "key", "text"),
    [
        (
            b"220 AXIS 215 PTZ Network Camera 4.30 (Feb 18 2009) ready.\r\n",
            21,
            "ftp",
            "220 AXIS 215 PTZ Network Camera 4.30 (Feb 18 2009) ready.",
        ),
        (b"220-Welcome\r\n220 WJ-HD316 ready\r\n", 2121, "ftp", "220-Welcome 220 WJ-HD316 ready"),
        (b"220 mail.example ESMTP Postfix\r\n", 587, "smtp", "220 mail.example ESMTP Postfix"),
        (b"220 ready\r\n", 25, "smtp", "220 ready"),
        (b"SSH-2.0-dropbear_2015.67\r\n\0\0\1\x0c\x05\x14", 22, "ssh", "SSH-2.0-dropbear_2015.67"),
        (b"192.0.0.64 login: ", 23, "telnet", "192.0.0.64 login:"),
        (b"\r\n(none) login: ", 9999, "telnet", "(none) login:"),
        (b"LocalHost login: ", 9527, "telnet", "LocalHost login:"),
        (b"* OK IMAP4 ready\r\n", 143, "other", "* OK IMAP4 ready"),
    ],
)
def test_services(payload, port, key, text):
    found = facts(payload, port)
    assert found[f"banner.{key}"].startswith(text)


def test_telnet_commands_and_colours_are_taken_out():
    found = facts(
        b"\xff\xfd\x01\xff\xfd\x1f\xff\xfb\x01\xff\xfb\x03\xff\xfa\x18\x01\xff\xf0\xff\xf1"
        b"\x1b[2J\x1b[1;32mWelcome to \xff\xffMonitor Tech.\x1b[0m\r\nlogin: ",
        23,
    )
    assert found["banner.telnet_options"] == "do 1,do 31,will 1,will 3"
    assert "Monitor Tech." in found["banner.telnet"]
    assert found["banner.telnet"].endswith("login:")
    assert "[" not in found["banner.telnet"]


def test_options_alone_are_telnet_without_text():
    assert facts(b"\xff\xfd\x18\xff\xfd\x20", 2000) == {"banner.telnet_options": "do 24,do 32"}


def test_binary_greetings_are_kept_as_hex():
    # Hikvision's device port as nmap knows it
    greeting = bytes.fromhex("0000001e0000001e0000000000000010")
    assert facts(greeting, 8000) == {"banner.hex": greeting.hex()}
    assert list(facts(b"head" + bytes(60), 9000)) == ["banner.hex"]


@pytest.mark.parametrize("payload", [b"", b"\xff", b"\xff\xfd", b"\xff\xfa\x18", b"\r\n"])
def test_nothing_to_tell(payload):
    assert not [key for key in facts(payload, 23) if key != "banner.telnet_options"]


@given(
    st.binary(max_size=600),
    st.sampled_from([None, 21, 22, 23, 25, 8000]),
    st.sampled_from([b"", b"\xff", b"220", b"SSH-"]),
)
@settings(max_examples=200, deadline=None)
def test_no_bytes_break_it(raw, port, start):
    facts(start + raw, port)
