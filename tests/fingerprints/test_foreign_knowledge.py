"""Others' knowledge: read from small samples in their formats, named as we name, weak, and never alone."""

from datetime import UTC, date, datetime
from ipaddress import ip_address

import pytest

from scanner.errors import KnowledgeError
from scanner.fingerprints import identify
from scanner.fingerprints.foreign import load_with, read_foreign
from scanner.fingerprints.foreign.patterns import to_re2
from scanner.identity.conclusions import conclude_attributes
from scanner.model import Attribute, Endpoint, Message, Strength
from scanner.protocols import by_name
from scanner.vendors import vendors

SERVERS = r"""<?xml version="1.0"?>
<!-- a comment -->
<fingerprints matches="http_header.server" protocol="http">
  <fingerprint pattern="^kitewatch/(\d+) (\S+)$" flags="REG_ICASE">
    <description>one of ours</description>
    <example hw.product="K1">KiteWatch/2 K1</example>
    <param pos="0" name="hw.vendor" value="HIKVISION DIGITAL TECHNOLOGY"/>
    <param pos="0" name="hw.device" value="IP Camera"/>
    <param pos="2" name="hw.product"/>
    <param pos="1" name="service.version"/>
  </fingerprint>
  <fingerprint pattern="^plainhttpd$">
    <param pos="0" name="service.vendor" value="Somebody"/>
  </fingerprint>
  <fingerprint pattern="^look(?=ahead)">
    <param pos="0" name="hw.vendor" value="Axis"/>
  </fingerprint>
  <fingerprint pattern="^mirror$">
    <param pos="0" name="service.vendor" value="AXIS"/>
    <param pos="0" name="hw.vendor" value="{service.vendor}"/>
    <param pos="0" name="hw.device" value="Toaster"/>
  </fingerprint>
</fingerprints>
"""
GREETINGS = """<fingerprints matches="ftp.banner">
  <fingerprint pattern="^Kite FTP ready$"><param pos="0" name="hw.vendor" value="Axis"/></fingerprint>
</fingerprints>
"""
UNHEARD = """<fingerprints matches="mysql.banners">
  <fingerprint pattern="^5"><param pos="0" name="hw.vendor" value="Axis"/></fingerprint>
</fingerprints>
"""
PROBES = r"""# a sample
Exclude T:1
Probe TCP NULL q||
totalwaitms 6000
match ftp m|^220 Kite(?>way)? (\S++) ready\.\r\n| p/Dahua kite ftpd/ v/$1/ d/webcam/
match oddity m/^\xff\xfb\x01\0Kite/ p/Kite odd/ d/printer/
Probe TCP GetRequest q|GET / HTTP/1.0\r\n\r\n|
softmatch rtsp m|^RTSP/1| p/generic/
match http m|^HTTP/1\.0 200 OK\r\nServer: plain\r\n\r\n$| p/plain httpd/
match http m|^HTTP/1\.[01] \d\d\d (?:[^\r\n]*\r\n(?!\r\n))*?Server: Kite/\d\.\d\r\n|s p/K/ cpe:/h:hikvision:k/ d/webcam/
match http m|^HTTP/1\.0 200 OK\r\nServer: plain\r\n| p/Axis 9 camera httpd/ d/webcam/
match http m|(?<!x)y| p/Axis/ d/webcam/
match rtsp m|^RTSP/1\.0 \d\d\d .*\r\nServer: Kite\r\n|s p/HikVision rtspd/ d/webcam/
match mysql m|^.\0\0\0| p/Dahua SQL/
"""


@pytest.fixture
def recog(tmp_path):
    folder = tmp_path / "recog"
    (folder / "xml").mkdir(parents=True)
    for name, text in (("http_servers", SERVERS), ("ftp_banners", GREETINGS), ("mysql_banners", UNHEARD)):
        (folder / "xml" / f"{name}.xml").write_text(text)
    return folder


@pytest.fixture
def nmap(tmp_path):
    path = tmp_path / "nmap-service-probes"
    path.write_bytes(PROBES.encode("latin-1"))
    return path


