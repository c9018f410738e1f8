"""Search and matches on generated communities, against reading every post there is and comparing it plainly."""

import pytest
from sqlalchemy import select

from app.accounts.models import User
from app.geo.areas import AreaId
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.kernel.access import Identity
from app.matching import queries
from app.matching.queries import candidates
from app.matching.queries.sides import milk_of, pair_of
from app.matching.rules.fit import fit
from app.matching.rules.reasons import asks_on_card, reasons
from app.matching.rules.sides import Strength, Wish, Wishes
from app.posts.models import Post
from app.posts.queries import posts_by_id
from tests.bench.community import NOW, add_posts
from tests.matching.conftest import place

pytestmark = pytest.mark.slow

MANY = 150
NOBODY = Identity(10**6)
MUSTS = (Wish("dairy", Strength.MUST, 14), Wish("medicines", Strength.MUST), Wish("caffeine", Strength.PREFER))


@pytest.fixture(params=[1, 2, 3])
def everybody(request, in_app) -> list:
    """Every post of a generated community around Sacramento whose author is still a member."""
    near = load_catalogue().areas_within(AreaId(place("Sacramento, CA")), 70)
    add_posts(MANY, seed=request.param, areas=[near[(each * 97 + request.param) % len(near)] for each in range(MANY)])
    members = set(db.session.scalars(select(User.id).where(User.active)))
    posts = posts_by_id(db.session.scalars(select(Post.id)).all()).values()
    return [post for post in posts if post.author_id in members]


def order(post, seen_from):
    return load_catalogue().band(seen_from, post.area_id).order, -post.published_at.timestamp(), post.id


def in_reach(everybody, kind, area, radius):
    within = load_catalogue().within
    found = [post for post in everybody if post.kind == kind and within(area, post.area_id, radius + post.travel_km)]
    return sorted(found, key=lambda post: order(post, area))


def all_pages(**asked) -> list:
    first = queries.search_nearby(NOBODY, now=NOW, **asked)
    rest = [queries.search_nearby(NOBODY, now=NOW, page=page, **asked) for page in range(2, first.pages + 1)]
    matches = [match for found in (first, *rest) for match in found.matches]
    assert first.total == len(matches)
    return matches


@pytest.mark.parametrize("kind", ["offer", "request"])
@pytest.mark.parametrize("radius", [0, 25, 60])
def test_a_search_lists_exactly_those_in_reach_in_the_promised_order(everybody, kind, radius):
    for area in {post.area_id for post in everybody[:5]}:
        expected = [post.public_id for post in in_reach(everybody, kind, area, radius)]
        assert [match.card.public_id for match in all_pages(area=area, radius=radius, kind=kind)] == expected


def test_filters_leave_exactly_those_that_no_must_contradicts(everybody):
    listed = 0
    for area in {post.area_id for post in everybody[:5]}:
        near = in_reach(everybody, "offer", area, 60)
        judged = [
            (post, fit(milk_of(post, post.offer, today=NOW.date()), Wishes(MUSTS), today=NOW.date())) for post in near
        ]
        left = [(post, answers) for post, answers in judged if not answers.impossible]
        left.sort(key=lambda one: (order(one[0], area)[0], len(asks_on_card(one[1])), order(one[0], area)))
        found = all_pages(area=area, radius=60, kind="offer", wishes=MUSTS)
        assert [(match.card.public_id, match.asks) for match in found] == [
            (post.public_id, asks_on_card(answers)) for post, answers in left
        ]
        listed += len(found)
        assert len(left) < len(near)
    assert listed


@pytest.mark.parametrize("looked_up", [candidates._LOOKED_UP, 0])
def test_matches_are_the_best_of_all_pairs_there_are(everybody, monkeypatch, looked_up):
    monkeypatch.setattr(candidates, "_LOOKED_UP", looked_up)
    compared = 0
    for own in everybody:
        offering = own.offer is not None
        others = [other for other in everybody if other.kind != own.kind]
        pairs = [(each, pair_of(*((own, each) if offering else (each, own)), now=NOW)) for each in others]
        fitting = [(other, pair) for other, pair in pairs if pair.verdict.feasible]
        fitting.sort(key=lambda one: (-one[1].points.total, one[0].id))
        found = queries.matches_for(Identity(own.author_id), own.public_id, now=NOW)
        expected = [
            (other.public_id, reasons(pair.offer, pair.request, pair.meeting, pair.fit, pair.points))
            for other, pair in fitting[:25]
        ]
        if own.request is not None and own.request.immediate_allergy:
            assert found.only_search
            expected = []
        assert [(match.card.public_id, match.reasons) for match in found.matches] == expected
        compared += len(expected)
    assert compared > MANY
