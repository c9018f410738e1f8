"""Being here, shown only between two who both allow it, and gone at once when one does not."""

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import update

from app.accounts import services as accounts
from app.accounts.models import User
from app.infra.database import db
from app.infra.transaction import transaction
from app.messaging import queries, services, signs
from app.messaging.models import Conversation
from app.web.realtime import push
from tests.conftest import NOW


def allow(app, *people, on=True):
    with app.app_context():
        for person in people:
            services.show_presence(person.identity, on=on, now=NOW)


def block(app, person, other):
    with app.app_context():
        accounts.block(person.identity, db.session.get_one(User, other.id).public_id, now=NOW)


def sign(page, talk):
    return page.ask("here", {"conversation": talk.public_id})


def told(talk, *, here):
    return [{"conversation": talk.public_id, "here": here}]


@pytest.mark.both_databases
def test_two_who_both_allow_it_see_each_other(app, talk, donor, family, phone):
    allow(app, donor, family)
    hers, theirs = phone(donor), phone(family)
    assert sign(hers, talk) == {"ok": True, "here": False}
    assert theirs.heard("presence") == told(talk, here=True)
    assert hers.heard("presence") == []
    assert sign(theirs, talk) == {"ok": True, "here": True}


@pytest.mark.parametrize("allowing", ["nobody", "donor", "family"])
def test_unless_both_allow_it_nobody_sees_anything(allowing, app, talk, donor, family, phone):
    allow(app, *{"nobody": [], "donor": [donor], "family": [family]}[allowing])
    hers, theirs = phone(donor), phone(family)
    for page in (hers, theirs, hers):
        assert sign(page, talk) == {"ok": True, "here": False}
    assert [hers.heard("presence"), theirs.heard("presence")] == [[], []]


def test_a_stranger_who_allows_it_finds_nothing_and_tells_nothing(app, talk, donor, family, stranger, phone):
    allow(app, donor, family, stranger)
    theirs, outsider = phone(family), phone(stranger)
    assert sign(outsider, talk)["error"]["code"] == "not_found"
    assert theirs.heard("presence") == []
    assert sign(phone(donor), talk)["ok"]
    assert outsider.heard("presence") == []


@pytest.mark.both_databases
def test_switching_it_off_takes_both_signs_away_at_once(app, talk, donor, family, phone):
    allow(app, donor, family)
    hers, theirs = phone(donor), phone(family)
    sign(hers, talk)
    theirs.heard("presence")
    allow(app, donor, on=False)
    assert theirs.heard("presence") == hers.heard("presence") == told(talk, here=False)
    assert sign(theirs, talk) == sign(hers, talk) == {"ok": True, "here": False}
    assert [hers.heard("presence"), theirs.heard("presence")] == [[], []]
    allow(app, donor, on=False)
    assert theirs.heard("presence") == []


def test_who_does_not_allow_it_hears_nothing_of_a_switch(app, talk, donor, family, phone):
    theirs = phone(family)
    allow(app, donor)
    allow(app, donor, on=False)
    assert theirs.heard("presence") == []


@pytest.mark.parametrize("by", ["donor", "family"])
def test_a_block_takes_both_signs_away_and_refuses_the_next(by, app, talk, donor, family, phone):
    allow(app, donor, family)
    blocker, blocked = (donor, family) if by == "donor" else (family, donor)
    hers, theirs = phone(blocker), phone(blocked)
    sign(hers, talk)
    theirs.heard("presence")
    block(app, blocker, blocked)
    assert theirs.heard("presence") == hers.heard("presence") == told(talk, here=False)
    assert sign(hers, talk)["error"]["code"] == sign(theirs, talk)["error"]["code"] == "conversation_closed"
    allow(app, blocker, on=False)
    assert theirs.heard("presence") == []


def test_a_block_says_nothing_to_one_who_never_saw_a_sign(app, talk, donor, family, phone):
    allow(app, family)
    theirs = phone(family)
    block(app, donor, family)
    assert theirs.heard("presence") == []


