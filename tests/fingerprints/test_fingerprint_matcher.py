"""What fits, what it claims, what is bounded, and that the automaton agrees with the patterns one by one."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import KnowledgeError
from scanner.fingerprints import Condition, Fingerprint, Knowledge, load, matcher
from scanner.fingerprints.matcher import MAX_BODY, MAX_REMEMBERED_TEXT, MAX_TEXT, compile_pattern, fits
from scanner.model import About, Attribute, Strength

KIND, BRAND, MAKER, MODEL, NAME = (
    Attribute.KIND,
    Attribute.BRAND,
    Attribute.MAKER,
    Attribute.MODEL,
    Attribute.NAME,
)


def entry(name, match="http.server", claims=((KIND, "camera"),), **rest):
    fields = {
        "id": f"acme/{name}",
        "vendor": "Acme",
        "match": match,
        "about": About.PLUMBING,
        "strength": Strength.MEDIUM,
        "claims": claims,
        "source": "test",
        "date": date(2026, 11, 23),
        "file": "acme.toml",
    }
    return Fingerprint(**(fields | rest))


def knowledge(*entries):
    return Knowledge(entries, "test")


def names(hits):
    return [hit.fingerprint.id.removeprefix("acme/") for hit in hits]


def test_patterns_are_searched_and_case_counts():
    known = knowledge(
        entry("a", pattern="webs"), entry("b", pattern="^webs$"), entry("c", pattern="(?i)WEBS")
    )
    assert names(known.match("http.server", "App-webs/1")) == ["a", "c"]
    assert names(known.match("http.server", "Webs")) == ["c"]
    assert known.match("http.title", "webs") == ()


def test_hits_come_in_the_order_of_the_files():
    known = knowledge(entry("c", equals=("x",)), entry("a", pattern="x"), entry("b", equals=("y", "x")))
    assert names(known.match("http.server", "x")) == ["c", "a", "b"]


def test_groups_add_to_constants_and_empty_ones_claim_nothing():
    known = knowledge(entry("a", pattern=r"^(?P<model>[A-Z]\d+)(?: v(?P<firmware>\d+))?(?P<serial>z*)$"))
    (hit,) = known.match("http.server", "X12")
    assert hit.claims == ((KIND, "camera"), (MODEL, "X12"))
    (hit,) = known.match("http.server", "X12 v3zz")
    assert dict(hit.claims)[Attribute.FIRMWARE] == "3"
    assert dict(hit.claims)[Attribute.SERIAL] == "zz"


def test_groups_read_text_beyond_ascii():
    known = knowledge(entry("a", pattern="^名前 (?P<name>.+)$", claims=()))
    assert known.match("http.server", "名前 門番カメラ")[0].claims == ((NAME, "門番カメラ"),)


def test_a_hit_whose_claims_are_all_dropped_is_none():
    known = knowledge(entry("a", pattern="^(?P<brand>.*)$", claims=()))
    assert known.match("http.server", "ONVIF") == ()
    assert names(known.match("http.server", "Acme")) == ["a"]


def test_keys_with_a_star_match_every_ending():
    known = knowledge(
        entry("a", match="http.header.*", pattern="x"), entry("b", match="http.header.via", pattern="x")
    )
    assert names(known.match("http.header.x-any", "x")) == ["a"]
    assert names(known.match("http.header.via", "x")) == ["a", "b"]
    assert known.match("http.headers", "x") == ()


def test_names_are_held_against_the_models_of_makers_and_nothing_else():
    known = knowledge(
        entry("model", match="said", pattern=r"^(?P<model>K\d+)(?:$|\|_)"),
        entry("words", match="said", pattern="(?i)camera"),
        entry("anybody", match="said", pattern=r"^(?P<model>K\d+)", vendor=None),
    )
    for key, text in (("dhcp.hostname", "K200"), ("mdns.instance", "K200|_http._tcp")):
        assert names(known.match(key, text)) == ["model"]
        assert known.match(key, "camera server") == ()
    assert names(known.match("http.title", "K200 camera")) == ["words", "anybody"]
    assert known.match("http.body", "K200") == ()


def test_conditions_look_at_the_same_observation():
    title = Condition(key="http.title", pattern="(?i)web service")
    header = Condition(key="http.header.*", equals=("yes",))
    known = knowledge(entry("a", pattern="x", when=(title, header)), entry("b", pattern="x"))
    server = ("http.server", "x")
    assert names(known.match(*server)) == ["b"]
    assert names(known.match(*server, [server, ("http.title", "Web Service")])) == ["b"]
    both = [("http.title", "WEB SERVICE"), ("http.header.via", "yes"), server]
    assert names(known.match(*server, both)) == ["a", "b"]
    assert names(known.match(*server, iter(both))) == ["a", "b"]
    assert names(known.match(*server)) == ["b"], "what was remembered does not depend on other facts"


def test_a_specific_entry_beats_a_generic_one():
    known = knowledge(
        entry("generic", pattern="Goahead", generic=True),
        entry("own", pattern="Goahead/Acme"),
        entry("any", pattern="Goahead", vendor=None),
    )
    assert names(known.match("http.server", "Goahead")) == ["generic", "any"]
    assert names(known.match("http.server", "Goahead/Acme")) == ["own", "any"]


@pytest.mark.parametrize(
    ("own", "left"),
    [
        ({"maker": "Acme"}, {Attribute.KIND}),  # plumbing is no label: the brand goes, the kind stays
        ({"kind": "recorder"}, {Attribute.BRAND}),
        ({"kind": "camera", "brand": "Acme"}, set()),
        ({"kind": "camera", "brand": "Acme", "weak": True}, {Attribute.KIND, Attribute.BRAND}),
        (
            {"kind": "printer", "brand": "Acme", "weak": True},
            {Attribute.BRAND},
        ),  # weak, but it says otherwise
    ],
)
def test_a_generic_entry_leaves_only_what_an_own_one_settles(own, left):
    strength = Strength.WEAK if own.pop("weak", False) else Strength.STRONG
    said = ((Attribute.KIND, "camera"), (Attribute.BRAND, "Acme"))
    known = knowledge(
        entry("generic", pattern="a", generic=True, claims=said),
        entry("own", pattern="a", strength=strength, claims=tuple((Attribute(k), v) for k, v in own.items())),
    )
    hits = known.match("http.server", "a")
    assert {attribute for hit in hits if hit.fingerprint.generic for attribute, _ in hit.claims} == left


def test_a_specific_entry_whose_condition_fails_beats_nothing():
    condition = Condition(key="http.title", pattern="x")
    known = knowledge(
        entry("generic", pattern="a", generic=True), entry("own", pattern="a", when=(condition,))
    )
    assert names(known.match("http.server", "a")) == ["generic"]


@pytest.mark.parametrize(("key", "bound"), [("http.server", MAX_TEXT), ("http.body", MAX_BODY)])
def test_only_the_beginning_of_a_text_is_seen(key, bound):
    known = knowledge(entry("a", match=key, pattern="needle"))
    assert known.match(key, "x" * (bound - 6) + "needle")
    assert known.match(key, "x" * (bound - 5) + "needle") == ()


def test_texts_that_utf8_cannot_hold_are_matched_all_the_same():
    known = knowledge(entry("a", pattern="cam"))
    assert names(known.match("http.server", "\ud800cam\udfff")) == ["a"]


def test_long_texts_are_not_remembered():
    known = knowledge(entry("a", pattern="x"))
    for text in ("x", "x", "x" * (MAX_REMEMBERED_TEXT + 1)):
        assert known.match("http.server", text)
    assert known._remembered.cache_info().currsize == 1
    assert known._remembered.cache_info().hits == 1


def test_a_pattern_that_would_explode_elsewhere_is_quick():
    known = knowledge(
        entry("a", match="http.body", pattern=r"(a|aa)+$"), entry("b", match="http.body", pattern="(.*)*x$")
    )
    assert known.match("http.body", "a" * (MAX_BODY - 1) + "b") == ()


def test_many_counted_patterns_over_one_body_are_all_found():
    """An automaton that runs out of memory would find nothing and say nothing."""
    entries = [entry(f"p{n}", match="http.body", pattern=rf"k{n}=.{{0,200}};v{n}\b") for n in range(300)]
    body = " ".join(f"k{n}={'z' * (n % 190)};v{n}" for n in range(300))
    assert len(knowledge(*entries).match("http.body", body)) == 300


def test_patterns_that_are_too_much_together_are_told(monkeypatch):
    monkeypatch.setattr(matcher, "AUTOMATON_BYTES", 1024 * 1024)
    entries = [entry(f"p{n}", pattern=rf"k{n}=.{{0,900}}v{n}") for n in range(60)]
    with pytest.raises(KnowledgeError, match=r"http\.server: pattern: all 60 of this key need more"):
        knowledge(*entries).prepare()


def test_errors_of_patterns_are_told():
    with pytest.raises(ValueError, match="missing"):
        compile_pattern("(")


ATOMS = st.sampled_from(["a", "b", "^", "$", "[ab]", "a*", "(?:a|b)+", "b?", ".", "(?i)A", r"\w", "é"])
PATTERNS = st.lists(ATOMS, min_size=1, max_size=5).map("".join)


@settings(max_examples=150, deadline=None)
@given(st.lists(PATTERNS, min_size=1, max_size=8), st.text(alphabet="abAé \n", max_size=12))
def test_the_automaton_agrees_with_each_pattern(patterns, text):
    entries = [entry(str(number), pattern=pattern) for number, pattern in enumerate(patterns)]
    expected = [e.id for e in entries if fits(e, text)]
    assert [hit.fingerprint.id for hit in knowledge(*entries).match("http.server", text)] == expected


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=40), st.text(max_size=200))
def test_no_fact_breaks_the_matcher(key, text):
    known = knowledge(entry("a", pattern="(?P<model>.+)"), entry("b", match="http.header.*", pattern="."))
    known.match(key, text)
    known.match("http.server", text)


def test_of_a_name_the_entry_for_its_own_key_tells_the_model():
    hits = load().match("dhcp.hostname", "DCS-930LB")
    models = {value for hit in hits for attribute, value in hit.claims if attribute is Attribute.MODEL}
    assert models == {"DCS-930L"}
    assert {hit.fingerprint.match for hit in hits} >= {"dhcp.hostname", "said"}
