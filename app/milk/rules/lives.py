"""
Which lines of the ledger are the life of one lot: its own, those of what was split off from it, and how the milk was
kept before it was split off itself. What the lots above it gave to others is not its life.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from app.kernel.quantities import Millilitres
from app.milk.rules.keeping import Kept
from app.milk.rules.ledger import Arrival, Entry

KEEPING: Final = frozenset({Entry.CREATED, Entry.MOVED, Entry.THAWED, Entry.WITHDRAWN, Entry.CLEARED})
"""What is said of milk itself and not of where it went."""


_OF_MANY: Final = frozenset({Entry.WITHDRAWN, Entry.CLEARED})
"""What is said of many lots at once."""


class SplitFor(StrEnum):
    """Why bags became a lot of their own, as far as the ledger itself shows it."""

    THAWED = "thawed"
    KEPT_BACK = "kept_back"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ledger with the lot it is about; ``other_lot_id`` as in the ledger, None for most."""

    id: int
    lot_id: int
    kind: Entry
    volume_ml: Millilitres
    holder: str | None
    condition: Arrival | None
    kept: Kept | None
    other_lot_id: int | None
    at: datetime
    happened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """A line of a life: ``lot_ids`` are all lots it was said of at that moment, ``split_for`` why bags were parted."""

    line: Line
    lot_ids: tuple[int, ...]
    split_for: SplitFor | None = None


def life(
    lines: Iterable[Line], lot_id: int, above: Sequence[int], below: frozenset[int], excluded: frozenset[int]
) -> tuple[Chapter, ...]:
    """
    The life of a lot, oldest first.

    ``above`` are the lots it was split off from, the nearest first; ``below`` those split off from it, ``excluded``
    those of them that are kept back. ``lines`` are all lines of all of these in the order of the ledger.
    """
    told = list(lines)
    parted = {line.other_lot_id: line for line in told if line.kind is Entry.SPLIT}
    next_down = dict(zip(above, (lot_id, *above), strict=False))
    return _together(
        Chapter(line, (line.lot_id,), _split_for(line, told, excluded))
        for line in told
        if (
            _is_before_parting(line, parted.get(next_down[line.lot_id]))
            if line.lot_id in next_down
            else line.lot_id not in below or _is_news(line, parted.get(line.lot_id))
        )
    )


def _is_before_parting(line: Line, split: Line | None) -> bool:
    """Of a lot above: how its milk was kept as long as this lot was in it."""
    return line.kind in KEEPING and split is not None and line.id < split.id


def _is_news(line: Line, split: Line | None) -> bool:
    """Of a lot below: what the line of the split does not say already."""
    return split is None or (line.id > split.id and not (line.kind is Entry.THAWED and line.at == split.at))


def _split_for(line: Line, told: Sequence[Line], excluded: frozenset[int]) -> SplitFor | None:
    if line.kind is not Entry.SPLIT:
        return None
    at_once = (other for other in told if other.lot_id == line.other_lot_id and other.at == line.at)
    if any(other.kind is Entry.THAWED for other in at_once):
        return SplitFor.THAWED
    return SplitFor.KEPT_BACK if line.other_lot_id in excluded else None


def _together(chapters: Iterable[Chapter]) -> tuple[Chapter, ...]:
    """Lots that were withdrawn, or cleared, at one moment are one chapter."""
    found: list[Chapter] = []
    for each in chapters:
        last = found[-1] if found else None
        same = last and last.line.kind is each.line.kind and last.line.at == each.line.at
        if last and same and each.line.kind in _OF_MANY:
            found[-1] = Chapter(last.line, (*last.lot_ids, *each.lot_ids))
        else:
            found.append(each)
    return tuple(found)


def numbered(chapters: Iterable[Chapter], people: Mapping[str, int]) -> dict[str, int]:
    """
    A number for the family behind each holder, in the order in which they first come up.

    ``people`` says who stands behind a holder; two handoffs of one family are one number, as long as that is known.
    """
    numbers: dict[int | str, int] = {}
    found: dict[str, int] = {}
    for each in chapters:
        if each.line.holder is not None:
            who = people.get(each.line.holder, each.line.holder)
            found[each.line.holder] = numbers.setdefault(who, len(numbers) + 1)
    return found
