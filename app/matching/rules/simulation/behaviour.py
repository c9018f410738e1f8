"""What people are assumed to do, and chance that does not depend on the way of matching."""

import math
from dataclasses import dataclass
from typing import Final

_MASK: Final = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Behaviour:
    """
    The assumptions, the same under every way of matching, so that only who meets whom differs.

    Each is a judgement, not a measurement, until a community's own log gives a better one:

    - ``says_yes``: of the fitting offers that a family reads, so many appeal to it; people have reasons of their own.
    - ``ask_fails``: where something had to be asked first, the answer is no so often; unknown is not yes.
    - ``no_show``: promises that are not kept; the milk is free again afterwards.
    - ``silent_donors``: donors who post and never read again, known from every sharing group.
    - ``answer_hours``: mean time until a donor reads who wrote; she has a baby, it is rarely the same hour.
    - ``handoff_days``: the soonest and latest day of meeting after a promise; most meet within half a week.
    - ``notice_read`` and ``notice_hours``: so many of the site's notices lead to a visit, after so long in the mean.
    - ``follows_share``: of those to whom the site suggests a week's milk because others wait, so many agree on it.
    - ``feed``: so many posts somebody scrolls through on a wall before stopping, offers and requests mixed as there.
    - ``post_tells``: a post in free text says so much of what a form asks about diet; the rest comes out in the talk.
      Donors say it "often", families ask "very often", and it is the mismatch heard of most.
    - ``marks_gone``: donors on a wall who mark a post whose milk is promised; nothing else closes it.
    - ``writes_a_visit``: offers a family writes to at one visit to a list by distance.
    - ``freezer_days``: a family stores at most so many days of milk; ten litres fill two drawers of a freezer.
    - ``stops_at_days``: on a wall nothing tells a family to stop before its freezer is full; a smaller number asks
      what manners alone would do.
    """

    says_yes: float = 0.6
    ask_fails: float = 0.25
    no_show: float = 0.08
    silent_donors: float = 0.07
    answer_hours: float = 8
    handoff_days: tuple[float, float] = (1, 4)
    notice_read: float = 0.75
    notice_hours: float = 5
    follows_share: float = 0.7
    feed: int = 30
    post_tells: float = 0.6
    marks_gone: float = 0.5
    writes_a_visit: int = 3
    freezer_days: int = 14
    stops_at_days: int = 14


@dataclass(frozen=True, slots=True)
class Chance:
    """
    Dice that remember: the same question gets the same answer under every way of matching.

    A pair that would fail fails under all of them, so a comparison of two ways needs fewer runs.
    """

    seed: int

    def share(self, *about: int) -> float:
        """A number in [0, 1) for these numbers."""
        mixed = self.seed
        for number in about:
            mixed = (mixed ^ number) + 0x9E3779B97F4A7C15 & _MASK
            mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _MASK
            mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _MASK
            mixed ^= mixed >> 31
        return mixed / (_MASK + 1)

    def happens(self, share: float, *about: int) -> bool:
        """Whether something that happens in this share of cases happens in this one."""
        return self.share(*about) < share

    def wait(self, mean: float, *about: int) -> float:
        """Waiting for something that comes at any moment alike (exponential with this mean)."""
        return -mean * math.log(1 - self.share(*about))
