"""A withdrawal that waits: a moderator lets its families be told, or ends it, and then the milk is free again."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from app.infra import jobs
from app.infra.database import db
from app.kernel.errors import Conflict, Forbidden, NotFound
from app.milk import queries, services
from app.milk.models import Withdrawal, WithdrawalNotice
from app.milk.rules.withdrawals import Draft, OpenedAs, Reason, Scope, State
from app.milk.services import looking, telling, withdrawals
from app.notifications.models import Notice
from tests.conftest import NOW
from tests.milk.factories import handed, kinds, lot, view

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def waiting(given, donor) -> str:
    """She says that a baby who drank of it is ill; the withdrawal's token."""
    return withdrawals.withdraw(donor.identity, Draft(Reason.INFANT_ILL), now=NOW)


def notices(who) -> list[str]:
    return list(db.session.scalars(select(Notice.kind).where(Notice.user_id == who.id).order_by(Notice.id)))


def told() -> int:
    jobs.run_due(now=LATER)
    return db.session.scalar(select(func.count()).select_from(WithdrawalNotice)) or 0


@pytest.mark.both_databases
class TestEndingIt:
    def test_no_family_is_told_and_the_milk_is_free_again(self, in_app, donor, moderator, given, waiting):
        assert view(donor, given).withdrawn
        looking.end(moderator.identity, waiting, now=LATER)
        assert told() == 0
        assert not view(donor, given).withdrawn
        assert kinds(donor, given)[-2:] == ["withdrawn", "cleared"]
        services.promise(given, "next", 100, now=LATER)
        found = queries.withdrawal_for(donor.identity, waiting)
        assert (found.state, found.closed_at) == (State.ENDED, LATER)
        assert "milk_withdrawal_ended" in notices(donor)

    def test_bags_split_off_while_it_waited_are_free_again_too(self, in_app, donor, moderator, given, waiting):
        child = services.split_off(donor.identity, given, {100: 2}, now=NOW)
        assert view(donor, child).withdrawn
        looking.end(moderator.identity, waiting, now=LATER)
        assert not view(donor, child).withdrawn

    def test_milk_that_another_withdrawal_holds_stays_held(self, in_app, donor, moderator, given, waiting):
        withdrawals.withdraw(donor.identity, Draft(Reason.STORAGE, lot_public_ids=(given,)), now=NOW)
        looking.end(moderator.identity, waiting, now=LATER)
        assert view(donor, given).withdrawn
        assert kinds(donor, given)[-1] == "withdrawn"

    def test_what_ended_keeps_no_later_one_from_telling(self, in_app, donor, moderator, given, waiting):
        looking.end(moderator.identity, waiting, now=LATER)
        again = withdrawals.withdraw(donor.identity, Draft(Reason.INFANT_ILL), now=LATER)
        looking.release(moderator.identity, again, now=LATER)
        assert told() == 1

    def test_milk_that_turns_out_to_be_with_a_family_is_told_of_by_nobody(
        self, in_app, donor, moderator, stranger, given, waiting
    ):
        looking.end(moderator.identity, waiting, now=LATER)
        telling.reach_late(view(donor, given).custody_id, "late", stranger.id, now=LATER)
        assert told() == 0

    @pytest.mark.parametrize("second", [looking.end, looking.release])
    @pytest.mark.parametrize("first", [looking.end, looking.release])
    def test_the_first_decision_stands(self, in_app, moderator, waiting, first, second):
        first(moderator.identity, waiting, now=LATER)
        with pytest.raises(Conflict):
            second(moderator.identity, waiting, now=LATER)
        row = db.session.scalars(select(Withdrawal)).one()
        assert row.looked_by_id == moderator.id
        assert (row.state == State.ENDED) == (first is looking.end)


class TestWho:
    @pytest.mark.parametrize("decide", [looking.end, looking.release])
    def test_neither_the_donor_nor_a_stranger_decides(self, donor, stranger, waiting, decide):
        for who in (donor, stranger):
            with pytest.raises(NotFound):
                decide(who.identity, waiting, now=LATER)
        assert queries.withdrawal_for(donor.identity, waiting).state is State.REVIEW

    def test_nobody_ends_what_is_about_her_own_milk_but_may_let_it_be_told(self, in_app, moderator, family):
        handed(moderator, family)
        token = withdrawals.withdraw(moderator.identity, Draft(Reason.INFANT_ILL), now=NOW)
        with pytest.raises(Forbidden):
            looking.end(moderator.identity, token, now=LATER)
        looking.release(moderator.identity, token, now=LATER)
        assert told() == 1

    def test_a_withdrawal_of_nobody_s_any_more_is_ended_as_well(self, in_app, donor, moderator, given):
        token = withdrawals.open_withdrawal(
            None, Reason.INFANT_ILL, opened_as=OpenedAs.CODE, opened_by_id=None,
            scope=Scope(code=view(donor, given).code), now=NOW,
        )  # fmt: skip
        looking.end(moderator.identity, token, now=LATER)
        assert not view(donor, given).withdrawn

    def test_there_is_nothing_behind_another_token(self, in_app, moderator):
        with pytest.raises(NotFound):
            looking.end(moderator.identity, "nothing", now=LATER)


class TestThePage:
    def test_both_ways_stand_there_while_it_waits_and_none_after(self, app, donor, moderator, sign_in):
        with time_machine.travel(NOW, tick=False):
            with app.app_context():
                lot(donor)
                waiting = withdrawals.open_withdrawal(
                    donor.id, Reason.INFANT_ILL, opened_as=OpenedAs.DONOR, opened_by_id=donor.id,
                    scope=Scope(days=(date(2026, 11, 1), NOW.date())), now=NOW,
                )  # fmt: skip
            team, address = sign_in(moderator), f"/milk/withdrawals/{waiting}"
            page = team.get(address).text
            assert ("Tell the families now" in page, "End it: no family is told" in page) == (True, True)
            assert "End it" not in sign_in(donor).get(address).text
            assert team.post(f"{address}/end").status_code == 302
            assert team.post(f"{address}/end").status_code == 409
            page = team.get(address).text
            assert ("ended after a look" in page, "Tell the families now" in page) == (True, False)
            assert sign_in(donor).post(f"{address}/end").status_code == 404
