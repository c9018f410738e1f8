"""The search by rings finds exactly the nearest, on both databases; the index says what the posts say."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from app.accounts import services as accounts
from app.geo.areas import AreaId
from app.geo.index import place_of
from app.infra import jobs
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.quantities import Kilometres
from app.matching.queries.nearby import Filters, nearest, posts_near
from app.matching.rules.sides import Wish as Asked
from app.posts import services as posts
from app.posts.jobs import REINDEX
from app.posts.models import Post, PostIndex
from app.posts.rules import Fact, Wish
from app.posts.rules.index_bits import offer_bits
from tests.conftest import NOW
from tests.matching.conftest import OFFER, REQUEST, post
from tests.matching.laying import Laid, lay_out

pytestmark = pytest.mark.both_databases
HOME = AreaId(1)
TRAVELS = st.sampled_from([0, 5, 10, 25, 40, 80, 120, 500, 600])


def ids(found) -> list[int]:
    return [near.post_id for near in found]


def compared(home, radius, placed) -> list[int]:
    """Everybody within both radii, nearest first by the chord, ties by id."""
    catalogue = load_catalogue()
    here = place_of(*catalogue.area(home).centre)
    found = []
    for number, (area, travel) in enumerate(placed, 1):
        if catalogue.within(home, area, radius + travel):
            there = place_of(*catalogue.area(area).centre)
            found.append((sum((a - b) * (a - b) for a, b in zip(there, here, strict=True)), number))
    return [number for _, number in sorted(found)]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_nearest_are_those_that_comparing_everybody_finds(in_app, data) -> None:
    catalogue = load_catalogue()
    everywhere = st.integers(1, len(catalogue)).map(AreaId)
    home = data.draw(everywhere)
    around = st.sampled_from(catalogue.areas_within(home, 300))
    placed = data.draw(st.lists(st.tuples(st.just(home) | around | everywhere, TRAVELS), max_size=12))
    radius, count = data.draw(TRAVELS), data.draw(st.integers(1, 8))
    lay_out([Laid(area=area, travel=travel) for area, travel in placed])
    expected = compared(home, radius, placed)
    assert ids(nearest("offer", home, Kilometres(radius), count=count)) == expected[:count]
    assert sorted(ids(posts_near("offer", home, Kilometres(radius)))) == sorted(expected)


def test_more_in_one_area_than_are_read_at_once_come_by_id(in_app) -> None:
    lay_out([Laid(area=HOME, travel=25)] * 60)
    assert ids(nearest("offer", HOME, Kilometres(0), count=50)) == list(range(1, 51))


def test_a_person_with_more_posts_than_are_read_at_once_hides_nobody_else(in_app) -> None:
    lay_out([Laid(area=HOME, travel=25)] * 60)
    with transaction() as session:
        session.execute(update(PostIndex).where(PostIndex.post_id == 60).values(author_id=7))
    assert ids(nearest("offer", HOME, Kilometres(0), count=5, hidden=frozenset({1}))) == [60]


@pytest.mark.parametrize(("short_by", "found"), [(0.0, [1]), (0.001, [])])
def test_where_the_chord_cannot_tell_the_geodesic_decides_and_the_limit_is_included(in_app, short_by, found) -> None:
    catalogue = load_catalogue()
    there = max(catalogue.areas_within(HOME, 100), key=lambda area: catalogue.distance(HOME, area))
    lay_out([Laid(area=there, travel=0)])
    radius = Kilometres(catalogue.distance(HOME, there) - short_by)
    assert ids(nearest("offer", HOME, radius)) == ids(posts_near("offer", HOME, radius)) == found


def test_those_in_reach_of_nobody_change_nothing(in_app) -> None:
    near, far = Laid(area=HOME, travel=10), Laid(area=300_000, travel=600)
    lay_out([near, near])
    alone = ids(nearest("offer", HOME, Kilometres(10)))
    lay_out([near, near, far, far])
    assert ids(nearest("offer", HOME, Kilometres(10))) == alone == [1, 2]


def test_hidden_people_and_the_other_kind_are_not_found(in_app) -> None:
    lay_out([Laid(area=HOME, travel=10), Laid(area=HOME, travel=10, kind="request")])
    assert ids(nearest("request", HOME, Kilometres(10))) == [2]
    assert nearest("offer", HOME, Kilometres(10), hidden=frozenset({1})) == []


DAIRY = Laid(area=HOME, travel=10, facts=(Fact("dairy", "uses"),))
SILENT = Laid(area=HOME, travel=10, volume=300, storage="fridge", published=NOW - timedelta(days=2))


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        pytest.param(Filters(), [1, 2], id="nothing asked"),
        pytest.param(Filters(musts=(Asked("dairy"),)), [2], id="a contradicted must is passed over"),
        pytest.param(Filters(musts=(Asked("dairy"),), accepts_asks=False), [], id="and so is what is to be asked"),
        pytest.param(Filters(least_volume=301), [1], id="too little milk"),
        pytest.param(Filters(least_volume=300), [1, 2], id="just enough milk"),
        pytest.param(Filters(storage=frozenset({"fridge"})), [2], id="only from a fridge"),
        pytest.param(Filters(published_before=NOW), [2], id="on the open map for a while"),
        pytest.param(Filters(pumped_after=NOW.date()), [], id="no pumping day is said"),
    ],
)
def test_filters_hold_inside_the_index(in_app, filters, found) -> None:
    lay_out([DAIRY, SILENT])
    assert ids(nearest("offer", HOME, Kilometres(10), filters=filters)) == found
    assert sorted(ids(posts_near("offer", HOME, Kilometres(10), filters=filters))) == found


def test_an_offer_passes_over_requests_whose_must_it_contradicts(in_app) -> None:
    wish = Wish("dairy", "must")
    lay_out([Laid(area=HOME, travel=10, kind="request", wishes=(wish,)), Laid(area=HOME, travel=10, kind="request")])
    bits = offer_bits(DAIRY.facts, lipase="unknown", storage="freezer", pumped_from=None, pumped_to=None, weekly=False)
    assert ids(nearest("request", HOME, Kilometres(10), filters=Filters(offer_bits=bits))) == [2]


class TestKeeping:
    @pytest.fixture
    def eats_dairy(self, donor):
        return post(donor, OFFER, facts=(Fact("dairy", "uses"),))

    @staticmethod
    def passes() -> bool:
        return bool(nearest("offer", HOME, Kilometres(10), filters=Filters(musts=(Asked("dairy"),))))

    def test_what_is_not_shared_any_more_leaves_the_index_at_once(self, in_app, donor, eats_dairy, now) -> None:
        assert not self.passes()
        accounts.withdraw_consent(donor.identity, "health-share", now=now)
        assert self.passes()
        accounts.give_consent(
            donor.identity, "health-share", text_version="1", text_hash="", language="en", now=now
        )  # fmt: skip
        assert not self.passes()

    def test_what_may_not_be_kept_any_more_leaves_the_index_at_once(self, in_app, donor, eats_dairy, now) -> None:
        accounts.withdraw_consent(donor.identity, "health-collect", now=now)
        assert self.passes()
        assert list(posts.verify_index()) == []

    def test_every_step_of_a_post_leaves_an_index_that_is_true(self, in_app, donor, family, eats_dairy, now) -> None:
        asked = post(family, REQUEST)
        for step in (posts.pause, posts.resume):
            step(donor.identity, eats_dairy, now=now)
            assert list(posts.verify_index()) == []
        posts.withdraw(family.identity, asked, now=now)
        accounts.choose_area(donor.identity, 500, now=now)
        assert list(posts.verify_index()) == []


class TestTheCommand:
    @pytest.fixture
    def run(self, app):
        return lambda *words: app.test_cli_runner().invoke(args=["match", "index", *words])

    @pytest.fixture
    def laid(self, app):
        with app.app_context():
            lay_out([DAIRY, SILENT, SILENT])

    def test_an_index_that_says_what_the_posts_say_passes(self, laid, run) -> None:
        answer = run("verify")
        assert (answer.exit_code, answer.output) == (0, "The index says what the posts say.\n")

    def test_each_difference_is_named_and_no_health_fact_with_it(self, app, laid, run) -> None:
        with app.app_context():
            with transaction() as session:
                session.execute(update(PostIndex).where(PostIndex.post_id == 1).values(bits=0, volume_ml=1))
                session.execute(delete(PostIndex).where(PostIndex.post_id == 2))
                session.execute(update(Post).where(Post.id == 3).values(state="paused"))
            db.session.remove()
        answer = run("verify")
        assert answer.exit_code == 1
        assert answer.output.splitlines()[:3] == ["post 1: bits, volume_ml", "post 2: missing", "post 3: too many"]
        assert "dairy" not in answer.output

    def test_a_rebuilt_index_is_true_again(self, app, laid, run) -> None:
        with app.app_context():
            with transaction() as session:
                session.execute(update(PostIndex).values(bits=0, longitude=7.0))
            db.session.remove()
        assert run("rebuild").output == "3 posts are in the index.\n"
        assert run("verify").exit_code == 0

    def test_the_worker_builds_it_anew_part_by_part_after_an_upgrade(self, app, laid, run, monkeypatch) -> None:
        monkeypatch.setattr("app.posts.services.index.PART", 2)
        with app.app_context():
            with transaction() as session:
                session.execute(update(PostIndex).values(bits=0, longitude=7.0))
                jobs.enqueue(REINDEX, {"first": 1}, now=NOW)
            jobs.run_due(now=NOW)
            assert db.session.scalar(select(func.count()).where(jobs.Job.kind == REINDEX)) == 2
            db.session.remove()
        assert run("verify").exit_code == 0
