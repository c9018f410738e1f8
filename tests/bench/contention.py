"""
How many agreements a second the site takes while eight families want the same milk, through two server processes,
beside the same without a rival in the same run; and that exactly the possible ones won.

``python -m tests.bench.contention sqlite "a worker"`` runs a part; ``OFFERS=12`` before it makes it small.
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from itertools import product
from pathlib import Path
from statistics import median
from typing import Final

from flask_migrate import upgrade

from app.factory import create_app
from app.infra.database import db
from config import Settings
from tests.bench.figures import table
from tests.bench.lookback import worker
from tests.handoffs.contention import RIVALS, Counted, Round, agree_at_once, agree_in_turn, faults, stage
from tests.web.served import Cast, database_of, serving

OFFERS: Final = 300
ALONE: Final = 60
"""Agreements of the baseline; each has an offer of its own."""

KINDS: Final = ("sqlite", "postgresql")
COMPANY: Final = ("nobody", "a worker")
"""What runs beside the two servers."""

VOLUMES: Final = (1000, 400, 330, 125)


def run(offers: int = OFFERS, kinds: Sequence[str] = KINDS, company: Sequence[str] = COMPANY) -> None:
    """Print the table; milk given out twice, refused wrongly or answered with a fault ends it."""
    rows, found = [], []
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(instance_path=Path(folder), testing=True, rate_limits=False, mail_backend="locmem"))
        with app.app_context():
            upgrade()
            db.session.remove()
            db.engine.dispose()
        (Path(folder) / "milkbridge.sqlite").rename(Path(folder) / "template.sqlite")
        for number, (kind, beside) in enumerate(product(kinds, company)):
            own = Path(folder) / str(number)
            own.mkdir()
            with database_of(kind, app, own) as address:
                row, faulty = _figures(Cast(app, address), own, offers, beside)
            rows.append((kind, beside, *row))
            found += [f"{kind}, {beside}: {each}" for each in faulty]
            print(*rows[-1], *faulty, sep="\t", flush=True)
    table("Agreements a second, eight families at once for each offer, two servers", HEAD, rows)
    if found:
        sys.exit("\n".join(found))


HEAD: Final = (
    "database", "beside", "offers", "asked", "won", "5xx", "alone /s", "rivals: answers /s", "rivals: won /s",
    "median s", "longest s", "load",
)  # fmt: skip


def _figures(cast: Cast, folder: Path, offers: int, beside: str) -> tuple[tuple[str, ...], list[str]]:
    tokens, rounds = stage(cast, [VOLUMES[number % len(VOLUMES)] for number in range(offers)])
    more, alone = stage(cast, [400] * ALONE)
    with serving(cast.address, folder) as one, serving(cast.address, folder) as other:
        calm = agree_in_turn(one.url, more, alone)
        with worker(folder, DATABASE_URL=cast.address) if beside == "a worker" else nullcontext():
            rivals = agree_at_once([one.url, other.url], tokens, rounds)
    return _row(rounds, len(alone) / calm.seconds, rivals), faults(cast, rounds, rivals)


def _row(rounds: list[Round], calm: float, rivals: Counted) -> tuple[str, ...]:
    won, asked = sum(each.possible for each in rounds), len(rounds) * RIVALS
    return (
        str(len(rounds)), str(asked), str(won), str(rivals.refused()), f"{calm:.1f}", f"{asked / rivals.seconds:.1f}",
        f"{won / rivals.seconds:.1f}", f"{median(rivals.waits):.2f}", f"{max(rivals.waits):.2f}",
        f"{os.getloadavg()[1]:.1f}",
    )  # fmt: skip


if __name__ == "__main__":
    asked = sys.argv[1:]
    run(
        int(os.environ.get("OFFERS", OFFERS)),
        [kind for kind in KINDS if kind in asked] or KINDS,
        [beside for beside in COMPANY if beside in asked] or COMPANY,
    )
