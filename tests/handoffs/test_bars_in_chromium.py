"""The bars with "Milk" in a real browser: on the narrowest phone and on a desktop, by day and night."""

import pytest
from playwright.sync_api import expect

from app.infra.clock import utcnow
from app.milk import services
from tests.browser import NARROW, WIDER, reads_well
from tests.handoffs.factories import request_of
from tests.milk.factories import draft

DESKTOP = {"width": 1280, "height": 800}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("size", "bar"), [(NARROW, "Main, at the bottom"), (DESKTOP, "Main")])
def test_milk_stands_in_the_bar_and_leads_to_one_s_pages(app, donor, screen, scheme, size, bar):
    with app.app_context():
        today = utcnow().date()
        services.make_lot(donor.identity, draft(pumped_from=today, pumped_to=today), now=utcnow())
        request_of(donor)
    page = screen(donor, "/me", viewport=size, color_scheme=scheme)
    milk = page.get_by_role("navigation", name=bar, exact=True).get_by_role("link", name="Milk", exact=True)
    expect(milk).not_to_have_attribute("aria-current", "page")
    milk.click()
    for name, heading in (("Your lots", "Milk"), ("Handoffs", "Handoffs")):
        page.get_by_role("navigation", name="Milk", exact=True).get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        expect(milk).to_have_attribute("aria-current", "page")
        assert page.evaluate(WIDER) is False
        reads_well(page)
    words = page.get_by_role("navigation", name=bar, exact=True).get_by_role("listitem")
    assert [word.inner_text().split("\n")[0] for word in words.all()] == ["Matches", "Messages", "Posts", "Milk", "Me"]
