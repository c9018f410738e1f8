"""What the custody ledger may say, and how each entry moves the milk of a lot."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.kernel.errors import Conflict
from app.kernel.quantities import Millilitres
from app.kernel.words import N_


class Entry(StrEnum):
    """
    Kinds of entries.

    ``created`` to ``handed_over`` and ``discarded`` without a holder are about milk at the donor's; ``fed``,
    ``stored`` and ``discarded`` with a holder say what became of milk that was handed over. ``stored`` moves nothing:
    it says that so much is still there. ``cleared`` ends what ``withdrawn`` began: somebody looked, and no family was
    told.
    """

    CREATED = "created"
    SPLIT = "split"
    MOVED = "moved"
    THAWED = "thawed"
    RESERVED = "reserved"
    RELEASED = "released"
    HANDED_OVER = "handed_over"
    FED = "fed"
    STORED = "stored"
    DISCARDED = "discarded"
    WITHDRAWN = "withdrawn"
    CLEARED = "cleared"


class Arrival(StrEnum):
    """In what condition milk arrived; ``unsaid`` where nobody told."""

    FROZEN = "frozen"
    COLD = "cold"
    PARTLY_THAWED = "partly_thawed"
    THAWED = "thawed"
    UNSAID = "unsaid"


OF_HOLDER: Final = frozenset({Entry.RESERVED, Entry.RELEASED, Entry.HANDED_OVER, Entry.FED, Entry.STORED})
"""Entries that always name a holder: the random token of a handoff."""


@dataclass(frozen=True, slots=True)
class Balance:
    """
    The milk of a lot: what was made, what is promised, what was handed over, and what ended at the donor's (discarded,
    or split off into a lot of its own).
    """

    made_ml: Millilitres
    reserved_ml: Millilitres
    given_ml: Millilitres
    ended_ml: Millilitres

    @property
    def free_ml(self) -> Millilitres:
        """What may still be promised, split off or discarded."""
        return Millilitres(self.made_ml - self.reserved_ml - self.given_ml - self.ended_ml)

    @property
    def left_ml(self) -> Millilitres:
        """What is still at the donor's, promised or not."""
        return Millilitres(self.free_ml + self.reserved_ml)


@dataclass(frozen=True, slots=True)
class Holding:
    """What one holder has of a lot: promised to it, received by it, and used up of what it received."""

    reserved_ml: Millilitres
    received_ml: Millilitres
    used_ml: Millilitres

    @property
    def left_ml(self) -> Millilitres:
        """What the holder still has."""
        return Millilitres(self.received_ml - self.used_ml)


class NotEnoughMilk(Conflict):
    """More was asked of a lot than it has; ``free_ml`` is what it has."""

    code = "not_enough_milk"
    default_message = N_("There is not that much left of this lot.")

    def __init__(self, free_ml: Millilitres) -> None:
        """Keep what is there."""
        self.free_ml = free_ml
        super().__init__()
