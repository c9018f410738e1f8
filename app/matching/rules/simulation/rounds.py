"""Our way: rounds every few hours over the real rules, few reach each donor, a notice when something new is there."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

import numpy as np

from app.kernel.quantities import Millilitres
from app.matching.rules.rounds import Candidates, Held, Room, choose, tie_hashes
from app.matching.rules.score import score
from app.matching.rules.shares import suggested_share
from app.matching.rules.simulation.engine import Run
from app.matching.rules.simulation.world import HOURS_A_DAY, World
from app.matching.rules.weights import DEFAULT, MatchingRules

_FRESH_HOURS = 24.0
"""Points are worked out anew once a day and when a family's milk changed; what moves in a day is a fraction of one."""

_NEARLY_NOW = 1 / 6
"""Hours until a micro-round: ten minutes."""


def _hours(span: timedelta) -> float:
    return span.total_seconds() / 3600


@dataclass
class Rounds:
    """
    Rounds, micro-rounds, lapses, quiet families and the open map, by the rules of the site.

    At its own visits a family also looks at the open map; with ``whole_list`` it searches everything that fits it
    instead, however new. Left out: a donor's suggestions and invitations, and the alert about a family whose milk is
    at its end.
    """

    free_text = False
    rules: MatchingRules = DEFAULT
    whole_list: bool = False
    run: Run = field(init=False)
    page: dict[int, dict[int, float]] = field(default_factory=lambda: defaultdict(dict))
    before: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    yeses: dict[int, dict[int, tuple[int, int, float]]] = field(default_factory=lambda: defaultdict(dict))
    heard: dict[int, float] = field(default_factory=dict)
    silences: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    paused: set[int] = field(default_factory=set)
    told: set[int] = field(default_factory=set)
    kept_points: dict[tuple[int, int], tuple[float, float, int]] = field(default_factory=dict)

    @property
    def world(self) -> World:
        """The state of the run."""
        return self.run.world

    def starts(self, run: Run) -> None:
        """The first round comes with the first post, and then one every few hours."""
        self.run = run
        community = run.world.community
        hours = [*(donor.comes for donor in community.donors), *(family.comes for family in community.families)]
        run.world.later(min(hours, default=0.0), self._full_round)

    def posted(self, *, donor: int | None = None, family: int | None = None, hour: float) -> None:
        """A micro-round over the touched post, ten minutes later."""
        donors = () if donor is None else (donor,)
        families = () if family is None else (family,)
        self.world.later(hour + _NEARLY_NOW, partial(self._micro_round, donors, families))

    def visits(self, family: int, hour: float) -> None:
        """The family reads its page, and then what it may search."""
        if self.world.wants(family, hour):
            self._reads_page(family, hour)
            self._searches(family, hour)

    def _reads_page(self, family: int, hour: float) -> None:
        """Yes or no to each offer on the page."""
        for donor in list(self.page[family]):
            self._clears(donor, family)
            if donor in self.world.families[family] and self.world.has_milk(donor):
                self._answers(donor, family, hour)

    def queue(self, donor: int, hour: float) -> list[int]:
        """
        Yeses of one round by points, rounds in their order; families that have enough by now stand back.

        The donor sees three at a time; each answer brings up the next, so one sitting may go down the whole line.
        """
        waiting = self.world.waiting[donor]
        self.heard[donor] = hour
        ready = [family for family in waiting if not self._quiet(family, hour)]
        return sorted(ready, key=lambda family: self.yeses[family][donor])

    def answered(self, donor: int, family: int, hour: float) -> None:
        """The yes is no longer open."""
        self.yeses[family].pop(donor, None)
        self.heard[donor] = hour
        self.silences[donor] = 0

    def amount(self, donor: int, family: int, hour: float) -> float:
        """What the site suggests, when the two follow it; else all the family has room for."""
        world = self.world
        free, missing = world.free[donor], world.wants(family, hour)
        others = any(world.is_without(one) for one in world.waiting[donor] if self._stands(donor, one))
        room = len(world.holders.get(donor, set()) | {family}) < world.community.donors[donor].families
        share = suggested_share(
            free=Millilitres(round(free)),
            missing=Millilitres(round(missing)),
            need_per_day=world.community.families[family].side.need_per_day,
            others_wait=others and room,
            smallest=world.community.donors[donor].side.smallest_handoff,
        )
        follows = world.chance.happens(world.behaviour.follows_share, 10, donor, family)
        return min(free, missing, share) if follows else min(free, missing)

    def promised_all(self, donor: int, hour: float) -> None:
        """Who was only shown the offer gets others instead; who said yes stays in line, second after the promise."""
        freed = sorted(self.before[donor])
        for family in freed:
            self._clears(donor, family)
        self.world.later(hour + _NEARLY_NOW, partial(self._micro_round, (), freed))

    def gone(self, donor: int, hour: float) -> None:
        """Everybody who waited hears of it and gets the next best."""
        freed = sorted(self.before[donor] | {family for family, said in self.yeses.items() if donor in said})
        for family in freed:
            self._clears(donor, family)
            self.yeses[family].pop(donor, None)
        self.world.later(hour + _NEARLY_NOW, partial(self._micro_round, (), freed))

    def _answers(self, donor: int, family: int, hour: float) -> None:
        if not self.world.likes(donor, family):
            self.world.spent.add((donor, family))
        elif len(self.yeses[family]) < self.rules.rounds.offers_on_page:
            self._says_yes(donor, family, hour)

    def _says_yes(self, donor: int, family: int, hour: float) -> None:
        points = self._points(donor, family, hour)
        self.yeses[family][donor] = (int(hour // _hours(self.rules.rounds.every)), -points, hour)
        if not self.world.waiting[donor]:
            self.heard[donor] = hour
        self.run.writes(family, donor, hour)

    def _searches(self, family: int, hour: float) -> None:
        """Say yes to offers that nobody put on the page, as long as there is room at both ends."""
        world, rounds = self.world, self.rules.rounds
        if self._quiet(family, hour):
            return
        found = [
            donor
            for donor in world.families[family]
            if len(world.waiting[donor]) < rounds.families_at_offer
            and self._may(donor, family)
            and world.likes(donor, family)
        ]
        for donor in (
            self._best_of_list(found, family, hour) if self.whole_list else self._open_map(found, family, hour)
        ):
            if len(self.yeses[family]) < rounds.offers_on_page:
                self._clears(donor, family)
                self._says_yes(donor, family, hour)

    def _open_map(self, found: list[int], family: int, hour: float) -> list[int]:
        """Offers that stood some while without a promise, the nearest first."""
        world = self.world
        old, apart = hour - _hours(self.rules.rounds.open_map_after), world.community.apart[:, family]
        stood = [one for one in found if world.community.donors[one].comes <= old and not world.promised[one]]
        return sorted(stood, key=lambda donor: (apart[donor], donor))

    def _best_of_list(self, found: list[int], family: int, hour: float) -> list[int]:
        """The best few of the whole list."""
        best = sorted(found, key=lambda donor: (-self._points(donor, family, hour), donor))
        return best[: self.world.behaviour.writes_a_visit]

    def _may(self, donor: int, family: int) -> bool:
        pair = (donor, family)
        return (
            pair not in self.world.spent
            and pair not in self.world.wrote
            and donor not in self.paused
            and self.world.has_milk(donor)
        )

    def _quiet(self, family: int, hour: float) -> bool:
        world = self.world
        return not world.wants(family, hour) or world.days_stored(family, hour) >= self.rules.rounds.quiet_days

    def _clears(self, donor: int, family: int) -> None:
        self.page[family].pop(donor, None)
        self.before[donor].discard(family)

    def _full_round(self, hour: float) -> None:
        self._lapses(hour)
        self._proposes(self.world.donors, self.world.families, hour)
        self.world.later(hour + _hours(self.rules.rounds.every), self._full_round)

    def _micro_round(self, donors: Collection[int], families: Collection[int], hour: float) -> None:
        world = self.world
        for donor in donors:
            if donor in world.donors:
                self._proposes((donor,), world.families, hour)
        for family in families:
            if family in world.families:
                self._proposes(world.donors, (family,), hour)

    def _lapses(self, hour: float) -> None:
        world, rounds = self.world, self.rules.rounds
        unseen, silent = hour - _hours(rounds.unseen), hour - _hours(rounds.silence)
        for family, shown in self.page.items():
            for donor in [one for one, since in shown.items() if since <= unseen or not self._stands(one, family)]:
                self._clears(donor, family)
        for family, said in self.yeses.items():
            for donor, (_, _, since) in list(said.items()):
                if not self._stands(donor, family) or max(since, self.heard.get(donor, since)) <= silent:
                    self._lets_go(donor, family, hour)
        for donor in list(world.donors):
            if self.silences[donor] >= rounds.silences and donor not in self.paused:
                self.paused.add(donor)

    def _lets_go(self, donor: int, family: int, hour: float) -> None:
        """A yes is spent by silence, or the offer or the need is gone."""
        del self.yeses[family][donor]
        if family in self.world.waiting[donor]:
            self.world.waiting[donor].remove(family)
        if self._stands(donor, family):
            self.silences[donor] += 1
        self.heard.setdefault(donor, hour)

    def _stands(self, donor: int, family: int) -> bool:
        return family in self.world.donors.get(donor, ())

    def _proposes(self, donors: Collection[int], families: Collection[int], hour: float) -> None:
        """One round over these posts: the real candidates, points and choice."""
        awake = {family for family in families if not self._quiet(family, hour)}
        pairs = [
            (donor, family)
            for donor in sorted(donors)
            if self._has_room(donor)
            for family in sorted(awake & self.world.donors[donor].keys())
            if family not in self.before[donor] and self._may(donor, family)
        ]
        if not pairs:
            return
        points = [self._points(donor, family, hour) for donor, family in pairs]
        offer, request = np.array(pairs, np.int32).T
        graph = Candidates(offer, request, np.array(points, np.int32))
        graph = graph.take(best_of_each(graph, self.rules.rounds.candidates))
        for donor, family in self._chosen(graph, hour):
            self.page[family][donor] = hour
            self.before[donor].add(family)
            self._tells(family, hour)

    def _has_room(self, donor: int) -> bool:
        standing = len(self.before[donor]) + len(self.world.waiting[donor])
        if len(self.world.holders.get(donor, ())) >= self.world.community.donors[donor].families:
            return False
        return standing < self.rules.rounds.families_at_offer and self.world.has_milk(donor)

    def _chosen(self, graph: Candidates, hour: float) -> list[tuple[int, int]]:
        donors, offer = np.unique(graph.offer, return_inverse=True)
        families, request = np.unique(graph.request, return_inverse=True)
        local = Candidates(offer.astype(np.int32), request.astype(np.int32), graph.points)
        at_offer = [len(self.before[donor]) + len(self.world.waiting[donor]) for donor in donors.tolist()]
        on_page = [len(self.page[family]) + len(self.yeses[family]) for family in families.tolist()]
        held = Held(np.array(at_offer, np.int32), np.array(on_page, np.int32))
        year, week, _ = self.world.community.moment(hour).isocalendar()
        tie = tie_hashes(f"{year}-W{week:02}", [*map(str, donors)], [*map(str, families)], local)
        mask = choose(local, held, Room.plenty(len(donors), len(families)), tie=tie, rules=self.rules.rounds)
        return list(zip(graph.offer[mask].tolist(), graph.request[mask].tolist(), strict=True))

    def _points(self, donor: int, family: int, hour: float) -> int:
        """Hundredths of a point, kept for a day unless the family's milk changed."""
        world = self.world
        milk = int(world.received[family] + world.booked[family])
        at, stored, points = self.kept_points.get((donor, family), (-_FRESH_HOURS, -1.0, 0))
        if hour - at < _FRESH_HOURS and stored == milk:
            return points
        able = world.donors[donor][family]
        offer = replace(world.community.donors[donor].side, volume=Millilitres(round(world.free[donor])))
        asked = world.request(family, hour)
        now = world.community.moment(hour)
        found = score(offer, asked, able.meeting, able.fit, now=now, weights=self.rules.weights).total
        self.kept_points[donor, family] = hour, milk, round(found * 100)
        return round(found * 100)

    def _tells(self, family: int, hour: float) -> None:
        """One notice, and no other before it was read or passed over for a day."""
        world, behaviour = self.world, self.world.behaviour
        if family in self.told:
            return
        self.told.add(family)
        reads = world.chance.happens(behaviour.notice_read, 8, family, int(hour))
        wait = world.chance.wait(behaviour.notice_hours, 9, family, int(hour)) if reads else HOURS_A_DAY
        world.later(hour + wait, partial(self._reads_notice, family, reads))

    def _reads_notice(self, family: int, reads: bool, hour: float) -> None:  # noqa: FBT001, bound by name of position
        self.told.discard(family)
        if reads and family in self.world.families and self.world.wants(family, hour):
            self._reads_page(family, hour)


def best_of_each(graph: Candidates, keep: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """A mask of the pairs that are among the best ``keep`` of their offer or of their request, ties by position."""
    kept = np.zeros(len(graph), np.bool_)
    for end, other in ((graph.offer, graph.request), (graph.request, graph.offer)):
        order = np.lexsort((other, -graph.points, end))
        starts = np.flatnonzero(np.diff(end[order], prepend=-1))
        rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
        kept[order[rank < keep]] = True
    return kept
