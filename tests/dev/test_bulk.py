"""The large invented community for load tests."""

import pytest
from sqlalchemy import func, select

from app.accounts.models import User
from app.dev.demo.bulk import fill
from app.infra.database import db
from app.kernel.access import Identity
from app.matching import queries
from app.posts.models import Offer, Post, PostIndex, Request
from app.posts.queries import own_posts
from tests.conftest import NOW
from tests.people import add_person

pytestmark = pytest.mark.slow


def counted(table) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def stated() -> list[tuple]:
    return db.session.execute(
        select(Post.kind, Post.area_id, Post.travel_km, Post.published_at, Offer.volume_ml, Request.need_ml_per_day)
        .outerjoin(Offer)
        .outerjoin(Request)
        .order_by(Post.id)
    ).all()


def test_as_many_offers_and_requests_are_added_as_were_asked_for_and_all_are_live_and_found(in_app):
    fill(30, 20, seed=1, now=NOW)
    assert (counted(Offer), counted(Request), counted(PostIndex), counted(User)) == (30, 20, 50, 50)


def test_offers_and_requests_are_spread_evenly(in_app):
    fill(8, 2, seed=1, now=NOW)
    kinds = list(db.session.scalars(select(Post.kind).order_by(Post.id)))
    assert kinds[:5].count("request") == kinds[5:].count("request") == 1


def test_the_same_seed_gives_the_same_community_and_another_seed_another(in_app):
    fill(10, 10, seed=7, now=NOW)
    fill(10, 10, seed=7, now=NOW)
    fill(10, 10, seed=8, now=NOW)
    rows = stated()
    assert rows[:20] == rows[20:40]
    assert rows[:20] != rows[40:]


def test_each_post_can_be_judged_and_listed_as_any_other(in_app):
    fill(60, 40, seed=3, now=NOW)
    for row in db.session.execute(select(Post.author_id, Post.public_id)).all():
        actor = Identity(row.author_id)
        assert own_posts(actor)[0].is_complete
        assert queries.matches_for(actor, row.public_id, now=NOW).own.public_id == row.public_id


def test_people_who_were_there_before_keep_their_ids_and_those_who_come_after_get_new_ones(in_app):
    before = add_person("Dana")[0]
    first = fill(3, 2, seed=1, now=NOW)
    after = add_person("Otto")[0]
    assert before < first
    assert after == first + 5


def test_progress_is_told_up_to_the_last_post(in_app):
    heard = []
    fill(2, 1, seed=1, now=NOW, told=heard.append)
    assert heard == [3]


def test_the_command_seeds_the_small_community_once_and_the_large_one_each_time(in_app):
    runner = in_app.test_cli_runner()
    said = runner.invoke(args=["demo", "seed", "--offers", "3", "--requests", "2"]).output
    small = counted(Post) - 5
    again = runner.invoke(args=["demo", "seed", "--offers", "1"]).output
    assert "5 posts by bulk-" in said
    assert "already here" in again
    assert counted(Post) == small + 6
