"""Time ends handoffs beside people who are faster by a moment, on PostgreSQL: whoever was first counts, once."""

from datetime import timedelta

import pytest

from app.handoffs import services
from app.handoffs.rules.amounts import MISSED_AFTER, Condition
from tests.conftest import NOW
from tests.handoffs.factories import END, agreed, balance, history, proposed, row, talk
from tests.in_turn import one_before_the_other
from tests.milk.factories import lot

LATER = END + MISSED_AFTER + timedelta(minutes=1)


@pytest.fixture
def database() -> str:
    """On SQLite one writer is alone from its start, so that there is nothing to see."""
    return "postgresql"


def test_milk_is_counted_once_when_the_last_amount_comes_while_time_settles(app, donor, family, other_family):
    with app.app_context():
        lot(donor)
        where = talk(donor, family)
        made = agreed(where)
        agreed(talk(donor, other_family, offer=where.offer_public_id), start=LATER)
        services.confirm(donor.identity, made, amount_ml=400, condition=None, now=LATER)
    errors = one_before_the_other(
        app,
        lambda: services.confirm(family.identity, made, amount_ml=400, condition=Condition.FROZEN, now=LATER),
        lambda: services.settle_overdue(now=LATER),
    )
    assert errors == {}
    with app.app_context():
        assert balance(where) == (1000, 400, 400)
        assert [new for _old, new, _actor, _reason in history(made)].count("confirmed") == 1


def test_a_proposal_that_is_agreed_while_its_post_closes_stays_agreed(app, donor, family):
    with app.app_context():
        lot(donor)
        where = talk(donor, family)
        made = proposed(where)
    errors = one_before_the_other(
        app,
        lambda: services.agree(donor.identity, made, now=NOW),
        lambda: services.end_proposals_of(where.request_id, now=NOW),
    )
    assert errors == {}
    with app.app_context():
        assert row(made).state == "agreed"
