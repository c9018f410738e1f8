"""Ninety days of three invented communities under four ways of meeting; docs/simulation.md shows what this prints."""

from dataclasses import replace

from app.matching.rules.simulation import SETTINGS, Behaviour, NearestFirst, Outcome, Rounds, Wall, average, invent
from app.matching.rules.simulation import run as play
from tests.bench.figures import table

SEEDS = (1, 2, 3, 4, 5)
DAYS = 90
_USUAL = Behaviour()
_MANNERLY = replace(_USUAL, stops_at_days=10)
WAYS = (
    ("wall", Wall, _USUAL),
    ("wall, stops at 10 days", Wall, _MANNERLY),
    ("nearest first", NearestFirst, _USUAL),
    ("rounds", Rounds, _USUAL),
)
HEADS = [
    *("setting", "way", "fed in 7 days", "seeds from–to", "over wall", "messages p50", "p95", "km", "waste", "Gini"),
]


def run(*, days: int = DAYS, seeds: tuple[int, ...] = SEEDS) -> None:
    """Print the table; about four minutes on an idle core."""
    rows = []
    for setting in SETTINGS:
        people = [(seed, invent(setting, seed=seed, days=days)) for seed in seeds]
        wall = 0.0
        for name, way, behaviour in WAYS:
            outcomes = [play(community, way(), seed=seed, behaviour=behaviour) for seed, community in people]
            mean = average(outcomes)
            wall = mean.fed if name == "wall" else wall
            rows.append([setting.name, name, *_told(mean, outcomes, wall)])
    table(f"{days} days, mean of {len(seeds)} invented communities each", HEADS, rows)


def _told(mean: Outcome, outcomes: list[Outcome], wall: float) -> list[str]:
    fed = [one.fed for one in outcomes]
    return [
        *(f"{mean.fed:.0%}", f"{min(fed):.0%}–{max(fed):.0%}", f"{100 * (mean.fed - wall):+.0f} points"),
        *(f"{mean.messages_p50:.0f}", f"{mean.messages_p95:.0f}", f"{mean.kilometres:.0f}"),
        *(f"{mean.waste:.0%}", f"{mean.gini:.2f}"),
    ]


if __name__ == "__main__":
    run()
