"""A second report that a baby is ill, of milk that waits already: it is no repetition, and is lost by nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.infra import jobs
from app.infra.database import db
from app.milk import queries
from app.milk.models import Withdrawal, WithdrawalNotice
from app.milk.rules.withdrawals import MOST_BY_CODE, SAME_REPORT, Draft, NothingToWithdraw, Reason, State
from app.milk.services import looking, recall, withdrawals
from app.notifications.models import Notice
from tests.conftest import NOW
from tests.in_turn import one_before_the_other
from tests.milk.factories import handed, lot, view

LATER = NOW + timedelta(hours=1)
MUCH_LATER = NOW + timedelta(hours=2)
ILL = Draft(Reason.INFANT_ILL)


@pytest.fixture
def by_code(donor, given):
    """Report by the lot's recall code, at a moment and for a reason."""
    ((code, recall_code),) = recall.make_codes(donor.identity, now=NOW)
    return lambda now, reason=Reason.INFANT_ILL: recall.start(code, recall_code, reason, now=now)


def reports() -> list[Withdrawal]:
    db.session.rollback()
    return list(db.session.scalars(select(Withdrawal).order_by(Withdrawal.id)))


def told_of(who) -> list[str]:
    """Where each notice to a moderator leads that a withdrawal waits."""
    db.session.rollback()
    found = select(Notice.path).where(Notice.user_id == who.id, Notice.kind == "milk_withdrawal_waits")
    return [path.rsplit("/", 1)[1] for path in db.session.scalars(found.order_by(Notice.id))]


def families() -> list[int]:
    jobs.run_due(now=MUCH_LATER)
    db.session.rollback()
    return list(db.session.scalars(select(WithdrawalNotice.person_id)))


@pytest.mark.both_databases
class TestASecondReportByCode:
    def test_it_is_one_of_its_own_and_the_team_hears_of_it(self, given, moderator, by_code):
        by_code(NOW)
        by_code(LATER)
        first, second = reports()
        assert (first.state, second.state) == (State.REVIEW, State.REVIEW)
        assert told_of(moderator) == [first.token, second.token]

    def test_the_end_of_the_first_leaves_it_waiting_and_the_milk_held(self, given, donor, moderator, by_code):
        by_code(NOW)
        by_code(LATER)
        first, second = reports()
        looking.end(moderator.identity, first.token, now=MUCH_LATER)
        assert view(donor, given).withdrawn
        assert queries.withdrawal_for(moderator.identity, second.token).state is State.REVIEW
        looking.end(moderator.identity, second.token, now=MUCH_LATER)
        assert not view(donor, given).withdrawn
        assert families() == []

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_released_both_they_tell_the_family_once(self, given, family, moderator, by_code, order):
        by_code(NOW)
        by_code(LATER)
        for each in order:
            looking.release(moderator.identity, reports()[each].token, now=MUCH_LATER)
        assert families() == [family.id]
        assert {row.state for row in reports()} <= {State.TELLING, State.CLOSED}

    def test_the_second_may_be_released_when_the_first_has_ended(self, given, family, moderator, by_code):
        by_code(NOW)
        by_code(LATER)
        first, second = reports()
        looking.end(moderator.identity, first.token, now=MUCH_LATER)
        looking.release(moderator.identity, second.token, now=MUCH_LATER)
        assert families() == [family.id]

    @pytest.mark.parametrize(("after", "how_many"), [(SAME_REPORT - timedelta(seconds=1), 1), (SAME_REPORT, 2)])
    def test_the_same_sent_twice_is_one(self, given, moderator, by_code, after, how_many):
        by_code(NOW)
        by_code(NOW + after)
        assert len(reports()) == len(told_of(moderator)) == how_many

    def test_no_more_wait_than_somebody_can_look_at_and_one_that_was_looked_at_makes_room(
        self, given, moderator, by_code
    ):
        for hours in range(MOST_BY_CODE + 2):
            by_code(NOW + hours * timedelta(hours=1))
        assert len(reports()) == len(told_of(moderator)) == MOST_BY_CODE
        looking.end(moderator.identity, reports()[0].token, now=NOW + timedelta(hours=9))
        by_code(NOW + timedelta(hours=10))
        assert len(reports()) == len(told_of(moderator)) == MOST_BY_CODE + 1

    def test_one_by_the_donor_and_one_by_code_are_two_in_the_same_minute(self, given, donor, moderator, by_code):
        withdrawals.withdraw(donor.identity, ILL, now=NOW)
        by_code(NOW)
        assert [row.opened_as for row in reports()] == ["donor", "code"]

    def test_milk_its_family_was_told_of_already_is_looked_at_all_the_same(self, given, donor, moderator, by_code):
        withdrawals.withdraw(donor.identity, Draft(Reason.STORAGE, lot_public_ids=(given,)), now=NOW)
        by_code(LATER)
        _storage, ill = reports()
        assert (ill.state, told_of(moderator)) == (State.REVIEW, [ill.token])
        looking.release(moderator.identity, ill.token, now=MUCH_LATER)
        assert len(families()) == 1
        looked = queries.withdrawal_for(moderator.identity, ill.token)
        assert looked.state is State.CLOSED


