"""A donor's giving begins to rest in the moment in which a meeting is agreed, or bags of hers are named."""

import pytest

from app.handoffs import services
from app.milk import queries as milk
from app.milk.rules.withdrawals import Draft, GivesNothingNow, Reason
from app.milk.services import withdrawals
from tests.conftest import NOW
from tests.handoffs.factories import agreed, balance, proposed, row
from tests.in_turn import one_before_the_other
from tests.milk.factories import lot

pytestmark = pytest.mark.both_databases


@pytest.fixture
def something_added(pair):
    return lambda: withdrawals.withdraw(pair.donor.identity, Draft(Reason.ADULTERATION), now=NOW)


def test_what_rests_first_is_agreed_by_nobody(app, pair, something_added):
    with app.app_context():
        waiting = proposed(pair)
    met = one_before_the_other(
        app, something_added, lambda: services.agree(pair.donor.identity, waiting, now=NOW)
    )  # fmt: skip
    assert [(name, type(error)) for name, error in met.items()] == [("second", GivesNothingNow)]
    with app.app_context():
        assert row(waiting).state == "proposed"


def test_what_was_agreed_first_stays_and_its_bags_are_taken_back(app, pair, something_added):
    with app.app_context():
        waiting = proposed(pair)
    met = one_before_the_other(
        app, lambda: services.agree(pair.donor.identity, waiting, now=NOW), something_added
    )  # fmt: skip
    assert met == {}
    with app.app_context():
        assert (row(waiting).state, balance(pair)) == ("agreed", (1000, 400, 0))
        assert milk.giving_rests(pair.donor.id)
        assert milk.promised_to(row(waiting).holder, on=NOW.date()) == []


def test_no_bag_is_named_of_what_rests_first(app, pair, something_added):
    with app.app_context():
        meeting = agreed(pair)
        other = lot(pair.donor)
    met = one_before_the_other(
        app, something_added, lambda: services.choose_lots(pair.donor.identity, meeting, {other: {100: 4}}, now=NOW)
    )
    assert [(name, type(error)) for name, error in met.items()] == [("second", GivesNothingNow)]
