"""Second in line: who is asked by itself when a promise lapses, when, how often, and how a donor stops it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.queries import person as person_of
from app.handoffs import jobs as handoff_jobs
from app.handoffs import services as handoffs
from app.handoffs.rules.absences import Said
from app.handoffs.rules.states import CancelReason
from app.infra import jobs
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.errors import Conflict, NotFound
from app.matching import queries, services
from app.matching.models import Interest, LineTurn
from app.matching.rules.life import Waiting
from app.matching.rules.turns import ANSWER_WITHIN, HEAD_START, LIFE, OPEN, Turns, TurnState, order_of_turns
from app.matching.rules.weights import RoundRules
from app.notifications.models import Notice
from app.posts import queries as post_queries
from app.posts import services as posts
from tests.at_once import at_once, raised
from tests.matching.conftest import OFFER, REQUEST, post
from tests.matching.test_promises import DAY, HOUR, agreed, id_of, kinds_of, path_of

pytestmark = [pytest.mark.usefixtures("in_app"), pytest.mark.both_databases]


def turns() -> list[tuple[str, int]]:
    """Each turn's state and family, in the order in which they were planned."""
    db.session.rollback()
    rows = db.session.execute(
        select(LineTurn.state, Interest.family_id)
        .join(Interest, Interest.id == LineTurn.interest_id)
        .order_by(LineTurn.id)
    )
    return [(state, family) for state, family in rows]


def turn_id(state: str = "asked") -> str:
    db.session.rollback()
    return db.session.scalars(select(LineTurn.public_id).where(LineTurn.state == state)).one()


@pytest.fixture
def lapsed(donor, families, offer, now):
    """The first family called its meeting off; three others wait. Returns the cast, the first first."""
    cast = families(4)
    for who, asked in cast[1:]:
        services.say_yes(who.identity, offer, asked, now=now)
    (first, asked) = cast[0]
    meeting = agreed(donor, first, offer, asked, now)
    handoffs.cancel(first.identity, meeting, reason=CancelReason.PLANS_CHANGED, now=now)
    return cast


class TestWhoIsNext:
    WAITING = tuple(Waiting(n, None, 0) for n in (1, 2, 3))

    @pytest.mark.parametrize(
        ("of_cause", "open_", "silent", "apart", "order"),
        [
            ({}, (), (), (), (1, 2, 3)),
            ({1: TurnState.PASSED}, (), (), (), (2, 3)),
            ({1: TurnState.ENDED}, (), (), (), (2, 3)),
            ({1: TurnState.PLANNED}, (1,), (), (), ()),
            ({1: TurnState.ASKED}, (1,), (), (), ()),
            ({1: TurnState.STOPPED}, (), (), (), ()),
            ({}, (1,), (), (), (2, 3)),
            ({}, (), (2,), (), (1, 3)),
            ({}, (), (), (1, 2, 3), ()),
        ],
    )
    def test_the_line_keeps_its_order_without_those_who_may_not_be_asked(
        self, now, of_cause, open_, silent, apart, order
    ):
        waiting = [Waiting(one.interest_id, now, 0) for one in self.WAITING]
        stood = Turns(of_cause, frozenset(open_), frozenset(silent))
        assert order_of_turns(waiting, stood, apart=apart, rules=RoundRules()) == order

    def test_an_ended_turn_stays_ended(self):
        assert {state for state in TurnState if any(LIFE.allows(state, other) for other in TurnState)} == OPEN


