"""Milk of a donor who has left: nobody's row stands for all of it, so that who decides on it locks its lots."""

from datetime import timedelta

import pytest

from app.infra.database import db
from app.milk import queries
from app.milk.models import CustodyLot
from app.milk.rules.withdrawals import OpenedAs, Reason, Scope, State
from app.milk.services import looking
from app.milk.services.withdrawals import open_withdrawal
from tests.conftest import NOW
from tests.in_turn import one_before_the_other
from tests.milk.factories import lot, view

LATER = NOW + timedelta(hours=1)


@pytest.mark.both_databases
def test_a_report_that_comes_in_the_moment_in_which_another_ends_holds_the_milk(app, donor, moderator):
    with app.app_context():
        scope = Scope(code=view(donor, lot(donor)).code)

    def report(now):
        return open_withdrawal(
            None, Reason.INFANT_ILL, opened_as=OpenedAs.CODE, opened_by_id=None, scope=scope, now=now
        )  # fmt: skip

    with app.app_context():
        first = report(NOW)
    assert one_before_the_other(
        app, lambda: report(LATER), lambda: looking.end(moderator.identity, first, now=LATER)
    ) == {}  # fmt: skip
    with app.app_context():
        states = sorted(each.state for each in queries.withdrawals(moderator.identity))
        assert states == sorted((State.ENDED, State.REVIEW))
        assert [row.withdrawn for row in db.session.query(CustodyLot)] == [True]
