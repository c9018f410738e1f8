"""How much of an offer's milk is free, and the answer to whoever came second."""

from dataclasses import dataclass

from app.handoffs.rules.plan import ROUNDING
from app.kernel.errors import Conflict
from app.kernel.quantities import Millilitres, ounces


@dataclass(frozen=True, slots=True)
class Balance:
    """An offer's milk of one period: what there is, what is promised, what was given."""

    total_ml: Millilitres
    reserved_ml: Millilitres
    given_ml: Millilitres

    @property
    def free_ml(self) -> Millilitres:
        """What may still be promised; never below zero, also when the donor lowered her offer."""
        return Millilitres(max(0, self.total_ml - self.reserved_ml - self.given_ml))

    @property
    def is_all_given(self) -> bool:
        """Whether nothing is promised any more and less than half an ounce is left."""
        return self.reserved_ml == 0 and self.given_ml > 0 and self.total_ml - self.given_ml < ROUNDING


class MilkTaken(Conflict):
    """Another family was first; ``free_ml`` is what is left for the others."""

    code = "milk_taken"

    def __init__(self, free: Millilitres) -> None:
        """Say how much is free, in whole ounces that are really there."""
        self.free_ml = free
        super().__init__(f"Another family has that milk now; {int(ounces(free))} oz are free.")
