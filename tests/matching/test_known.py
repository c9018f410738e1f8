"""What lists keep in memory of a post is never used after the post, or what may be known of it, has changed."""

from datetime import UTC, datetime, timedelta

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
from app.matching.queries import known, shelf
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


def test_a_process_that_begins_learns_everybody_newest_first_and_reads_nobody_again(home, monkeypatch):
    monkeypatch.setattr(known, "PART", 15)
    live = sorted(db.session.scalars(select(PostIndex.post_id)), reverse=True)
    ends = [known.learn()]
    while ends[-1] is not None:
        ends.append(known.learn(ends[-1]))
    assert ends == [*live[14::15], None]
    for name in ("whole_offers", "whole_requests"):
        monkeypatch.setattr(known, name, None)
    monkeypatch.setattr(known, "_STANDING", None)
    offers, requests = known.offers_near(near(home), today=TODAY)[1], known.requests_near(near(home, "request"))[1]
    assert len(offers) + len(requests) == len(live)


def test_a_process_learns_no_more_than_memory_holds(home, monkeypatch):
    monkeypatch.setattr(known, "PART", 15)
    monkeypatch.setattr(shelf, "MOST_KEPT", 5)
    assert known.learn() is None


def test_there_is_nothing_to_learn_where_nobody_posted(in_app):
    assert known.learn() is None


def kept(many: int, *, of: int | None = None) -> tuple[shelf.Shelf, np.ndarray]:
    """A shelf on which ``many`` posts were put one by one, in editions of their own number, and those numbers."""
    own, numbers = shelf.Shelf(known._OFFER), np.arange(1, many + 1)
    stand, rows = np.zeros(many, shelf.STAND), np.zeros(many, known._OFFER)
    stand["author_id"], rows["volume"] = numbers, numbers
    for at in np.array_split(np.arange(many), of or 1):
        places = own.stand(numbers[at].tolist(), numbers[at], stand[at])
        own.keep(places, numbers[at], numbers[at], rows[at])
    return own, numbers


def test_the_shelf_is_bounded_and_gives_the_room_of_the_oldest(monkeypatch):
    monkeypatch.setattr(shelf, "MOST_KEPT", 5)
    own, numbers = kept(8, of=8)
    places, stand, found = own.find(numbers.tolist(), numbers)
    assert found.tolist() == [False] * 3 + [True] * 5
    assert stand["author_id"][found].tolist() == [4, 5, 6, 7, 8]
    assert own.rows(places, numbers, numbers)[1].tolist() == found.tolist()


def test_a_shelf_grows_with_what_is_kept():
    own, numbers = kept(3 * shelf._FIRST_ROOM)
    places, stand, found = own.find(numbers.tolist(), numbers)
    rows, whole = own.rows(places, numbers, numbers)
    assert found.all()
    assert whole.all()
    assert (stand["author_id"] == numbers).all()
    assert (rows["volume"] == numbers).all()


def test_a_place_that_another_post_took_meanwhile_gives_nothing_of_that_one(monkeypatch):
    monkeypatch.setattr(shelf, "MOST_KEPT", 5)
    own, numbers = kept(5)
    places, _, found = own.find(numbers.tolist(), numbers)
    assert found.all()
    own.stand([99], np.array([99]), np.zeros(1, shelf.STAND))
    assert own.rows(places, numbers, numbers)[1].tolist() == [False, True, True, True, True]
    own.keep(places, numbers, numbers, np.zeros(5, known._OFFER))
    places, _, _ = own.find([99], np.array([99]))
    assert not own.rows(places, np.array([99]), np.array([99]))[1].any()


def test_another_edition_of_a_post_is_not_found_and_its_row_is_not_whole_until_it_is_read():
    own, numbers = kept(3)
    assert not own.find(numbers.tolist(), numbers + 1)[2].any()
    places = own.stand([2], np.array([7]), np.zeros(1, shelf.STAND))
    assert own.find([2], np.array([7]))[2].all()
    assert not own.rows(places, np.array([2]), np.array([7]))[1].any()
    own.keep(places, np.array([2]), np.array([8]), np.zeros(1, known._OFFER))
    assert not own.rows(places, np.array([2]), np.array([7]))[1].any()


@pytest.mark.parametrize(
    ("column", "value"), [("travel_km", 33.0), ("area_id", None), ("published_at", NOW - timedelta(days=3))]
)
@pytest.mark.parametrize("kind", ["offer", "request"])
def test_a_post_that_stands_elsewhere_is_found_where_it_stands_now(home, kind, column, value):
    moved = int(near(home, kind).post[2])
    value = value or load_catalogue().areas_within(home, 30)[-1]
    with transaction() as session:
        session.execute(update(Post).where(Post.id == moved).values({column: value}))
        keep_index(session, session.get_one(Post, moved))
    warm = near(home, kind)
    known.OFFERS.forget()
    known.REQUESTS.forget()
    cold = near(home, kind)
    assert warm.posts() == cold.posts()
    found = next(each for each in warm.posts() if each.post_id == moved)
    told = {"travel_km": found.travel_km, "area_id": found.area_id, "published_at": found.published}
    assert told[column] == (value.timestamp() if column == "published_at" else value)


def test_a_post_that_left_the_index_while_it_was_looked_up_is_left_out(home):
    found = near(home)
    known.OFFERS.forget()
    db.session.execute(PostIndex.__table__.delete().where(PostIndex.post_id == int(found.post[0])))
    crowd, places = known.standing("offer", found.post, found.edition)
    assert crowd.post.tolist() == found.post[1:].tolist()
    assert len(places) == len(found) - 1


def test_nobody_of_a_closed_account_stands_in_the_index(home):
    assert set(near(home).author.tolist()) <= set(db.session.scalars(select(User.id).where(User.active)))
