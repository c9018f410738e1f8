"""
Which bags go to a family: whole bags, the oldest lots first, as near to what was asked as whole bags come.

A bag is never cut and never counted twice. What people measure at the cooler is theirs to say; here the bags count by
what is written on them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.kernel.quantities import Millilitres

ROUNDING: Final = Millilitres(15)
"""Half an ounce for each bag: nobody fills one to the line."""

Chosen = dict[str, dict[int, int]]
"""How many bags of each size (in millilitres), by the public id of their lot."""


@dataclass(frozen=True, slots=True)
class Stock:
    """The bags of one lot that may be chosen: how many of each size; the caller puts the oldest lot first."""

    lot: str
    bags: Mapping[int, int]

    @property
    def volume_ml(self) -> Millilitres:
        """What they hold together."""
        return Millilitres(sum(size * count for size, count in self.bags.items()))


def choose(stock: Sequence[Stock], volume: Millilitres) -> Chosen:
    """
    Bags for ``volume``: never more than it and half an ounce; where no bag is so small, the smallest one alone.

    Of each lot, the oldest first, the bags that come nearest to what is still missing; the rest comes from the next
    lot. Empty when there are no bags.
    """
    chosen: Chosen = {}
    missing = int(volume)
    for each in stock:
        if missing <= 0:
            break
        bags = _nearest(each.bags, missing + ROUNDING)
        if bags:
            chosen[each.lot] = bags
            missing -= volume_of(bags)
    return chosen or (_one_more(stock, 0) if volume > 0 else {})


def cover(stock: Sequence[Stock], volume: Millilitres) -> Chosen | None:
    """
    Bags that can have held ``volume``, the oldest lots first; None when all of them together cannot.

    As :func:`choose`, and where that is too little for what was measured, a bag more that was not full.
    """
    chosen = choose(stock, volume)
    while (held := held_by(chosen)) + slack(chosen) < volume:
        more = _one_more(left_of(stock, chosen), int(volume) - held)
        if not more:
            return None
        chosen = together(chosen, more)
    return chosen


def left_of(stock: Sequence[Stock], chosen: Mapping[str, Mapping[int, int]]) -> list[Stock]:
    """What may still be chosen when these bags are."""
    rest = []
    for each in stock:
        taken = chosen.get(each.lot, {})
        bags = {size: count - taken.get(size, 0) for size, count in each.bags.items() if count > taken.get(size, 0)}
        if bags:
            rest.append(Stock(each.lot, bags))
    return rest


def together(one: Mapping[str, Mapping[int, int]], other: Mapping[str, Mapping[int, int]]) -> Chosen:
    """Both choices as one."""
    sums: Chosen = {lot: dict(bags) for lot, bags in one.items()}
    for lot, bags in other.items():
        of_lot = sums.setdefault(lot, {})
        for size, count in bags.items():
            of_lot[size] = of_lot.get(size, 0) + count
    return sums


def volume_of(bags: Mapping[int, int]) -> Millilitres:
    """What these bags of one lot hold."""
    return Millilitres(sum(size * count for size, count in bags.items()))


def held_by(chosen: Mapping[str, Mapping[int, int]]) -> Millilitres:
    """What all these bags hold."""
    return Millilitres(sum(volume_of(bags) for bags in chosen.values()))


def slack(chosen: Mapping[str, Mapping[int, int]]) -> Millilitres:
    """How far a measured amount may be above what is written on these bags."""
    return Millilitres(ROUNDING * sum(sum(bags.values()) for bags in chosen.values()))


def is_too_many(chosen: Mapping[str, Mapping[int, int]], amount: Millilitres) -> bool:
    """Whether one bag fewer would have held ``amount``, so that the bags or the amount are a slip of the finger."""
    sizes = [size for bags in chosen.values() for size, count in bags.items() for _bag in range(count)]
    return len(sizes) > 1 and amount <= sum(sizes) - min(sizes) - ROUNDING


def _nearest(bags: Mapping[int, int], most: int) -> dict[int, int]:
    """The bags that hold as much as possible and at most ``most``; of two ways the one with larger bags."""
    reached: dict[int, dict[int, int]] = {0: {}}
    for size in sorted(bags, reverse=True):
        for volume, taken in list(reached.items()):
            for count in range(1, min(bags[size], (most - volume) // size) + 1):
                reached.setdefault(volume + count * size, {**taken, size: count})
    return reached[max(reached)]


def _one_more(stock: Sequence[Stock], missing: int) -> Chosen:
    """One bag for so much that is missing: the smallest that holds it, or else the largest; of equals the oldest."""
    sizes = [(size, each.lot) for each in stock for size in each.bags]
    enough = [found for found in sizes if found[0] >= missing]
    if not sizes:
        return {}
    size = min(each[0] for each in enough) if enough else max(each[0] for each in sizes)
    lot = next(lot for found, lot in sizes if found == size)
    return {lot: {size: 1}}
