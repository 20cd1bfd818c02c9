"""Digests against the examples of their specifications, and against what onvif-zeep's own client makes."""

import base64
import re
from datetime import UTC, datetime

import pytest

from scanner.credentials.tokens import (
    authorization,
    basic,
    digest_challenge,
    offers_basic,
    username_token,
    with_header,
)

RFC = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm, response):
    challenge = digest_challenge([RFC.format(algorithm)])
    value = authorization(
        challenge,
        "Mufasa",
        "Circle of Life",
        method="GET",
        uri="/dir/index.html",
        count=1,
        client_nonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert f'response="{response}"' in value
    assert "nc=00000001" in value
    assert "Circle" not in value


def test_the_stronger_digest_is_taken_and_what_is_not_known_is_not():
    assert digest_challenge([RFC.format("MD5"), RFC.format("SHA-256")]).algorithm == "sha-256"
    assert digest_challenge(['Digest realm="x", nonce="y", qop="auth-int"']) is None
    assert digest_challenge(['Digest realm="x", nonce="y", algorithm=ROT13']) is None
    assert digest_challenge(['Basic realm="x"']) is None
    assert offers_basic(['Digest realm="x", nonce="y"', 'Basic realm="x"'])


def test_without_quality_as_in_rfc_2069():
    challenge = digest_challenge(
        ['Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"']
    )
    value = authorization(
        challenge, "Mufasa", "Circle Of Life", method="GET", uri="/dir/index.html", count=1, client_nonce="x"
    )
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in value  # RFC 2069 as corrected by RFC 2617
    assert "qop" not in value


def test_a_stale_nonce_is_said():
    assert digest_challenge(['Digest realm="x", nonce="y", stale=TRUE']).stale
    assert not digest_challenge(['Digest realm="x", nonce="y"']).stale


def test_the_token_is_that_of_the_profile_and_of_zeep():
    from zeep import ns
    from zeep.wsse.username import UsernameToken

    nonce, created = bytes(range(16)), datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
    token = username_token("census", "geh<eim", nonce=nonce, created=created).decode()
    ours = re.search(r"PasswordDigest\">([^<]+)<", token)[1]
    theirs = UsernameToken(
        "census", "geh<eim", use_digest=True, nonce=nonce.decode(), created=created, zulu_timestamp=True
    )
    made = theirs._create_password_digest()
    (password,) = [item for item in made if item.tag == f"{{{ns.WSSE}}}Password"]
    assert ours == password.text
    assert base64.b64encode(nonce).decode() in token
    assert ">2026-11-27T15:00:00Z<" in token
    assert "geh" not in token


def test_a_header_goes_before_the_body_whatever_its_prefix():
    assert with_header(b"<s:Envelope><s:Body/></s:Envelope>", b"<X/>") == (
        b"<s:Envelope><s:Header><X/></s:Header><s:Body/></s:Envelope>"
    )
    assert (
        with_header(b"<Envelope><Body/></Envelope>", b"<X/>")
        == b"<Envelope><Header><X/></Header><Body/></Envelope>"
    )
    assert with_header(b"nothing", b"<X/>") == b"nothing"


def test_basic():
    assert basic("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="  # RFC 7617
