"""Withdrawals at their edges: what waits for a moderator, milk not counted yet, and numbers nobody can mean."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.infra import jobs
from app.infra.database import db
from app.milk import services
from app.milk.models import WithdrawalNotice
from app.milk.rules.withdrawals import Draft, Reason
from app.milk.services import recall, withdrawals
from tests.conftest import NOW
from tests.in_turn import one_before_the_other
from tests.milk.factories import handed, lot, view

HOUR = timedelta(hours=1)
ILL = Draft(Reason.INFANT_ILL)


def told() -> list[int]:
    return list(db.session.scalars(select(WithdrawalNotice.person_id)))


class TestWhatWaitsForAModerator:
    def test_it_told_nobody_so_a_moderator_may_withdraw_the_same_milk_at_once(self, in_app, donor, family, moderator):
        public_id = handed(donor, family)
        withdrawals.withdraw(donor.identity, ILL, now=NOW)
        withdrawals.withdraw(moderator.identity, ILL, code=view(donor, public_id).code, now=NOW)
        jobs.run_due(now=NOW)
        assert told() == [family.id]


@pytest.mark.parametrize(("meets_at", "held"), [(NOW - HOUR, True), (NOW, True), (NOW + HOUR, False)])
def test_when_a_baby_is_ill_milk_counts_from_the_beginning_of_the_meeting_on(in_app, donor, meets_at, held):
    public_id = lot(donor)
    services.promise(public_id, "one", 300, bags={100: 3}, meets_at=meets_at, now=NOW - 2 * HOUR)
    lots = withdrawals.look(donor.identity, ILL, now=NOW)[1].lots
    assert [each.code for each in lots] == ([view(donor, public_id).code] if held else [])


@pytest.mark.parametrize(
    "typed",
    [
        {"had-1": "²"}, {"had-1": "9" * 5000}, {"had-" + "9" * 5000: "1"}, {"had-²": "1"}, {"fed-1": "9" * 5000},
        {"fed-1": "1e400"}, {"fed-1": "NaN"}, {"had-1": "200", "fed-1": "1e6", "unit": "ml"},
    ],
)  # fmt: skip
def test_no_number_breaks_the_page_of_a_family(app, client, donor, family, typed):
    with app.app_context():
        public_id = handed(donor, family)
        withdrawals.withdraw(donor.identity, Draft(Reason.STORAGE, lot_public_ids=(public_id,)), now=NOW)
        jobs.run_due(now=NOW)
        token = db.session.scalar(select(WithdrawalNotice.token))
    assert client.post(f"/milk/withdrawn/{token}", data=typed).status_code in {302, 409, 422}


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_recall_codes_made_twice_at_once_are_those_of_the_last_press(app, donor):
    with app.app_context():
        lot(donor)
    made = []
    errors = one_before_the_other(
        app,
        lambda: made.append(recall.make_codes(donor.identity, now=NOW)),
        lambda: made.append(recall.make_codes(donor.identity, now=NOW)),
    )
    assert errors == {}
    with app.app_context():
        for code, recall_code in made[-1]:
            recall.start(code, recall_code, Reason.STORAGE, now=NOW)
