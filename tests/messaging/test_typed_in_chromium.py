"""Typed messages in a real browser: in a narrow window, to a screen reader, and changed while the other looks on."""

import pytest
from playwright.sync_api import expect

from app.infra.clock import utcnow
from app.messaging import services
from tests.browser import NARROW, WIDER, reads_well
from tests.messaging.conftest import numbered


@pytest.fixture
def told(app, asks, talk, donor, family, trust):
    """A conversation with a message of every kind, one deleted, and one of the donor's that waits."""
    with app.app_context():
        for n, who, kind, more in (
            (1, family, "question", {"body": "caffeine"}),
            (2, donor, "answer", {"payload": {"state": "avoids", "since": "2026-11-01"}, "reply_to": 1}),
            (3, family, "question", {"body": "medicine"}),
            (4, family, "phrase", {"body": "late_10"}),
            (5, donor, "text", {"body": "averylongwordwithoutanyplacetobreakit" * 5}),
            (6, donor, "text", {"body": "taken back"}),
        ):
            sent = {"client_id": numbered(n), "kind": kind, "body": "", "now": utcnow()} | more
            services.send(who.identity, talk.public_id, **sent)
        services.delete_message(donor.identity, talk.public_id, 6, now=utcnow())
        services.tell_address(
            family.identity, talk.public_id, client_id=numbered(7), address="12 Elm Street", now=utcnow()
        )
        services.post_card(talk.id, family.id, {"lot": "unknown"}, now=utcnow())
        services.post_system(talk.id, donor.id, "handoff_agreed", now=utcnow())
    trust(donor, 0)
    with app.app_context():
        services.send(
            donor.identity, talk.public_id, client_id=numbered(9), kind="text", body="$2 per oz", now=utcnow()
        )
    trust(donor, 1)


@pytest.mark.parametrize("side", ["donor", "family"])
def test_every_kind_fits_a_narrow_window_and_reads_well(side, told, screens, request):
    page = screens(request.getfixturevalue(side), size=NARROW)
    for unfolding in page.locator("#phrases > summary, #address > summary, [data-answer] summary").all():
        unfolding.click()
    assert page.evaluate(WIDER) is False
    reads_well(page)


def test_an_edit_and_a_deletion_are_seen_while_looking_on(app, talk, donor, family, screens):
    with app.app_context():
        for n, body in ((1, "at nine"), (2, "never mind")):
            services.send(donor.identity, talk.public_id, client_id=numbered(n), kind="text", body=body, now=utcnow())
    theirs = screens(family)
    expect(theirs.locator("#m1")).to_contain_text("at nine")
    with app.app_context():
        services.edit(donor.identity, talk.public_id, 1, body="at ten", now=utcnow())
        services.delete_message(donor.identity, talk.public_id, 2, now=utcnow())
    expect(theirs.locator("#m1")).to_contain_text("at ten")
    expect(theirs.locator("#m1 [data-edited]")).to_be_visible()
    expect(theirs.locator("#m2")).to_contain_text("This message was deleted.")


def test_what_waits_for_a_moderator_says_so_and_the_page_goes_on(app, talk, donor, screens, trust):
    trust(donor, 0)
    hers = screens(donor)
    hers.fill("#body", "It is $2 per oz.")
    hers.click("#composer button[type=submit]")
    expect(hers.locator("#held li")).to_contain_text("waits for a moderator")


def test_answering_is_one_tap(app, asks, talk, donor, family, screens):
    with app.app_context():
        services.send(
            family.identity, talk.public_id, client_id=numbered(1), kind="question", body="caffeine", now=utcnow()
        )
    hers = screens(donor)
    hers.get_by_role("button", name="no caffeine", exact=True).click()
    expect(hers.locator("#m2")).to_contain_text("donor reports no caffeine")
