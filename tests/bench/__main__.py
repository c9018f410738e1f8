"""``make bench``: see ``docs/benchmarks.md``."""

import logging
import tempfile
from pathlib import Path

from flask_migrate import upgrade

from app.factory import create_app
from config import Settings
from tests.bench import api, contention, index, lens, live, lookback, pages, plan, queries, rounds, rounds_db
from tests.bench.figures import as_served
from tests.bench.sockets import tables as sockets


def main() -> None:
    """Print every table."""
    logging.disable(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(instance_path=Path(folder), testing=True, rate_limits=False, mail_backend="locmem")
        app = create_app(settings)
        with app.app_context():
            upgrade()
        as_served()
        queries.run(app)
        pages.run(app)
        live.run(app)
    api.run()
    index.run()
    lens.run()
    rounds.run()
    rounds_db.run()
    plan.run()
    lookback.run()
    contention.run()
    sockets.run(list(sockets.TABLES), sockets.Sizes())


if __name__ == "__main__":
    main()