class TestTheDonorHerself:
    def test_a_second_ill_baby_is_a_second_report_and_she_is_led_to_it(self, given, donor):
        first = withdrawals.withdraw(donor.identity, ILL, now=NOW)
        assert withdrawals.withdraw(donor.identity, ILL, now=NOW) == first
        assert withdrawals.withdraw(donor.identity, ILL, now=LATER) != first

    def test_she_is_shown_what_it_reaches_though_it_is_held_already(self, given, donor):
        withdrawals.withdraw(donor.identity, Draft(Reason.STORAGE, lot_public_ids=(given,)), now=NOW)
        _scope, reach = withdrawals.look(donor.identity, ILL, now=LATER)
        assert ([each.code for each in reach.lots], reach.families) == ([view(donor, given).code], 1)

    def test_other_reasons_said_again_are_refused_as_told_already(self, given, donor):
        draft = Draft(Reason.STORAGE, lot_public_ids=(given,))
        withdrawals.withdraw(donor.identity, draft, now=NOW)
        assert withdrawals.look(donor.identity, draft, now=LATER)[1].lots == ()
        with pytest.raises(NothingToWithdraw):
            withdrawals.withdraw(donor.identity, draft, now=LATER)

    def test_where_nothing_went_to_anybody_there_is_nothing_to_report(self, in_app, donor):
        lot(donor)
        with pytest.raises(NothingToWithdraw):
            withdrawals.withdraw(donor.identity, ILL, now=NOW)
        assert reports() == []

    @pytest.mark.parametrize("held", [True, False], ids=["another waits", "nothing else does"])
    def test_at_the_end_of_one_she_reads_whether_the_milk_is_free(self, given, donor, moderator, by_code, held):
        first = withdrawals.withdraw(donor.identity, ILL, now=NOW)
        if held:
            by_code(LATER)
        looking.end(moderator.identity, first, now=MUCH_LATER)
        kinds = list(db.session.scalars(select(Notice.kind).where(Notice.user_id == donor.id)))
        assert kinds[-1] == ("milk_withdrawal_ended_held" if held else "milk_withdrawal_ended")


class TestAnythingElseSaidByCodeAsWell:
    @pytest.mark.parametrize("reason", [Reason.STORAGE, Reason.INFECTION])
    def test_the_team_hears_that_somebody_says_of_milk_that_is_withdrawn(
        self, given, donor, moderator, by_code, reason
    ):
        withdrawals.withdraw(donor.identity, Draft(Reason.STORAGE, lot_public_ids=(given,)), now=NOW)
        assert told_of(moderator) == []
        for moment in (LATER, MUCH_LATER):
            by_code(moment, reason)
        (only,) = reports()
        assert told_of(moderator) == [only.token]

    def test_what_began_by_a_code_it_was_told_of_once(self, given, moderator, by_code):
        for moment in (NOW, LATER):
            by_code(moment, Reason.STORAGE)
        (only,) = reports()
        assert told_of(moderator) == [only.token]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_sent_twice_in_the_same_instant_it_is_one(app, donor, family):
    with app.app_context():
        handed(donor, family)
        ((code, recall_code),) = recall.make_codes(donor.identity, now=NOW)

    def start():
        recall.start(code, recall_code, Reason.INFANT_ILL, now=NOW)

    assert one_before_the_other(app, start, start) == {}
    with app.app_context():
        assert len(reports()) == 1