class TestALapsedPromise:
    def test_the_donor_is_told_first_and_the_next_is_asked_four_hours_later(self, donor, lapsed, offer, now):
        second = lapsed[1][0]
        assert turns() == [("planned", second.id)]
        assert "turn_planned" in kinds_of(donor)
        jobs.run_due(now=now + HEAD_START - timedelta(seconds=1))
        assert "turn_asked" not in kinds_of(second)
        jobs.run_due(now=now + HEAD_START)
        assert turns() == [("asked", second.id)]
        assert kinds_of(second).count("turn_asked") == 1
        assert path_of(second, "turn_asked").endswith(lapsed[1][1])

    def test_a_yes_opens_the_conversation_and_ends_the_asking(self, donor, lapsed, offer, now):
        second = lapsed[1][0]
        jobs.run_due(now=now + HEAD_START)
        asked = turn_id()
        interest = services.take_turn(second.identity, asked, now=now + 5 * HOUR)
        assert services.take_turn(second.identity, asked, now=now + 5 * HOUR) == interest
        assert turns() == [("taken", second.id)]
        assert "turn_taken" in kinds_of(donor)
        assert queries.interest_by_public_id(donor.identity, interest).state == "accepted"
        jobs.run_due(now=now + 9 * DAY)
        assert len(turns()) == 1

    def test_a_no_asks_the_one_after(self, lapsed, now):
        second, third = lapsed[1][0], lapsed[2][0]
        jobs.run_due(now=now + HEAD_START)
        asked = turn_id()
        services.pass_turn(second.identity, asked, now=now + 5 * HOUR)
        services.pass_turn(second.identity, asked, now=now + 5 * HOUR)
        assert turns() == [("passed", second.id), ("planned", third.id)]

    def test_silence_for_two_days_asks_the_one_after_and_keeps_the_place(self, lapsed, now):
        second, third, fourth = (who for who, _asked in lapsed[1:])
        jobs.run_due(now=now + HEAD_START)
        asked = turn_id()
        services.end_turn(asked, now=now + HEAD_START + ANSWER_WITHIN - timedelta(seconds=1))
        assert turns() == [("asked", second.id)]
        jobs.run_due(now=now + HEAD_START + ANSWER_WITHIN)
        assert turns() == [("lapsed", second.id), ("planned", third.id)]
        with pytest.raises(Conflict):
            services.take_turn(second.identity, asked, now=now + HEAD_START + ANSWER_WITHIN)
        for days in range(3, 30):
            jobs.run_due(now=now + days * DAY)
        assert turns() == [("lapsed", second.id), ("lapsed", third.id), ("lapsed", fourth.id)]

    def test_a_late_yes_is_told_that_it_is_over(self, lapsed, now):
        jobs.run_due(now=now + HEAD_START)
        with pytest.raises(Conflict):
            services.take_turn(lapsed[1][0].identity, turn_id(), now=now + HEAD_START + ANSWER_WITHIN)

    def test_nobody_but_the_family_asked_can_answer(self, donor, lapsed, stranger, now):
        planned = turn_id("planned")
        with pytest.raises(NotFound):
            services.take_turn(lapsed[1][0].identity, planned, now=now)
        jobs.run_due(now=now + HEAD_START)
        for who in (donor, stranger, lapsed[2][0]):
            for answer in (services.take_turn, services.pass_turn):
                with pytest.raises(NotFound):
                    answer(who.identity, planned, now=now + HEAD_START)
        with pytest.raises(NotFound):
            services.take_turn(stranger.identity, "no-such-turn", now=now)

    def test_everything_repeated_changes_nothing(self, lapsed, offer, now):
        before, planned = turns(), turn_id("planned")
        assert not services.plan_turn(id_of(offer), "handoff:1", now=now) or turns() != before
        services.ask_turn(planned, now=now)
        assert turns()[0][0] == "planned"
        for _ in range(2):
            services.ask_turn(planned, now=now + HEAD_START)
        assert kinds_of(lapsed[1][0]).count("turn_asked") == 1
        services.ask_turn("no-such-turn", now=now)
        services.end_turn("no-such-turn", now=now)


