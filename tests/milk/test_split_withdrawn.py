"""Milk that more than one withdrawal is about is held by each, and so are bags split off from it since."""

from datetime import timedelta

import pytest

from app.handoffs import services as handoffs
from app.infra import jobs
from app.infra.database import db
from app.milk import queries, services
from app.milk.models import Withdrawal, WithdrawalNotice
from app.milk.rules.withdrawals import Draft, Reason
from app.milk.services import looking, recall, withdrawals
from tests.conftest import NOW
from tests.handoffs.factories import END, agreed, talk
from tests.milk.factories import handed, lot, view

LATER = NOW + timedelta(minutes=5)


@pytest.mark.both_databases
@pytest.mark.parametrize("parts", [1, 2], ids=["a part", "a part of a part"])
def test_they_stay_held_by_the_other_when_one_withdrawal_ends(in_app, donor, moderator, given, parts):
    waiting = withdrawals.withdraw(donor.identity, Draft(Reason.INFANT_ILL), now=NOW)
    withdrawals.withdraw(donor.identity, Draft(Reason.STORAGE, lot_public_ids=(given,)), now=NOW)
    child = given
    for number in range(parts):
        child = services.split_off(donor.identity, child, {100: 2 - number}, now=NOW)
    looking.end(moderator.identity, waiting, now=LATER)
    assert view(donor, given).withdrawn
    assert view(donor, child).withdrawn


@pytest.mark.both_databases
def test_who_turns_out_to_have_them_is_told(in_app, donor, family):
    where = talk(donor, family, bags=False)
    public_id = agreed(where)
    old = lot(donor)
    withdrawals.withdraw(donor.identity, Draft(Reason.STORAGE, lot_public_ids=(old,)), now=NOW)
    child = services.split_off(donor.identity, old, {100: 3}, now=NOW)
    handoffs.confirm(donor.identity, public_id, amount_ml=300, condition=None, bags={child: {100: 3}}, now=END)
    jobs.run_due(now=END)
    db.session.rollback()
    (page,) = db.session.query(WithdrawalNotice).all()
    (told,) = queries.family_notice(page.token).lots
    assert told.code == view(donor, child).code


@pytest.mark.both_databases
class TestTwoReportsOfIllBabies:
    """One by the code of a lot, one by the donor of all that was fed lately; both wait for a moderator."""

    @pytest.fixture
    def two(self, in_app, donor, family) -> tuple[str, str]:
        """Two lots, of each of which the family received 200 ml."""
        return handed(donor, family, holder="one"), handed(donor, family, holder="two")

    @pytest.fixture
    def reports(self, two, donor) -> tuple[str, str]:
        codes = dict(recall.make_codes(donor.identity, now=NOW))
        code = view(donor, two[0]).code
        recall.start(code, codes[code], Reason.INFANT_ILL, now=NOW)
        first = db.session.query(Withdrawal).one().token
        return first, withdrawals.withdraw(donor.identity, Draft(Reason.INFANT_ILL), now=NOW)

    def told(self, donor, two) -> list[bool]:
        jobs.run_due(now=LATER)
        db.session.rollback()
        codes = [
            each.code
            for page in db.session.query(WithdrawalNotice)
            for each in queries.family_notice(page.token).lots
        ]  # fmt: skip
        return sorted(codes) == sorted(view(donor, each).code for each in two)

    def test_the_end_of_one_frees_nothing_of_the_other(self, donor, moderator, two, reports):
        looking.end(moderator.identity, reports[0], now=LATER)
        assert [view(donor, each).withdrawn for each in two] == [True, True]
        looking.release(moderator.identity, reports[1], now=LATER)
        assert self.told(donor, two)

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_released_both_they_tell_of_each_lot_once(self, donor, moderator, two, reports, order):
        for each in order:
            looking.release(moderator.identity, reports[each], now=LATER)
        assert self.told(donor, two)
