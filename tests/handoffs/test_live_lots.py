"""The cards of lots follow what becomes of the milk while the thread is open: held, free again, kept back, restated."""

from dataclasses import replace

import pytest
import time_machine

from app.accounts import services as accounts
from app.accounts.models import User
from app.infra.database import db
from app.milk.rules.deferrals import Kind
from app.milk.rules.withdrawals import Draft, Reason
from app.milk.services import keep_days_back, looking, withdrawals
from app.posts import queries as posts
from app.posts import services as post_services
from tests.conftest import NOW
from tests.handoffs.factories import END, HOUR, START, agreed, talk
from tests.handoffs.test_withdrawal_cards import held
from tests.milk.deferring import agree, days
from tests.milk.factories import lot
from tests.posts.drafts import OFFER

ILL = Draft(Reason.INFANT_ILL)
DURING = START + HOUR


@pytest.fixture
def pushed(monkeypatch) -> list[tuple[int, str, str]]:
    """What open pages were told of cards of lots: to whom, and in which conversation."""
    sent: list[tuple[int, str, str]] = []

    def push(person_id, event, told):
        if told["kind"] == "disclosure":
            sent.append((person_id, event, told["conversation"]))

    monkeypatch.setattr("app.handoffs.subscribers.push", push)
    return sent


def both(where) -> list[tuple[int, str, str]]:
    return [(who.id, "card.changed", where.public_id) for who in (where.donor, where.family)]


@pytest.fixture
def gave(in_app, pair, other_family):
    """The two between whom milk was given; the donor talks with another family, too, which has none."""
    held(pair)
    talk(pair.donor, other_family, bags=False)
    return pair


class TestAReportThatWaits:
    def test_both_see_at_once_that_the_milk_is_held_and_that_it_is_free_again(self, gave, moderator, pushed):
        token = withdrawals.withdraw(gave.donor.identity, ILL, now=END)
        assert pushed == both(gave)
        pushed.clear()
        looking.end(moderator.identity, token, now=END + HOUR)
        assert pushed == both(gave)

    def test_where_another_report_holds_it_nothing_changes_on_the_card(self, gave, moderator, pushed):
        token = withdrawals.withdraw(gave.donor.identity, ILL, now=END)
        withdrawals.withdraw(gave.donor.identity, ILL, now=END + HOUR)
        pushed.clear()
        looking.end(moderator.identity, token, now=END + 2 * HOUR)
        assert pushed == []

    def test_of_what_is_told_at_once_a_card_of_its_own_says_it(self, gave, pushed):
        withdrawals.withdraw(gave.donor.identity, Draft(Reason.POSITIVE_TEST), now=END)
        assert pushed == []

    def test_after_a_block_nothing_is_to_be_seen(self, gave, pushed):
        accounts.block(gave.family.identity, db.session.get(User, gave.donor.id).public_id, now=END)
        withdrawals.withdraw(gave.donor.identity, ILL, now=END)
        assert pushed == []


def test_an_edited_offer_is_seen_where_lots_are_shown_with_what_it_states(in_app, pair, other_family, pushed):
    silent = talk(pair.donor, other_family, offer=pair.offer_public_id, bags=False)
    agreed(pair)
    own = posts.own_post(pair.donor.identity, pair.offer_public_id)
    post_services.edit(
        pair.donor.identity, pair.offer_public_id, replace(OFFER, volume_ml=1000, max_families=20, note="Other words."),
        version=own.version, now=NOW,
    )  # fmt: skip
    assert pushed == both(pair)
    assert silent.public_id not in {where for _who, _event, where in pushed}


@pytest.mark.parametrize(("now", "seen"), [(NOW, False), (DURING, True), (END + HOUR, True)])
def test_bags_of_a_meeting_that_had_begun_are_seen_to_be_kept_back(in_app, pair, other_family, pushed, now, seen):
    """They count as handed over then; of one still to come the promise is taken back, and the other card says so."""
    agreed(pair)
    elsewhere = talk(pair.donor, other_family, bags=False)
    agree(pair.donor)
    with time_machine.travel(now, tick=False):
        keep_days_back(pair.donor.identity, days(1, 14, kind=Kind.FEVER), now=now)
    assert (pushed == both(pair)) is seen
    assert elsewhere.public_id not in {where for _who, _event, where in pushed}


def test_a_lot_kept_back_that_nobody_was_shown_is_seen_nowhere(in_app, donor, pushed):
    lot(donor)
    agree(donor)
    keep_days_back(donor.identity, days(1, 14), now=NOW)
    assert pushed == []
