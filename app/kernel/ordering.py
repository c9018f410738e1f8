"""Millions of rows in order, by sorting numbers, which is several times faster than sorting rows by them."""

import numpy as np
from numpy.typing import NDArray


def stable_order(key: NDArray[np.int64]) -> NDArray[np.int64]:
    """
    The rows by their keys, equal ones as they stand: what ``np.argsort(key, kind="stable")`` gives.

    Keys are whole numbers from 0 on. The row is put beneath its key as long as both fit into 64 bits.
    """
    row_bits = len(key).bit_length()
    if int(key.max(initial=0)).bit_length() + row_bits > 64:  # noqa: PLR2004 - the bits of a number.
        order: NDArray[np.int64] = np.argsort(key, kind="stable")
        return order
    packed = key.astype(np.uint64)
    packed <<= np.uint64(row_bits)
    packed |= np.arange(len(key), dtype=np.uint64)
    packed.sort()
    packed &= np.uint64((1 << row_bits) - 1)
    return packed.view(np.int64)