class TestWhoLetItLapse:
    @pytest.mark.parametrize(
        ("how", "asks"),
        [
            ("family cancels", True),
            ("donor cancels", False),
            ("donor was there", True),
            ("family did not make it", True),
            ("family was there", False),
            ("donor did not make it", False),
            ("neither could", False),
            ("nobody says a word", True),
        ],
    )
    def test_only_the_familys_lapse_asks_the_next(self, donor, family, other_family, offer, request_id, now, how, asks):
        services.say_yes(other_family.identity, offer, post(other_family, REQUEST), now=now)
        meeting = agreed(donor, family, offer, request_id, now)
        after = now + 2 * DAY
        said = {
            "donor was there": (donor, Said.WAS_THERE),
            "family did not make it": (family, Said.NOT_THERE),
            "family was there": (family, Said.WAS_THERE),
            "donor did not make it": (donor, Said.NOT_THERE),
            "neither could": (family, Said.NEITHER),
        }
        if how in said:
            who, words = said[how]
            handoffs.report_missed(who.identity, meeting, said=words, now=after)
        elif how == "nobody says a word":
            handoffs.settle_overdue(now=now + 9 * DAY)
        else:
            who = donor if how.startswith("donor") else family
            handoffs.cancel(who.identity, meeting, reason=CancelReason.UNSAID, now=now)
        assert turns() == ([("planned", other_family.id)] if asks else [])
        assert ("next_in_line" in kinds_of(donor)) is not asks

    @pytest.mark.parametrize(("proposer", "asks"), [("donor", True), ("family", False)])
    def test_a_proposal_left_unanswered_until_its_window_ends(
        self, donor, family, other_family, offer, request_id, now, proposer, asks
    ):
        from app.handoffs.rules.plan import HandoffDraft
        from app.messaging import queries as conversations

        services.say_yes(other_family.identity, offer, post(other_family, REQUEST), now=now)
        services.accept(donor.identity, services.say_yes(family.identity, offer, request_id, now=now), now=now)
        talk = conversations.inbox(donor.identity)[0].conversation.public_id
        who = donor if proposer == "donor" else family
        draft = HandoffDraft(window_start=now + DAY, window_end=now + DAY + HOUR, volume_ml=900)
        handoffs.propose(who.identity, talk, draft, now=now)
        handoff_jobs.upkeep(now=now + DAY)
        assert turns() == []
        handoff_jobs.upkeep(now=now + DAY + HOUR)
        handoff_jobs.upkeep(now=now + DAY + 2 * HOUR)
        assert turns() == ([("planned", other_family.id)] if asks else [])

    def test_a_week_of_talk_without_a_meeting_asks_the_next(self, donor, family, other_family, offer, request_id, now):
        services.say_yes(other_family.identity, offer, post(other_family, REQUEST), now=now)
        services.accept(donor.identity, services.say_yes(family.identity, offer, request_id, now=now), now=now)
        services.rest_quiet_talks(now=now + 7 * DAY)
        assert turns() == [("planned", other_family.id)]


class TestAtThatTime:
    @pytest.mark.parametrize("what", ["took it back", "blocked", "paused its request", "shut"])
    @pytest.mark.parametrize("when", ["before", "planned"])
    def test_who_cannot_or_will_not_be_asked_is_passed_over(self, donor, families, offer, now, what, when):
        cast = families(3)
        said = [services.say_yes(who.identity, offer, asked, now=now) for who, asked in cast[1:]]
        first, asked = cast[0]
        meeting = agreed(donor, first, offer, asked, now)
        second, third = cast[1][0], cast[2][0]

        def change():
            if what == "took it back":
                services.take_back(second.identity, said[0], now=now)
            elif what == "blocked":
                accounts.block(second.identity, person_of(donor.id).public_id, now=now)
            elif what == "paused its request":
                posts.pause(second.identity, cast[1][1], now=now)
            else:
                accounts.deactivate(second.id, now=now)

        if when == "before":
            change()
        handoffs.cancel(first.identity, meeting, reason=CancelReason.PLANS_CHANGED, now=now)
        if when == "planned":
            change()
        jobs.run_due(now=now + HEAD_START)
        assert "turn_asked" not in kinds_of(second)
        assert turns()[-1] == ("planned" if when == "planned" and what != "took it back" else turns()[-1][0], third.id)

    def test_milk_that_is_gone_asks_nobody(self, donor, lapsed, offer, now):
        jobs.run_due(now=now + HEAD_START)
        posts.withdraw(donor.identity, offer, now=now + 5 * HOUR)
        jobs.run_due(now=now + 3 * DAY)
        assert [state for state, _family in turns()] == ["ended"]

    def test_a_choice_of_the_donors_own_ends_it(self, donor, lapsed, offer, now):
        third = queries.desk_of_offer(donor.identity, offer, now=now).waiting[1].interest
        services.accept(donor.identity, third.public_id, now=now + HOUR)
        jobs.run_due(now=now + HEAD_START)
        assert [state for state, _family in turns()] == ["ended"]

    def test_choosing_the_one_whose_turn_it_is_takes_it(self, donor, lapsed, offer, now):
        second = queries.desk_of_offer(donor.identity, offer, now=now).waiting[0].interest
        services.accept(donor.identity, second.public_id, now=now + HOUR)
        assert [state for state, _family in turns()] == ["taken"]

    def test_the_site_asks_nobody_unprompted_for_a_donor_after_a_loss(self, donor, families, now):
        offer = post(donor, OFFER, after_loss=True)
        cast = families(2)
        services.say_yes(cast[1][0].identity, offer, cast[1][1], now=now)
        meeting = agreed(donor, cast[0][0], offer, cast[0][1], now)
        handoffs.cancel(cast[0][0].identity, meeting, reason=CancelReason.PLANS_CHANGED, now=now)
        assert turns() == []
        assert "next_in_line" in kinds_of(donor)


