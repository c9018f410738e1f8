"""Meetings that did not happen: what the two say, what counts, how it is let go, and who sees it."""

from datetime import timedelta

import pytest

from app.accounts import services as accounts
from app.accounts.queries import person as person_of
from app.handoffs import jobs, queries, services
from app.handoffs.models import HandoffAbsence, HandoffExcuse
from app.handoffs.rules.absences import ANSWER_WITHIN, Said
from app.handoffs.rules.amounts import MISSED_AFTER, Condition
from app.handoffs.rules.promises import FADES_AFTER, Excuse, ExcuseReason, Kept, Outcome
from app.handoffs.rules.states import CancelReason, Side
from app.infra.database import db
from app.kernel.errors import Conflict, NotFound
from app.moderation.queries.received import member_card
from tests.at_once import at_once
from tests.conftest import NOW
from tests.handoffs.factories import DAY, END, HOUR, START, agreed, balance, notices, row, talk

pytestmark = [pytest.mark.usefixtures("in_app"), pytest.mark.both_databases]

THERE, NOT, NEITHER = Said.WAS_THERE, Said.NOT_THERE, Said.NEITHER
LATER = END + ANSWER_WITHIN


def kept(who, now=LATER) -> Kept:
    db.session.rollback()
    return queries.kept_of([who.id], now=now)[who.id]


def entries(who, now=LATER):
    db.session.rollback()
    return queries.own_promises(who.identity, now=now).entries


def held(where, start=START):
    """A meeting that was held, by the code and on time."""
    public_id = agreed(where, volume_ml=300, start=start)
    code = queries.handoff_for(where.donor.identity, public_id, now=NOW).mine.code
    services.enter_code(where.family.identity, public_id, code, now=start)
    services.confirm(where.donor.identity, public_id, amount_ml=300, condition=None, now=start)
    services.confirm(where.family.identity, public_id, amount_ml=300, condition=Condition.FROZEN, now=start)
    return public_id


def missed(where, by, said, *, came_up=False, now=END, **plan):
    public_id = agreed(where, **plan)
    services.report_missed(by.identity, public_id, said=said, came_up=came_up, now=now)
    return public_id


