"""Milk is never promised twice: many at once, and any sequence of steps."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from app.handoffs import jobs, services
from app.handoffs.models import Handoff, HandoffChange, HandoffSide, HandoffWindow, OfferBalance
from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.balance import MilkTaken
from app.handoffs.rules.local_time import zone_named
from app.handoffs.rules.lots import NewLot
from app.handoffs.rules.states import HELD, LIFE, CancelReason, HandoffState
from app.infra.database import db
from app.kernel.errors import DomainError
from app.milk import services as ledger
from app.milk.models import CustodyEntry, CustodyHolding, LotPromise, WithdrawalHolder, WithdrawalLot
from app.milk.queries import lots_of, received_by
from app.milk.rules.drafts import Bags
from app.milk.rules.keeping import Kept
from app.milk.rules.withdrawals import Draft, Reason
from app.milk.services import withdrawals
from tests.at_once import at_once, raised
from tests.conftest import NOW, Person
from tests.handoffs.factories import DAY, HOUR, balance, draft, offer_of, proposed, row, talk
from tests.milk.factories import lot
from tests.people import add_person

pytestmark = pytest.mark.both_databases

S = HandoffState


@pytest.mark.parametrize(
    ("volume", "wins"),
    [(1000, 1), (600, 1), (400, 2), (330, 3), (125, 8)],
    ids=["all of it", "more than half", "1000 as 400s", "1000 as 330s", "enough for all eight"],
)
def test_of_eight_families_agreeing_at_once_exactly_the_possible_ones_win(app, donor, person, volume, wins):
    families = [person(f"Family{number}") for number in range(8)]
    with app.app_context():
        offer = offer_of(donor)
        talks = [talk(donor, family, offer=offer) for family in families]
        asked = [proposed(where, by=donor, volume_ml=volume) for where in talks]
    steps = [
        lambda who=who, public_id=public_id: services.agree(who.identity, public_id, now=NOW)
        for who, public_id in zip(families, asked, strict=True)
    ]
    answers = at_once(app, *steps)
    lost = [answer for answer in answers if answer is not None]
    assert len(lost) == 8 - wins
    assert all(type(answer) is MilkTaken for answer in lost), lost
    assert all("Another family has that milk now" in answer.message for answer in lost)
    with app.app_context():
        assert balance(talks[0]) == (1000, wins * volume, 0)
        states = [row(public_id).state for public_id in asked]
    assert states.count("agreed") == wins
    assert states.count("proposed") == 8 - wins


def test_the_same_button_pressed_eight_times_at_once_reserves_once(app, pair):
    with app.app_context():
        public_id = proposed(pair)
    answers = at_once(app, *[lambda: services.agree(pair.donor.identity, public_id, now=NOW)] * 8)
    assert answers == [None] * 8
    with app.app_context():
        assert balance(pair) == (1000, 400, 0)


def test_the_same_form_sent_eight_times_at_once_is_one_proposal(app, pair):
    who = pair.family.identity
    steps = [lambda: services.propose(who, pair.public_id, draft(), submit_token="once", now=NOW)] * 8
    answers = at_once(app, *steps)
    assert raised(answers) == []
    assert len(set(answers)) == 1
    with app.app_context():
        assert db.session.query(Handoff).count() == 1


def test_one_agrees_while_the_other_calls_off_and_the_milk_knows_who_was_first(app, pair):
    with app.app_context():
        public_id = proposed(pair)
    at_once(
        app,
        lambda: services.agree(pair.donor.identity, public_id, now=NOW),
        lambda: services.cancel(pair.family.identity, public_id, reason=CancelReason.UNSAID, now=NOW),
    )
    with app.app_context():
        assert row(public_id).state == "cancelled"
        found = db.session.query(OfferBalance).one_or_none()
        assert found is None or found.reserved_ml == 0


amounts = st.integers(min_value=30, max_value=500) | st.integers(min_value=-50, max_value=1300)
sides = st.sampled_from(["donor", "family"])
waits = st.sampled_from([HOUR, DAY, 3 * DAY, 8 * DAY])


class AnyStory(RuleBasedStateMachine):
    """Three families and a donor do anything in any order; the offer never gives more than it holds."""

    app = None
    number = 0
    handoffs = Bundle("handoffs")

    def __init__(self):
        super().__init__()
        self.context = self.app.app_context()
        self.context.push()
        self.now = NOW

    @initialize(weekly=st.booleans(), volume=st.integers(min_value=300, max_value=1200))
    def begin(self, weekly, volume):
        AnyStory.number += 1
        donor, *families = [Person(*add_person(f"P{AnyStory.number}x{who}")) for who in range(4)]
        offer = offer_of(donor, volume_ml=volume, weekly=weekly)
        self.talks = [talk(donor, family, offer=offer, bags=False) for family in families]
        self.donor = donor
        today = NOW.date()
        lot(donor, bags=(Bags(8, 100), Bags(2, 60)), pumped_to=today - 14 * DAY)
        lot(donor, bags=(Bags(5, 120),), kept=Kept.FRIDGE, pumped_from=today - DAY, pumped_to=today)

    def lots(self):
        """The donor's lots, the oldest first."""
        return lots_of(self.donor.identity, today=self.now.date())

    def attempt(self, step, *args, **kwargs):
        try:
            return step(*args, **kwargs, now=self.now)
        except DomainError:
            return None

    @rule(
        target=handoffs, which=st.integers(0, 2), side=sides, volume=amounts, ahead=waits,
        later=st.lists(waits, max_size=2),
    )  # fmt: skip
    def propose(self, which, side, volume, ahead, later):
        where = self.talks[which]
        others = tuple((self.now + 7 * DAY + wait, self.now + 7 * DAY + wait + HOUR) for wait in later)
        plan = replace(draft(volume, self.now + ahead), others=others)
        made = self.attempt(services.propose, getattr(where, side).identity, where.public_id, plan)
        return multiple(*([(which, made)] if made else []))

    @rule(target=handoffs, one=consumes(handoffs), side=sides, volume=amounts)
    def counter(self, one, side, volume):
        which, public_id = one
        actor = getattr(self.talks[which], side).identity
        made = self.attempt(services.counter_propose, actor, public_id, draft(volume, self.now + DAY))
        return (which, made or public_id)

    @rule(one=handoffs, window=st.integers(0, 2))
    def agree(self, one, window):
        # Only the one who did not propose can; the other is refused.
        for side in ("donor", "family"):
            self.attempt(services.agree, getattr(self.talks[one[0]], side).identity, one[1], window=window)

    @rule(one=handoffs, side=sides)
    def decline(self, one, side):
        self.attempt(services.decline, getattr(self.talks[one[0]], side).identity, one[1])

    @rule(one=handoffs, side=sides, reason=st.sampled_from(list(CancelReason)))
    def cancel(self, one, side, reason):
        self.attempt(services.cancel, getattr(self.talks[one[0]], side).identity, one[1], reason=reason)

    @rule(one=handoffs, side=sides, amount=amounts, condition=st.sampled_from([None, *Condition]))
    def confirm(self, one, side, amount, condition):
        actor = getattr(self.talks[one[0]], side).identity
        self.attempt(services.confirm, actor, one[1], amount_ml=amount, condition=condition)

    @rule(one=handoffs, given=amounts, received=amounts)
    def meet(self, one, given, received):
        donor, family = self.talks[one[0]].donor.identity, self.talks[one[0]].family.identity
        self.attempt(services.confirm, donor, one[1], amount_ml=given, condition=None)
        self.attempt(services.confirm, family, one[1], amount_ml=received, condition=Condition.FROZEN)

    @rule(one=handoffs, which=st.integers(0, 5), count=st.integers(-1, 9))
    def choose_bags(self, one, which, count):
        lots = self.lots()
        chosen = lots[which % len(lots)]
        wanted = {chosen.public_id: {int(chosen.bags[which % len(chosen.bags)].size_ml): count}}
        self.attempt(services.choose_lots, self.donor.identity, one[1], wanted)

    @rule(one=handoffs, days=st.sampled_from([0, 3, 9]), kept=st.sampled_from([Kept.FRIDGE, Kept.FREEZER]))
    def write_down_a_lot(self, one, days, kept):
        self.attempt(services.write_lot, self.donor.identity, one[1], self.new_lot(days, kept))

    @rule(one=handoffs, amount=amounts, days=st.sampled_from([0, 3, 9]), kept=st.sampled_from([Kept.FRIDGE, None]))
    def confirm_with_a_lot(self, one, amount, days, kept):
        more = {"amount_ml": amount, "condition": None, "lot": self.new_lot(days, kept)}
        self.attempt(services.confirm, self.donor.identity, one[1], **more)

    def new_lot(self, days, kept):
        day = self.now.date() - days * DAY
        return NewLot(day, day, kept)

    @rule(which=st.integers(0, 5), count=st.integers(1, 4), step=st.sampled_from(["thaw", "discard", "split_off"]))
    def take_bags(self, which, count, step):
        lots = self.lots()
        chosen = lots[which % len(lots)]
        bags = {int(chosen.bags[0].size_ml): count}
        self.attempt(getattr(ledger, step), self.donor.identity, chosen.public_id, bags)

    @rule(which=st.integers(0, 20))
    def withdraw(self, which):
        lots = self.lots()
        if which < len(lots):
            draft = Draft(Reason.STORAGE, lot_public_ids=(lots[which].public_id,))
            self.attempt(withdrawals.withdraw, self.donor.identity, draft)

    @rule(
        one=handoffs, amount=amounts, which=st.integers(0, 5), count=st.integers(1, 8),
        said=st.sampled_from(["bags", "from_others"]),
    )  # fmt: skip
    def confirm_naming_bags(self, one, amount, which, count, said):
        """Whatever became of them since: what two who met say changed hands is written down."""
        lots = self.lots()
        chosen = lots[which % len(lots)]
        size = int(chosen.bags[which % len(chosen.bags)].size_ml)
        plausible = size * count if which % 2 else amount
        more = {"amount_ml": plausible, "condition": None, said: {chosen.public_id: {size: count}}}
        self.attempt(services.confirm, self.donor.identity, one[1], **more)

    @rule(one=handoffs, side=sides)
    def met_after_all(self, one, side):
        self.attempt(services.say_met, getattr(self.talks[one[0]], side).identity, one[1])

    @rule(one=handoffs, side=sides)
    def not_met_after_all(self, one, side):
        self.attempt(services.say_not_met, getattr(self.talks[one[0]], side).identity, one[1])

    @rule(one=handoffs, side=sides, count=st.integers(1, 8), given=st.booleans())
    def missed_and_then_met(self, one, side, count, given):
        self.now = max(self.now, row(one[1]).window_end)
        self.missed(one, side)
        self.met_after_all(one, side)
        if given:
            self.confirm_naming_bags(one, 0, 1, count, "bags")

    @rule(one=handoffs, side=sides)
    def leave(self, one, side):
        self.attempt(services.say_on_the_way, getattr(self.talks[one[0]], side).identity, one[1])

    @rule(one=handoffs, right=st.booleans())
    def type_the_code(self, one, right):
        handoff = row(one[1])
        code = db.session.query(HandoffSide.code).filter_by(handoff_id=handoff.id, side="donor").scalar()
        typed = code if right and code else "000000"
        self.attempt(services.enter_code, self.talks[one[0]].family.identity, one[1], typed)

    @rule(one=handoffs, side=sides)
    def missed(self, one, side):
        self.attempt(services.report_missed, getattr(self.talks[one[0]], side).identity, one[1])

    @rule(wait=waits)
    def time_goes_by(self, wait):
        self.now += wait
        jobs.upkeep(now=self.now)

    @invariant()
    def the_balance_is_the_sum_of_its_handoffs(self):
        if not hasattr(self, "talks"):
            return
        db.session.rollback()
        offer_id = self.talks[0].offer_id
        rows = db.session.query(Handoff).filter_by(offer_id=offer_id).all()
        for found in db.session.query(OfferBalance).filter_by(offer_id=offer_id):
            of_period = [one for one in rows if one.period == found.period]
            promised = [one.donor_given_ml or one.volume_ml for one in of_period if one.state in HELD]
            given = [
                one.donor_given_ml or min(one.family_received_ml or one.volume_ml, one.volume_ml)
                for one in of_period
                if one.state == S.CONFIRMED
            ]
            assert (found.reserved_ml, found.given_ml) == (sum(promised), sum(given))
            assert found.reserved_ml + found.given_ml <= found.total_ml

    @invariant()
    def no_state_is_skipped(self):
        if not hasattr(self, "talks"):
            return
        db.session.rollback()
        mine = {one.id: one.state for one in db.session.query(Handoff).filter_by(offer_id=self.talks[0].offer_id)}
        last = {}
        changes = db.session.query(HandoffChange).filter(HandoffChange.handoff_id.in_(mine))
        for change in changes.order_by(HandoffChange.id):
            old, new = last.get(change.handoff_id), S(change.new_state)
            assert change.old_state == old
            assert (old is None and new is S.PROPOSED) or LIFE.allows(S(old), new)
            last[change.handoff_id] = new
        assert last == mine

    @invariant()
    def nothing_of_a_meeting_outlives_it(self):
        db.session.rollback()
        states = dict(db.session.query(Handoff.id, Handoff.state).all())
        assert all(states[each.handoff_id] in HELD for each in db.session.query(HandoffSide))
        assert all(states[each.handoff_id] == S.PROPOSED for each in db.session.query(HandoffWindow))

    @invariant()
    def each_handoff_that_is_done_has_milk_of_a_lot(self):
        if not hasattr(self, "talks"):
            return
        db.session.rollback()
        for one in db.session.query(Handoff).filter_by(offer_id=self.talks[0].offer_id, state=S.CONFIRMED):
            assert received_by([one.holder]), "done, and nobody knows which milk it was"

    @invariant()
    def no_bag_is_promised_or_gone_twice(self):
        if not hasattr(self, "talks"):
            return
        db.session.rollback()
        holders = dict(db.session.query(Handoff.holder, Handoff.state).all())
        for each in self.lots():
            promises = db.session.query(LotPromise).filter_by(lot_id=each.id).all()
            for bags in each.bags:
                promised = sum(one.count for one in promises if one.size_ml == bags.size_ml)
                assert (bags.promised, bags.left >= bags.promised) == (promised, True)
            assert each.balance.reserved_ml == sum(one.count * one.size_ml for one in promises)
            assert each.balance.free_ml >= 0
            assert all(holders[one.holder] in HELD for one in promises)

    @invariant()
    def nothing_is_handed_over_that_thawed_was_withdrawn_or_is_past_its_day(self):
        if not hasattr(self, "talks"):
            return
        db.session.rollback()
        handoffs = {one.holder: one for one in db.session.query(Handoff)}
        for each in self.lots():
            lines = db.session.query(CustodyEntry).filter_by(lot_id=each.custody_id).order_by(CustodyEntry.id).all()
            ended = [line.id for line in lines if line.kind in {"thawed", "withdrawn"}]
            for line in lines:
                if line.kind in {"reserved", "handed_over"} and not self.is_told_late(line):
                    assert not ended or line.id < min(ended)
                if line.kind == "handed_over":
                    window_end = handoffs[line.holder].window_end
                    assert each.clock.use_by >= window_end.astimezone(zone_named("America/Los_Angeles")).date()

    def is_told_late(self, line):
        """Whether a line only says late what had changed hands; milk that has thawed is not among it."""
        thawed = db.session.query(CustodyEntry).filter_by(lot_id=line.lot_id, kind="thawed")
        is_late = line.kind == "handed_over" and line.condition == "unsaid"
        return is_late and not any(each.id < line.id for each in thawed)

    @invariant()
    def whoever_has_withdrawn_milk_is_among_the_told_and_nobody_else(self):
        if not hasattr(self, "talks"):
            return
        db.session.rollback()
        mine = [each.custody_id for each in self.lots()]
        for lot_id, withdrawal_id in db.session.query(WithdrawalLot.lot_id, WithdrawalLot.withdrawal_id).filter(
            WithdrawalLot.lot_id.in_(mine)
        ):
            told = {
                each for (each,) in db.session.query(WithdrawalHolder.holder).filter_by(withdrawal_id=withdrawal_id)
            }
            lots = db.session.query(WithdrawalLot.lot_id).filter_by(withdrawal_id=withdrawal_id)
            held = db.session.query(CustodyHolding).filter(CustodyHolding.received_ml > 0)
            has = {each.holder for each in held.filter(CustodyHolding.lot_id.in_(lots.scalar_subquery()))}
            assert told == has, lot_id

    def teardown(self):
        db.session.remove()
        self.context.pop()


@pytest.mark.slow
def test_no_sequence_gives_out_more_than_the_offer_holds_or_skips_a_state(app, database):
    AnyStory.app = app
    run_state_machine_as_test(
        AnyStory,
        settings=settings(
            max_examples=14 if database == "sqlite" else 6,
            stateful_step_count=30,
            # Every step is a commit to disk: making a failure smaller would take longer than reading it.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            deadline=timedelta(seconds=60),
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
