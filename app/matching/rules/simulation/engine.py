"""One run: people come, look, write, answer, meet and go, in the order of the hours."""

import heapq
from functools import partial
from typing import Protocol

from app.matching.rules.sides import Supply
from app.matching.rules.simulation.behaviour import Behaviour, Chance
from app.matching.rules.simulation.community import Community
from app.matching.rules.simulation.outcome import WITHIN_DAYS, Outcome, measured
from app.matching.rules.simulation.world import HOURS_A_DAY, World

_WEEK = 7 * HOURS_A_DAY
_TALK_HOURS = 12.0
"""How long two talk before they find that it does not fit."""


class Policy(Protocol):
    """A way of meeting: who sees what, and whom a donor answers first."""

    free_text: bool
    """Whether posts are free text, which leaves things out, or forms."""

    def starts(self, run: "Run") -> None:
        """The run begins; whatever happens at fixed hours is put in line."""

    def posted(self, *, donor: int | None = None, family: int | None = None, hour: float) -> None:
        """A post is there, or its milk is free again."""

    def visits(self, family: int, hour: float) -> None:
        """A family looks."""

    def queue(self, donor: int, hour: float) -> list[int]:
        """Those who wrote to a donor, in the order in which she answers."""

    def answered(self, donor: int, family: int, hour: float) -> None:
        """A donor answered a family; it waits no more."""

    def amount(self, donor: int, family: int, hour: float) -> float:
        """How much of a donor's free milk the two agree on."""

    def promised_all(self, donor: int, hour: float) -> None:
        """A donor has nothing free at the moment."""

    def gone(self, donor: int, hour: float) -> None:
        """An offer is over; whoever waited at it waits no more."""


def run(community: Community, policy: Policy, *, seed: int, behaviour: Behaviour | None = None) -> Outcome:
    """
    What becomes of the community under ``policy``; the same arguments give the same outcome.

    A family counts when it came after the start and was watched for seven days at least; who was there before only
    shares the milk. Milk that is still free at the end is neither given
    nor lost.
    """
    course = Run(World(community, behaviour or Behaviour(), Chance(seed), policy.free_text), policy)
    course.plays()
    world = course.world
    last = community.hours - _WEEK_WATCHED
    counted = [row for row, one in enumerate(community.families) if 0 <= one.comes <= last]
    return measured(
        first_milk=[world.first_milk[row] for row in counted],
        received=[world.received[row] for row in counted],
        messages=world.messages,
        givers=len(world.gave),
        ways=world.ways,
        given=sum(world.received),
        wasted=world.wasted,
    )


_WEEK_WATCHED = WITHIN_DAYS * HOURS_A_DAY