class TestSaying:
    @pytest.mark.parametrize(
        ("said", "answer", "of_donor", "of_family"),
        [
            (THERE, None, 0, 1),
            (THERE, NOT, 0, 1),
            (THERE, THERE, 0, 0),
            (NOT, None, 1, 0),
            (NOT, NOT, 0, 0),
            (NEITHER, None, 0, 0),
            (NEITHER, THERE, 0, 0),
        ],
    )
    def test_what_the_donor_says_and_the_family_answers(self, pair, said, answer, of_donor, of_family):
        public_id = missed(pair, pair.donor, said)
        if answer is not None:
            services.answer_missed(pair.family.identity, public_id, said=answer, now=END + DAY)
        assert (kept(pair.donor).no_shows, kept(pair.family).no_shows) == (of_donor, of_family)

    def test_before_the_days_for_an_answer_are_over_nothing_counts_against_who_was_not_asked(self, pair):
        public_id = missed(pair, pair.donor, THERE)
        assert kept(pair.family, now=LATER - timedelta(seconds=1)) == Kept()
        with pytest.raises(Conflict):
            services.answer_missed(pair.family.identity, public_id, said=THERE, now=LATER)
        assert kept(pair.family).no_shows == 1

    def test_the_other_is_told_and_so_is_who_spoke_first(self, pair):
        public_id = missed(pair, pair.family, THERE)
        assert notices(pair.donor)[-1] == "handoff_missed_said"
        assert balance(pair) == (1000, 0, 0)
        services.answer_missed(pair.donor.identity, public_id, said=NOT, came_up=True, now=END + DAY)
        assert notices(pair.family)[-1] == "handoff_missed_answered"

    def test_what_is_said_twice_is_said_once(self, pair):
        public_id = missed(pair, pair.donor, THERE)
        services.report_missed(pair.donor.identity, public_id, said=NOT, now=END)
        services.answer_missed(pair.donor.identity, public_id, said=NOT, now=END)
        assert [each.said for each in queries.statements_of(row(public_id).id)] == [THERE]

    def test_the_second_report_is_the_answer(self, pair):
        public_id = missed(pair, pair.donor, THERE)
        services.report_missed(pair.family.identity, public_id, said=THERE, now=END + HOUR)
        assert queries.absence_of(pair.donor.identity, public_id, now=END + DAY).finding.contested

    def test_two_at_one_moment_are_a_word_and_its_answer(self, app, pair):
        public_id = agreed(pair)
        said = ((pair.donor, THERE), (pair.family, NOT))

        def speak(each):
            who, words = each
            services.report_missed(who.identity, public_id, said=words, now=END)

        at_once(app, *[lambda each=each: speak(each) for each in said])
        assert {each.said for each in queries.statements_of(row(public_id).id)} == {THERE, NOT}
        assert (kept(pair.donor, END).no_shows, kept(pair.family, END).no_shows) == (0, 1)

    def test_what_time_ends_counts_for_nobody(self, pair):
        public_id = agreed(pair)
        jobs.upkeep(now=END + MISSED_AFTER)
        assert (kept(pair.donor), kept(pair.family)) == (Kept(), Kept())
        assert queries.absence_of(pair.donor.identity, public_id, now=LATER).until is None
        with pytest.raises(Conflict):
            services.answer_missed(pair.donor.identity, public_id, said=THERE, now=END + MISSED_AFTER)

    @pytest.mark.parametrize("state", ["proposed", "agreed", "cancelled"])
    def test_there_is_nothing_to_answer_about_other_meetings(self, pair, state):
        public_id = agreed(pair)
        if state == "cancelled":
            services.cancel(pair.donor.identity, public_id, reason=CancelReason.UNSAID, now=NOW)
        with pytest.raises(Conflict):
            services.answer_missed(pair.donor.identity, public_id, said=THERE, now=END)
        assert queries.absence_of(pair.donor.identity, public_id, now=END) is None

    def test_after_the_window_one_says_how_it_was_instead_of_calling_it_off(self, pair):
        public_id = agreed(pair)
        with pytest.raises(Conflict):
            services.cancel(pair.family.identity, public_id, reason=CancelReason.UNSAID, now=END)
        services.report_missed(pair.family.identity, public_id, said=NOT, now=END)

    def test_a_stranger_neither_speaks_nor_reads(self, pair, stranger):
        public_id = missed(pair, pair.donor, THERE)
        with pytest.raises(NotFound):
            services.answer_missed(stranger.identity, public_id, said=THERE, now=END)
        for read in (queries.absence_of, queries.excuse_of):
            with pytest.raises(NotFound):
                read(stranger.identity, public_id, now=END)
            with pytest.raises(NotFound):
                read(stranger.identity, "no-such-handoff", now=END)

    def test_only_who_was_not_there_has_something_come_up(self, pair):
        public_id = missed(pair, pair.donor, THERE, came_up=True)
        assert not db.session.query(HandoffAbsence).filter_by(handoff_id=row(public_id).id).one().came_up


class TestKeptPromises:
    def test_held_and_late_and_missed_meetings_are_counted_for_each_alone(self, pair):
        for number in range(3):
            held(pair, start=START + number * DAY)
        late = agreed(pair, volume_ml=100, start=START + 3 * DAY)
        services.cancel(pair.family.identity, late, reason=CancelReason.PLANS_CHANGED, now=START + 3 * DAY - HOUR)
        now = START + 20 * DAY
        assert kept(pair.donor, now) == Kept(completed=3, on_time=3)
        assert kept(pair.family, now) == Kept(completed=3, on_time=3, late=1)

    @pytest.mark.parametrize(("hours", "late"), [(24, 0), (23.9, 1)])
    def test_a_day_ahead_is_in_time(self, pair, hours, late):
        public_id = agreed(pair, start=START + DAY)
        services.cancel(pair.donor.identity, public_id, reason=CancelReason.UNSAID, now=START + DAY - hours * HOUR)
        assert (kept(pair.donor).late, kept(pair.family).total) == (late, 0)

    def test_others_see_them_from_three_on_and_people_apart_never(self, pair, stranger):
        for number in range(3):
            assert queries.kept_for(pair.family.identity, pair.donor.id, now=LATER) is None
            held(pair, start=START + number * DAY)
        now = START + 10 * DAY
        assert queries.kept_for(pair.family.identity, pair.donor.id, now=now) == Kept(3, 3)
        accounts.block(pair.donor.identity, person_of(stranger.id).public_id, now=now)
        assert queries.kept_for(stranger.identity, pair.donor.id, now=now) is None
        assert queries.kept_for(pair.donor.identity, stranger.id, now=now) is None

    def test_they_fade_after_half_a_year(self, pair):
        held(pair)
        assert kept(pair.donor, END + FADES_AFTER - timedelta(seconds=1)).total == 1
        assert kept(pair.donor, END + FADES_AFTER).total == 0
        assert entries(pair.donor, END + FADES_AFTER) == ()

    def test_one_reads_ones_own_from_the_first_on_the_newest_first(self, pair):
        first, second = held(pair), held(pair, start=START + DAY)
        own = entries(pair.donor, START + 3 * DAY)
        assert [each.entry.key for each in own] == [second, first]
        assert {each.other_name for each in own} == {"Fatima"}
        assert all(each.counts and not each.can_ask for each in own)

    def test_nobody_has_nothing(self, stranger):
        assert kept(stranger) == Kept()
        assert entries(stranger) == ()

    def test_who_has_left_accuses_nobody_any_more(self, pair):
        missed(pair, pair.donor, THERE)
        assert kept(pair.family).no_shows == 1
        accounts.deactivate(pair.donor.id, now=LATER)
        assert kept(pair.family) == Kept()

    def test_ones_own_word_stays_when_the_other_has_left(self, pair):
        public_id = missed(pair, pair.donor, THERE)
        services.answer_missed(pair.family.identity, public_id, said=NOT, now=END + HOUR)
        accounts.deactivate(pair.donor.id, now=LATER)
        assert kept(pair.family).no_shows == 1


