"""The open pages in a real browser: axe finds nothing, nothing scrolls sideways, the choice of colours holds."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

OPEN_PAGES = ["/", "/how-it-works", "/informed-choice", "/privacy", "/login", "/register", "/nothing-here"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_an_open_page(phones, scheme):
    page_of = phones(color_scheme=scheme, reduced_motion="reduce")
    for path in OPEN_PAGES:
        page_of.open(path)
        found = Axe().run(page_of.page).response["violations"]
        assert not found, [(path, each["id"], [node["html"] for node in each["nodes"]]) for each in found]


def test_no_open_page_scrolls_sideways_on_the_narrowest_phone(phones):
    visitor = phones()
    visitor.page.set_viewport_size({"width": 320, "height": 640})
    for path in OPEN_PAGES:
        visitor.open(path)
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_the_first_tab_leads_past_the_navigation(phones):
    visitor = phones()
    visitor.open("/")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("#main")).to_be_focused()


def test_the_choice_of_colours_needs_no_reload_and_outlives_one(phones):
    visitor = phones(color_scheme="light")
    visitor.open("/")
    with visitor.page.expect_response("**/theme"):
        visitor.page.get_by_role("button", name="Dark").click()
    expect(visitor.page.locator("html")).to_have_attribute("data-theme", "milk-night")
    visitor.page.reload()
    expect(visitor.page.locator("html")).to_have_attribute("data-theme", "milk-night")


def test_the_choice_of_colours_works_without_scripts(phones):
    visitor = phones(java_script_enabled=False)
    visitor.open("/privacy")
    visitor.page.get_by_role("button", name="Dark").click()
    expect(visitor.page.locator("html")).to_have_attribute("data-theme", "milk-night")


def test_a_page_weighs_at_most_100_kb_before_its_pictures(phones):
    visitor = phones()
    visitor.open("/")
    loaded = visitor.page.evaluate(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".filter(each => !each.name.includes('/img/')).map(each => each.transferSize)"
    )
    assert 0 < sum(loaded) <= 100_000
