"""Who stands behind a holder's token: one person, and nobody once a promise fell through."""

import pytest

from app.milk import services
from app.milk.rules.ledger import Arrival
from app.milk.services import holders
from tests.conftest import NOW
from tests.milk.factories import lot

pytestmark = pytest.mark.both_databases


def test_the_first_who_stands_behind_a_token_stays(in_app, family, stranger):
    for who in (family, family, stranger):
        holders.register("token", who.id, now=NOW)
    assert holders.person_behind("token") == family.id
    assert holders.person_behind("other") is None


def test_a_handoff_that_fell_through_is_forgotten_and_one_that_received_milk_is_not(in_app, donor, family):
    public_id = lot(donor)
    for token in ("fell", "met"):
        services.promise(public_id, token, 200, now=NOW)
        holders.register(token, family.id, now=NOW)
    services.give(public_id, "met", 200, Arrival.FROZEN, now=NOW)
    for token in ("fell", "met"):
        holders.forget(token)
    assert [holders.person_behind(token) for token in ("fell", "met")] == [None, family.id]
