"""How much milk a family received beside the need it stated: two numbers for a moderator to read, and no verdict."""

from dataclasses import dataclass
from typing import Final

from app.kernel.quantities import Millilitres

SPANS: Final = (30, 90)
"""Days looked back upon: one month shows a change, three even out a freezer filled at once."""

MUCH: Final = 3.0
"""
From so many times the stated need on the card says "much more than stated".

Our own line, high on purpose: twins (2), a need understated by half (2) and a freezer filled for three months ahead (3)
each stay at or below it. It changes a sentence on the card and does nothing else.
"""


@dataclass(frozen=True, slots=True)
class Received:
    """What came within the last ``days``, by how many handoffs from how many donors; the need is None if unstated."""

    days: int
    volume: Millilitres
    handoffs: int
    donors: int
    need_per_day: Millilitres | None

    @property
    def needed(self) -> Millilitres | None:
        """What the stated need comes to in that time."""
        return None if self.need_per_day is None else Millilitres(self.need_per_day * self.days)

    @property
    def percent(self) -> int | None:
        """What was received in percent of that need; None where none is stated."""
        return None if not self.needed else round(100 * self.volume / self.needed)

    @property
    def is_much(self) -> bool:
        """Whether it is more than :data:`MUCH` times the stated need; never where none is stated."""
        return self.needed is not None and self.volume > MUCH * self.needed
