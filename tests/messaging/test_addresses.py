"""An address is shown to the two alone, taken back at any time, and ends by itself."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts import services as accounts
from app.accounts.models import Block
from app.handoffs.events import HandoffConfirmed
from app.infra import jobs
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.errors import Conflict, Invalid, NotFound
from app.messaging import queries, services
from app.messaging.models import AddressCard, Conversation
from app.messaging.rules import ADDRESS_FOR
from tests.conftest import NOW
from tests.messaging.conftest import numbered

pytestmark = pytest.mark.both_databases

ELM = "12 Elm Street, third door"
SOON = NOW + timedelta(hours=1)


def tell(who, talk, n=1, address=ELM, now=NOW):
    return services.tell_address(who.identity, talk.public_id, client_id=numbered(n), address=address, now=now)


def card(stored):
    return stored.payload["address"]


def seen(who, stored, now=SOON):
    found = queries.addresses(who.identity, [card(stored)], now=now).get(card(stored))
    return None if found is None else (found.address, found.own, found.shown)


def kept():
    return db.session.scalars(select(AddressCard.address)).all()


def test_the_two_see_it_and_nobody_else(in_app, talk, donor, family, stranger, moderator):
    told = tell(donor, talk)
    assert (seen(donor, told), seen(family, told)) == ((ELM, True, True), (ELM, False, True))
    assert (seen(stranger, told), seen(moderator, told)) == (None, None)
    assert (told.body, told.kind.value) == ("", "card")


def test_sent_twice_it_is_one_and_with_other_words_it_is_refused(in_app, talk, donor):
    assert tell(donor, talk) == tell(donor, talk)
    with pytest.raises(Invalid):
        tell(donor, talk, address="Somewhere else")
    assert kept() == [ELM]


def test_its_writer_takes_it_back_and_its_words_are_gone(in_app, talk, donor, family):
    told = tell(donor, talk)
    for who in (family,):
        with pytest.raises(NotFound):
            services.hide_address(who.identity, card(told), now=SOON)
    for _ in range(2):
        assert services.hide_address(donor.identity, card(told), now=SOON) == talk.public_id
    assert (seen(family, told), kept()) == (("", False, False), [""])
    assert tell(donor, talk) == told


def test_after_three_days_it_is_shown_no_more_and_the_worker_drops_its_words(in_app, talk, donor, family):
    told = tell(donor, talk)
    assert seen(family, told, NOW + ADDRESS_FOR - timedelta(seconds=1))[2]
    assert seen(family, told, NOW + ADDRESS_FOR) == ("", False, False)
    jobs.run_due(now=NOW + ADDRESS_FOR)
    assert kept() == [""]


def test_when_they_have_met_it_ends(in_app, talk, donor, family):
    told = tell(donor, talk)
    services.end_addresses(talk.id, now=SOON)
    assert (seen(family, told), kept()) == (("", False, False), [""])


def test_a_confirmed_handoff_ends_it(in_app, talk, donor, family, monkeypatch):
    from app.handoffs import subscribers

    monkeypatch.setattr(subscribers.matching, "receive", lambda *_args, **_named: None)
    told = tell(donor, talk)
    met = HandoffConfirmed(
        at=SOON, handoff_id=1, conversation_id=talk.id, offer_id=1, request_id=2, donor_id=donor.id,
        family_id=family.id, actor_id=donor.id, given_ml=500,
    )  # fmt: skip
    with transaction():
        subscribers._milk_came(met)
    assert seen(family, told)[0] == ""


def test_between_two_who_blocked_each_other_it_is_not_shown(in_app, talk, donor, family):
    told = tell(donor, talk)
    with transaction() as session:
        session.add(Block(blocker_id=family.id, blocked_id=donor.id, created_at=NOW))
    assert seen(family, told) == ("", False, False)


def test_of_somebody_whose_account_was_shut_it_is_not_shown(in_app, talk, donor, family):
    hers, theirs = tell(donor, talk), tell(family, talk, 2)
    accounts.deactivate(donor.id, now=SOON)
    assert seen(family, hers) == ("", False, False)
    assert seen(family, theirs) == (ELM, True, True)


@pytest.mark.parametrize("address", ["", "  ", None, "x" * 301, "$2 per oz, pay me"])
def test_what_is_no_address_is_refused_at_its_field(address, in_app, talk, donor):
    with pytest.raises(Invalid) as refusal:
        tell(donor, talk, address=address)
    assert list(refusal.value.fields) == ["address"]
    assert kept() == []


def test_where_nobody_can_write_nothing_is_told(in_app, talk, donor, stranger):
    with pytest.raises(NotFound):
        tell(stranger, talk)
    with transaction() as session:
        session.execute(update(Conversation).where(Conversation.id == talk.id).values(closed_at=NOW))
    with pytest.raises(Conflict):
        tell(donor, talk)
    assert kept() == []


def test_what_a_message_would_be_held_for_is_no_address(in_app, talk, donor, trust):
    trust(donor, 0)
    with pytest.raises(Invalid) as asked:
        tell(donor, talk, address="See https://milk.example/pay")
    assert "Only where to come" in asked.value.fields["address"][0]
    services.send(donor.identity, talk.public_id, client_id=numbered(2), kind="text", body="It is $2 per oz.", now=NOW)
    with pytest.raises(Invalid) as waits:
        tell(donor, talk, 3)
    assert "A moderator first reads" in waits.value.fields["address"][0]
    assert kept() == []
