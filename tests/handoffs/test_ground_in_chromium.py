"""Where to meet and how long it stays cold, in a real browser: map and list, without scripts, narrow, to a reader."""

import pytest
from playwright.sync_api import expect

from app.handoffs.rules.safe_places import Kind
from tests.browser import NARROW, WIDER, reads_well
from tests.handoffs.factories import agreed
from tests.handoffs.grounds import listed, live, near

COLD = "cold-minutes=180&cold-kept=frozen&cold-packing=ice&cold-amount=40&cold-unit=oz&cold-heat=77&cold-degrees=F"


@pytest.fixture
def handoff(app, pair) -> str:
    """An agreed handoff of two who live in Davis and Sacramento, with three places on the list."""
    with app.app_context():
        live(pair, ("Davis, CA", 25), ("Sacramento, CA", 25))
        listed(
            near("Davis, CA", "Davis library"),
            near("Davis, CA", "Davis police station, front lot", north_km=2, kind=Kind.POLICE),
            near(
                "Sacramento, CA", "Pharmacy-with-a-name-that-has-no-place-to-break-anywhere-at-all", kind=Kind.PHARMACY
            ),
        )
        return agreed(pair)


def drawn(page):
    """The page once its fold is open and its map stands."""
    page.locator("#where summary").click()
    page.locator("[data-map-json=ground-data]").first.scroll_into_view_if_needed()
    expect(page.locator("[data-map-json=ground-data][data-ready]")).to_be_attached()
    return page


def test_the_map_shows_the_lens_and_each_place_by_its_name(screen, pair, handoff):
    page = drawn(screen(pair.family, f"/conversations/{pair.public_id}/handoff"))
    expect(page.locator("path.map-lens")).to_have_count(1)
    expect(page.locator("path.map-mark")).to_have_count(3)
    page.locator("path.map-mark").last.hover()
    expect(page.locator(".leaflet-tooltip", has_text="Pharmacy-with-a-name")).to_be_visible()


def test_a_place_is_chosen_and_the_way_is_worked_out_without_a_script(screen, pair, handoff):
    page = screen(pair.family, f"/handoffs/{handoff}", java_script_enabled=False, viewport=NARROW)
    page.get_by_role("link", name="Meet here: Davis library").click()
    note = page.get_by_label("Where exactly")
    expect(note).to_have_value("Davis library (library)")
    page.get_by_role("button", name="Save the place").click()
    expect(page.locator("p", has_text="Davis library (library)")).to_be_visible()
    page.get_by_text("Work it out for your trip").click()
    page.get_by_label("Minutes on the way").fill("180")
    page.get_by_role("button", name="Work it out").click()
    expect(page.get_by_text("Your trip of 3 hours is longer than that.")).to_be_visible()
    expect(page.get_by_label("Minutes on the way")).to_have_value("180")


@pytest.mark.parametrize(
    "path", ["/conversations/{0.public_id}/handoff", "/handoffs/{1}?" + COLD, "/handoffs/{1}?cold-minutes=x"]
)
def test_no_page_scrolls_sideways_on_the_narrowest_phone(screen, pair, handoff, path):
    page = drawn(screen(pair.family, path.format(pair, handoff), viewport=NARROW))
    assert not page.evaluate(WIDER)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(screen, pair, handoff, scheme):
    page = drawn(screen(pair.donor, f"/handoffs/{handoff}?{COLD}", color_scheme=scheme))
    reads_well(page)
