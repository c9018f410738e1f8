"""
Nearly the best choice, for graphs of millions of pairs: the dearest pair first, prices worked out anew as they rise.

A pair whose ends have grown dearer since it was put in line goes back in line at its new gain (lazy re-pricing); gains
only fall, so a line for each hundredth of a point, walked from the top, holds every pair in its order.
"""

import numpy as np
from numpy.typing import NDArray

from app.matching.rules.rounds.compiled import loop
from app.matching.rules.rounds.costs import Ends
from app.matching.rules.rounds.edges import Candidates


def choose_greedily(
    candidates: Candidates, gain: NDArray[np.int64], tie: NDArray[np.uint64], offers: Ends, pages: Ends
) -> NDArray[np.bool_]:
    """
    A mask of the chosen pairs; never over the caps, within one per cent of the best total on every graph measured.

    ``gain`` is what each pair would add first, all above zero. Equal gains are taken in the order of ``tie``.
    """
    order = _best_first(candidates, gain, tie)
    chosen = np.zeros(len(order), np.bool_)
    if len(order):
        loop(_walk, len(order))(
            *(candidates.offer[order], candidates.request[order], gain[order].astype(np.int32)),
            *(offers.steps, offers.held.copy(), offers.free.copy()),
            *(pages.steps, pages.held.copy(), pages.free.copy()),
            chosen,
        )
    mask = np.zeros(len(order), np.bool_)
    mask[order[chosen]] = True
    return mask


def _best_first(candidates: Candidates, gain: NDArray[np.int64], tie: NDArray[np.uint64]) -> NDArray[np.int64]:
    """
    Rows by falling gain, then by hash; where even the hashes agree, by position.

    One number holds how far a gain has fallen, as much of the hash as there is room for, and the row: sorting numbers
    is several times faster than sorting rows by them. Equal ones, which are few, are sorted again by all.
    """
    if not len(gain):
        return np.zeros(0, np.int64)
    fallen = (gain.max() - gain).astype(np.uint64)
    row_bits = len(gain).bit_length()
    hash_bits = 64 - row_bits - int(fallen.max()).bit_length()
    key = fallen << np.uint64(hash_bits + row_bits)
    key |= tie >> np.uint64(64 - hash_bits) << np.uint64(row_bits)
    key |= np.arange(len(gain), dtype=np.uint64)
    key.sort()
    order: NDArray[np.int64] = (key & np.uint64((1 << row_bits) - 1)).astype(np.int64)
    key >>= np.uint64(row_bits)
    equal = np.flatnonzero(key[1:] == key[:-1])
    if len(equal):
        again = np.union1d(equal, equal + 1)
        rows = order[again]
        within = np.lexsort((candidates.request[rows], candidates.offer[rows], tie[rows], key[again]))
        order[again] = rows[within]
    return order


def _walk(  # noqa: PLR0913, PLR0917, a compiled loop takes its columns one by one
    offer: NDArray[np.int32],
    request: NDArray[np.int32],
    gain: NDArray[np.int32],
    offer_steps: NDArray[np.int64],
    offer_held: NDArray[np.int32],
    offer_free: NDArray[np.int32],
    page_steps: NDArray[np.int64],
    page_held: NDArray[np.int32],
    page_free: NDArray[np.int32],
    chosen: NDArray[np.bool_],
) -> None:
    """
    Walk the lines from the highest gain down.

    ``gain`` falls from row to row. ``first`` and ``last`` are the lines of pairs that were put back, ``behind`` the
    next one in line.
    """
    top, pairs = gain[0], len(gain)
    first, last = np.full(top + 1, -1, np.int32), np.full(top + 1, -1, np.int32)
    behind = np.full(pairs, -1, np.int32)
    # What each pair would gain at ends where nothing stands.
    worth = np.empty(pairs, np.int32)
    for row in range(pairs):
        worth[row] = gain[row] + offer_steps[offer_held[offer[row]]] + page_steps[page_held[request[row]]]
    fresh = 0
    for level in range(top, 0, -1):
        row = first[level]
        while (fresh < pairs and gain[fresh] == level) or row >= 0:
            if fresh < pairs and gain[fresh] == level:
                now, fresh = fresh, fresh + 1
            else:
                now, row = row, behind[row]
            one, other = offer[now], request[now]
            if offer_free[one] == 0 or page_free[other] == 0:
                continue
            today = worth[now] - offer_steps[offer_held[one]] - page_steps[page_held[other]]
            if today == level:
                chosen[now] = True
                offer_held[one] += 1
                offer_free[one] -= 1
                page_held[other] += 1
                page_free[other] -= 1
            elif today > 0:
                behind[now] = -1
                if first[today] < 0:
                    first[today] = now
                else:
                    behind[last[today]] = now
                last[today] = now