def said(payload, knowledge, *, protocol="http", port=80):
    message = Message(
        time=datetime(2026, 11, 27, tzinfo=UTC),
        protocol=protocol,
        source=Endpoint(host=ip_address("192.0.2.7"), port=port),
        payload=payload,
    )
    return list(identify(by_name[protocol].parse(message), knowledge))


def theirs(payload, knowledge, **rest):
    found = [
        item for item in said(payload, knowledge, **rest) if item.fingerprint.startswith(("recog/", "nmap/"))
    ]
    assert all(item.strength is Strength.WEAK for item in found)
    return {(item.attribute.value, item.value) for item in found}


def test_recogs_entries_speak_of_our_facts_under_our_names(recog):
    knowledge, _ = load_with(recog)
    answer = b"HTTP/1.1 200 OK\r\nServer: KITEWATCH/2 K1\r\n\r\n"
    assert theirs(answer, knowledge) == {("brand", "Hikvision"), ("kind", "camera"), ("model", "K1")}
    assert theirs(b"220 Kite FTP ready\r\n", knowledge, protocol="banner", port=21) == {("brand", "Axis")}
    assert theirs(b"HTTP/1.1 200 OK\r\nServer: mirror\r\n\r\n", knowledge) == {("brand", "Axis")}
    assert theirs(b"HTTP/1.1 200 OK\r\nServer: plainhttpd\r\n\r\n", knowledge) == set()


def test_what_cannot_be_used_is_counted(recog, nmap):
    _, foreign = load_with(recog, nmap)
    one, two = foreign.tallies
    assert (one.read, one.used, one.unheard, one.silent, one.unreadable) == (6, 3, 1, 1, 1)
    assert (two.read, two.used, two.unheard, two.silent, two.unreadable) == (9, 5, 1, 2, 1)
    assert one.sentence().startswith("Recog: 3 of 6 entries in use; 1 are about what is not heard here")
    assert "1 have patterns that RE2 cannot read" in two.sentence()


def test_nmaps_lines_are_held_against_whole_answers(nmap):
    knowledge, _ = load_with(nmap_file=nmap)
    answer = b"HTTP/1.1 401 No\r\nX: y\r\nServer: Kite/1.2\r\n\r\n"
    assert theirs(answer, knowledge) == {("brand", "Hikvision"), ("kind", "camera")}
    assert theirs(b"HTTP/1.1 401 No\r\nX: y\r\n\r\nServer: Kite/1.2\r\n", knowledge) == set()
    greeting = b"220 Kiteway 1 ready.\r\n"
    assert theirs(greeting, knowledge, protocol="banner", port=21) == {("brand", "Dahua"), ("kind", "camera")}
    odd = b"\xff\xfb\x01\0Kite login: "
    assert theirs(odd, knowledge, protocol="banner", port=23) == {("kind", "printer")}


def test_the_first_line_that_fits_says_all_even_if_it_says_nothing(nmap):
    knowledge, _ = load_with(nmap_file=nmap)
    assert theirs(b"HTTP/1.0 200 OK\r\nServer: plain\r\n\r\n", knowledge) == set()
    assert ("brand", "Axis") in theirs(b"HTTP/1.0 200 OK\r\nServer: plain\r\n\r\nmore", knowledge)


def test_others_never_conclude_alone_however_often_they_say_it(recog, nmap):
    knowledge, _ = load_with(recog, nmap)
    answers = [
        *said(b"HTTP/1.1 200 OK\r\nServer: kitewatch/2 K1\r\n\r\n", knowledge),
        *said(b"HTTP/1.1 401 No\r\nServer: Kite/1.2\r\n\r\n", knowledge),
        *said(b"RTSP/1.0 200 OK\r\nServer: Kite\r\n\r\n", knowledge, protocol="rtsp", port=554),
    ]
    assert len({item.fact[0].split(".")[0] for item in answers if item.value == "Hikvision"}) == 2
    assert conclude_attributes(answers, vendors(), date(2026, 11, 27)) == {}


