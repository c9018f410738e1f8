"""Milk that changed hands and is withdrawn or kept back by now: the truth can be written, and the family is told."""

import pytest

from app.handoffs import queries, services
from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.lots import NewLot
from app.infra import jobs
from app.infra.database import db
from app.kernel.errors import Invalid, NotFound
from app.milk import queries as milk
from app.milk import services as ledger
from app.milk.models import Withdrawal, WithdrawalNotice
from app.milk.queries import family_notice, received_by
from app.milk.rules.keeping import Kept
from app.milk.rules.withdrawals import Answer, Draft, Reason
from app.milk.services import answering, telling, withdrawals
from app.notifications.models import Notice
from tests.at_once import at_once, raised
from tests.conftest import NOW
from tests.handoffs.factories import DAY, END, HOUR, START, agreed, notices, row, talk
from tests.milk.deferring import agree as agree_to_days
from tests.milk.deferring import days, keep
from tests.milk.factories import TODAY, lot, view

OLD = {"pumped_from": TODAY.replace(day=1), "pumped_to": TODAY.replace(day=5)}
NEW = {"pumped_from": TODAY.replace(day=10), "pumped_to": TODAY.replace(day=14)}


@pytest.fixture
def bare(in_app, donor, family):
    """Donor and family in conversation; no lot is written down."""
    return talk(donor, family, bags=False)


def give(where, public_id, amount, chosen=None, *, now=END, **more):
    services.confirm(where.donor.identity, public_id, amount_ml=amount, condition=None, bags=chosen, now=now, **more)


def take(where, public_id, amount, *, now=END):
    services.confirm(where.family.identity, public_id, amount_ml=amount, condition=Condition.FROZEN, now=now)


def withdraw(who, day, *, now=NOW):
    """Withdraw milk of days around this one."""
    withdrawals.withdraw(who.identity, Draft(Reason.STORAGE, lot_public_ids=(day,)), now=now)


def got(public_id):
    db.session.rollback()
    return {each.code: int(each.received_ml) for each in received_by([row(public_id).holder])}


def told(now=END):
    """What the one page of a family lists, in millilitres, once the jobs have run."""
    jobs.run_due(now=now)
    db.session.rollback()
    pages = db.session.query(WithdrawalNotice).all()
    return [{lot.code: int(lot.received_ml) for lot in family_notice(page.token).lots} for page in pages]


def news_of(person):
    found = db.session.query(Notice).filter_by(user_id=person.id).order_by(Notice.id)
    return [each for each in found if each.kind.startswith("milk_withdrawn")]