class Run:
    """The course of one run: what happens when, whatever the policy."""

    def __init__(self, world: World, policy: Policy) -> None:
        self.world = world
        self.policy = policy

    def plays(self) -> None:
        """Let everything happen until the last hour."""
        world = self.world
        for number, donor in enumerate(world.community.donors):
            world.later(donor.comes, partial(self._donor_comes, number))
        for number, family in enumerate(world.community.families):
            world.later(family.comes, partial(self._family_comes, number))
        self.policy.starts(self)
        while world.due and world.due[0][0] < world.community.hours:
            hour, _, what = heapq.heappop(world.due)
            what(hour)

    def writes(self, family: int, donor: int, hour: float) -> None:
        """A family says yes to an offer; the donor reads it some hours later."""
        world = self.world
        world.wrote.add((donor, family))
        world.waiting[donor].append(family)
        world.messages[donor] += 1
        self._reads_soon(donor, hour)

    def _reads_soon(self, donor: int, hour: float) -> None:
        world = self.world
        silent = world.chance.happens(world.behaviour.silent_donors, 2, donor)
        if donor not in world.reading and not silent:
            world.reading.add(donor)
            wait = world.chance.wait(world.behaviour.answer_hours, 3, donor, int(hour))
            world.later(hour + wait, partial(self._reads, donor))

    def _donor_comes(self, donor: int, hour: float) -> None:
        world, community = self.world, self.world.community
        world.donors[donor], world.waiting[donor] = {}, []
        for family in world.families:
            world.meets(donor, family, hour)
        world.later(community.donors[donor].goes, partial(self._donor_goes, donor))
        if community.donors[donor].side.supply is Supply.WEEKLY:
            world.later(hour + _WEEK, partial(self._pumps, donor))
        self.policy.posted(donor=donor, hour=hour)

    def _family_comes(self, family: int, hour: float) -> None:
        world = self.world
        world.families[family] = set()
        for donor in world.donors:
            world.meets(donor, family, hour)
        world.later(world.community.families[family].goes, partial(self._family_goes, family))
        world.later(world.community.families[family].gives_up, partial(self._gives_up, family))
        self.policy.posted(family=family, hour=hour)
        self._looks_again(family, hour)

    def _looks_again(self, family: int, hour: float) -> None:
        rate = self.world.community.families[family].visits_a_day
        wait = self.world.chance.wait(HOURS_A_DAY / rate, 4, family, int(hour * 60))
        self.world.later(hour + wait, partial(self._looks, family))

    def _looks(self, family: int, hour: float) -> None:
        if family in self.world.families:
            self.policy.visits(family, hour)
            self._looks_again(family, hour)

    def _pumps(self, donor: int, hour: float) -> None:
        world = self.world
        if donor in world.donors:
            world.free[donor] += world.community.donors[donor].side.volume
            world.later(hour + _WEEK, partial(self._pumps, donor))
            usual = world.regular.get(donor)
            if usual in world.donors[donor] and world.wants(usual, hour):
                self._promises(donor, usual, hour)
            self._free_again(donor, hour)

    def _donor_goes(self, donor: int, hour: float) -> None:
        world = self.world
        if donor in world.donors:
            world.wasted += world.free[donor] if world.has_milk(donor) else 0
            self._takes_down(donor, hour)

    def _takes_down(self, donor: int, hour: float) -> None:
        for family in self.world.donors.pop(donor):
            if family in self.world.families:
                self.world.families[family].discard(donor)
        self.world.waiting[donor] = []
        self.policy.gone(donor, hour)

    def _gives_up(self, family: int, hour: float) -> None:
        if self.world.first_milk[family] is None and not self.world.booked[family]:
            self._family_goes(family, hour)

    def _family_goes(self, family: int, hour: float) -> None:  # noqa: ARG002, called with the hour like everything
        for donor in self.world.families.pop(family, ()):
            del self.world.donors[donor][family]

    def _reads(self, donor: int, hour: float) -> None:
        """A donor answers, one after the other, until her milk is promised."""
        world = self.world
        world.reading.discard(donor)
        for family in self.policy.queue(donor, hour) if donor in world.donors else ():
            if not world.has_milk(donor):
                return
            if family in world.donors[donor] and world.wants(family, hour):
                world.waiting[donor].remove(family)
                self.policy.answered(donor, family, hour)
                self._promises(donor, family, hour)

    def _promises(self, donor: int, family: int, hour: float) -> None:
        world, behaviour = self.world, self.world.behaviour
        amount = self.policy.amount(donor, family, hour)
        world.free[donor] -= amount
        if not world.has_milk(donor):
            self.policy.promised_all(donor, hour)
        world.booked[family] += amount
        world.promised[donor] += 1
        world.holders.setdefault(donor, set()).add(family)
        able = world.donors[donor][family]
        asked_in_vain = able.fit.must_ask and world.chance.happens(behaviour.ask_fails, 5, donor, family)
        if asked_in_vain or not able.suits:
            world.later(hour + _TALK_HOURS, partial(self._breaks, donor, family, amount))
            return
        soonest, latest = behaviour.handoff_days
        days = soonest + (latest - soonest) * world.chance.share(6, donor, family)
        kept = not world.chance.happens(behaviour.no_show, 7, donor, family)
        end = partial(self._hands_over if kept else self._breaks, donor, family, amount)
        world.later(hour + days * HOURS_A_DAY, end)

    def _breaks(self, donor: int, family: int, amount: float, hour: float) -> None:
        """A promise comes to nothing: the milk is free, the next in line may have it."""
        world = self.world
        self._settles(donor, family, amount)
        world.holders[donor].discard(family)
        world.spent.add((donor, family))
        if donor in world.donors:
            world.free[donor] += amount
            self._free_again(donor, hour)
        else:
            world.wasted += amount

    def _free_again(self, donor: int, hour: float) -> None:
        if self.world.has_milk(donor):
            if self.world.waiting[donor]:
                self._reads_soon(donor, hour)
            self.policy.posted(donor=donor, hour=hour)

    def _hands_over(self, donor: int, family: int, amount: float, hour: float) -> None:
        world, community = self.world, self.world.community
        self._settles(donor, family, amount)
        world.stock[family] = (hour, world.in_stock(family, hour) + amount)
        world.received[family] += amount
        if world.first_milk[family] is None:
            world.first_milk[family] = hour - community.families[family].comes
        world.gave.add(donor)
        world.ways.append(float(community.apart[donor, family]))
        if community.donors[donor].side.supply is Supply.WEEKLY:
            world.regular[donor] = family
        elif donor in world.donors and not world.has_milk(donor) and not world.promised[donor]:
            self._takes_down(donor, hour)

    def _settles(self, donor: int, family: int, amount: float) -> None:
        self.world.booked[family] -= amount
        self.world.promised[donor] -= 1