def test_others_support_a_weak_hint_of_our_own(nmap):
    knowledge, _ = load_with(nmap_file=nmap)
    ours = [
        item
        for item in said(
            b"RTSP/1.0 400 No\r\nAllow: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n",
            knowledge,
            protocol="rtsp",
            port=554,
        )
        if (item.attribute, item.value) == (Attribute.MAKER, "ACTi")
    ]
    assert [item.strength for item in ours] == [Strength.WEAK]
    nmap.write_text(PROBES.replace("cpe:/h:hikvision:k/", "cpe:/h:acti:k/"), encoding="latin-1")
    knowledge, _ = load_with(nmap_file=nmap)
    answer = said(b"HTTP/1.1 401 No\r\nServer: Kite/1.2\r\n\r\n", knowledge)
    on = date(2026, 11, 27)
    assert Attribute.MAKER not in conclude_attributes(ours, vendors(), on)
    assert Attribute.MAKER not in conclude_attributes(answer, vendors(), on)
    assert conclude_attributes([*ours, *answer], vendors(), on)[Attribute.MAKER].value == "ACTi"


def test_the_version_says_whose_knowledge_was_used(recog, nmap):
    plain, _ = load_with()
    one, _ = load_with(recog)
    two, _ = load_with(recog, nmap)
    assert one.version.startswith(f"{plain.version}+recog.")
    assert two.version.startswith(f"{one.version}+nmap.")
    assert read_foreign(recog, nmap).versions == read_foreign(recog, nmap).versions


BROKEN = [
    ("xml/http_servers.xml", "<fingerprints><fingerprint", "http_servers.xml: file: is not XML"),
    ("xml/a.xml", "<fingerprints><fingerprint/></fingerprints>", "a.xml: line 1: pattern: is missing"),
    (
        "xml/a.xml",
        '<fingerprints><fingerprint pattern="x"><param name="hw.vendor"/></fingerprint></fingerprints>',
        "a.xml: line 1: param: needs pos and name",
    ),
]


@pytest.mark.parametrize(("name", "text", "problem"), BROKEN)
def test_a_broken_recog_file_is_one_sentence(recog, name, text, problem):
    (recog / name).write_text(text)
    with pytest.raises(KnowledgeError, match=problem):
        read_foreign(recog)


def test_entities_of_a_file_are_not_followed(recog, tmp_path):
    (tmp_path / "secret").write_text("Axis")
    (recog / "xml" / "http_servers.xml").write_text(
        f'<!DOCTYPE fingerprints [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>'
        '<fingerprints matches="http_header.server"><fingerprint pattern="x">'
        '<example>&e;</example><param pos="0" name="hw.vendor" value="Axis"/></fingerprint></fingerprints>'
    )
    assert "Axis" not in str([e.examples for e in read_foreign(recog).fingerprints])


def test_a_folder_without_recog_is_one_sentence(tmp_path):
    with pytest.raises(KnowledgeError, match="folder: does not exist; --recog takes"):
        read_foreign(tmp_path / "absent")
    with pytest.raises(KnowledgeError, match="folder: holds no Recog fingerprints"):
        read_foreign(tmp_path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("match http m|^x", "line 1: match: the pattern has no closing '|'"),
        ("match http x", "line 1: match: needs a service"),
        ("Probe TCP NULL q||\n", "file: has no match line; --nmap takes"),
    ],
)
def test_a_broken_nmap_file_is_one_sentence(nmap, text, problem):
    nmap.write_text(text)
    with pytest.raises(KnowledgeError, match=problem.replace("|", r"\|")):
        read_foreign(nmap_file=nmap)
    nmap.unlink()
    with pytest.raises(KnowledgeError, match="file: No such file"):
        read_foreign(nmap_file=nmap)


@pytest.mark.parametrize(
    ("pattern", "groups", "expected"),
    [
        (r"a\(b([)(])(\d)", {2: "model"}, r"a\(b([)(])(?P<model>\d)"),
        (r"(?:a)(?i:b)(c)", {1: "model"}, r"(?:a)(?i:b)(?P<model>c)"),
        (r"[^]a](x)", {1: "model"}, r"[^]a](?P<model>x)"),
        (r"\x41\0\012[\0x]", {}, r"\x41\x00\012[\x00x]"),
        (r"a*+b?+c{2}+d\++", {}, r"a*b?c{2}d\++"),
    ],
)
def test_patterns_become_res2_own(pattern, groups, expected):
    assert to_re2(pattern, "", groups) == expected
