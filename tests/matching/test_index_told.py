"""Families that do not ask, about several things at once, are served from the offers that tell: nobody is lost."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app.geo.areas import AreaId
from app.geo.index import place_of
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.quantities import Kilometres
from app.matching.queries.index_rows import Reader
from app.matching.queries.nearby import Filters, nearest, posts_near
from app.matching.rules.sides import Strength
from app.matching.rules.sides import Wish as Asked
from app.posts import services as posts
from app.posts.models import PostIndex
from app.posts.rules import Fact, Wish
from app.posts.rules.index_bits import ASKING, told_of
from tests.conftest import NOW
from tests.matching.conftest import OFFER, post
from tests.matching.laying import Laid, lay_out

HOME = AreaId(1)
KEYS = ("dairy", "soy", "fish", "medicines")
FACTS = st.lists(
    st.builds(Fact, st.sampled_from(KEYS), st.sampled_from(("avoids",) * 4 + ("uses", "unknown")), st.just(NOW.date())),
    min_size=4, max_size=4, unique_by=lambda fact: fact.attribute,
)  # fmt: skip
MUSTS = st.lists(st.builds(Asked, st.sampled_from(KEYS)), min_size=2, max_size=3, unique_by=lambda wish: wish.attribute)


def ids(found) -> list[int]:
    return [near.post_id for near in found]


def everybody(kind, home, radius, mask) -> list[int]:
    """Whose bits pass, of all rows there are, nearest first by the chord, ties by id."""
    catalogue = load_catalogue()
    here = place_of(*catalogue.area(home).centre)
    found = []
    for row in db.session.scalars(select(PostIndex)):
        is_offer = row.strip < 2 << 20
        met = catalogue.within(home, AreaId(row.area_id), radius + row.travel_km)
        if met and is_offer == (kind == "offer") and not row.bits & mask:
            there = (row.x, row.y, row.z)
            found.append((sum((a - b) * (a - b) for a, b in zip(there, here, strict=True)), row.post_id))
    return [number for _, number in sorted(found)]


@pytest.mark.both_databases
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_a_strict_family_finds_is_what_comparing_everybody_finds(in_app, data) -> None:
    near = load_catalogue().areas_within(HOME, 120)
    around = st.sampled_from(
        [HOME, HOME, *sorted(near, key=lambda area: load_catalogue().distance(HOME, area))[:3], near[-1]]
    )
    offers = st.builds(
        Laid, area=around, travel=st.sampled_from([0, 40, 120, 500]), facts=FACTS.map(tuple),
        pumped=st.sampled_from([None, *[NOW.date()] * 3]),
    )  # fmt: skip
    asking = st.builds(
        Laid, area=st.just(HOME), travel=st.just(25), kind=st.just("request"), accepts_asks=st.booleans(),
        wishes=MUSTS.map(lambda wishes: tuple(Wish(each.attribute, "must") for each in wishes)),
    )  # fmt: skip
    lay_out(data.draw(st.lists(offers | offers | asking, min_size=3, max_size=14)))
    accepts_asks = data.draw(st.sampled_from([True, False, False, False]))
    filters = Filters(musts=tuple(data.draw(MUSTS)), accepts_asks=accepts_asks)
    kind = data.draw(st.sampled_from(["offer", "offer", "offer", "request"]))
    radius, count = Kilometres(data.draw(st.sampled_from([0, 25, 80]))), data.draw(st.integers(1, 6))
    expected = everybody(kind, HOME, radius, filters.mask)
    event(f"told {told_of(filters.mask) is not None}, found {bool(expected)}")
    assert ids(nearest(kind, HOME, radius, count=count, filters=filters)) == expected[:count]
    assert sorted(ids(posts_near(kind, HOME, radius, filters=filters))) == sorted(expected)


@pytest.mark.both_databases
@pytest.mark.parametrize("pair", [*pairwise(ASKING), ("herbal", "dairy")], ids="-".join)
def test_every_attribute_has_an_index_that_the_search_is_given(in_app, pair) -> None:
    """SQLite refuses a search that names an index which cannot serve it."""
    lay_out([Laid(area=HOME, travel=10)] * 3)
    with transaction() as session:
        session.execute(update(PostIndex).where(PostIndex.post_id == 2).values(bits=0))
        session.execute(update(PostIndex).where(PostIndex.post_id == 3).values(bits=ASKING[pair[0]]))
    filters = Filters(musts=tuple(Asked(key) for key in pair), accepts_asks=False)
    assert ids(nearest("offer", HOME, Kilometres(10), filters=filters)) == [2]
    assert ids(posts_near("offer", HOME, Kilometres(10), filters=filters)) == [2]
    assert told_of(filters.mask) in pair


@pytest.mark.both_databases
def test_the_tables_have_the_indexes_of_the_models(in_app) -> None:
    """The migration wrote the numbers of the bits down; should one differ, PostgreSQL would silently not use it."""
    if db.engine.dialect.name == "sqlite":
        made = "SELECT name, sql FROM sqlite_master WHERE name LIKE 'ix_post_index_told_%'"
    else:
        made = "SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE 'ix_post_index_told_%'"
    found = {name.removeprefix("ix_post_index_told_"): sql for name, sql in db.session.execute(text(made))}
    assert found.keys() == ASKING.keys()
    assert all(re.search(rf"& ['(]?{bit}\b", found[key]) for key, bit in ASKING.items())


@pytest.mark.both_databases
def test_a_search_that_the_database_refuses_fails_as_every_statement_does(in_app) -> None:
    with pytest.raises(DBAPIError):
        Reader.of_this_transaction().run("SELECT nothing_of_this_name", ())
    db.session.rollback()


@pytest.mark.parametrize(
    ("musts", "accepts_asks", "told"),
    [
        pytest.param(["dairy", "soy"], False, "soy", id="of two the one that is more seldom told"),
        pytest.param(["herbal", "dairy", "soy"], False, "herbal", id="of three too"),
        pytest.param(["dairy"], False, None, id="of those who tell one thing alone too many pass"),
        pytest.param(["dairy", "soy"], True, None, id="a family that asks is served by all"),
        pytest.param(["milk_age", "dairy"], False, None, id="the age of milk stands in no index"),
        pytest.param([], False, None, id="nothing is asked"),
    ],
)
def test_only_a_family_that_does_not_ask_about_two_things_looks_among_those_who_tell(musts, accepts_asks, told) -> None:
    wishes = tuple(Asked(key, Strength.MUST) for key in musts)
    assert told_of(Filters(musts=wishes, accepts_asks=accepts_asks).mask) == told


def test_a_fact_that_is_told_later_is_found_at_once(in_app, donor) -> None:
    filters = Filters(musts=(Asked("dairy"), Asked("soy")), accepts_asks=False)
    told = tuple(Fact(key, "avoids", NOW.date()) for key in ("dairy", "soy"))
    post(donor, OFFER)
    assert ids(nearest("offer", HOME, Kilometres(10), filters=filters)) == []
    post(donor, replace(OFFER, pumped_from=NOW.date(), pumped_to=NOW.date()), facts=told)
    assert len(nearest("offer", HOME, Kilometres(10), filters=filters)) == 1
    assert list(posts.verify_index()) == []
