"""The fleet at a glance: what worries is said, ages are rounded, metrics are Prometheus' and carry no device."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from scanner.fleet.centre import SiteState
from scanner.fleet.status import ago, condition, metrics, table

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
GOOD = SiteState(
    site="hall", sensor="one", seen=NOW - timedelta(seconds=9), version="0.1.0", skew_s=0.2,
    last_due=NOW - timedelta(hours=7), last_state="complete", last_complete=NOW - timedelta(hours=7),
    coverage="256 of 256 asked, 9 alive, 9 identified",
)  # fmt: skip


def but(**more):
    from dataclasses import replace

    return replace(GOOD, **more)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (GOOD, "ok"),
        (SiteState(site="hall"), "no sensor"),
        (but(seen=None), "never seen"),
        (but(revoked=True), "revoked"),
        (but(seen=NOW - timedelta(minutes=3)), "silent"),
        (but(skew_s=-42.0), "clock -42 s"),
        (but(last_state="incomplete"), "last round incomplete"),
        (but(last_state="empty", skew_s=7.0), "clock +7 s, last round empty"),
    ],
)
def test_what_worries_is_said(state, said):
    assert condition(state, NOW) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(9, "9 s ago"), (119, "119 s ago"), (180, "3 min ago"), (7200, "2 h ago"), (10**6, "11 d ago")],
)
def test_ages_are_in_the_largest_unit(seconds, said):
    assert ago(NOW - timedelta(seconds=seconds), NOW) == said


def test_the_table_is_harmless_and_leaves_out_what_nobody_says():
    text = table([but(version="\x1b[31mred", said="")], NOW)
    assert "\x1b" not in text
    assert "256 of 256 asked" in text
    assert "open" not in text.splitlines()[0]
    assert "add-site" in table([], NOW)


def test_metrics_are_read_by_prometheus():
    found = {
        family.name: family
        for family in text_string_to_metric_families(metrics([GOOD, but(site='a"b\\c')], NOW))
    }
    assert found["camcensus_sensor_seen_seconds"].samples[0].value == 9
    assert {sample.labels["site"] for sample in found["camcensus_site_last_complete_seconds"].samples} == {
        "hall",
        'a"b\\c',
    }