class TestAskNobodyElse:
    @pytest.mark.parametrize("asked", [False, True])
    def test_one_press_stops_it_for_good(self, donor, lapsed, offer, now, asked):
        second = lapsed[1][0]
        if asked:
            jobs.run_due(now=now + HEAD_START)
        assert services.ask_nobody(donor.identity, offer, now=now + 5 * HOUR) == 1
        assert services.ask_nobody(donor.identity, offer, now=now + 5 * HOUR) == 0
        jobs.run_due(now=now + 3 * DAY)
        assert turns() == [("stopped", second.id)]
        assert ("turn_stopped" in kinds_of(second)) is asked
        assert [each.family_name for each in queries.open_turns(id_of(offer))] == []

    def test_it_is_the_donors_alone(self, lapsed, stranger, offer, now):
        for who in (stranger, lapsed[1][0]):
            with pytest.raises(NotFound):
                services.ask_nobody(who.identity, offer, now=now)


class TestTheLineRests:
    def test_nobody_in_line_lapses_while_the_chosen_one_meets_the_donor(self, donor, families, offer, now):
        cast = families(2)
        services.say_yes(cast[1][0].identity, offer, cast[1][1], now=now)
        agreed(donor, cast[0][0], offer, cast[0][1], now)
        assert services.lapse_silent(now=now + 6 * DAY) == 0

    def test_silence_begins_when_the_place_is_free(self, donor, lapsed, offer, now):
        services.ask_nobody(donor.identity, offer, now=now + 3 * DAY)
        assert services.lapse_silent(now=now + 7 * DAY - HOUR) == 0
        assert services.lapse_silent(now=now + 7 * DAY) == 3


class TestMilkIsGone:
    def test_everybody_who_waited_hears_it_once_and_is_shown_at_most_three_others(
        self, donor, families, offer, person, now
    ):
        cast = families(3)
        said = [services.say_yes(who.identity, offer, asked, now=now) for who, asked in cast]
        for number in range(4):
            post(person(f"Donor {number}"), OFFER, now=now)
        posts.withdraw(donor.identity, offer, now=now)
        jobs.run_due(now=now)
        for (who, asked), interest in zip(cast, said, strict=True):
            assert kinds_of(who).count("milk_gone") == 1
            assert path_of(who, "milk_gone") == f"/matches/instead/{interest}"
            found = queries.instead_of(who.identity, interest, now=now)
            assert len(found.others) == 3
            assert found.request.public_id == asked
            assert offer not in {match.card.public_id for match in found.others}

    def test_with_nothing_else_it_says_what_happens_next(self, donor, family, offer, request_id, now):
        interest = services.say_yes(family.identity, offer, request_id, now=now)
        posts.withdraw(donor.identity, offer, now=now)
        found = queries.instead_of(family.identity, interest, now=now)
        assert (found.others, found.looking) == ((), True)
        posts.pause(family.identity, request_id, now=now)
        assert not queries.instead_of(family.identity, interest, now=now).looking

    def test_a_chosen_family_without_a_meeting_hears_it_too(self, donor, family, offer, request_id, now):
        services.accept(donor.identity, services.say_yes(family.identity, offer, request_id, now=now), now=now)
        posts.withdraw(donor.identity, offer, now=now)
        jobs.run_due(now=now)
        assert kinds_of(family).count("milk_gone") == 1

    def test_it_is_shown_to_nobody_else(self, donor, family, stranger, offer, request_id, now):
        interest = services.say_yes(family.identity, offer, request_id, now=now)
        for who in (donor, stranger):
            with pytest.raises(NotFound):
                queries.instead_of(who.identity, interest, now=now)


