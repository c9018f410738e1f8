"""A vaccination may be told and read in the disclosure; nothing else the site does depends on it."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from app.infra.database import db
from app.kernel.errors import Invalid
from app.matching import queries
from app.matching.plan.diet import read_facts, read_wishes
from app.matching.plan.problems import CellError
from app.matching.queries.sides import pair_of
from app.matching.rules.many import offer_columns
from app.posts import queries as posts
from app.posts import services
from app.posts.models import PostIndex
from app.posts.rules import Fact, Wish, index_bits
from tests.conftest import NOW
from tests.matching.generated import PAIRS
from tests.posts.drafts import OFFER, REQUEST

TODAY = NOW.date()
TOLD = st.builds(
    Fact, st.just("vaccination"), st.sampled_from(["avoids", "uses", "unknown"]),
    st.none() | st.integers(0, 400).map(lambda days: TODAY - timedelta(days=days)),
)  # fmt: skip


@pytest.fixture
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@given(told=TOLD, stated=st.lists(st.sampled_from([Fact("dairy", "avoids", TODAY), Fact("egg", "uses")]), unique=True))
def test_the_bits_of_the_index_do_not_know_it(told, stated) -> None:
    def bits(facts):
        return index_bits.offer_bits(
            facts, lipase="unknown", storage="freezer", pumped_from=TODAY, pumped_to=None, weekly=False
        )

    assert bits([*stated, told]) == bits(stated)


@given(one=PAIRS, told=TOLD)
def test_the_columns_of_large_rounds_have_no_place_for_it(one, told) -> None:
    milk = replace(one.offer.milk, lipase="unknown")
    telling = replace(milk, stated={**milk.stated, "vaccination": told})
    silent, spoken = (offer_columns([replace(one.offer, milk=each)], [1]).facts for each in (milk, telling))
    assert all(
        np.array_equal(getattr(silent, column), getattr(spoken, column))
        for column in ("start", "key", "state", "since", "level")
    )


@pytest.mark.parametrize("state", ["avoids", "uses", "unknown"])
def test_fit_verdict_and_points_of_a_pair_are_the_same_with_it(in_app, today, donor, family, state) -> None:
    offer = services.submit_new(donor.identity, OFFER, submit_token="t", now=NOW)
    request = services.submit_new(family.identity, REQUEST, submit_token="t", now=NOW)
    giving, asking = posts.post_by_public_id(offer), posts.post_by_public_id(request)
    telling = replace(giving, facts=(*giving.facts, Fact("vaccination", state, TODAY)))
    assert pair_of(telling, asking, now=NOW) == pair_of(giving, asking, now=NOW)


@pytest.mark.both_databases
def test_it_stands_in_the_disclosure_and_on_no_card(in_app, today, donor, family) -> None:
    silent = services.submit_new(donor.identity, OFFER, submit_token="a", now=NOW)
    request = services.submit_new(family.identity, REQUEST, submit_token="t", now=NOW)
    [before] = queries.matches_for(family.identity, request, now=NOW).matches
    bits = db.session.scalars(db.select(PostIndex.bits).order_by(PostIndex.post_id)).first()
    telling = replace(OFFER, facts=(*OFFER.facts, Fact("vaccination", "uses", TODAY)))
    version = posts.own_post(donor.identity, silent).version
    services.edit(donor.identity, silent, telling, version=version, now=NOW)
    [after] = queries.matches_for(family.identity, request, now=NOW).matches
    assert after == before
    assert db.session.scalars(db.select(PostIndex.bits).order_by(PostIndex.post_id)).first() == bits
    seen = queries.pair(family.identity, silent, request, now=NOW)
    assert Fact("vaccination", "uses", TODAY) in seen.facts
    assert not [each for each in seen.fit.meets + seen.fit.asks if each.wish.attribute == "vaccination"]


@pytest.mark.parametrize("strength", ["must", "prefer"])
def test_no_family_can_make_it_a_wish(in_app, today, family, strength) -> None:
    asking = replace(REQUEST, wishes=(Wish("vaccination", strength),))
    with pytest.raises(Invalid) as refused:
        services.submit_new(family.identity, asking, submit_token="t", now=NOW)
    assert set(refused.value.fields) == {"wishes"}


def test_a_plan_passes_over_the_fact_and_refuses_the_wish() -> None:
    said = {"dairy": {"state": "uses"}, "Vaccinations": {"state": "whatever the column says"}}
    assert read_facts(json.dumps(said)) == read_facts(json.dumps({"dairy": {"state": "uses"}}))
    for cells in (("vaccination", ""), ("", "vaccination")):
        with pytest.raises(CellError):
            read_wishes(*cells, "", "", "")


def test_a_donor_tells_of_it_in_the_form_and_a_family_reads_it_in_plain_words(app, sign_in, donor, family, clock):
    with app.test_request_context():
        offer = services.submit_new(donor.identity, OFFER, submit_token="t", now=clock)
        request = services.submit_new(family.identity, REQUEST, submit_token="t", now=clock)
    form = sign_in(donor).get(f"/posts/{offer}/edit").text
    assert 'name="facts-vaccination-state"' in form
    assert "Vaccinations: only if you like" in form
    with app.test_request_context():
        version = posts.own_post(donor.identity, offer).version
        telling = replace(OFFER, facts=(*OFFER.facts, Fact("vaccination", "uses", TODAY)))
        services.edit(donor.identity, offer, telling, version=version, now=clock)
    client = sign_in(family)
    assert "donor reports vaccinations, the last on" in client.get(f"/matches/pair/{offer}/{request}").text
    for address in (f"/matches/{request}", f"/posts/{offer}", f"/search?from={request}"):
        assert "accination" not in client.get(address).text
    assert 'name="wishes-vaccination' not in client.get(f"/posts/{request}/edit").text
