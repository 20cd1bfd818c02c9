"""The pages in a real browser: quiet, asking for nothing, obedient to the keyboard, and accessible to everybody."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from browser import DESKTOP, PHONE, Visit, browsing
from playwright.sync_api import expect
from reported import HOSTILES, device, devices, hostile, report

from scanner.model import Place, Trend, WaiverState, WaiverUse
from scanner.pipeline import replay
from scanner.reports import render

WAIVER = WaiverUse(
    selector="maker Hikvision",
    list="us-ndaa-889",
    owner="facilities",
    ticket="FAC-12",
    reason="replaced with the roof",
    expires=date(2026, 12, 31),
    state=WaiverState.HOLDS,
    devices=("aa00000001",),
)
DARK = {**DESKTOP, "color_scheme": "dark"}


@pytest.fixture(scope="module")
def browser():
    with browsing() as running:
        yield running


@pytest.fixture(scope="module")
def building(fixtures):
    """The recorded building, with places and a past."""
    found = replay([fixtures / "captures" / "building.pcapng"], on=date(2026, 11, 27))
    places = tuple(Place(site="Borough", building=name) for name in ("Town Hall", "Library", "Depot"))
    placed = tuple(replace(one, place=places[n % 3]) for n, one in enumerate(found.devices))
    past = Trend(time=datetime(2026, 10, 1, tzinfo=UTC), makers={}, verdicts={"listed": 22, "possible": 9})
    return replace(found, devices=placed, history=(past,))


@pytest.fixture(scope="module")
def written(building, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    places = (Place(site="Borough", building="Town Hall"), Place(site="Borough", building="Depot"))
    few = tuple(replace(one, place=places[n % 2]) for n, one in enumerate(devices()))
    small = replace(report(found=few), history=building.history, waivers=(WAIVER,))
    for name in ("html", "disclosure"):
        (folder / f"{name}.html").write_text(render(building, name))
        (folder / f"small-{name}.html").write_text(render(small, name))
    return folder


@pytest.fixture
def open_page(browser, written):
    visits = []

    def opened(name="html", **how):
        visits.append(Visit(browser, written / f"{name}.html", **how))
        return visits[-1]

    yield opened
    for visit in visits:
        visit.close()


def shown(page):
    return page.locator("#table tbody tr.r").count()


@pytest.mark.parametrize("name", ["html", "disclosure"])
@pytest.mark.parametrize("how", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_opens_quietly_asks_for_nothing_and_fits(open_page, name, how):
    visit = open_page(name, **how)
    visit.page.wait_for_timeout(150)
    assert [asked for asked in visit.requests if not asked.startswith(("file:", "data:"))] == []
    assert len([asked for asked in visit.requests if asked.startswith("file:")]) == 1
    assert visit.complaints == []
    assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("small-html", DESKTOP),
        ("small-html", PHONE),
        ("small-html", DARK),
        ("small-disclosure", PHONE),
        ("small-disclosure", DARK),
    ],
)
def test_an_accessibility_checker_finds_nothing(open_page, name, how):
    assert faults(open_page(name, **how).page) == []


def test_the_checker_bites(open_page):
    page = open_page("small-disclosure").page
    page.evaluate("document.documentElement.removeAttribute('lang')")
    assert "html-has-lang" in {fault for fault, _ in faults(page)}


def faults(page):
    """What axe complains of under WCAG 2.2 AA and its best practices, with some details open."""
    from axe_playwright_python.base import AXE_FILE_PATH

    buttons = page.locator(".open")
    for position in range(min(2, buttons.count())):
        buttons.nth(position).click()
    page.evaluate(AXE_FILE_PATH.read_text())
    found = page.evaluate("axe.run(document, { rules: { 'target-size': { enabled: true } } })")
    return [
        (fault["id"], [node["html"][:160] for node in fault["nodes"][:3]]) for fault in found["violations"]
    ]


def test_it_sorts_by_keyboard(open_page):
    page = open_page().page
    page.locator(".sort[data-key=maker]").focus()
    page.keyboard.press("Enter")
    heads = page.locator("#table thead th")
    assert heads.nth(2).get_attribute("aria-sort") == "ascending"
    makers = page.locator("#table tbody .maker").all_text_contents()
    known = [maker for maker in makers if maker]
    assert known == sorted(known, key=str.casefold)
    page.keyboard.press("Enter")
    assert heads.nth(2).get_attribute("aria-sort") == "descending"
    assert page.locator("#table tbody .maker").all_text_contents() != makers
    page.locator(".sort[data-key=address]").press("Space")
    addresses = page.locator("#table tbody .address").all_text_contents()
    tails = [int(text.split()[0].split(".")[3]) for text in addresses if text.startswith("192.0.2.")]
    assert tails == sorted(tails)


def test_it_filters_and_searches_by_keyboard(open_page):
    page = open_page().page
    assert shown(page) == 57
    page.locator("[value=listed]").focus()
    page.keyboard.press("Space")
    assert shown(page) == 38
    assert page.inner_text("#status") == "38 of 71 devices shown."
    page.keyboard.press("Space")
    page.locator("#search").focus()
    page.keyboard.type("c0:56:e3:20:10:02")
    expect(page.locator("#table tbody tr.r")).to_have_count(1)
    expect(page.locator("#table tbody")).to_contain_text("DS-2CD2012-I")  # the last letter draws it anew
    page.locator("#search").fill("no such thing")
    expect(page.locator("#status")).to_have_text("No device fits these choices.")
    page.locator("button[type=reset]").press("Enter")
    expect(page.locator("#table tbody tr.r")).to_have_count(57)
    page.locator("#by-building").select_option("Depot")
    assert 0 < shown(page) < 57
    assert set(page.locator("#table .place").all_text_contents()) == {"Depot"}


def test_a_line_opens_and_tells_its_evidence(open_page):
    page = open_page().page
    button = page.locator(".open").nth(1)
    button.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    detail = page.inner_text(".detail")
    for words in (
        "named in us-ndaa-889",
        "entry: Hangzhou Hikvision",
        "strong, from its plumbing",
        "read by hikvision/",
    ):
        assert words in detail
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement === document.querySelectorAll('.open')[2]")
    button.press("Enter")
    assert page.locator(".detail").count() == 0


def test_the_map_is_walked_by_keyboard_and_leads_to_the_table(open_page):
    page = open_page().page
    first = page.locator(".map svg").nth(1).locator("a").first
    first.focus()
    page.keyboard.press("ArrowRight")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert page.inner_text("#tip") == label
    page.keyboard.press("Enter")
    row = page.locator("tr.target")
    assert label.split(": ")[1].rpartition(", ")[0] in row.inner_text()
    assert page.evaluate("document.activeElement.ariaExpanded") == "true"
    assert page.locator(".map a[tabindex='0']").count() == page.locator(".map svg").count()


def test_a_device_that_is_filtered_away_is_found_by_its_link(open_page):
    page = open_page().page
    other = page.locator(".map a.other").first
    other.dispatch_event("click")
    assert page.locator("tr.target").is_visible()
    assert page.is_checked("[value=other]")


def test_print_shows_what_is_shown_and_hides_the_tools(open_page):
    page = open_page().page
    page.locator("[value=not-listed]").uncheck()
    page.emulate_media(media="print")
    assert not page.is_visible("#tools")
    assert not page.is_visible("nav")
    assert page.inner_text("#status") == "35 of 71 devices shown."


def test_without_a_script_the_whole_table_is_there(browser, written):
    visit = Visit(browser, written / "html.html", **DESKTOP, java_script_enabled=False)
    assert visit.page.locator("#table tbody tr.r").count() == 71
    assert not visit.page.is_visible("#tools")
    assert visit.page.locator(".no-script").first.is_visible()
    visit.close()


def everything_hostile():
    """A report in which each kind of hostile string has a device of its own, and the run has all of them."""
    made = [(kind, hostile(text)) for kind, text in HOSTILES.items()]
    found, findings = [], []
    for number, (_, one) in enumerate(made):
        for old in one.devices[1:3]:
            name = f"{number:08d}{old.id[-2:]}"
            found.append(replace(old, id=name))
            findings += [replace(f, device=name) for f in one.findings if f.device == old.id]
    coverage = replace(
        made[0][1].coverage,
        failures=tuple(HOSTILES.values()),
        said={text: (text,) for text in HOSTILES.values()},
        unidentified=tuple(HOSTILES.values()),
    )
    return replace(made[0][1], devices=tuple(found), findings=tuple(findings), coverage=coverage)


@pytest.mark.parametrize("how", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_that_a_device_says_runs_or_breaks_the_layout(browser, tmp_path, how):
    path = tmp_path / "page.html"
    path.write_text(render(everything_hostile(), "html"))
    visit = Visit(browser, path, **how)
    page = visit.page
    for box in page.locator("[name=verdict]").all():
        box.check()
    page.locator("#open-all").click()
    assert page.locator(".detail").count() == 2 * len(HOSTILES)
    page.locator("#search").fill("<script>alert(1)")
    expect(page.locator("#table tbody tr.r")).to_have_count(2)
    assert page.evaluate("document.scripts.length") == 2
    assert page.locator("main img, main iframe, main b[onclick], main [onmouseover]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(
        "Math.max(...[...document.querySelectorAll('tr.r')].map(r => r.offsetHeight)) < 1500"
    )
    assert visit.complaints == []
    assert [asked for asked in visit.requests if not asked.startswith(("file:", "data:"))] == []
    visit.close()


def test_markup_that_slipped_through_would_not_run(browser, tmp_path):
    text = render(report(), "html")
    slipped = "<img src=x onerror='document.title=1'><script>document.title=2</script><style>body{display:none}</style>"
    path = tmp_path / "page.html"
    path.write_text(text.replace("<main>", f"<main>{slipped}", 1))
    visit = Visit(browser, path)
    assert visit.page.title().startswith("Surveillance devices")
    assert visit.page.is_visible("main")
    assert len([said for said in visit.complaints if re.search("Content Security Policy", said)]) >= 2
    visit.close()


@pytest.mark.parametrize(
    ("found", "words"),
    [((), "No device was found"), ((device("Axis", "Axis"),), "1 devices.")],
    ids=["none", "one"],
)
def test_empty_states_are_whole_pages(browser, tmp_path, found, words):
    path = tmp_path / "page.html"
    path.write_text(render(report(found=found), "html"))
    visit = Visit(browser, path)
    assert words in visit.page.inner_text("#devices")
    assert visit.complaints == []
    visit.close()