class TestLettingGo:
    def test_what_came_up_counts_for_nothing(self, pair):
        public_id = agreed(pair)
        services.cancel(pair.family.identity, public_id, reason=CancelReason.CAME_UP, now=START - HOUR)
        assert kept(pair.family) == Kept()
        (own,) = entries(pair.family)
        assert (own.entry.excuse, own.can_ask, own.counts) == (Excuse.WORD, False, False)

    def test_the_third_in_half_a_year_counts_and_can_still_be_let_go(self, pair):
        ids = [missed(pair, pair.family, NOT, came_up=True, volume_ml=100, start=START, now=END) for _ in range(3)]
        assert kept(pair.family).no_shows == 1
        counting = next(each.entry.key for each in entries(pair.family) if each.counts)
        services.answer_excuse(pair.donor.identity, counting, excused=True, now=LATER)
        assert kept(pair.family).no_shows == 0
        assert len(ids) == 3

    def test_asked_and_let_go(self, pair):
        public_id = missed(pair, pair.family, NOT)
        for _ in range(2):
            services.ask_excuse(pair.family.identity, public_id, now=LATER)
        assert queries.excuse_of(pair.donor.identity, public_id, now=LATER).other_asked
        for _ in range(2):
            services.answer_excuse(pair.donor.identity, public_id, excused=True, now=LATER)
        assert kept(pair.family) == Kept()
        assert entries(pair.family)[0].entry.excuse is Excuse.OTHER
        assert queries.excuse_of(pair.donor.identity, public_id, now=LATER).other_counts is None
        services.answer_excuse(pair.donor.identity, public_id, excused=False, now=LATER)
        assert kept(pair.family) == Kept()

    def test_it_can_be_let_go_unasked_but_not_refused_unasked(self, pair):
        public_id = missed(pair, pair.family, NOT)
        with pytest.raises(Conflict):
            services.answer_excuse(pair.donor.identity, public_id, excused=False, now=LATER)
        services.answer_excuse(pair.donor.identity, public_id, excused=True, now=LATER)
        assert kept(pair.family) == Kept()

    def test_a_no_may_become_a_yes(self, pair):
        public_id = missed(pair, pair.family, NOT)
        services.ask_excuse(pair.family.identity, public_id, now=LATER)
        services.answer_excuse(pair.donor.identity, public_id, excused=False, now=LATER)
        assert kept(pair.family).no_shows == 1
        assert not queries.excuse_of(pair.donor.identity, public_id, now=LATER).other_asked
        services.answer_excuse(pair.donor.identity, public_id, excused=True, now=LATER)
        assert kept(pair.family).no_shows == 0

    @pytest.mark.parametrize("who", ["donor", "family", "stranger"])
    def test_nobody_asks_or_lets_go_where_nothing_counts(self, pair, stranger, who):
        person = {"donor": pair.donor, "family": pair.family, "stranger": stranger}[who]
        public_id = held(pair)
        expected = NotFound if who == "stranger" else Conflict
        for act in (services.ask_excuse, services.ask_moderator):
            with pytest.raises(expected):
                act(person.identity, public_id, now=LATER)
        with pytest.raises(expected):
            services.answer_excuse(person.identity, public_id, excused=True, now=LATER)

    def test_nobody_lets_go_ones_own(self, pair):
        public_id = missed(pair, pair.family, NOT)
        with pytest.raises(Conflict):
            services.answer_excuse(pair.family.identity, public_id, excused=True, now=LATER)
        assert queries.excuse_of(pair.donor.identity, public_id, now=LATER).other_counts is Outcome.NO_SHOW
        assert queries.excuse_of(pair.family.identity, public_id, now=LATER).mine.can_ask


