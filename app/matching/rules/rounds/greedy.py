"""
Nearly the best choice, for graphs of millions of pairs: the dearest pair first, prices worked out anew as they rise.

A pair whose ends have grown dearer since it was put in line goes back in line at its new gain (lazy re-pricing); gains
only fall, so a line for each hundredth of a point, walked from the top, holds every pair in its order.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.matching.rules.rounds.compiled import loop
from app.matching.rules.rounds.costs import Ends
from app.matching.rules.rounds.edges import Candidates

_CLOSED: Final = 1 << 29
"""What a further pair costs at an end that takes none: more than any pair is worth."""
_LINE: Final = 5
"""Numbers that are kept of a pair in line."""
_CHUNK: Final = 1 << 16


def choose_greedily(
    candidates: Candidates, gain: NDArray[np.int64], tie: NDArray[np.uint64], offers: Ends, pages: Ends
) -> NDArray[np.bool_]:
    """
    A mask of the chosen pairs; never over the caps, within one per cent of the best total on every graph measured.

    ``gain`` is what each pair would add first, all above zero. Equal gains are taken in the order of ``tie``.
    """
    chosen = np.zeros(len(gain), np.bool_)
    if len(gain):
        order, fresh = _best_first(candidates, gain, tie), np.bincount(gain)
        loop(_walk, len(gain))(
            *(order, candidates.offer[order], candidates.request[order], fresh),
            *(*_side(offers), *_side(pages)),
            *(np.full(len(fresh), -1, np.int32), np.full(len(fresh), -1, np.int32)),
            *(np.empty((len(gain), _LINE), np.int32), chosen),
        )
    return chosen


def _side(ends: Ends) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Steps, what is held and free, and how much dearer each end is than before the round."""
    dearer = np.where(ends.free == 0, _CLOSED, 0).astype(np.int32)
    return np.minimum(ends.steps, _CLOSED // 2).astype(np.int32), ends.held.copy(), ends.free.copy(), dearer


def _best_first(candidates: Candidates, gain: NDArray[np.int64], tie: NDArray[np.uint64]) -> NDArray[np.int64]:
    """
    Rows by falling gain, then by hash; where even the hashes agree, by position.

    One number holds how far a gain has fallen, as much of the hash as there is room for, and the row: sorting numbers
    is several times faster than sorting rows by them. Equal ones, which are few, are sorted again by all.
    """
    if not len(gain):
        return np.zeros(0, np.int64)
    key = (gain.max() - gain).view(np.uint64)
    row_bits = len(gain).bit_length()
    hash_bits = 64 - row_bits - int(key.max()).bit_length()
    key <<= np.uint64(hash_bits + row_bits)
    for part in _chunks(len(gain)):
        key[part] |= tie[part] >> np.uint64(64 - hash_bits) << np.uint64(row_bits)
        key[part] |= np.arange(part.start, part.start + len(key[part]), dtype=np.uint64)
    key.sort()
    equal = np.concatenate(
        [part.start + _equal(key[part.start : part.stop + 1], row_bits) for part in _chunks(len(key))]
    )
    row = np.uint64((1 << row_bits) - 1)
    again = np.union1d(equal, equal + 1)
    value = key[again] >> np.uint64(row_bits)
    key &= row
    order: NDArray[np.int64] = key.view(np.int64)
    if len(again):
        rows = order[again]
        order[again] = rows[np.lexsort((candidates.request[rows], candidates.offer[rows], tie[rows], value))]
    return order


def _chunks(rows: int) -> list[slice]:
    """Parts that stay near the processor: a column of millions written for a moment takes longer than the sum in it."""
    return [slice(start, start + _CHUNK) for start in range(0, rows, _CHUNK)]


def _equal(key: NDArray[np.uint64], row_bits: int) -> NDArray[np.intp]:
    """Where a key and the one behind it differ in nothing but the row."""
    return np.flatnonzero((key[1:] ^ key[:-1]) >> np.uint64(row_bits) == 0)


def _walk(  # noqa: PLR0913, PLR0917, a compiled loop takes its columns one by one
    order: NDArray[np.int64], offer: NDArray[np.int32], request: NDArray[np.int32], fresh: NDArray[np.int64],
    offer_steps: NDArray[np.int32], offer_held: NDArray[np.int32], offer_free: NDArray[np.int32],
    offer_dearer: NDArray[np.int32], page_steps: NDArray[np.int32], page_held: NDArray[np.int32],
    page_free: NDArray[np.int32], page_dearer: NDArray[np.int32], first: NDArray[np.int32], last: NDArray[np.int32],
    line: NDArray[np.int32], chosen: NDArray[np.bool_],
) -> None:  # fmt: skip
    """
    Walk the lines from the highest gain down.

    In ``order`` gains fall; both ends stand beside it, and ``fresh`` says how many pairs begin at each gain. ``first``
    and ``last`` are the lines of pairs that were put back, each a row of ``line``: the pair, its two ends, its first
    gain, the next one in line.
    """
    taken, put_back = 0, 0
    for level in range(len(fresh) - 1, 0, -1):
        row, left = first[level], fresh[level]
        while left > 0 or row >= 0:
            if left > 0:
                now = put_back
                line[now, 0], line[now, 3] = order[taken], level
                line[now, 1], line[now, 2] = offer[taken], request[taken]
                left, taken = left - 1, taken + 1
            else:
                now, row = row, line[row, 4]
            one, other = line[now, 1], line[now, 2]
            today = line[now, 3] - offer_dearer[one] - page_dearer[other]
            if today == level:
                chosen[line[now, 0]] = True
                offer_held[one] += 1
                offer_free[one] -= 1
                rise = (
                    offer_steps[offer_held[one]] - offer_steps[offer_held[one] - 1] if offer_free[one] > 0 else _CLOSED
                )
                offer_dearer[one] += rise
                page_held[other] += 1
                page_free[other] -= 1
                rise = (
                    page_steps[page_held[other]] - page_steps[page_held[other] - 1] if page_free[other] > 0 else _CLOSED
                )
                page_dearer[other] += rise
            elif today > 0:
                # A fresh pair keeps the row it was written into; one that goes no further leaves it to the next.
                put_back += now == put_back
                line[now, 4] = -1
                if first[today] < 0:
                    first[today] = now
                else:
                    line[last[today], 4] = now
                last[today] = now
