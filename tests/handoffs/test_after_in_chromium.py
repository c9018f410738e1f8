"""Afterwards and the runway in a real browser: without scripts, in a narrow window, to a screen reader, by night."""

import pytest
from playwright.sync_api import expect

from app.accounts.models import User
from app.handoffs import services
from app.handoffs.rules.after import Went
from app.handoffs.rules.amounts import Condition
from app.infra.clock import utcnow
from app.infra.database import db
from app.posts import services as posts
from tests.browser import NARROW, fits_and_reads_well
from tests.handoffs.factories import DAY, draft, talk


def planned(where, volume_ml):
    """A handoff of tomorrow, agreed now; the pages read the real clock."""
    now = utcnow()
    public_id = services.propose(where.family.identity, where.public_id, draft(volume_ml, now + DAY), now=now)
    services.agree(where.donor.identity, public_id, now=now)
    return public_id


@pytest.fixture
def milk(app, donor, family):
    """A litre offered, 400 ml of it received, and 300 ml agreed to come."""
    with app.app_context():
        where, now = talk(donor, family), utcnow()
        done = planned(where, 400)
        services.confirm(donor.identity, done, amount_ml=400, condition=None, now=now)
        services.confirm(family.identity, done, amount_ml=400, condition=Condition.FROZEN, now=now)
        posts.restock(family.identity, where.request_public_id, 700, now=now)
        return where, done, planned(where, 300)


def test_the_family_answers_shares_and_thanks_without_a_script(screen, milk):
    where, done, _coming = milk
    page = screen(where.family, f"/handoffs/{done}", java_script_enabled=False, viewport=NARROW)
    page.get_by_role("link", name="What comes after").click()
    page.get_by_role("button", name="The baby did not take it").click()
    expect(page.get_by_text("You said: The baby did not take it")).to_be_visible()
    page.get_by_role("button", name="Let Dana know").click()
    expect(page.get_by_text("Dana may know this.")).to_be_visible()
    page.get_by_label("A few words, if you like").fill("Thank you. She sleeps.")
    page.get_by_role("button", name="Say thank you").click()
    expect(page.get_by_text("You said thank you on")).to_be_visible()
    donors = screen(where.donor, f"/handoffs/{done}/after", java_script_enabled=False, viewport=NARROW)
    expect(donors.get_by_text("Thank you. She sleeps.")).to_be_visible()
    expect(donors.get_by_text("Fatima lets you know")).to_be_visible()


def test_the_family_corrects_what_is_at_home_and_raises_a_bridge_without_a_script(screen, milk):
    where, _done, _coming = milk
    page = screen(where.family, f"/posts/{where.request_public_id}", java_script_enabled=False, viewport=NARROW)
    page.get_by_role("link", name="Correct it, and see what it rests on").click()
    page.get_by_label("How much milk you have at home").fill("-5")
    page.get_by_role("button", name="I have about this much now").click()
    expect(page.get_by_text("Please enter an amount that can be.")).to_be_visible()
    page.get_by_label("How much milk you have at home").fill("2")
    page.get_by_role("button", name="I have about this much now").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("button", name="Look for a bridge now").click()
    expect(page.get_by_text("We look at once for milk near you")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_narrow_window_and_reads_well(app, screen, milk, moderator, scheme):
    where, done, coming = milk
    with app.app_context():
        now = utcnow()
        services.say_how_it_went(where.family.identity, done, Went.PROBLEM, now=now)
        services.wish(where.donor.identity, thanks=False, now=now)
        services.thank(where.family.identity, done, "Thank you. " * 20, now=now)
        members = f"/moderation/members/{db.session.get(User, where.family.id).public_id}"
    for who, paths in {
        where.family: (f"/handoffs/{done}", f"/handoffs/{done}/after", f"/handoffs/{coming}",
                       f"/posts/{where.request_public_id}", f"/posts/{where.request_public_id}/runway"),
        where.donor: (f"/handoffs/{done}", f"/handoffs/{done}/after"),
        moderator: (members,),
    }.items():  # fmt: skip
        for path in paths:
            page = screen(who, path, viewport=NARROW, color_scheme=scheme)
            fits_and_reads_well(page, path)
