"""The pages of lots in a real browser: without scripts, in a narrow window, to a screen reader, by day and night."""

import re

import pytest
from playwright.sync_api import expect

from app.infra.clock import utcnow
from app.milk import services
from app.milk.rules.drafts import Bags
from tests.browser import NARROW, fits_and_reads_well
from tests.milk.factories import draft


def test_a_lot_is_written_down_and_some_of_it_thaws_without_a_script(screen, donor):
    today = utcnow().date().isoformat()
    page = screen(donor, "/milk", java_script_enabled=False, viewport=NARROW)
    page.get_by_role("link", name="New lot").first.click()
    page.get_by_label("Pumped from").fill(today)
    page.get_by_label("In a chest or deep freezer").check()
    page.get_by_label("Bags", exact=True).fill("10")
    page.get_by_role("button", name="Save the lot").click()
    expect(page.get_by_text("A bag holds between a teaspoon and a litre.").first).to_be_visible()
    expect(page.get_by_label("Bags", exact=True)).to_have_value("10")
    page.get_by_label("In each", exact=True).fill("4")
    page.get_by_role("button", name="Save the lot").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Lot \w{4}-\w{4}"))
    whole = page.url
    page.get_by_text("Bags have thawed").click()
    page.locator("form[action$='/thaw'] input[name^='bags-']").fill("2")
    page.get_by_role("button", name="They have thawed").click()
    expect(page.get_by_text("This milk has been thawed")).to_be_visible()
    assert page.url != whole


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_narrow_window_and_reads_well(app, donor, screen, scheme):
    with app.app_context():
        made = draft(pumped_from=utcnow().date(), pumped_to=utcnow().date(), bags=(Bags(3, 118), Bags(2, 62)))
        public_id = services.make_lot(donor.identity, made, now=utcnow())
        services.discard(donor.identity, public_id, {118: 1}, now=utcnow())
    page = screen(donor, "/milk", viewport=NARROW, color_scheme=scheme)
    for path in ("/milk", "/milk/new", f"/milk/{public_id}", f"/milk/{public_id}/labels", f"/milk/{public_id}/sheet"):
        page.goto(page.url.split("/milk")[0] + path)
        fits_and_reads_well(page, path)
