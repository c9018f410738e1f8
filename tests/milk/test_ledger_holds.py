"""No sequence of steps, and no crowd at the same moment, gives out more of a lot than it holds."""

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
from sqlalchemy import func, select

from app.infra.database import db
from app.kernel.errors import DomainError
from app.milk import services
from app.milk.models import CustodyEntry, CustodyHolding, CustodyLot, Lot
from app.milk.rules.keeping import Kept
from app.milk.rules.ledger import Arrival, Entry, NotEnoughMilk
from app.milk.services import custody
from tests.at_once import at_once, raised
from tests.conftest import NOW, Person
from tests.milk.factories import lot, view
from tests.people import add_person

pytestmark = pytest.mark.both_databases

HOLDERS = ["first", "second", "third"]
volumes = st.sampled_from([1, 50, 99, 100, 250, 400, 1000])


@pytest.mark.parametrize(("volume", "wins"), [(1000, 1), (600, 1), (400, 2), (125, 8)])
def test_of_eight_asking_at_once_exactly_the_possible_ones_are_promised_milk(app, donor, volume, wins):
    with app.app_context():
        public_id = lot(donor)
    steps = [
        lambda number=number: services.promise(public_id, f"handoff{number}", volume, now=NOW) for number in range(8)
    ]
    answers = at_once(app, *steps)
    lost = raised(answers)
    assert len(lost) == 8 - wins, answers
    assert {type(answer) for answer in lost} <= {NotEnoughMilk}, lost
    with app.app_context():
        found = view(donor, public_id).balance
        assert found.reserved_ml == wins * volume
        assert found.free_ml == 1000 - wins * volume


class Custody(RuleBasedStateMachine):
    """Anybody does anything with lots in any order; the books are reckoned anew from the ledger after each step."""

    def __init__(self, who: Person) -> None:
        """Everything happens to milk of one donor, in one application context."""
        super().__init__()
        self.who = who
        self.now = NOW

    lots = Bundle("lots")

    @initialize(target=lots)
    def begin(self):
        self.now = NOW
        return lot(self.who)

    @rule(target=lots)
    def pump(self):
        return lot(self.who)

    def tried(self, step):
        try:
            return step()
        except DomainError:
            return None

    @rule(where=lots, holder=st.sampled_from(HOLDERS), volume=volumes)
    def promise(self, where, holder, volume):
        self.tried(lambda: services.promise(where, holder, volume, now=self.now))

    @rule(where=lots, holder=st.sampled_from(HOLDERS), volume=volumes)
    def take_back(self, where, holder, volume):
        self.tried(lambda: services.take_back(where, holder, volume, now=self.now))

    @rule(where=lots, holder=st.sampled_from(HOLDERS), volume=volumes)
    def give(self, where, holder, volume):
        before = view(self.who, where, self.now.date())
        may = before.thawed_on is None and before.days_left >= 0 and not before.withdrawn
        given = self.tried(lambda: [services.give(where, holder, volume, Arrival.FROZEN, now=self.now)])
        assert may or given is None

    @rule(where=lots, holder=st.sampled_from(HOLDERS), volume=volumes,
          kind=st.sampled_from([Entry.FED, Entry.DISCARDED, Entry.STORED]))  # fmt: skip
    def settle(self, where, holder, volume, kind):
        record = view(self.who, where).custody_id
        self.tried(lambda: custody.settle(record, holder, kind, volume, now=self.now))

    @rule(where=lots, count=st.integers(0, 11))
    def discard(self, where, count):
        self.tried(lambda: services.discard(self.who.identity, where, {100: count}, now=self.now))

    @rule(target=lots, where=lots, count=st.integers(0, 11))
    def thaw(self, where, count):
        made = self.tried(lambda: services.thaw(self.who.identity, where, {100: count}, now=self.now))
        return made if made and made != where else multiple()

    @rule(target=lots, where=lots, count=st.integers(0, 11))
    def split(self, where, count):
        made = self.tried(lambda: services.split_off(self.who.identity, where, {100: count}, now=self.now))
        return made or multiple()

    @rule(where=lots, kept=st.sampled_from(Kept))
    def put(self, where, kept):
        self.tried(lambda: services.put(self.who.identity, where, kept, now=self.now))

    @rule(where=consumes(lots))
    def withdraw(self, where):
        custody.withdraw(view(self.who, where).custody_id, now=self.now)

    @rule(days=st.sampled_from([1, 30, 200]))
    def wait(self, days):
        self.now += timedelta(days=days)

    def own(self):
        """The records of this donor's lots: earlier stories stand in the same database."""
        return select(Lot.custody_id).where(Lot.donor_id == self.who.id)

    @invariant()
    def no_lot_gives_more_than_it_held(self):
        for row in db.session.scalars(select(CustodyLot).where(CustodyLot.id.in_(self.own()))):
            said = sums(CustodyEntry.lot_id == row.id)
            poured = sums(CustodyEntry.lot_id == row.id, CustodyEntry.holder.is_(None)).get("discarded", 0)
            assert said["created"] == row.made_ml
            assert (row.given_ml, row.ended_ml) == (said.get("handed_over", 0), said.get("split", 0) + poured)
            assert row.reserved_ml + row.given_ml + row.ended_ml <= row.made_ml
            held = db.session.scalars(select(CustodyHolding).where(CustodyHolding.lot_id == row.id)).all()
            assert sum(each.reserved_ml for each in held) == row.reserved_ml
            assert sum(each.received_ml for each in held) == row.given_ml

    @invariant()
    def no_holder_uses_up_more_than_it_received(self):
        for row in db.session.scalars(select(CustodyHolding).where(CustodyHolding.lot_id.in_(self.own()))):
            said = sums(CustodyEntry.lot_id == row.lot_id, CustodyEntry.holder == row.holder)
            assert row.received_ml == said.get("handed_over", 0)
            assert row.used_ml == said.get("fed", 0) + said.get("discarded", 0) <= row.received_ml

    @invariant()
    def all_milk_ever_pumped_is_in_a_lot_or_poured_away(self):
        own = CustodyEntry.lot_id.in_(self.own())
        pumped = sums(own, CustodyEntry.other_lot_id.is_(None)).get("created", 0)
        poured = sums(own, CustodyEntry.holder.is_(None)).get("discarded", 0)
        rest = func.coalesce(func.sum(CustodyLot.made_ml - CustodyLot.ended_ml), 0)
        assert pumped == poured + db.session.scalar(select(rest).where(CustodyLot.id.in_(self.own())))


def sums(*conditions) -> dict[str, int]:
    """What the ledger says in all, by kind."""
    wanted = select(CustodyEntry.kind, func.sum(CustodyEntry.volume_ml)).where(*conditions).group_by(CustodyEntry.kind)
    return {row[0]: int(row[1]) for row in db.session.execute(wanted)}


@pytest.mark.slow
def test_no_sequence_of_steps_gives_out_more_than_a_lot_holds(in_app):
    numbers = iter(range(10_000))

    def machine() -> Custody:
        return Custody(Person(*add_person(f"Donor{next(numbers)}")))

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate],
        ),
    )  # fmt: skip
