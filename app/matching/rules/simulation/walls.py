"""The ways our rounds are compared with: a wall where the first to answer wins, and a list by distance."""

from dataclasses import dataclass, field

from app.matching.rules.simulation.engine import Run
from app.matching.rules.simulation.world import World


class _Shown:
    """What both share: everybody may write to everybody who fits, and donors hear from all of them."""

    run: Run
    free_text = False

    @property
    def world(self) -> World:
        """The state of the run."""
        return self.run.world

    def starts(self, run: Run) -> None:
        """Nothing happens at fixed hours."""
        self.run = run

    def posted(self, *, donor: int | None = None, family: int | None = None, hour: float) -> None:
        """Nobody is told."""

    def answered(self, donor: int, family: int, hour: float) -> None:
        """Nothing more follows."""

    def amount(self, donor: int, family: int, hour: float) -> float:
        """All the family has room for: nobody tells the two of those who wait."""
        return min(self.world.free[donor], self.world.wants(family, hour))

    def promised_all(self, donor: int, hour: float) -> None:
        """Nothing more follows."""

    def gone(self, donor: int, hour: float) -> None:
        """Nobody is told."""

    def _tempting(self, donor: int, family: int) -> bool:
        """Whether a family that reads this offer writes to it, and has not yet."""
        world = self.world
        return (
            donor in world.families[family]
            and (donor, family) not in world.wrote
            and self._seems_free(donor)
            and world.likes(donor, family)
        )

    def _seems_free(self, donor: int) -> bool:
        return self.world.has_milk(donor)

    def _looking(self, family: int, hour: float) -> bool:
        stops = self.world.behaviour.stops_at_days
        return self.world.wants(family, hour) > 0 and self.world.days_stored(family, hour) < stops


@dataclass
class Wall(_Shown):
    """
    The chronological wall: the newest post stands on top, everybody who reads it writes, the first who wrote wins.

    Posts are free text: what is left out about diet comes out in the talk, half of the promised offers look free, and
    offers stand between requests, which push them down as well. Generous to the wall: families read distance, amount
    and days without a mistake, nobody forgets to take down a post that is over, and a family writes wherever it
    pleases without tiring.
    """

    free_text = True
    feed: list[int | None] = field(default_factory=list)
    """Donors whose posts stand there, the newest last; None where a request stands."""

    def posted(self, *, donor: int | None = None, family: int | None = None, hour: float) -> None:  # noqa: ARG002
        """A post comes on top; an offer whose milk is free again is posted again."""
        if donor is not None and donor in self.feed:
            self.feed.remove(donor)
        self.feed.append(donor)

    def visits(self, family: int, hour: float) -> None:
        """The family scrolls from the newest post down and writes to every one that suits it."""
        if self._looking(family, hour):
            for donor in self.feed[: -self.world.behaviour.feed - 1 : -1]:
                if donor is not None and self._tempting(donor, family):
                    self.run.writes(family, donor, hour)

    def queue(self, donor: int, hour: float) -> list[int]:
        """First come, first served."""
        return [family for family in self.world.waiting[donor] if self._looking(family, hour)]

    def _seems_free(self, donor: int) -> bool:
        world = self.world
        return world.has_milk(donor) or not world.chance.happens(world.behaviour.marks_gone, 12, donor)


@dataclass
class NearestFirst(_Shown):
    """A list by distance: a family writes to the nearest few that suit it at each look, a donor takes the nearest."""

    def visits(self, family: int, hour: float) -> None:
        """The family writes to the nearest few it has not written to."""
        if self._looking(family, hour):
            apart = self.world.community.apart[:, family]
            suiting = [donor for donor in self.world.families[family] if self._tempting(donor, family)]
            nearest = sorted(suiting, key=lambda donor: (apart[donor], donor))
            for donor in nearest[: self.world.behaviour.writes_a_visit]:
                self.run.writes(family, donor, hour)

    def queue(self, donor: int, hour: float) -> list[int]:
        """The nearest first."""
        apart = self.world.community.apart[donor]
        looking = [family for family in self.world.waiting[donor] if self._looking(family, hour)]
        return sorted(looking, key=lambda family: (apart[family], family))
