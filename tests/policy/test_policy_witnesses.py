"""What shows a maker is said in words, and a stranger's text is cut before it is quoted."""

import pytest
from handmade import evidence

from scanner.policy.witnesses import MAX_QUOTED, phrase, witnesses


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (("sadp.answer", "true"), "answers SADP"),
        (("onvif.serial", "DS-2CD20"), "serial format DS-2CD20"),
        (("link.registrant", "Hangzhou Hikvision"), "MAC registered to Hangzhou Hikvision"),
        (("rtsp.realm", "IP Camera(C1214)"), 'realm "IP Camera(C1214)"'),
        (("tls.subject_o", "HIKVISION"), 'certificate of "HIKVISION"'),
        (("wsd.scope.location", "hangzhou"), 'scope "hangzhou"'),
        (("rtsp.public", "OPTIONS"), "the order of its RTSP methods"),
        (("cdp.platform", "{0}"), 'cdp.platform "{0}"'),
        (("onvif.model", "NC303-MB"), "model number NC303-MB"),
    ],
)
def test_each_fact_has_its_words(fact, said):
    assert phrase(evidence(fact=fact)) == said


def test_long_texts_are_cut():
    assert len(phrase(evidence(fact=("http.server", "x" * 500)))) < MAX_QUOTED + 20


def test_a_label_is_called_one_and_repeats_are_left_out():
    items = [
        evidence(),
        evidence(),
        evidence(fingerprint="relations/brand: any/x", fact=("upnp.manufacturer", "A")),
    ]
    assert witnesses(items, 4) == "answers SADP, its label"
    assert witnesses(items, 1) == "answers SADP and 1 more"


def test_who_builds_a_line_of_a_label_is_told_by_the_line():
    item = evidence(fingerprint="lts/line-hikvision", fact=("wsd.scope.hardware", "CMIP3032-28"))
    assert phrase(item) == "the line that its model CMIP3032-28 is of"