def test_two_ends_at_one_moment_ask_the_next_once(app, donor, families, now):
    """Both of the two end the meeting at the same moment: the cause is one, and so is the question."""
    offer = post(donor, OFFER)
    cast = families(3)
    for who, asked in cast[1:]:
        services.say_yes(who.identity, offer, asked, now=now)
    first, asked = cast[0]
    meeting = agreed(donor, first, offer, asked, now)
    after = now + 2 * DAY
    db.session.rollback()
    ended = at_once(
        app,
        lambda: handoffs.report_missed(donor.identity, meeting, said=Said.WAS_THERE, now=after),
        lambda: handoffs.report_missed(first.identity, meeting, said=Said.NOT_THERE, now=after),
    )
    assert ended == [None, None]
    assert turns() == [("planned", cast[1][0].id)]
    assert kinds_of(donor).count("turn_planned") == 1


def test_a_crash_after_the_cause_loses_no_turn_and_one_before_leaves_none(donor, families, offer, now):
    cast = families(2)
    services.say_yes(cast[1][0].identity, offer, cast[1][1], now=now)
    meeting = agreed(donor, cast[0][0], offer, cast[0][1], now)

    def crash():
        with transaction():
            handoffs.cancel(cast[0][0].identity, meeting, reason=CancelReason.PLANS_CHANGED, now=now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        crash()
    assert turns() == []
    assert db.session.scalars(select(Notice).where(Notice.kind == "turn_planned")).all() == []
    assert post_queries.post_by_public_id(offer).state in {"live", "matched"}


class TestAtOneMoment:
    @pytest.mark.parametrize("rival", ["the same again", "take it back", "pass", "stop", "her own choice", "milk gone"])
    def test_an_answer_and_its_rival_leave_one_end_and_no_error(self, app, donor, families, now, rival):
        offer = post(donor, OFFER)
        cast = families(3)
        said = [services.say_yes(who.identity, offer, asked, now=now) for who, asked in cast[1:]]
        first, asked = cast[0]
        meeting = agreed(donor, first, offer, asked, now)
        handoffs.cancel(first.identity, meeting, reason=CancelReason.PLANS_CHANGED, now=now)
        services.ask_turn(turn_id("planned"), now=now + HEAD_START)
        turn, second, after = turn_id(), cast[1][0], now + HEAD_START + HOUR
        rivals = {
            "the same again": lambda: services.take_turn(second.identity, turn, now=after),
            "take it back": lambda: services.take_back(second.identity, said[0], now=after),
            "pass": lambda: services.pass_turn(second.identity, turn, now=after),
            "stop": lambda: services.ask_nobody(donor.identity, offer, now=after),
            "her own choice": lambda: services.accept(donor.identity, said[1], now=after),
            "milk gone": lambda: posts.withdraw(donor.identity, offer, now=after),
        }
        db.session.rollback()
        answers = at_once(app, lambda: services.take_turn(second.identity, turn, now=after), rivals[rival])
        assert all(isinstance(error, Conflict) for error in raised(answers)), answers
        assert len([state for state, family in turns() if family == second.id]) == 1
        assert turns()[0][0] != "asked"
        assert kinds_of(donor).count("turn_taken") == (turns()[0][0] == "taken")

    def test_two_workers_ask_once(self, app, donor, families, now):
        offer = post(donor, OFFER)
        cast = families(3)
        for who, asked in cast[1:]:
            services.say_yes(who.identity, offer, asked, now=now)
        meeting = agreed(donor, cast[0][0], offer, cast[0][1], now)
        handoffs.cancel(cast[0][0].identity, meeting, reason=CancelReason.PLANS_CHANGED, now=now)
        planned = turn_id("planned")
        db.session.rollback()
        ask = [lambda: services.ask_turn(planned, now=now + HEAD_START)] * 4
        assert at_once(app, *ask) == [None] * 4
        assert turns() == [("asked", cast[1][0].id)]
        assert kinds_of(cast[1][0]).count("turn_asked") == 1
        end = [lambda: services.end_turn(planned, now=now + HEAD_START + ANSWER_WITHIN)] * 4
        assert at_once(app, *end) == [None] * 4
        assert turns() == [("lapsed", cast[1][0].id), ("planned", cast[2][0].id)]
