"""
How many agreements a second the site takes while eight families want the same milk, through two server processes,
beside the same without a rival in the same run; and that exactly the possible ones won.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from flask_migrate import upgrade

from app.factory import create_app
from app.infra.database import db
from config import Settings
from tests.bench.figures import table
from tests.handoffs.contention import RIVALS, Round, agree_at_once, agree_in_turn, faults, stage
from tests.web.served import Cast, database_of, serving

OFFERS: Final = 300
ALONE: Final = 60
"""Agreements of the baseline; each has an offer of its own."""

VOLUMES: Final = (1000, 400, 330, 125)


def run(offers: int = OFFERS) -> None:
    """Print the table for both databases; milk given out twice, refused wrongly or answered with a fault ends it."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(instance_path=Path(folder), testing=True, rate_limits=False, mail_backend="locmem"))
        with app.app_context():
            upgrade()
            db.session.remove()
            db.engine.dispose()
        (Path(folder) / "milkbridge.sqlite").rename(Path(folder) / "template.sqlite")
        for kind in ("sqlite", "postgresql"):
            own = Path(folder) / kind
            own.mkdir()
            with database_of(kind, app, own) as address:
                rows.append((kind, *_figures(Cast(app, address), own, offers)))
    table("Agreements a second, eight families at once for each offer, two servers", HEAD, rows)


HEAD: Final = ("database", "offers", "asked", "won", "alone /s", "rivals: answers /s", "rivals: won /s", "ratio")


def _figures(cast: Cast, folder: Path, offers: int) -> tuple[str, ...]:
    tokens, rounds = stage(cast, [VOLUMES[number % len(VOLUMES)] for number in range(offers)])
    more, alone = stage(cast, [400] * ALONE)
    with serving(cast.address, folder) as one, serving(cast.address, folder) as other:
        calm = agree_in_turn(one.url, more, alone)
        rivals = agree_at_once([one.url, other.url], tokens, rounds)
    found = faults(cast, rounds, rivals)
    if found:
        sys.exit("\n".join(found))
    return _row(rounds, len(alone) / calm.seconds, rivals.seconds)


def _row(rounds: list[Round], calm: float, seconds: float) -> tuple[str, ...]:
    won, asked = sum(each.possible for each in rounds), len(rounds) * RIVALS
    return (
        str(len(rounds)), str(asked), str(won), f"{calm:.1f}", f"{asked / seconds:.1f}", f"{won / seconds:.1f}",
        f"{asked / seconds / calm:.2f}",
    )  # fmt: skip


if __name__ == "__main__":
    run(int(os.environ.get("OFFERS", OFFERS)))
