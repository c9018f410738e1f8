"""Timing and printing: what every table of the benchmarks shares."""

import gc
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from time import perf_counter, thread_time
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def as_served() -> None:
    """Let the collector be as in a process that serves: see ``wsgi.py``. Called when the application stands."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 100)


def milliseconds(calls: Iterable[Callable[[], object]]) -> list[float]:
    """How long each call took."""
    taken = []
    for call in calls:
        start = perf_counter()
        call()
        taken.append((perf_counter() - start) * 1000)
    return taken


def milliseconds_of_cpu(calls: Iterable[Callable[[], object]]) -> list[float]:
    """How much of this thread's processor time each call took: the figure to compare on a machine with other work."""
    taken = []
    for call in calls:
        start = thread_time()
        call()
        taken.append((thread_time() - start) * 1000)
    return taken


def in_turn(
    calls: Sequence[Callable[[], T]], passes: int, server: int | None = None
) -> tuple[np.ndarray, np.ndarray, list[T]]:
    """
    Milliseconds of each call: the median of so many passes over all of them, by the clock and of processors' time.

    Processors' time is this thread's and that of the process ``server``, which works for it; unlike the clock it does
    not count what others do on the same machine meanwhile. The answers of the last pass come third.
    """
    clock, worked = np.empty((passes, len(calls))), np.empty((passes, len(calls)))
    answers: list[T] = []
    for number in range(passes):
        answers.clear()
        for place, call in enumerate(calls):
            there, here, start = _worked(server), thread_time(), perf_counter()
            answers.append(call())
            clock[number, place] = (perf_counter() - start) * 1000
            worked[number, place] = (thread_time() - here) * 1000 + _worked(server) - there
    return np.median(clock, axis=0), np.median(worked, axis=0), answers


def _worked(process: int | None) -> float:
    """Milliseconds for which a process has had a processor, as Linux counts them."""
    return 0.0 if process is None else int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e6


def load() -> str:
    """How busy the machine is, for the title of a table."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


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
