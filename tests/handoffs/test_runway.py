"""How long a family's milk lasts: a day and a band, from what it said, what it drinks and what is agreed to come."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from app.handoffs import queries, services
from app.handoffs.models import HandoffChange
from app.handoffs.next_steps import next_steps
from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.runway import FARTHEST, Delivery, Standing, Stock, runway, standing_of
from app.handoffs.rules.states import CancelReason
from app.infra.database import db
from app.kernel.errors import Conflict, Invalid, NotFound
from app.matching.services import is_urgent
from app.posts import queries as post_queries
from app.posts import services as posts
from app.posts.events import PostEdited, PostPublished
from app.posts.models import Post, Request
from app.posts.rules import PostState
from tests.conftest import NOW
from tests.handoffs.factories import DAY, HOUR, agreed, talk
from tests.handoffs.test_after import withdrawn
from tests.posts.drafts import REQUEST

SAID = Stock(1200, NOW, 600)
"""Two days of milk, said now."""


def coming(days, volume, standing=Standing.AGREED):
    return Delivery(NOW + days * DAY, volume, standing)


def lasts(stock, *deliveries, now=NOW):
    """Days until the milk runs out: at the earliest, most likely, at the latest."""
    found = runway(stock, deliveries, now=now)
    return tuple(round((moment - now) / DAY, 2) for moment in (found.earliest, found.runs_out, found.latest))


@pytest.mark.parametrize(
    ("stock", "deliveries", "now", "days"),
    [
        (SAID, [], NOW, (1.66, 2.0, 2.5)),
        (SAID, [], NOW + DAY, (0.66, 1.0, 1.5)),
        (SAID, [], NOW + 9 * DAY, (0, 0, 0)),
        (replace(SAID, stated=0), [], NOW, (0, 0, 0)),
        (SAID, [coming(1, 600)], NOW, (2.5, 3.0, 3.75)),
        (SAID, [coming(5, 6000)], NOW, (1.66, 2.0, 2.5)),
        (SAID, [coming(2, 600)], NOW, (1.66, 3.0, 3.75)),
        (SAID, [coming(1, 600), coming(3, 600)], NOW, (2.5, 4.0, 5.0)),
        (SAID, [coming(-1, 600, Standing.LATE)], NOW, (1.66, 3.0, 3.75)),
        (SAID, [coming(0.5, 600, Standing.RECEIVED)], NOW + DAY, (1.5, 2.0, 2.75)),
        (SAID, [coming(-1, 600, Standing.RECEIVED)], NOW, (1.66, 2.0, 2.5)),
        (Stock(60_000, NOW, 30), [], NOW, (366, 366, 366)),
    ],
    ids=[
        "what is there, by the need", "a day later a day less", "long used up", "nothing", "milk before it runs out",
        "milk after a gap feeds nobody in it", "milk in the very hour", "two in a row", "late milk widens the band",
        "milk that came adds up", "milk from before the count is in it", "never more than a year",
    ],
)  # fmt: skip
def test_the_day_it_runs_out_and_its_band(stock, deliveries, now, days):
    assert lasts(stock, *deliveries, now=now) == pytest.approx(days, abs=0.02)


deliveries = st.lists(
    st.builds(
        Delivery,
        st.integers(-20 * 24, 60 * 24).map(lambda hours: NOW + timedelta(hours=hours)),
        st.integers(1, 20_000),
        st.sampled_from(Standing),
    ),
    max_size=6,
)
stocks = st.builds(
    Stock, st.integers(0, 60_000), st.integers(0, 40 * 24).map(lambda hours: NOW - timedelta(hours=hours)),
    st.integers(30, 3000),
)  # fmt: skip


def ends(stock, came):
    found = runway(stock, came, now=NOW)
    return found.earliest, found.runs_out, found.latest


@given(stocks, deliveries)
def test_the_band_holds_the_day_and_no_day_is_past_or_too_far(stock, came):
    earliest, runs_out, latest = ends(stock, came)
    assert NOW <= earliest <= runs_out <= latest <= NOW + FARTHEST


@given(stocks, deliveries, st.integers(1, 5000))
def test_more_at_home_never_runs_out_sooner(stock, came, more):
    richer = ends(replace(stock, stated=stock.stated + more), came)
    assert all(later >= sooner for sooner, later in zip(ends(stock, came), richer, strict=True))


@given(stocks, deliveries, deliveries.filter(bool))
def test_more_that_comes_never_runs_out_sooner(stock, came, further):
    assert all(
        later >= sooner
        for sooner, later in zip(ends(stock, came), ends(stock, [*came, further[0]]), strict=True)
    )  # fmt: skip


@given(stocks, deliveries, st.integers(1, 2000))
def test_a_greater_need_never_lasts_longer(stock, came, more):
    hungrier = ends(replace(stock, need_per_day=stock.need_per_day + more), came)
    assert all(sooner <= later for sooner, later in zip(hungrier, ends(stock, came), strict=True))


@given(stocks, deliveries)
def test_without_what_is_still_to_come_it_never_lasts_longer(stock, came):
    found = runway(stock, came, now=NOW)
    assert (found.without is None) == all(one.standing is Standing.RECEIVED for one in came)
    assert found.without is None or found.without <= found.runs_out


@pytest.mark.parametrize(
    ("stated", "short"), [(0, True), (1799, True), (1800, False), (6000, False)]
)  # fmt: skip
def test_below_three_days_a_bridge_is_offered(stated, short):
    assert runway(replace(SAID, stated=stated), [], now=NOW).is_short is short


@pytest.mark.parametrize(("minutes", "standing"), [(-1, Standing.AGREED), (0, Standing.LATE), (1, Standing.LATE)])
def test_milk_is_late_from_the_end_of_its_window_on(minutes, standing):
    assert standing_of(NOW, now=NOW + timedelta(minutes=minutes)) is standing


def milk(pair, now=NOW):
    db.session.rollback()
    return queries.runway_for(pair.family.identity, pair.request_public_id, now=now)


def days(pair, now=NOW):
    return round((milk(pair, now).reckoned.runs_out - now) / DAY, 2)


def heard(monkeypatch):
    """The events about posts from now on."""
    found = []
    record = posts.stock.event_bus.record
    monkeypatch.setattr("app.infra.event_bus.record", lambda event: (found.append(event), record(event)))
    return found


@pytest.mark.usefixtures("in_app")
@pytest.mark.both_databases
class TestTheRunwayOfARequest:
    """The request of the cast says 500 ml at home and 600 ml a day."""

    def test_it_begins_with_what_the_request_says(self, pair):
        assert days(pair) == 0.83
        assert milk(pair).said == NOW

    def test_a_proposal_counts_only_once_it_is_agreed(self, pair):
        services.propose(
            pair.family.identity, pair.public_id, services.planning.HandoffDraft(600, NOW + 6 * HOUR, NOW + 12 * HOUR),
            now=NOW,
        )  # fmt: skip
        assert days(pair) == 0.83

    def test_agreed_milk_counts_from_the_end_of_its_window(self, pair):
        public_id = agreed(pair, volume_ml=600, start=NOW + 6 * HOUR)
        assert days(pair) == 1.83
        (one,) = milk(pair).coming
        assert (one.handoff_public_id, one.donor_name, one.volume, one.late, one.weekly) == (
            public_id, "Dana", 600, False, False,
        )  # fmt: skip

    def test_late_milk_is_named_so_and_widens_the_band_downwards(self, pair):
        agreed(pair, volume_ml=600, start=NOW + 6 * HOUR)
        later = NOW + 9 * HOUR
        found = milk(pair, later)
        assert found.coming[0].late
        assert found.reckoned.runs_out - found.reckoned.earliest > DAY

    def test_milk_that_fell_through_counts_no_more(self, pair):
        public_id = agreed(pair, volume_ml=600, start=NOW + 6 * HOUR)
        services.cancel(pair.donor.identity, public_id, reason=CancelReason.UNSAID, now=NOW)
        assert days(pair) == 0.83
        assert milk(pair).coming == ()

    def test_what_the_family_received_counts_and_not_what_was_planned(self, pair):
        public_id = agreed(pair, volume_ml=600, start=NOW + HOUR)
        met = NOW + 2 * HOUR
        services.confirm(pair.family.identity, public_id, amount_ml=300, condition=Condition.COLD, now=met)
        assert milk(pair, met).coming == ()
        assert days(pair, met) == round((500 - 50 + 300) / 600, 2)
        services.confirm(pair.donor.identity, public_id, amount_ml=310, condition=None, now=met)
        assert days(pair, met) == round((500 - 50 + 300) / 600, 2)

    def test_a_handoff_from_before_meetings_were_written_down_came_by_its_confirmation(self, pair):
        public_id = agreed(pair, volume_ml=600, start=NOW + HOUR)
        met = NOW + 2 * HOUR
        for who, arrived in ((pair.donor, None), (pair.family, Condition.COLD)):
            services.confirm(who.identity, public_id, amount_ml=600, condition=arrived, now=met)
        with services.planning.transaction() as session:
            session.query(HandoffChange).filter_by(new_state="met").delete()
        assert days(pair, met) == round((500 - 50 + 600) / 600, 2)

    def test_milk_that_was_withdrawn_feeds_nobody(self, pair):
        public_id = agreed(pair, volume_ml=600, start=NOW + HOUR)
        met = NOW + 2 * HOUR
        services.confirm(pair.family.identity, public_id, amount_ml=600, condition=Condition.COLD, now=met)
        assert days(pair, met) == round((500 - 50 + 600) / 600, 2)
        withdrawn(public_id, 400)
        assert days(pair, met) == round((500 - 50 + 200) / 600, 2)

    def test_a_later_count_of_what_is_at_home_has_the_milk_in_it(self, pair):
        public_id = agreed(pair, volume_ml=600, start=NOW + HOUR)
        services.confirm(pair.family.identity, public_id, amount_ml=600, condition=Condition.COLD, now=NOW + 2 * HOUR)
        posts.restock(pair.family.identity, pair.request_public_id, 900, now=NOW + 4 * HOUR)
        assert days(pair, NOW + 4 * HOUR) == 1.5

    def test_of_a_weekly_donor_only_what_is_agreed_counts(self, donor, family):
        where = talk(donor, family, weekly=True, volume_ml=1000)
        agreed(where, volume_ml=600, start=NOW + 6 * HOUR)
        assert milk(where).is_weekly
        assert days(where) == 1.83

    def test_renewing_or_editing_something_else_does_not_refill_the_freezer(self, pair):
        posts.renew(pair.family.identity, pair.request_public_id, now=NOW + 10 * HOUR)
        own = post_queries.own_post(pair.family.identity, pair.request_public_id)
        draft = replace(post_queries.draft_of(own), travel_km=25)
        posts.edit(pair.family.identity, pair.request_public_id, draft, version=own.version, now=NOW + 10 * HOUR)
        assert milk(pair, NOW + 10 * HOUR).said == NOW
        assert days(pair, NOW + 10 * HOUR) == 0.42
        posts.edit(
            pair.family.identity, pair.request_public_id, replace(draft, stock_ml=1200), version=own.version + 1,
            now=NOW + 10 * HOUR,
        )  # fmt: skip
        assert days(pair, NOW + 10 * HOUR) == 2.0

    def test_a_request_from_before_this_was_kept_counts_from_its_last_change(self, pair):
        with services.planning.transaction() as session:
            session.get(Request, pair.request_id).stock_said_at = None
        assert milk(pair).said == NOW

    @pytest.mark.parametrize("who", ["donor", "stranger"])
    def test_nobody_else_finds_it(self, pair, stranger, who):
        actor = pair.donor if who == "donor" else stranger
        with pytest.raises(NotFound):
            queries.runway_for(actor.identity, pair.request_public_id, now=NOW)
        assert queries.runway_of(actor.identity, pair.request_public_id, now=NOW) is None

    def test_an_offer_has_none_and_a_request_that_was_taken_back_neither(self, pair):
        assert queries.runway_of(pair.donor.identity, pair.offer_public_id, now=NOW) is None
        posts.withdraw(pair.family.identity, pair.request_public_id, now=NOW)
        assert queries.runway_of(pair.family.identity, pair.request_public_id, now=NOW) is None
        assert queries.short_runways(pair.family.identity, now=NOW) == []

    def test_the_desk_says_so_when_it_became_short_and_not_to_a_family_that_asked_with_nothing(self, app, pair):
        def said(now):
            with app.test_request_context():
                return [step.path for step in next_steps(pair.family.identity, now) if "runway" in step.path]

        assert said(NOW) == []
        agreed(pair, volume_ml=600, start=NOW + 6 * HOUR)
        assert said(NOW) == [f"/posts/{pair.request_public_id}/runway"]
        posts.restock(pair.family.identity, pair.request_public_id, 6000, now=NOW)
        assert said(NOW) == []
        assert said(NOW + 9 * DAY) == [f"/posts/{pair.request_public_id}/runway"]


@pytest.mark.usefixtures("in_app")
@pytest.mark.both_databases
class TestStockAndBridge:
    @pytest.mark.parametrize("amount", [0, 1, 60_000])
    def test_what_is_at_home_counts_from_now_on(self, pair, amount):
        posts.restock(pair.family.identity, pair.request_public_id, amount, now=NOW + DAY)
        assert milk(pair, NOW + DAY).reckoned.left == amount
        assert is_urgent(pair.request_id, now=NOW + DAY) is (amount < 1800)

    @pytest.mark.parametrize("amount", [-1, 60_001])
    def test_an_amount_that_cannot_be_is_refused_and_nothing_is_kept(self, pair, amount):
        with pytest.raises(Invalid) as refused:
            posts.restock(pair.family.identity, pair.request_public_id, amount, now=NOW + DAY)
        assert set(refused.value.fields) == {"amount"}
        assert milk(pair).said == NOW

    def test_matching_looks_at_a_live_request_at_once(self, pair, monkeypatch):
        happened = heard(monkeypatch)
        posts.restock(pair.family.identity, pair.request_public_id, 0, now=NOW)
        assert [type(event) for event in happened if getattr(event, "post_id", 0) == pair.request_id] == [PostEdited]

    @pytest.mark.parametrize(
        ("state", "told"),
        [(PostState.LIVE, PostEdited), (PostState.PAUSED, PostPublished), (PostState.MATCHED, PostPublished),
         (PostState.EXPIRED, PostPublished)],
    )  # fmt: skip
    def test_a_bridge_makes_the_request_live_and_is_looked_for_at_once(self, pair, monkeypatch, state, told):
        mine, request = pair.family.identity, pair.request_public_id
        later = NOW + 70 * DAY if state is PostState.EXPIRED else NOW + DAY
        if state is PostState.PAUSED:
            posts.pause(mine, request, now=NOW)
        elif state is PostState.MATCHED:
            posts.mark_matched(pair.request_id, now=NOW)
        elif state is PostState.EXPIRED:
            posts.expire_due(now=later)
        happened = heard(monkeypatch)
        assert posts.raise_bridge(mine, request, 100, now=later) is PostState.LIVE
        assert told in [type(event) for event in happened]
        assert milk(pair, later).reckoned.left == 100
        assert posts.raise_bridge(mine, request, 100, now=later) is PostState.LIVE

    def test_a_paused_request_whose_last_day_is_over_is_renewed_too(self, pair):
        posts.pause(pair.family.identity, pair.request_public_id, now=NOW)
        with services.planning.transaction() as session:
            session.get(Post, pair.request_id).ends_on = NOW.date() - DAY
        assert posts.raise_bridge(pair.family.identity, pair.request_public_id, 0, now=NOW) is PostState.LIVE

    def test_a_bridge_changes_no_wish_and_no_reach(self, pair):
        before = post_queries.draft_of(post_queries.own_post(pair.family.identity, pair.request_public_id))
        posts.raise_bridge(pair.family.identity, pair.request_public_id, 100, now=NOW)
        db.session.rollback()
        after = post_queries.draft_of(post_queries.own_post(pair.family.identity, pair.request_public_id))
        assert replace(after, stock_ml=before.stock_ml) == before

    @pytest.mark.parametrize("state", ["withdrawn", "in_review", "edit_asked", "fulfilled", "declined"])
    def test_no_bridge_is_raised_from_a_request_that_is_over_or_being_looked_at(self, pair, state):
        with services.planning.transaction() as session:
            session.get(Post, pair.request_id).state = state
        with pytest.raises(Conflict):
            posts.raise_bridge(pair.family.identity, pair.request_public_id, 0, now=NOW)

    def test_an_offer_is_no_request(self, pair):
        for act in (posts.restock, posts.raise_bridge):
            with pytest.raises(Conflict):
                act(pair.donor.identity, pair.offer_public_id, 100, now=NOW)

    @pytest.mark.parametrize("who", ["donor", "stranger"])
    def test_nobody_else_does_either(self, pair, stranger, who):
        actor = pair.donor if who == "donor" else stranger
        for act in (posts.restock, posts.raise_bridge):
            with pytest.raises(NotFound):
                act(actor.identity, pair.request_public_id, 100, now=NOW)


class TestPages:
    @pytest.fixture(autouse=True)
    def clock(self):
        with time_machine.travel(NOW, tick=False) as traveller:
            yield traveller

    def test_the_request_and_an_agreed_handoff_say_until_when_the_milk_lasts(self, app, pair, sign_in):
        with app.app_context():
            public_id = agreed(pair, start=NOW + 6 * HOUR)
        client = sign_in(pair.family)
        for path in (
            f"/posts/{pair.request_public_id}",
            f"/handoffs/{public_id}",
            f"/posts/{pair.request_public_id}/runway",
        ):
            page = client.get(path).text
            assert "Your milk runs out between Sun 22 Nov and Mon 23 Nov, most likely on Mon 23 Nov." in page, path
            assert ("Look for a bridge now" in page) is not path.startswith("/handoffs")
            assert f'href="/posts/{pair.request_public_id}/runway"' in page or path.endswith("/runway")
        assert "Your milk runs out" not in sign_in(pair.donor).get(f"/handoffs/{public_id}").text

    def test_the_amount_reckoned_is_typed_in_and_one_press_says_it(self, app, pair, sign_in, clock):
        client = sign_in(pair.family)
        page = client.get(f"/posts/{pair.request_public_id}/runway").text
        assert 'value="17"' in page
        assert "I have about this much now" in page
        clock.move_to(NOW + DAY)
        answer = client.post(f"/posts/{pair.request_public_id}/stock", data={"amount": "60", "unit": "oz"})
        assert answer.location == f"/posts/{pair.request_public_id}/runway"
        with app.app_context():
            assert milk(pair, NOW + DAY).reckoned.left == 1774

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"amount": "lots", "unit": "oz"}, "Please enter a number."),
            ({"amount": "", "unit": "oz"}, "Please enter an amount."),
            ({"amount": "-1", "unit": "ml"}, "an amount that can be"),
            ({"amount": "90000", "unit": "ml"}, "That is more than 60 litres"),
            ({"amount": "5", "unit": "pints"}, "Not a valid choice"),
        ],
    )
    def test_bad_input_is_named_at_its_field_and_kept(self, pair, sign_in, typed, words):
        page = sign_in(pair.family).post(f"/posts/{pair.request_public_id}/stock", data=typed)
        assert page.status_code == 422
        assert words in page.text
        assert not typed["amount"] or f'value="{typed["amount"]}"' in page.text

    @pytest.mark.parametrize("path", ["runway", "stock", "bridge"])
    def test_somebody_elses_is_not_found(self, pair, stranger, sign_in, path):
        method = "GET" if path == "runway" else "POST"
        for who in (pair.donor, stranger):
            answer = sign_in(who).open(f"/posts/{pair.request_public_id}/{path}", method=method, data={"amount": "1"})
            assert answer.status_code == 404

    def test_a_bridge_is_raised_by_one_press_and_never_by_itself(self, app, pair, sign_in):
        with app.app_context():
            posts.pause(pair.family.identity, pair.request_public_id, now=NOW)
        client = sign_in(pair.family)
        client.get(f"/posts/{pair.request_public_id}/runway")
        with app.app_context():
            assert milk(pair).state is PostState.PAUSED
        answer = client.post(f"/posts/{pair.request_public_id}/bridge", follow_redirects=True)
        assert "We look at once" in answer.text
        with app.app_context():
            assert milk(pair).state is PostState.LIVE

    def test_where_no_bridge_can_be_raised_the_page_says_why(self, app, pair, sign_in, monkeypatch):
        def refuse(*_args, **_kwargs):
            raise Conflict("A moderator looks at this request first. It is looked for as soon as it is live.")

        monkeypatch.setattr(posts, "raise_bridge", refuse)
        answer = sign_in(pair.family).post(f"/posts/{pair.request_public_id}/bridge")
        assert answer.status_code == 409
        assert "A moderator looks at this request first" in answer.text

    @pytest.mark.parametrize(
        ("stock", "words"),
        [
            (0, "By what you told us, there is no milk left."),
            (300, "Your milk lasts until about Sun 22 Nov."),
            (60_000, "most likely on Mon 1 Mar."),
        ],
    )
    def test_what_is_said_fits_what_is_left(self, app, pair, sign_in, stock, words):
        with app.app_context():
            posts.restock(pair.family.identity, pair.request_public_id, stock, now=NOW)
        page = sign_in(pair.family).get(f"/posts/{pair.request_public_id}/runway").text
        assert words in page
        assert ("Look for a bridge now" in page) is (stock < 1800)

    def test_a_small_need_and_a_full_freezer_last_for_more_than_a_year(self, app, family, sign_in):
        with app.app_context():
            small = replace(REQUEST, need_ml_per_day=30, stock_ml=60_000)
            public_id = posts.submit_new(family.identity, small, submit_token="small", now=NOW)
        assert "for more than a year" in sign_in(family).get(f"/posts/{public_id}/runway").text

    def test_late_milk_and_weekly_milk_are_explained(self, app, donor, family, sign_in, clock):
        with app.app_context():
            where = talk(donor, family, weekly=True)
            agreed(where, start=NOW + HOUR)
        clock.move_to(NOW + 5 * HOUR)
        page = sign_in(family).get(f"/posts/{where.request_public_id}/runway").text
        assert "Did you meet?" in page
        assert "only the weeks you agreed on are counted" in page
        assert "Without it, the milk lasts until about Sun 22 Nov" in page
