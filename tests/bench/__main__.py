"""``make bench``: see ``docs/benchmarks.md``."""

import tempfile
from pathlib import Path

from flask_migrate import upgrade

from app.factory import create_app
from config import Settings
from tests.bench import pages, queries


def main() -> None:
    """Print every table; takes less than two minutes on two cores."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(instance_path=Path(folder), testing=True, rate_limits=False, mail_backend="locmem")
        app = create_app(settings)
        with app.app_context():
            upgrade()
        queries.run(app)
        pages.run(app)


if __name__ == "__main__":
    main()
