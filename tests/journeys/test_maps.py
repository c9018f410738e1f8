"""Maps in a real browser: an area is chosen by tap or by keyboard, and nothing finer is sent."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Phone

MEMBER = "mira@maps.example"
SECRET = "twelve kind neighbours"


@pytest.fixture(scope="module")
def account(site) -> str:
    """The address of a member of Sacramento."""
    site.command(
        "users", "create", MEMBER, "--name", "Mira", "--password", SECRET, "--confirmed", "--area", "Sacramento, CA"
    )
    return MEMBER


@pytest.fixture
def member(account, phones) -> Phone:
    """The member at the page where one's place is chosen, with the map unfolded and drawn."""
    phone = phones()
    phone.open("/login")
    phone.page.fill("input[name=email]", account)
    phone.page.fill("input[name=password]", SECRET)
    phone.page.press("input[name=password]", "Enter")
    phone.page.wait_for_url("**/welcome")
    phone.open("/me/place")
    phone.page.get_by_text("Or choose on the map").click()
    phone.page.wait_for_selector("[data-map=pick][data-ready]")
    expect(phone.page.locator("#picker-said")).to_contain_text("Tap your area")
    return phone


def test_a_tap_on_the_map_chooses_an_area_and_sends_nothing_finer(member):
    page = member.page
    box = page.locator("[data-map=pick]").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.6)
    expect(page.locator("#picker-said")).to_contain_text("Chosen: near")
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.get_by_role("button", name="Save my place").click()
    assert set(sent.value.post_data_json) >= {"place", "area_for", "area"}
    assert not any("lat" in name or "lng" in name or "box" in name for name in sent.value.post_data_json)
    expect(page.locator("#flashes")).to_contain_text("Your place is saved")


def test_the_keyboard_alone_chooses_an_area(member):
    page = member.page
    frame = page.locator("[data-map=pick]")
    frame.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".leaflet-pan-anim")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("#picker-said")).to_contain_text("Chosen: near")
    chosen = page.locator("input[name=place]").input_value()
    assert chosen.endswith(", CA")
    assert page.locator("input[name=area_for]").input_value() == chosen
