"""The XML reader on what devices send and on what attackers would."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.protocols._flatten import MAX_PAIRS, flatten_json, flatten_xml
from scanner.protocols._xml import MAX_DEPTH, MAX_ELEMENTS, is_standalone, read_xml


def test_prefixes_and_namespaces_are_kept_as_sent():
    root = read_xml(
        b'<?xml version="1.0" encoding="utf-8" standalone="yes" ?>'
        b'<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope" xmlns="urn:d">'
        b'<env:Body xmlns:hikwsd="http://www.onvifext.com/onvif/ext/ver10/wsdl"><hikwsd:A x="1"/><b>t</b></env:Body>'
        b"</env:Envelope>"
    )
    assert (root.prefix, root.name, root.namespace) == (
        "env",
        "Envelope",
        "http://www.w3.org/2003/05/soap-envelope",
    )
    assert root.namespaces == (("env", "http://www.w3.org/2003/05/soap-envelope"), ("", "urn:d"))
    assert root.declared_namespaces()[-1] == ("hikwsd", "http://www.onvifext.com/onvif/ext/ver10/wsdl")
    assert root.find("A").attribute("X") == "1"
    assert (root.text_of("B"), root.find("b").namespace) == ("t", "urn:d")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'<?xml version="1.0" standalone="yes" ?><a/>', True),
        (b"<?xml version='1.0' standalone = 'no'?><a/>", False),
        (b'<?xml version="1.0"?><a standalone="yes"/>', None),
        (b"<a/>", None),
        (b"", None),
    ],
)
def test_standalone(raw, said):
    assert is_standalone(raw) is said


@pytest.mark.parametrize("codec", ["gbk", "gb2312", "gb18030"])
def test_declared_chinese_is_decoded(codec):
    raw = f'<?xml version="1.0" encoding="{codec}"?><a><n>大门 摄像机</n></a>'.encode(codec)
    assert read_xml(raw).text_of("n") == "大门 摄像机"


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_byte_order_marks(codec):
    assert read_xml("<a><n>Tür</n></a>".encode(codec)).text_of("n") == "Tür"


def test_transport_may_declare_the_character_set():
    assert read_xml("<a>門</a>".encode("big5"), "Big5").text == "門"


@pytest.mark.parametrize(
    "raw",
    [
        b"\0\0 <a><n>x</n></a>",
        b"rubbish<a><n>x</n></a>",
        b"<a><n>x</n></a>\n\0",
        b"<a><n>x</n></a>\0\0\0",
        b"<a><n>x</n></a><a>second</a>",
        b"<a><n>x</n>",
        b"<a><n>x",
        b"<a><n>x</m></a>",
        b"<!-- first --><?php ?><a><!-- c --><n>x</n></a>",
        b"<q:a><z:n>x</z:n></q:a>",
        b"<a><n>\x01x\x1b</n></a>",
        b'<?xml version="1.1" encoding="nonsense"?><a><n>x</n></a>',
        b'<?xml version="1.0" encoding="utf-16"?><a><n>x</n></a>',
    ],
)
def test_rubbish_and_damage(raw):
    root = read_xml(raw)
    assert (root.name, root.text_of("n")) == ("a", "x")


def test_unbound_prefixes_are_told_apart_from_names():
    root = read_xml(b"<q:a><z:n>x</z:n></q:a>")
    assert (root.prefix, root.namespace, root.children[0].prefix, root.children[0].name) == (
        "q",
        "",
        "z",
        "n",
    )


def test_stray_markup_is_text():
    root = read_xml(b"<a><u>/x?a=1&b=2&amp;c</u><t>1 < 2 &nbsp;&#65;&#x42;</t><c><![CDATA[<&>]]></c></a>")
    assert root.text_of("u") == "/x?a=1&b=2&c"
    assert root.text_of("t") == "1 < 2 &nbsp;AB"
    assert root.text_of("c") == "<&>"


@pytest.mark.parametrize(
    "doctype",
    [
        b'<!DOCTYPE a [<!ENTITY n "secret"><!ENTITY m SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">',
        b'<!DOCTYPE a [<!ENTITY x "1"><!ENTITY n "&x;&x;&x;&x;">]>',
    ],
)
def test_entities_are_never_expanded(doctype):
    root = read_xml(doctype + b"<a b='&n;'><n>&n;&m;</n></a>")
    assert (root.text_of("n"), root.attribute("b")) == ("&n;&m;", "&n;")


@pytest.mark.parametrize(
    "raw", [b"", b"<", b"<>", b"no markup", b"<?xml version='1.0'?>", b"<!DOCTYPE a [", b"<1/>"]
)
def test_no_element_is_none(raw):
    assert read_xml(raw) is None


def test_bounds():
    assert sum(1 for _ in read_xml(b"<a>" * 5000).walk()) <= MAX_DEPTH
    assert sum(1 for _ in read_xml(b"<a>" + b"<b/>" * 20_000 + b"</a>").walk()) <= MAX_ELEMENTS
    deep = read_xml(b"<a>" * 100 + b"x" + b"</a>" * 99 + b"<last/></a>")
    assert deep.children[-1].name == "last"


def test_flattened_xml():
    root = read_xml(
        b"<DeviceInfo xmlns='urn:x'><model>DS-1</model><net><mac>a</mac></net><adminPassword>p</adminPassword>"
        b"<ch><id>1</id></ch><ch><id>2</id></ch></DeviceInfo>"
    )
    assert flatten_xml(root) == (
        ("DeviceInfo.model", "DS-1"),
        ("DeviceInfo.net.mac", "a"),
        ("DeviceInfo.ch.id", "1"),
        ("DeviceInfo.ch.id", "2"),
    )


def test_flattened_json():
    text = '{"data":{"propertyList":{"Brand":"AXIS","n":[1,{"x":true}],"none":null,"token":"t"}}}\n\0'
    assert flatten_json(text) == (
        ("data.propertyList.Brand", "AXIS"),
        ("data.propertyList.n", "1"),
        ("data.propertyList.n.x", "true"),
    )


@pytest.mark.parametrize("text", ["", "nope", "[" * 60_000, '"text"', "{", '{"a":' * 9000])
def test_json_that_is_none(text):
    assert flatten_json(text) == ()


def test_flattening_is_bounded():
    assert len(flatten_json("[" + '{"a":1},' * 5000 + "0]")) == MAX_PAIRS
    assert len(flatten_xml(read_xml(b"<a>" + b"<b>1</b>" * 5000 + b"</a>"))) == MAX_PAIRS


@given(st.binary(max_size=2000))
@settings(max_examples=150, deadline=None)
def test_no_bytes_break_it(raw):
    read_xml(raw)
    read_xml(b"<a>" + raw)
    is_standalone(raw)


@given(st.text(st.sampled_from("<>/ab:=\"'& !?-[]xmlns\0é"), max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_markup_breaks_it(text):
    root = read_xml(b"<a>" + text.encode() + b"</a>")
    if root is not None:
        flatten_xml(root)
        root.declared_namespaces()


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_flattening(text):
    flatten_json(text)
    flatten_json("{" + text)


@pytest.mark.parametrize(
    "unit",
    [
        b"<",
        b"<a",
        b"<a>",
        b"<!--",
        b"<?",
        b"<![CDATA[",
        b"&",
        b"</b>",
        b"&#0;",
        b'<b x="1"/>',
        b" ",
        b'"',
        b"<!DOCTYPE",
    ],
)
def test_time_is_bounded(unit):
    started = time.perf_counter()
    read_xml(unit * 200_000)
    read_xml(b"<a>" + unit * 200_000)
    read_xml(b'<a b="' + unit * 200_000)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("attribute", ['x{}="1" ', 'xmlns:x{}="u" '])
def test_many_attributes_take_no_square_of_time(attribute):
    raw = "<a " + "".join(attribute.format(i) for i in range(20_000)) + ">" + "<b/>" * 3000
    started = time.perf_counter()
    read_xml(raw.encode())
    assert time.perf_counter() - started < 2