def test_a_shut_account_is_not_here(app, talk, donor, family, phone):
    allow(app, donor, family)
    sign(phone(donor), talk)
    theirs = phone(family)
    with app.app_context():
        accounts.deactivate(donor.id, now=NOW)
    assert theirs.heard("presence") == told(talk, here=False)
    assert not sign(theirs, talk).get("here")


def test_in_a_conversation_that_ended_nobody_is_shown(app, talk, donor, family, phone):
    allow(app, donor, family)
    with app.app_context(), transaction() as session:
        session.execute(update(Conversation).values(closed_at=NOW))
    theirs = phone(family)
    assert sign(phone(donor), talk)["error"]["code"] == "conversation_closed"
    assert theirs.heard("presence") == []


def test_a_sign_counts_half_a_minute_and_is_then_forgotten():
    here = signs.Here()
    here.note(1, 7, 100.0)
    assert [here.is_here(1, 7, now) for now in (100.0, 129.9, 130.0)] == [True, True, False]
    assert not here.is_here(1, 8, 100.0)
    here.note(2, 7, 130.0)
    assert list(here._last) == [(2, 7)]
    here.forget(2, 7)
    assert not here.is_here(2, 7, 130.0)


def test_a_sign_in_one_application_is_none_in_another(app):
    with app.app_context():
        signs.of_being_here().note(1, 7, 100.0)
        assert signs.of_typing().due(1, 7, 100.0)
        assert not signs.of_typing().due(1, 7, 100.5)
    with Flask(__name__).app_context():
        assert not signs.of_being_here().is_here(1, 7, 100.0)
        assert signs.of_typing().due(1, 7, 100.5)


def test_the_switch_is_off_at_first_and_works_by_form(app, talk, donor, sign_in):
    client = sign_in(donor)
    thread = f"/messages/{talk.public_id}"
    assert "You see it of others only if you show it too." in client.get("/messages").text
    assert "here-now" not in client.get(thread).text
    for on, shown in (("1", True), ("1", True), ("0", False), ("x", False)):
        assert client.post("/messages/presence", data={"on": on}).status_code == 303
        with app.app_context():
            assert queries.shows_presence(donor.id) is shown
        assert ("here-now" in client.get(thread).text) is shown


def test_two_phones_see_each_other_without_an_announcement(app, screens, donor, family):
    allow(app, donor, family)
    hers, theirs = screens(donor), screens(family)
    for page in (hers, theirs):
        expect(page.locator("#here-now")).to_have_text("here now")
        expect(page.locator("#here-now")).to_be_visible()
        assert page.locator("p:has(> #here-now)").get_attribute("aria-live") == "off"
        assert page.locator("[role=log] #here-now, [role=status] #here-now").count() == 0
    allow(app, donor, on=False)
    for page in (hers, theirs):
        expect(page.locator("#here-now")).to_be_hidden()


def test_the_sign_goes_by_itself_after_a_minute_of_silence(app, talk, screens, donor, family):
    allow(app, donor, family)
    theirs, hers = screens(family), screens(donor)
    expect(theirs.locator("#here-now")).to_be_visible()
    # From here on only what is said below may show her: no sign of her own page, and none that the server remembers.
    hers.close()
    theirs.clock.install()
    with app.app_context():
        signs.of_being_here().forget(donor.id, talk.id)
        conversation = talk.public_id
        push(family.id, "presence", {"conversation": conversation, "here": False})
        expect(theirs.locator("#here-now")).to_be_hidden()
        push(family.id, "presence", {"conversation": conversation, "here": True})
    expect(theirs.locator("#here-now")).to_be_visible()
    theirs.clock.fast_forward(50_000)
    expect(theirs.locator("#here-now")).to_be_visible()
    theirs.clock.fast_forward(10_001)
    expect(theirs.locator("#here-now")).to_be_hidden()
