"""A lot as its donor describes it, and the reasons why it cannot be so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.kernel.quantities import Millilitres
from app.kernel.words import N_
from app.milk.rules.clock import days_left, deadline
from app.milk.rules.keeping import HOME_HEAT, Heat, Kept

Problems = dict[str, list[str]]
"""Reasons by the name of the form's field."""

MOST_BAGS: Final = 300
"""Bags of one lot: more than ten sheets of labels are a slip of the finger."""

MOST_SIZES: Final = 4
"""Different sizes of bags in one lot."""

LARGEST_BAG: Final = Millilitres(1_000)
"""No storage bag or bottle for milk holds more than a litre."""

SMALLEST_BAG: Final = Millilitres(5)
"""Less than a teaspoon in a bag is a slip of the unit."""

LONGEST_RANGE: Final = 31
"""Days one lot may span: a withdrawal of some days should not reach months of milk."""


@dataclass(frozen=True, slots=True)
class Bags:
    """So many bags of one size."""

    count: int
    size_ml: Millilitres

    @property
    def volume_ml(self) -> Millilitres:
        """What they hold together."""
        return Millilitres(self.count * self.size_ml)


@dataclass(frozen=True, slots=True)
class LotDraft:
    """
    What the donor says of a lot; None where nothing readable was typed.

    ``as_stated`` says that what she states about herself in her posts was so on all these days.
    """

    pumped_from: date | None
    pumped_to: date | None
    kept: Kept | None
    heat: Heat | None
    bags: tuple[Bags, ...]
    as_stated: bool = False

    @property
    def volume_ml(self) -> Millilitres:
        """All of it."""
        return volume_of(self.bags)


def volume_of(bags: Sequence[Bags]) -> Millilitres:
    """What these bags hold together."""
    return Millilitres(sum(each.volume_ml for each in bags))


def check(draft: LotDraft, *, today: date) -> Problems:
    """Every reason why this cannot be a lot today, by field; empty when it can."""
    return _days(draft, today=today) | _keeping(draft) | _bags(draft.bags)


def _days(draft: LotDraft, *, today: date) -> Problems:
    first, last = draft.pumped_from, draft.pumped_to
    if first is None:
        return {"pumped_from": [N_("Please say on which day the first of it was pumped.")]}
    if last is None:
        return {"pumped_to": [N_("Please say on which day the last of it was pumped.")]}
    reasons = (
        ("pumped_from", first > today, N_("That day is still to come.")),
        ("pumped_to", last > today, N_("That day is still to come.")),
        ("pumped_to", last < first, N_("The last day comes after the first.")),
        (
            "pumped_to",
            (last - first).days >= LONGEST_RANGE,
            N_("One lot holds a month of milk at most. Please make a second lot for the rest."),
        ),
        (
            "pumped_from",
            draft.kept is not None and days_left(deadline(draft.kept, first).use_by, today=today) < 0,
            N_("Kept there since that day, it is past its use-by day and cannot be shared."),
        ),
    )
    return next(({field: [words]} for field, holds, words in reasons if holds), {})


def _keeping(draft: LotDraft) -> Problems:
    problems: Problems = {}
    if draft.kept is None:
        problems["kept"] = [N_("Please say where you keep it.")]
    if draft.heat not in HOME_HEAT:
        problems["heat"] = [N_("Please say whether you heated it.")]
    return problems


def _bags(bags: Sequence[Bags]) -> Problems:
    if not bags:
        return {"count_1": [N_("Please say how many bags there are, and how much is in each.")]}
    problems: Problems = {}
    for place, each in enumerate(bags, start=1):
        if not 1 <= each.count <= MOST_BAGS:
            problems[f"count_{place}"] = [N_("Please write a number of bags from 1 to 300.")]
        if not SMALLEST_BAG <= each.size_ml <= LARGEST_BAG:
            problems[f"size_{place}"] = [N_("A bag holds between a teaspoon and a litre. Please check the unit.")]
    if not problems and sum(each.count for each in bags) > MOST_BAGS:
        problems["count_1"] = [N_("One lot holds 300 bags at most. Please make a second lot for the rest.")]
    return problems