class TestNamedAfterTheyMet:
    def test_bags_of_a_withdrawn_lot_are_written_down_and_the_family_is_told(self, bare):
        bad, good = lot(bare.donor, **OLD), lot(bare.donor, **NEW)
        public_id = agreed(bare)
        services.choose_lots(bare.donor.identity, public_id, {good: {100: 4}}, now=NOW)
        take(bare, public_id, 400)
        withdraw(bare.donor, bad, now=END)
        assert told() == []
        give(bare, public_id, 400, {bad: {100: 4}})
        assert got(public_id) == {view(bare.donor, bad).code: 400}
        assert row(public_id).state == "confirmed"
        assert told() == [{view(bare.donor, bad).code: 400}]
        assert view(bare.donor, good).balance.free_ml == 1000

    def test_bags_of_days_kept_back_are_written_down_and_the_donor_may_have_the_family_told(self, bare):
        agree_to_days(bare.donor)
        bad = lot(bare.donor, **OLD)
        public_id = agreed(bare, volume_ml=100)
        services.choose_lots(bare.donor.identity, public_id, {bad: {100: 1}}, now=NOW)
        take(bare, public_id, 100)
        other = lot(bare.donor, pumped_from=TODAY.replace(day=7), pumped_to=TODAY.replace(day=7))
        entry = keep(bare.donor, 7)
        give(bare, public_id, 100, {other: {100: 1}})
        assert got(public_id) == {view(bare.donor, other).code: 100}
        assert told() == []
        assert queries.lots_for(bare.donor.identity, public_id).asks_to_tell
        assert not queries.lots_for(bare.family.identity, public_id).asks_to_tell
        ledger.tell_families(bare.donor.identity, entry, now=END)
        assert told() == [{view(bare.donor, other).code: 100}]

    def test_they_stand_apart_among_the_bags_she_may_name_and_the_family_sees_none(self, bare):
        bad, good = lot(bare.donor, **OLD), lot(bare.donor, **NEW)
        public_id = agreed(bare)
        services.choose_lots(bare.donor.identity, public_id, {good: {100: 4}}, now=NOW)
        withdraw(bare.donor, bad)
        seen = queries.lots_for(bare.donor.identity, public_id)
        assert [each.public_id for each in seen.held] == [bad]
        assert bad not in [each.public_id for each in seen.choices]
        assert queries.lots_for(bare.family.identity, public_id).held == ()

    def test_the_same_form_sent_twice_writes_it_once(self, bare):
        bad = lot(bare.donor, **OLD)
        public_id = agreed(bare)
        withdraw(bare.donor, bad)
        for _again in range(2):
            give(bare, public_id, 400, {bad: {100: 4}})
        assert got(public_id) == {view(bare.donor, bad).code: 400}

    @pytest.mark.parametrize("case", ["more than there is", "thawed", "another donor's", "too many for the amount"])
    def test_what_cannot_have_been_is_refused_and_nothing_is_written(self, bare, case, person):
        bad = lot(person("Other") if case == "another donor's" else bare.donor, **OLD)
        if case == "thawed":
            ledger.thaw(bare.donor.identity, bad, {100: 10}, now=NOW)
        public_id = agreed(bare)
        if case != "another donor's":
            withdraw(bare.donor, bad)
        amount, count = {"more than there is": (1000, 11), "too many for the amount": (200, 4)}.get(case, (400, 4))
        expected = NotFound if case == "another donor's" else ledger.NotForOthers if case == "thawed" else Invalid
        with pytest.raises(expected):
            give(bare, public_id, amount, {bad: {100: count}})
        assert (got(public_id), row(public_id).state) == ({}, "agreed")

    def test_met_before_their_time_and_withdrawn_meanwhile_the_amounts_lead_to_the_family(self, bare):
        """Nobody knew that they had met: the promise was taken back, the family not told. Now the truth is said."""
        bad = lot(bare.donor, **OLD)
        public_id = agreed(bare)
        withdraw(bare.donor, bad, now=NOW + HOUR)
        assert notices(bare.donor)[-1] == "handoff_lots_off"
        assert told(NOW + HOUR) == []
        give(bare, public_id, 400, {bad: {100: 4}}, now=NOW + 2 * HOUR)
        assert told(NOW + 2 * HOUR) == [{view(bare.donor, bad).code: 400}]

    @pytest.mark.both_databases
    def test_named_at_the_moment_of_the_withdrawal_the_family_is_told_whoever_is_first(self, app, donor, family):
        with app.app_context():
            where = talk(donor, family, bags=False)
            bad = lot(donor, **OLD)
            public_id = agreed(where)
        met = at_once(
            app,
            lambda: give(where, public_id, 400, {bad: {100: 4}}, now=END),
            lambda: withdraw(donor, bad, now=END),
        )
        assert raised(met) == []
        with app.app_context():
            assert told() == [{view(donor, bad).code: 400}]


class TestTheDonorIsAskedForOtherBags:
    @pytest.mark.parametrize("how", ["kept back", "withdrawn"])
    def test_in_the_first_minutes_of_the_window_too(self, bare, how):
        agree_to_days(bare.donor)
        bad, good = lot(bare.donor, **OLD), lot(bare.donor, **NEW)
        public_id = agreed(bare)
        if how == "kept back":
            ledger.keep_days_back(bare.donor.identity, days(3), now=START + HOUR)
        else:
            withdraw(bare.donor, bad, now=START + HOUR)
        assert notices(bare.donor)[-1] == "handoff_lots_off"
        services.choose_lots(bare.donor.identity, public_id, {good: {100: 4}}, now=START + HOUR)
        give(bare, public_id, 400, {good: {100: 4}})
        take(bare, public_id, 400)
        assert got(public_id) == {view(bare.donor, bad).code: 400, view(bare.donor, good).code: 400}
        assert row(public_id).state == "confirmed"

    def test_who_has_met_is_asked_for_nothing(self, bare):
        bad = lot(bare.donor, **OLD)
        public_id = agreed(bare)
        take(bare, public_id, 400, now=START)
        withdraw(bare.donor, bad, now=START + HOUR)
        assert "handoff_lots_off" not in notices(bare.donor)
        assert told(START + HOUR) == [{view(bare.donor, bad).code: 400}]

    def test_each_time_anew(self, bare):
        first, second, third = (lot(bare.donor, **OLD) for _each in range(3))
        public_id = agreed(bare)
        for number, (bad, good) in enumerate([(first, second), (second, third)], start=1):
            withdraw(bare.donor, bad, now=NOW + number * HOUR)
            assert notices(bare.donor).count("handoff_lots_off") == number
            services.choose_lots(bare.donor.identity, public_id, {good: {100: 4}}, now=NOW + number * HOUR)

    def test_other_milk_written_down_at_the_meeting_counts_beside_what_was_taken_for_handed_over(self, bare):
        bad = lot(bare.donor, **OLD)
        public_id = agreed(bare)
        withdraw(bare.donor, bad, now=START + HOUR)
        fresh = NewLot(NEW["pumped_from"], NEW["pumped_to"], Kept.FREEZER)
        give(bare, public_id, 400, lot=fresh)
        take(bare, public_id, 400)
        assert sorted(got(public_id).values()) == [400, 400]


