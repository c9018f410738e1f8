"""Timing and printing: what every table of the benchmarks shares."""

from collections.abc import Callable, Iterable, Sequence
from time import perf_counter

import numpy as np


def milliseconds(calls: Iterable[Callable[[], object]]) -> list[float]:
    """How long each call took."""
    taken = []
    for call in calls:
        start = perf_counter()
        call()
        taken.append((perf_counter() - start) * 1000)
    return taken


def percentiles(taken: Sequence[float]) -> tuple[float, float, float]:
    """p50, p95 and p99."""
    p50, p95, p99 = (float(value) for value in np.percentile(taken, [50, 95, 99]))
    return p50, p95, p99


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str | float]]) -> None:
    """Print a table; numbers get two decimals."""
    texts = [list(heads), *([f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(heads))]
    print(f"\n{title}")
    for row in texts:
        first, rest = row[0].ljust(widths[0]), (cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))
        print("  " + "  ".join([first, *rest]), flush=True)
