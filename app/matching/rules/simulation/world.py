"""The state of a run: who is there, what milk is left, who waits for whom, and what is due next."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from app.matching.rules.feasible import SMALLEST_MOVE, judge
from app.matching.rules.fit import Fit, fit
from app.matching.rules.sides import Meeting, RequestSide
from app.matching.rules.simulation.behaviour import Behaviour, Chance
from app.matching.rules.simulation.community import Community, request_now
from app.matching.rules.stock import is_worth_a_meeting

HOURS_A_DAY = 24.0


@dataclass(frozen=True, slots=True)
class Able:
    """
    A pair that may meet, judged when the later of the two came; ``suits`` is False where a post in free text left out
    what will end the talk.
    """

    meeting: Meeting
    fit: Fit
    suits: bool = True

    @property
    def kilometres(self) -> float:
        """The way between them."""
        return float(self.meeting.length)


@dataclass
class World:
    """
    Everything that changes during a run.

    Milk is counted in millilitres; ``free`` is what a donor has not promised. ``waiting`` holds, for each donor, the
    families that wrote and were not answered, in the order of writing, ``promised`` how many promises are open,
    ``holders`` the families each donor chose, and ``regular`` the family that gets each week's milk of a weekly donor
    first. With ``free_text`` posts are read as on a wall, where not everything is said.
    """

    community: Community
    behaviour: Behaviour
    chance: Chance
    free_text: bool = False
    due: list[tuple[float, int, Callable[[float], None]]] = field(default_factory=list)
    donors: dict[int, dict[int, Able]] = field(default_factory=dict)
    families: dict[int, set[int]] = field(default_factory=dict)
    waiting: dict[int, list[int]] = field(default_factory=dict)
    spent: set[tuple[int, int]] = field(default_factory=set)
    wrote: set[tuple[int, int]] = field(default_factory=set)
    reading: set[int] = field(default_factory=set)
    holders: dict[int, set[int]] = field(default_factory=dict)
    regular: dict[int, int] = field(default_factory=dict)
    free: list[float] = field(init=False)
    promised: list[int] = field(init=False)
    booked: list[float] = field(init=False)
    stock: list[tuple[float, float]] = field(init=False)
    received: list[float] = field(init=False)
    first_milk: list[float | None] = field(init=False)
    messages: list[int] = field(init=False)
    ways: list[float] = field(default_factory=list)
    gave: set[int] = field(default_factory=set)
    wasted: float = 0.0
    _order: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        """Everybody starts with what their post says."""
        givers, askers = self.community.donors, self.community.families
        self.free = [float(donor.side.volume) for donor in givers]
        self.messages = [0] * len(givers)
        self.promised = [0] * len(givers)
        self.booked = [0.0] * len(askers)
        self.received = [0.0] * len(askers)
        self.first_milk = [None] * len(askers)
        self.stock = [(family.comes, float(family.side.stock)) for family in askers]

    def later(self, hour: float, what: Callable[[float], None]) -> None:
        """Let something happen at an hour; of two at the same hour the one said first comes first."""
        heapq.heappush(self.due, (hour, next(self._order), what))

    def meets(self, donor: int, family: int, hour: float) -> None:
        """Both are there now: judge the pair once, by the real rules."""
        if not self.community.within_reach[donor, family]:
            return
        # The days asked for at first decide whether a handoff is worth it; what is missing now is asked again later.
        giver, asker = self.community.donors[donor].side, self.community.families[family].side
        today = self.community.moment(hour).date()
        meeting = self.community.meeting(donor, family)
        answers = fit(giver.milk, asker.wishes, today=today)
        verdict = judge(giver, asker, meeting, answers, today=today)
        hidden = self.free_text and verdict.only_diet and not self._told(donor, family)
        if verdict.feasible or hidden:
            self.donors[donor][family] = Able(meeting, answers, suits=verdict.feasible)
            self.families[family].add(donor)

    def _told(self, donor: int, family: int) -> bool:
        """Whether a post in free text says what this family must know."""
        return self.chance.happens(self.behaviour.post_tells, 11, donor, family)

    def likes(self, donor: int, family: int) -> bool:
        """Whether the offer appeals to the family."""
        return self.chance.happens(self.behaviour.says_yes, 1, donor, family)

    def in_stock(self, family: int, hour: float) -> float:
        """What the family has left; it feeds its need each day."""
        since, amount = self.stock[family]
        need = self.community.families[family].side.need_per_day
        return max(0.0, amount - need * (hour - since) / HOURS_A_DAY)

    def days_stored(self, family: int, hour: float) -> float:
        """Days of milk in stock or promised."""
        need = self.community.families[family].side.need_per_day
        return (self.in_stock(family, hour) + self.booked[family]) / need

    def wants(self, family: int, hour: float) -> float:
        """What the family would still take: for the days it asked for, and no more than its freezer holds."""
        asker = self.community.families[family]
        left = max(0.0, asker.side.days - (hour - asker.comes) / HOURS_A_DAY)
        days = min(left, self.behaviour.freezer_days) - self.days_stored(family, hour)
        missing = days * asker.side.need_per_day
        return missing if missing >= SMALLEST_MOVE else 0.0

    def is_without(self, family: int) -> bool:
        """Whether the family got no milk yet and was promised none."""
        return family in self.families and self.first_milk[family] is None and not self.booked[family]

    def has_milk(self, donor: int) -> bool:
        """Whether enough is free for a handoff; after a loss any amount is."""
        side = self.community.donors[donor].side
        return donor in self.donors and is_worth_a_meeting(
            self.free[donor], smallest=side.smallest_handoff, after_loss=side.after_loss
        )

    def request(self, family: int, hour: float) -> RequestSide:
        """The request as it stands at this hour."""
        asker = self.community.families[family]
        return request_now(
            asker.side,
            stock=self.in_stock(family, hour) + self.booked[family],
            days_left=asker.side.days - (hour - asker.comes) / HOURS_A_DAY,
            fed=self.first_milk[family] is not None or self.booked[family] > 0,
            comes=self.community.moment(asker.comes),
        )
