"""No sequence of steps, and no two at the same moment, let a bag of days kept back be promised or given."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from app.accounts.rules.consents import Purpose
from app.accounts.services import withdraw_consent
from app.infra.database import db
from app.kernel.errors import DomainError
from app.milk import queries, services
from app.milk.models import CustodyLot, Deferral, Lot
from app.milk.rules.deferrals import DeferralDraft, Kind, Standing
from app.milk.rules.drafts import Bags
from app.milk.rules.ledger import Arrival
from tests.at_once import at_once, raised
from tests.conftest import NOW, Person
from tests.milk.deferring import agree, keep
from tests.milk.factories import TODAY, lot, view
from tests.people import add_person

pytestmark = pytest.mark.both_databases

FIRST = date(2026, 11, 15)
"""The days of a story are few, so that its lots and entries meet."""
SIZE = 100
numbers = st.integers(0, 20)
few = st.integers(0, 6)
lengths = st.sampled_from([0, 0, 1, 3])


def test_while_a_day_is_kept_back_no_promise_of_its_milk_outlives_it(app, donor):
    with app.app_context():
        agree(donor)
        public_id = lot(donor)
    promises = [
        lambda number=number: services.promise(public_id, f"handoff{number}", SIZE, now=NOW) for number in range(6)
    ]
    met = at_once(app, *promises[:3], lambda: keep(donor, 3), *promises[3:])
    assert {type(each) for each in raised(met)} <= {services.NotForOthers}, met
    assert not isinstance(met[3], Exception)
    with app.app_context():
        found = view(donor, public_id)
        assert found.excluded
        assert found.balance.reserved_ml == 0


def test_lots_made_or_split_while_a_day_is_kept_back_do_not_slip_through(app, donor):
    with app.app_context():
        agree(donor)
        whole = lot(donor)
    steps = [lambda: lot(donor)] * 3 + [
        lambda: services.split_off(donor.identity, whole, {SIZE: 1}, now=NOW),
        lambda: services.thaw(donor.identity, whole, {SIZE: 1}, now=NOW),
    ]
    met = at_once(app, *steps[:2], lambda: keep(donor, 3), *steps[2:])
    assert raised(met) == []
    with app.app_context():
        assert db.session.scalars(select(CustodyLot.excluded)).all() == [True] * 6


@dataclass
class Pumped:
    """What the donor knows and the site does not: on which day each bag of a lot was pumped."""

    public_id: str
    days: list[date] = field(default_factory=list)

    def take(self, number: int) -> list[date]:
        """Some of the bags leave."""
        taken, self.days = self.days[:number], self.days[number:]
        return taken


class Calendar(RuleBasedStateMachine):
    """
    A donor who tells the truth pumps, keeps days back, changes her mind and gives, in any order.

    After each step no lot with a bag of a day kept back may be promised or given.
    """

    def __init__(self, who: Person) -> None:
        """Everything happens to one donor, in one application context."""
        super().__init__()
        self.who = who
        self.now = NOW
        self.lots: list[Pumped] = []
        self.holders = count()

    @initialize()
    def begin(self):
        agree(self.who)
        self.pump_some(0, 6, [0, 1, 2, 3, 4, 5, 6])

    def tried(self, step):
        try:
            return step()
        except DomainError:
            return None

    def one(self, number: int) -> Pumped:
        return self.lots[number % len(self.lots)]

    def entries(self) -> list[Deferral]:
        own = select(Deferral).where(Deferral.donor_id == self.who.id).order_by(Deferral.id)
        return list(db.session.scalars(own))

    def kept_days(self, day: date) -> bool:
        return any(each.first_day <= day <= (each.last_day or date.max) for each in self.entries())

    @rule(first=few, span=few, bags=st.lists(few, min_size=2, max_size=6))
    def pump(self, first, span, bags):
        self.pump_some(first, span, bags)

    def pump_some(self, first, span, bags):
        begin = FIRST + timedelta(first)
        until = min(begin + timedelta(span), TODAY)
        days = [min(begin + timedelta(each), until) for each in bags]
        made = lot(self.who, pumped_from=begin, pumped_to=until, bags=(Bags(len(days), SIZE),))
        self.lots.append(Pumped(made, days))

    @rule(first=few, length=lengths, goes_on=st.booleans(), answers=st.booleans())
    def keep(self, first, length, goes_on, answers):
        begin = FIRST + timedelta(first)
        days = DeferralDraft(Kind.FEVER, begin, begin + timedelta(length), goes_on=goes_on and length == 0)
        self.tried(lambda: services.keep_days_back(self.who.identity, days, now=self.now))
        if answers:
            self.answer()

    @rule(
        which=numbers,
        first=few,
        length=lengths,
        how=st.sampled_from(["change", "end", "delete", "again"]),
    )
    def change(self, which, first, length, how):
        entries = self.entries()
        if not entries:
            return
        entry, who = entries[which % len(entries)].public_id, self.who.identity
        begin = FIRST + timedelta(first)
        steps = {
            "change": lambda: services.change_days(
                who, entry, DeferralDraft(Kind.FEVER, begin, begin + timedelta(length)), now=self.now
            ),
            "end": lambda: services.end_today(who, entry, now=self.now),
            "delete": lambda: services.delete_days(who, entry, now=self.now),
            "again": lambda: services.again_today(who, entry, now=self.now),
        }
        self.tried(steps[how])

    @rule()
    def grow(self):
        for each in self.entries()[-1:]:
            last = each.last_day and each.last_day + timedelta(days=1)
            longer = DeferralDraft(Kind.FEVER, each.first_day - timedelta(days=1), last, goes_on=last is None)
            services.change_days(self.who.identity, each.public_id, longer, now=self.now)

    @rule()
    def think_again(self):
        self.answer()

    def answer(self):
        for its in list(self.lots):
            self.answer_for(its)

    def answer_for(self, its):
        held = queries.held_lot(self.who.identity, view(self.who, its.public_id))
        if held is None or not held.can_answer:
            return
        asked = [each.days for each in held.by if each.days and each.standing is not Standing.OUTSIDE]
        inside = [day for day in its.days if any(days.first <= day <= days.last for days in asked)]
        led_to = services.say_which_bags(self.who.identity, its.public_id, {SIZE: len(inside)}, now=self.now)
        if led_to != its.public_id:
            self.lots.append(Pumped(led_to, inside))
            its.days = [day for day in its.days if day not in inside]

    @precondition(lambda self: self.lots)
    @rule(which=numbers, bags=st.integers(1, 3), how=st.sampled_from(["split", "thaw", "discard"]))
    def divide(self, which, bags, how):
        its, who = self.one(which), self.who.identity
        steps = {"split": services.split_off, "thaw": services.thaw, "discard": services.discard}
        done = self.tried(lambda: [steps[how](who, its.public_id, {SIZE: bags}, now=self.now)])
        if done and done[0] != its.public_id:
            taken = its.take(bags)
            self.lots.extend([Pumped(done[0], taken)] if done[0] else [])

    @precondition(lambda self: self.lots)
    @rule(which=numbers, bags=st.integers(1, 3), how=st.sampled_from(["promise", "give"]))
    def part_with(self, which, bags, how):
        its, holder = self.one(which), f"holder{next(self.holders)}"
        kept = [day for day in its.days if self.kept_days(day)]
        given = {"bags": {SIZE: bags}, "now": self.now}
        if how == "promise":
            done = self.tried(lambda: [services.promise(its.public_id, holder, bags * SIZE, **given)])
        else:
            done = self.tried(lambda: [services.give(its.public_id, holder, bags * SIZE, Arrival.FROZEN, **given)])
            if done:
                its.take(bags)
        assert done is None or not kept

    @precondition(lambda self: self.lots)
    @rule(which=numbers)
    def give_again(self, which):
        self.tried(lambda: services.give_again(self.who.identity, self.one(which).public_id, now=self.now))

    @rule()
    def change_her_mind_on_the_consent(self):
        withdraw_consent(self.who.identity, Purpose.HEALTH_DAYS, now=self.now)
        agree(self.who)

    @rule(days=st.sampled_from([1, 2]))
    def wait(self, days):
        self.now += timedelta(days=days)

    @invariant()
    def no_lot_with_a_bag_of_a_day_kept_back_can_leave(self):
        rows = select(Lot.public_id, CustodyLot).join(CustodyLot, CustodyLot.id == Lot.custody_id)
        records = {row[0]: row[1] for row in db.session.execute(rows.where(Lot.donor_id == self.who.id))}
        for its in self.lots:
            record = records[its.public_id]
            if any(self.kept_days(day) for day in its.days):
                assert record.excluded
            assert not (record.excluded and record.reserved_ml)


@pytest.mark.slow
def test_no_sequence_of_steps_lets_a_bag_of_a_day_kept_back_leave(in_app):
    serial = count()

    def machine() -> Calendar:
        return Calendar(Person(*add_person(f"Donor{next(serial)}")))

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20, stateful_step_count=30, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate],
        ),
    )  # fmt: skip
