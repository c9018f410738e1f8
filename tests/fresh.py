"""Lays a fresh copy of the migrated database under the application of this worker process."""

import shutil
from pathlib import Path
from uuid import uuid4

from flask import Flask

from app.infra.database import db


def lay_fresh_database(app: Flask) -> None:
    """Put an empty, migrated database in the place of whatever was there.

    Each copy is a file of its own behind one link: a server thread of an earlier test that still closes its connection
    then removes the log of its own file, and not of the one in use.
    """
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    folder = Path(app.instance_path)
    for earlier in folder.glob("test-*"):
        earlier.unlink()
    fresh = folder / f"test-{uuid4().hex}.sqlite"
    shutil.copyfile(folder / "template.sqlite", fresh)
    link = folder / "next.sqlite"
    link.symlink_to(fresh.name)
    link.rename(folder / "milkbridge.sqlite")
