"""Ninety days of three invented communities under six ways of meeting; docs/simulation.md shows what this prints."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import repeat
from multiprocessing import get_context

from app.matching.rules.simulation import (
    SETTINGS,
    Behaviour,
    Community,
    NearestFirst,
    Outcome,
    Rounds,
    Setting,
    Wall,
    average,
    invent,
)
from app.matching.rules.simulation import run as play
from tests.bench.figures import table

SEEDS = (1, 2, 3, 4, 5)
DAYS = 90
_USUAL = Behaviour()
_UNDIVIDED = replace(_USUAL, follows_share=0)
WAYS = (
    ("wall", Wall, _USUAL, None),
    ("nearest first", NearestFirst, _USUAL, None),
    ("rounds", Rounds, _USUAL, None),
    ("rounds, nobody divides", Rounds, _UNDIVIDED, None),
    ("rounds, one family each", Rounds, _USUAL, 1),
    ("rounds, all search", partial(Rounds, whole_list=True), _USUAL, None),
)
HEADS = [
    *("setting", "way", "fed in 7 days", "seeds from–to", "over wall"),
    *("messages p50", "p95", "meetings", "km", "waste", "Gini"),
]


def run(*, days: int = DAYS, seeds: tuple[int, ...] = SEEDS) -> None:
    """Print the table; about two minutes on two idle cores."""
    rows = []
    with ProcessPoolExecutor(max_workers=2, mp_context=get_context("spawn")) as pool:
        for setting in SETTINGS:
            played = list(pool.map(_played, repeat(setting), seeds, repeat(days)))
            wall = average([outcomes[0] for outcomes in played]).fed
            for (name, *_), outcomes in zip(WAYS, zip(*played)):
                rows.append([setting.name, name, *_told(average(outcomes), outcomes, wall)])
    table(f"{days} days, mean of {len(seeds)} invented communities each", HEADS, rows)


def _played(setting: Setting, seed: int, days: int) -> list[Outcome]:
    """One community under every way."""
    community = invent(setting, seed=seed, days=days)
    return [
        play(_for_at_most(community, families), way(), seed=seed, behaviour=behaviour)
        for _, way, behaviour, families in WAYS
    ]


def _for_at_most(community: Community, families: int | None) -> Community:
    """The same people, each donor with this at "for how many families at most"."""
    if families is None:
        return community
    return replace(community, donors=tuple(replace(donor, families=families) for donor in community.donors))


def _told(mean: Outcome, outcomes: Sequence[Outcome], wall: float) -> list[str]:
    fed = [one.fed for one in outcomes]
    return [
        *(f"{mean.fed:.0%}", f"{min(fed):.0%}–{max(fed):.0%}", f"{100 * (mean.fed - wall):+.0f} points"),
        *(f"{mean.messages_p50:.0f}", f"{mean.messages_p95:.0f}", f"{mean.meetings:.1f}", f"{mean.kilometres:.0f}"),
        *(f"{mean.waste:.0%}", f"{mean.gini:.2f}"),
    ]


if __name__ == "__main__":
    run()