class TestToldOfMore:
    @pytest.fixture
    def two(self, bare):
        """Two lots of one withdrawal; the family is known to have the first."""
        one, two = lot(bare.donor, **OLD), lot(bare.donor, **NEW)
        public_id = agreed(bare)
        take(bare, public_id, 600)
        withdrawals.withdraw(bare.donor.identity, Draft(Reason.STORAGE, lot_public_ids=(one, two)), now=END)
        assert told() == [{view(bare.donor, one).code: 400}]
        return public_id, view(bare.donor, one), view(bare.donor, two)

    def answer(self, code):
        page = db.session.query(WithdrawalNotice).one()
        held = next(each for each in family_notice(page.token).lots if each.code == code)
        said = [Answer(held.lot_id, fed_ml=0, stored_ml=0, discarded_ml=held.left_ml)]
        answering.answer(page.token, said, had={held.lot_id: int(held.left_ml)}, now=END)

    @pytest.mark.parametrize("answered", [False, True])
    def test_a_family_that_has_more_than_it_was_told_of_is_told_again(self, bare, two, answered):
        public_id, one, other = two
        if answered:
            self.answer(one.code)
            assert db.session.query(Withdrawal).one().state == "closed"
        give(bare, public_id, 600, {other.public_id: {100: 2}}, now=END + HOUR)
        assert told(END + HOUR) == [{one.code: 400, other.code: 200}]
        first, second = news_of(bare.family)
        assert first.item != second.item
        codes = second.params["codes"]
        assert codes.index(f"{other.code[:4]}") < codes.index(f"{one.code[:4]}")
        page = db.session.query(WithdrawalNotice).one()
        assert (page.tries, page.answered_at, page.named_lots) == (1, None, 2)
        assert db.session.query(Withdrawal).one().state == "telling"

    def test_the_job_run_again_tells_nobody_twice(self, bare, two):
        public_id, _one, other = two
        give(bare, public_id, 600, {other.public_id: {100: 2}}, now=END + HOUR)
        told(END + HOUR)
        again = db.session.query(Withdrawal).one().id
        telling.tell_families(again, [bare.family.id], now=END + 2 * HOUR)
        assert len(news_of(bare.family)) == 2

    @pytest.mark.parametrize("silent_before", [False, True])
    def test_who_stays_silent_after_it_is_tried_as_often_as_at_first(self, bare, two, silent_before):
        public_id, _one, other = two
        if silent_before:
            self.days_go_by(END, 4)
            assert len(news_of(bare.family)) == 3
        later = END + 5 * DAY
        give(bare, public_id, 600, {other.public_id: {100: 2}}, now=later)
        before = len(news_of(bare.family))
        self.days_go_by(later, 5)
        assert len(news_of(bare.family)) == before + 3
        assert db.session.query(WithdrawalNotice).one().next_try_at is None

    def days_go_by(self, begin, days):
        for each in range(days):
            now = begin + HOUR + each * DAY
            told(now)
            telling.follow_up(now=now)
            told(now)


def test_the_day_of_the_meeting_is_the_day_of_handing_over(bare):
    mine = lot(bare.donor)
    public_id = agreed(bare)
    take(bare, public_id, 400, now=END + 3 * DAY)
    give(bare, public_id, 400, now=END + 3 * DAY)
    last = milk.life_of(bare.donor.identity, mine, today=TODAY).events[-1]
    assert (last.entry.happened_at, last.at) == (START, END + 3 * DAY)
    assert received_by([row(public_id).holder])[0].received_at == START
