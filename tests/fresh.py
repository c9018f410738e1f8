"""Lays a fresh copy of the migrated database under the application of this worker process, on either database."""

import os
import shutil
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Engine, create_engine

from app.infra.database import db, install_hooks
from app.messaging import signs
from config import Settings
from tests.cluster import Cluster, cluster_of_this_run


def lay_fresh_database(app: Flask, kind: str | None = None) -> None:
    """Put an empty, migrated database in the place of whatever was there; of the same kind, unless another is named.

    What the application remembers of people beside its database goes too: the next ones have the same numbers.
    """
    for memory in (signs.TYPING, signs.HERE):
        app.extensions.pop(memory, None)
    with app.app_context():
        db.session.remove()
        kind = kind or db.engine.dialect.name
        db.engine.dispose()
        db.engines[None] = _engine(app, kind)
        if kind == "postgresql":
            empty(db.engine)
            return
    lay_file(Path(app.instance_path))


def lay_file(folder: Path, template: Path | None = None) -> None:
    """
    Put a copy of ``template``, the empty migrated one unless another is named, in the place of the application's file.

    Each copy is a file of its own behind one link: a server thread of an earlier test that still closes its
    connection then removes the log of its own file, and not of the one in use.
    """
    for earlier in folder.glob("test-*"):
        earlier.unlink()
    fresh = folder / f"test-{uuid4().hex}.sqlite"
    shutil.copyfile(template or folder / "template.sqlite", fresh)
    link = folder / "next.sqlite"
    link.symlink_to(fresh.name)
    link.rename(folder / "milkbridge.sqlite")


@cache
def _engine(app: Flask, kind: str) -> Engine:
    """The engine of the application's own file (asked for first, so that it is still in its place), or the one of this
    worker's database on the server.
    """
    if kind == "sqlite":
        return db.engines[None]
    _engine(app, "sqlite")
    cluster = cluster_of_this_run()
    name = f"milkbridge_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    cluster.create(name, template=migrated_template(app, cluster))
    return made(cluster.url(name))


def made(address: str) -> Engine:
    """An engine as the application makes its own."""
    settings = Settings(database_url=address)
    engine = create_engine(settings.database(), **settings.engine())
    install_hooks(engine)
    return engine


def migrated_template(app: Flask, cluster: Cluster) -> str:
    """The name of the migrated template on the server."""

    def migrate(address: str) -> None:
        with app.app_context():
            before = db.engines[None]
            db.engines[None] = made(address)
            upgrade()
            db.session.remove()
            db.engine.dispose()
            db.engines[None] = before

    return cluster.template(migrate)


def empty(engine: Engine) -> None:
    """Delete every row and begin to count anew: fifty times faster than TRUNCATE or a copy of the template.

    Whoever is still connected, a thread of an earlier test, is sent away first.
    """
    with psycopg.connect(engine.url.set(drivername="postgresql").render_as_string(), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute(_emptying(connection))


def _emptying(connection: psycopg.Connection) -> str:
    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    counters = connection.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'").fetchall()
    return "; ".join(
        [
            "SET session_replication_role = replica",  # which leaves references unchecked, so that any order will do
            *(f"DELETE FROM {table}" for (table,) in tables if table != "alembic_version"),  # noqa: S608 - the tables are ours.
            *(f"SELECT setval('{counter}', 1, false)" for (counter,) in counters),
        ]
    )
