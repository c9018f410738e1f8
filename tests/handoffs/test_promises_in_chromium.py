"""Meetings that did not happen, kept promises and the second in line in a real browser: narrow, by day and night."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.handoffs import services
from app.handoffs.rules.absences import Said
from app.handoffs.rules.amounts import Condition
from app.infra import jobs
from app.infra.clock import utcnow
from app.infra.database import db
from app.matching import services as matching
from app.posts import services as posts
from tests.browser import NARROW, fits_and_reads_well
from tests.handoffs.factories import Talk, draft, offer_of, request_of, talk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def meeting(where: Talk, begin, volume: int = 100) -> str:
    """A meeting that both agreed on two days before it began."""
    plan = draft(volume_ml=volume, start=begin)
    public_id = services.propose(where.family.identity, where.public_id, plan, now=begin - 2 * DAY)
    services.agree(where.donor.identity, public_id, now=begin - 2 * DAY)
    return public_id


def held(where: Talk, begin) -> str:
    public_id = meeting(where, begin)
    services.confirm(where.donor.identity, public_id, amount_ml=100, condition=None, now=begin)
    services.confirm(where.family.identity, public_id, amount_ml=100, condition=Condition.FROZEN, now=begin)
    return public_id


@pytest.fixture
def scene(app, donor, family, other_family):
    """Three meetings that were held, one of today that was not, and a line at another offer."""
    with app.app_context():
        now = utcnow()
        where = talk(donor, family)
        for days in (9, 8, 7):
            held(where, now - days * DAY)
        over = meeting(where, now - 4 * HOUR)
        offer, asked, waiting = offer_of(donor), request_of(family), request_of(other_family)
        said = matching.say_yes(other_family.identity, offer, waiting, now=now - 8 * DAY)
        matching.accept(
            donor.identity, matching.say_yes(family.identity, offer, asked, now=now - 8 * DAY), now=now - 8 * DAY
        )
        matching.rest_quiet_talks(now=now - DAY)
        db.session.remove()
    return {"over": over, "offer": offer, "waiting": waiting, "said": said, "talk": where.public_id}


def test_a_meeting_that_did_not_happen_is_told_answered_and_let_go_without_a_script(screen, scene, donor, family):
    phone = {"java_script_enabled": False, "viewport": NARROW}
    path = f"/handoffs/{scene['over']}"
    mine = screen(donor, path, **phone)
    mine.get_by_text("It did not happen", exact=True).click()
    mine.get_by_label("I was there, and nobody came").check()
    mine.get_by_role("button", name="Say that it did not happen").click()
    expect(mine.get_by_text("You said that you were there.")).to_be_visible()
    expect(mine.get_by_role("link", name="Plan another handoff")).to_be_visible()
    other = screen(family, path, **phone)
    expect(other.get_by_text("Dana was there.")).to_be_visible()
    other.get_by_label("I did not make it", exact=True).check()
    other.get_by_role("button", name="Say how it was").click()
    other.get_by_role("button", name="Ask for it to be let go").click()
    expect(other.get_by_text("You asked for it to be let go.")).to_be_visible()
    mine.reload()
    expect(mine.get_by_text("Fatima asks you to let this go.")).to_be_visible()
    mine.get_by_role("button", name="Let it go").click()
    expect(mine.get_by_role("heading", name="Let it go?")).to_have_count(0)
    other.reload()
    expect(other.get_by_text("The other let it go, so it does not count.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_page_fits_a_narrow_window_and_reads_well(
    app, scene, screen, donor, family, other_family, moderator, scheme
):
    look = {"viewport": NARROW, "color_scheme": scheme}
    over = f"/handoffs/{scene['over']}"
    page = screen(family, over, **look)
    fits_and_reads_well(page, "report")
    desk = screen(donor, f"/matches/{scene['offer']}", **look)
    expect(desk.get_by_role("button", name="Ask nobody else")).to_be_visible()
    fits_and_reads_well(desk, "desk")
    with app.app_context():
        services.report_missed(family.identity, scene["over"], said=Said.NOT_THERE, now=utcnow())
        services.ask_excuse(family.identity, scene["over"], now=utcnow())
        services.ask_moderator(family.identity, scene["over"], now=utcnow())
        jobs.run_due(now=utcnow())
        db.session.remove()
    pages = (
        (donor, over),
        (family, over),
        (family, "/handoffs/promises"),
        (moderator, "/handoffs/excuses"),
        (family, f"/messages/{scene['talk']}"),
        (other_family, "/matches/mine"),
        (other_family, f"/matches/pair/{scene['offer']}/{scene['waiting']}"),
    )
    for who, path in pages:
        fits_and_reads_well(screen(who, path, **look), path)
    with app.app_context():
        posts.withdraw(donor.identity, scene["offer"], now=utcnow())
        db.session.remove()
    page = screen(other_family, f"/matches/instead/{scene['said']}", **look)
    expect(page.get_by_role("heading", name="Your next best")).to_be_visible()
    fits_and_reads_well(page, "instead")
