"""Days kept back in a real browser: one hand, few presses, without scripts, in a narrow window, by day and night."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.infra.clock import utcnow
from app.milk import services
from app.milk.rules.deferrals import DeferralDraft, Kind
from app.milk.rules.drafts import Bags
from tests.browser import NARROW, fits_and_reads_well
from tests.milk.deferring import agree
from tests.milk.factories import draft
from tests.site import PHONE


@pytest.fixture
def story(app, donor):
    """Lots of today, kept back whole, partly and no more, and an entry that goes on; ids by name."""
    with app.app_context():
        agree(donor)
        now = utcnow()
        today = services.today_of(donor.id, now)
        week = draft(pumped_from=today - timedelta(6), pumped_to=today, bags=(Bags(3, 118), Bags(2, 62)))
        whole = draft(pumped_from=today, pumped_to=today)
        made = {name: services.make_lot(donor.identity, it, now=now) for name, it in (("week", week), ("whole", whole))}
        for name, kind, goes_on in (("old", Kind.ALCOHOL, False), ("entry", Kind.FEVER, True)):
            days = DeferralDraft(kind, today, today, goes_on=goes_on)
            made[name] = services.keep_days_back(donor.identity, days, now=now)
        services.delete_days(donor.identity, made["old"], now=now)
        return made


@pytest.mark.parametrize("scripts", [True, False])
def test_a_day_is_kept_back_in_under_six_presses(donor, screen, scripts):
    page = screen(donor, "/milk/days", java_script_enabled=scripts, viewport=PHONE, has_touch=True)
    presses = [
        page.get_by_text("Mastitis", exact=True),
        page.get_by_text("Yesterday", exact=True),
        page.get_by_label("Yes, keep these days for me."),
        page.get_by_role("button", name="Keep these days back"),
    ]
    assert len(presses) < 6
    for each in presses:
        each.tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mastitis")
    expect(page.get_by_text("Milk of these days is kept back.")).to_be_visible()


def test_once_agreed_it_is_two_presses_and_again_is_one(app, donor, screen, story):
    page = screen(donor, "/milk/days", viewport=PHONE, has_touch=True)
    page.get_by_text("Medicine", exact=True).tap()
    page.get_by_role("button", name="Keep these days back").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Medicine")


def test_the_days_to_pick_unfold_when_they_are_asked_for(donor, screen):
    page = screen(donor, "/milk/days", java_script_enabled=False, viewport=PHONE)
    expect(page.get_by_label("First day")).to_be_hidden()
    page.get_by_text("Pick days", exact=True).click()
    expect(page.get_by_label("First day")).to_be_visible()


def test_which_bags_are_from_the_days_is_asked_and_answered(donor, screen, story):
    page = screen(donor, f"/milk/days/{story['entry']}", java_script_enabled=False, viewport=PHONE)
    page.get_by_role("link", name="Say which bags").click()
    fields = page.get_by_label(re.compile("from these days"))
    expect(fields.first).to_have_value("2")
    fields.first.fill("0")
    fields.last.fill("1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("This milk is kept back")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_narrow_window_and_reads_well(donor, screen, story, scheme):
    page = screen(donor, "/milk/days", viewport=NARROW, color_scheme=scheme)
    paths = (
        "/milk/days",
        f"/milk/days/{story['entry']}",
        f"/milk/{story['week']}/which",
        f"/milk/{story['week']}",
        f"/milk/{story['whole']}",
    )
    for path in paths:
        page.goto(page.url.split("/milk")[0] + path)
        fits_and_reads_well(page, path)