class TestAModerator:
    @pytest.fixture
    def waiting(self, pair):
        public_id = missed(pair, pair.family, NOT)
        services.ask_excuse(pair.family.identity, public_id, now=LATER)
        for _ in range(2):
            services.ask_moderator(pair.family.identity, public_id, now=LATER)
        return public_id

    def decide(self, who, public_id, *, excused=True):
        reason = ExcuseReason.MISTAKE if excused else ExcuseReason.NOT_ENOUGH
        services.decide_excuse(who.identity, public_id, Side.FAMILY, excused=excused, reason=reason, now=LATER)

    def test_reads_what_both_said_and_decides(self, pair, moderator, waiting):
        (line,) = queries.excuses_to_review(moderator.identity, now=LATER)
        assert (line.name, line.other_name, line.outcome) == ("Fatima", "Dana", Outcome.NO_SHOW)
        for _ in range(2):
            self.decide(moderator, waiting)
        assert queries.excuses_to_review(moderator.identity, now=LATER) == ()
        assert kept(pair.family) == Kept()
        assert entries(pair.family)[0].entry.excuse is Excuse.MODERATOR

    def test_a_no_stands(self, pair, moderator, waiting):
        self.decide(moderator, waiting, excused=False)
        assert kept(pair.family).no_shows == 1
        (own,) = entries(pair.family)
        assert (own.can_ask, own.can_ask_moderator, own.asked) == (False, False, "refused")
        with pytest.raises(Conflict):
            self.decide(moderator, waiting)
        for act in (
            lambda: services.ask_moderator(pair.family.identity, waiting, now=LATER),
            lambda: services.answer_excuse(pair.donor.identity, waiting, excused=True, now=LATER),
        ):
            with pytest.raises(Conflict):
                act()

    def test_the_other_may_still_let_it_go_while_it_waits(self, pair, moderator, waiting):
        with pytest.raises(Conflict):
            services.answer_excuse(pair.donor.identity, waiting, excused=False, now=LATER)
        services.answer_excuse(pair.donor.identity, waiting, excused=True, now=LATER)
        assert queries.excuses_to_review(moderator.identity, now=LATER) == ()
        with pytest.raises(Conflict):
            self.decide(moderator, waiting, excused=False)

    def test_nobody_else_decides_and_nobody_about_a_meeting_of_ones_own(self, app, pair, moderator, stranger, waiting):
        for who in (pair.donor, pair.family, stranger):
            with pytest.raises(NotFound):
                self.decide(who, waiting)
            with pytest.raises(NotFound):
                queries.excuses_to_review(who.identity, now=LATER)
        own = talk(moderator, stranger)
        public_id = missed(own, stranger, NOT)
        services.ask_excuse(stranger.identity, public_id, now=LATER)
        services.ask_moderator(stranger.identity, public_id, now=LATER)
        assert [line.public_id for line in queries.excuses_to_review(moderator.identity, now=LATER)] == [waiting]
        with pytest.raises(NotFound):
            self.decide(moderator, public_id)

    def test_a_reason_belongs_to_a_moderator(self, waiting):
        assert db.session.query(HandoffExcuse).one().reason is None

    @pytest.mark.parametrize(("times", "told"), [(1, False), (2, True)])
    def test_contradictions_are_noted_when_they_repeat(self, pair, moderator, times, told):
        for _ in range(times):
            public_id = missed(pair, pair.donor, THERE, volume_ml=100)
            services.answer_missed(pair.family.identity, public_id, said=THERE, now=END + HOUR)
        for who in (pair.donor, pair.family):
            assert queries.disputes_of(who.id, now=LATER) == times
            assert queries.disputes_of(who.id, now=END + FADES_AFTER) == 0
            card = member_card(moderator.identity, person_of(who.id).public_id, now=LATER)
            assert card.disputes_repeat is told
