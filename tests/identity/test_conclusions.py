"""What evidence adds up to: witnesses count once, weak hints never conclude alone, labels yield to plumbing."""

from dataclasses import replace
from datetime import date

import pytest
from evidence_maker import evidence

from scanner.identity.conclusions import MARGIN, conclude_attributes
from scanner.model import Attribute
from scanner.vendors import vendors

ON = date(2026, 11, 24)


def concluded(*items):
    return conclude_attributes(list(items), vendors(), ON)


def test_one_witness_counts_once():
    once = concluded(evidence("model", "X1000"))[Attribute.MODEL].confidence
    thrice = concluded(*[evidence("model", "X1000", seconds=i) for i in range(3)])[Attribute.MODEL].confidence
    assert once == thrice == 0.6


def test_independent_protocols_combine():
    both = concluded(evidence("model", "X1000"), evidence("model", "X1000", key="rtsp.server"))
    assert both[Attribute.MODEL].confidence == pytest.approx(1 - 0.4 * 0.4)


@pytest.mark.parametrize("attribute", ["maker", "brand", "model", "kind"])
def test_one_weak_hint_concludes_nothing(attribute):
    assert concluded(evidence(attribute, "Axis" if attribute != "kind" else "printer", strength="weak")) == {}


def test_weak_hints_never_make_a_camera():
    hints = [
        evidence("kind", "camera", strength="weak", key=f"{p}.x") for p in ("http", "rtsp", "mdns", "ssdp")
    ]
    assert Attribute.KIND not in concluded(*hints)


def test_equal_rivals_are_contested_and_kept():
    maker = concluded(evidence("maker", "Dahua"), evidence("maker", "Hikvision", key="rtsp.realm"))[
        Attribute.MAKER
    ]
    assert maker.contested
    assert [r.value for r in maker.rivals] == ["Hikvision"]


def test_a_clear_lead_is_not_contested():
    maker = concluded(
        evidence("maker", "Dahua", strength="strong"), evidence("maker", "Axis", key="rtsp.realm")
    )
    assert not maker[Attribute.MAKER].contested
    assert maker[Attribute.MAKER].confidence - maker[Attribute.MAKER].rivals[0].confidence >= MARGIN


def test_the_label_speaks_for_the_maker_where_the_brand_builds_its_own():
    found = concluded(evidence("brand", "Axis", about="label", key="upnp.manufacturer", strength="strong"))
    assert found[Attribute.MAKER].value == "Axis"
    assert found[Attribute.MAKER].confidence == 0.6


def test_a_mixed_brand_says_nothing_of_the_maker():
    found = concluded(
        evidence("brand", "Honeywell", about="label", key="upnp.manufacturer", strength="strong")
    )
    assert found[Attribute.BRAND].value == "Honeywell"
    assert Attribute.MAKER not in found


def test_plumbing_beats_the_label():
    found = concluded(
        evidence("brand", "Axis", about="label", key="upnp.manufacturer", strength="strong"),
        evidence("maker", "Hikvision", key="sadp.answer"),
    )
    assert found[Attribute.BRAND].value == "Axis"
    assert found[Attribute.MAKER].value == "Hikvision"
    assert not found[Attribute.MAKER].contested


def line(key, protocol="http"):
    item = evidence("maker", "Hikvision", about="label", key=key, protocol=protocol)
    return replace(item, fingerprint="lts/line-hikvision")


def test_a_line_of_models_tells_the_maker_where_the_label_has_several():
    found = concluded(evidence("brand", "LTS", about="label", key="onvif.manufacturer"), line("onvif.model"))
    assert found[Attribute.MAKER].value == "Hikvision"


def test_a_line_told_by_two_protocols_is_one_word():
    once, twice = concluded(line("onvif.model")), concluded(line("onvif.model"), line("upnp.model_name"))
    assert twice[Attribute.MAKER].confidence == once[Attribute.MAKER].confidence


def test_plumbing_beats_a_line_of_models():
    found = concluded(line("onvif.model"), evidence("maker", "Dahua", key="dhip.answer"))
    assert found[Attribute.MAKER].value == "Dahua"
    assert not found[Attribute.MAKER].contested


def test_who_buys_from_a_maker_is_not_the_maker_by_his_mac_and_label():
    found = concluded(
        evidence("brand", "GeoVision", about="label", key="wsd.scope.name"),
        evidence("maker", "GeoVision", key="link.registrant", protocol="link"),
        evidence("maker", "Uniview", key="wsd.uuid", protocol="wsdiscovery"),
    )
    assert found[Attribute.BRAND].value == "GeoVision"
    assert found[Attribute.MAKER].value == "Uniview"


def test_a_shorter_model_supports_the_longer():
    model = concluded(evidence("model", "DS-2CD2042"), evidence("model", "DS-2CD2042WD-I", key="sadp.model"))
    assert model[Attribute.MODEL].value == "DS-2CD2042WD-I"
    assert not model[Attribute.MODEL].rivals


def test_a_recorder_that_also_transmits_is_a_recorder():
    found = concluded(
        evidence("kind", "camera", key="wsd.type"), evidence("kind", "recorder", key="sadp.kind_hint")
    )
    assert found[Attribute.KIND].value == "recorder"
    assert not found[Attribute.KIND].contested


def test_what_names_itself_another_thing_is_no_camera_for_the_protocols_that_it_speaks():
    spoken = replace(evidence("kind", "camera", key="onvif.call"), fingerprint="any/onvif/speaks-onvif")
    named = evidence("kind", "video-decoder", key="onvif.model")
    hinted = evidence("kind", "video-decoder", key="onvif.model", strength="weak")
    called = evidence("kind", "camera", key="http.title")
    assert concluded(spoken, named)[Attribute.KIND].value == "video-decoder"
    assert concluded(spoken, hinted)[Attribute.KIND].value == "camera"
    assert concluded(spoken, called, named)[Attribute.KIND].value == "camera"


def test_a_surveillance_makers_service_is_a_surveillance_device_but_its_mac_alone_is_not():
    by_service = concluded(evidence("maker", "Hikvision", key="http.server", strength="strong"))
    by_mac = concluded(evidence("maker", "Hikvision", key="link.registrant", protocol="link"))
    assert by_service[Attribute.KIND].value == "camera"
    assert by_service[Attribute.KIND].confidence < 0.5
    assert Attribute.KIND not in by_mac
