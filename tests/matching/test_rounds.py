"""Rounds: what is put before whom, what a family sees, and what a quiet no does."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.infra.database import db
from app.matching import queries, services
from app.matching.models import Proposal

pytestmark = [pytest.mark.usefixtures("in_app"), pytest.mark.both_databases]


def shown_to(family, asked, now) -> list[str]:
    db.session.rollback()
    return [match.card.public_id for match in queries.page_of_request(family.identity, asked, now=now).shown]


def states() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Proposal.state).order_by(Proposal.id)))


class TestAFullRound:
    def test_a_fitting_offer_stands_on_the_family_s_page(self, family, offer, request_id, now):
        result = services.run_round(now=now)
        assert (result.offers, result.requests, result.chosen) == (1, 1, 1)
        assert shown_to(family, request_id, now) == [offer]

    def test_held_twice_in_its_six_hours_it_does_nothing_the_second_time(self, offer, request_id, now):
        first = services.run_round(now=now)
        again = services.run_round(now=now + timedelta(minutes=5))
        assert again.repeated
        assert (again.round_id, again.digest) == (first.round_id, first.digest)
