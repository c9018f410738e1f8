"""What lists keep in memory of a post is never used after the post, or what may be known of it, has changed."""

from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import select, update

from app.accounts.models import User
from app.accounts.rules.consents import Purpose
from app.accounts.services import withdraw_consent
from app.geo.areas import AreaId
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.matching.queries import known
from app.matching.queries.nearby import crowd_near
from app.posts.models import Offer, Post, PostFact, PostIndex
from app.posts.queries import whole_offers, whole_requests
from app.posts.services.index import keep_index
from tests.bench.community import NOW, add_posts
from tests.matching.conftest import place

TODAY = NOW.date()


@pytest.fixture
def home(in_app):
    """A town with forty posts around it."""
    home = AreaId(place("Sacramento, CA"))
    known.OFFERS.forget()
    known.REQUESTS.forget()
    add_posts(40, seed=4, areas=load_catalogue().areas_within(home, 30))
    return home


def near(home, kind="offer"):
    return crowd_near(kind, home, 200.0)


@pytest.mark.parametrize(
    ("kind", "read"), [("offer", whole_offers), ("request", whole_requests)], ids=["offers", "requests"]
)
def test_the_index_tells_the_edition_that_a_reader_finds(home, kind, read):
    some = near(home, kind).posts()
    assert {post_id: each.edition for post_id, each in read(some).items()} == {
        each.post_id: each.edition for each in some
    }
    assert len({each.edition for each in some}) > len(some) / 2


def test_what_was_read_once_is_not_read_again(home, monkeypatch):
    known.offers_near(near(home), today=TODAY)
    known.requests_near(near(home, "request"))
    monkeypatch.setattr(known, "whole_offers", None)
    monkeypatch.setattr(known, "whole_requests", None)
    _, offers = known.offers_near(near(home), today=TODAY)
    _, requests = known.requests_near(near(home, "request"))
    assert len(offers) == len(near(home))
    assert len(requests) == len(near(home, "request"))


def test_a_changed_offer_is_read_anew(home):
    known.offers_near(near(home), today=TODAY)
    changed = int(near(home).post[3])
    with transaction() as session:
        session.execute(update(Offer).where(Offer.post_id == changed).values(after_loss=True, smallest_handoff_ml=777))
        keep_index(session, session.get_one(Post, changed))
    stand, offers = known.offers_near(near(home), today=TODAY)
    at = stand.post.tolist().index(changed)
    assert (offers.smallest[at], bool(offers.after_loss[at])) == (777, True)


def test_health_facts_are_forgotten_with_the_consent_to_share_them(home):
    donors = dict(db.session.execute(select(Post.id, Post.author_id).join(PostFact, PostFact.post_id == Post.id)).all())
    stand, offers = known.offers_near(near(home), today=TODAY)
    stated = {post: offers.side(at).milk.stated for at, post in enumerate(stand.post.tolist())}
    silent = next(post for post, facts in stated.items() if facts and post in donors)
    withdraw_consent(Identity(donors[silent]), Purpose.HEALTH_SHARE, now=datetime.now(UTC))
    stand, offers = known.offers_near(near(home), today=TODAY)
    left = {post: offers.side(at).milk.stated for at, post in enumerate(stand.post.tolist())}
    assert left.get(silent, {}) == {}
    assert any(left.values())


def test_an_edition_the_index_does_not_know_is_read_each_time_and_still_right(home):
    expected = [known.offers_near(near(home), today=TODAY)[1].side(at) for at in range(len(near(home)))]
    db.session.execute(update(PostIndex).values(edition=0))
    for _ in range(2):
        _, offers = known.offers_near(near(home), today=TODAY)
        assert [offers.side(at) for at in range(len(offers))] == expected


def test_an_offer_that_ended_meanwhile_is_left_out(home):
    some = near(home)
    gone = int(some.post[0])
    db.session.execute(PostFact.__table__.delete().where(PostFact.post_id == gone))
    db.session.execute(Offer.__table__.delete().where(Offer.post_id == gone))
    stand, offers = known.offers_near(some, today=TODAY)
    assert gone not in stand.post
    assert len(offers) == len(some) - 1


def test_the_shelf_is_bounded_and_gives_the_room_of_the_oldest(home, monkeypatch):
    monkeypatch.setattr(known, "MOST_KEPT", 5)
    shelf = known.Shelf(known._OFFER)
    some = near(home).posts()[:8]
    posts = list(whole_offers(some).values())
    for each in posts:
        shelf.keep([each.post.id], [each.edition], known._offer_rows([each]))
    kept = [shelf.find([each.post.id], np.array([each.edition]))[1].all() for each in posts]
    assert kept == [False] * 3 + [True] * 5


def test_a_shelf_grows_with_what_is_kept(home, monkeypatch):
    shelf = known.Shelf(known._OFFER)
    row = known._offer_rows(list(whole_offers(near(home).posts()[:1]).values()))
    many = range(1, 3 * known._FIRST_ROOM)
    shelf.keep(many, many, np.repeat(row, len(many)))
    rows, found = shelf.find(list(many), np.array(many))
    assert found.all()
    assert (rows == row).all()


def test_nobody_of_a_closed_account_stands_in_the_index(home):
    assert set(near(home).author.tolist()) <= set(db.session.scalars(select(User.id).where(User.active)))
