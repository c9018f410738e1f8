"""Migrations lead from an empty and from a populated database to exactly the tables of the models."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Boolean, Date, DateTime, Float, Integer, Table, inspect, select

from app.factory import create_app
from app.infra.database import db
from config import Settings
from migrations.tables import metadata

POPULATED_AT = "0008"
"""The revision at which a populated database begins: the first the project had."""

NOW = datetime(2026, 11, 21, tzinfo=UTC)


pytestmark = pytest.mark.both_databases


@pytest.fixture
def fresh(tmp_path: Path, empty_database: str) -> Iterator[Flask]:
    """An application with no table at all."""
    settings = Settings(
        instance_path=tmp_path, database_url=empty_database, testing=True, rate_limits=False, mail_backend="locmem"
    )  # fmt: skip
    app = create_app(settings)
    yield app
    with app.app_context():
        db.engine.dispose()


def differences() -> list[object]:
    """What the models have and the database lacks, or the other way round."""
    with db.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata())


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def broken_references() -> list[object]:
    """Rows that refer to nobody; PostgreSQL never lets one in, not even while a table is rebuilt."""
    if db.engine.dialect.name != "sqlite":
        return []
    with db.engine.connect() as connection:
        return list(connection.exec_driver_sql("PRAGMA foreign_key_check"))


def test_an_empty_database_becomes_what_the_models_say(fresh):
    with fresh.app_context():
        upgrade()
        assert differences() == []
        assert tables() == set(metadata().tables)


def test_every_migration_can_be_undone_and_done_again(fresh):
    with fresh.app_context():
        upgrade()
        downgrade(revision="base")
        assert tables() == set()
        upgrade()
        assert differences() == []


def test_a_populated_database_keeps_its_rows_when_it_is_upgraded(fresh):
    with fresh.app_context():
        upgrade(revision=POPULATED_AT)
        filled = populate()
        upgrade()
        with db.engine.connect() as connection:
            kept = {name: len(connection.execute(select(Table(name, metadata()))).all()) for name in filled}
        left_for_the_worker = {"jobs": 3}
        assert kept == dict.fromkeys(filled, 1) | left_for_the_worker
        assert broken_references() == []
        assert differences() == []


def test_the_migrations_form_one_line(fresh):
    with fresh.app_context():
        scripts = ScriptDirectory(str(Path(fresh.root_path).parent / "migrations"))
        assert len(scripts.get_heads()) == 1
        assert len(list(scripts.walk_revisions())) == len(list((Path(scripts.dir) / "versions").glob("*.py")))


KNOWN = {
    "kind": "offer", "state": "live", "supply": "once", "volume_ml": 900, "weekly_ml": None, "storage": "freezer",
    "lipase": "unknown", "replace_bags": "unsaid", "baby_age_band": "0_3", "term_and_healthy": "yes",
    "strength": "must", "origin": "yes", "target_kind": "post", "cause": "report", "action": "dismiss",
    "volume_unit": "oz", "distance_unit": "mi", "condition": None, "days": 10, "max_families": 1, "trust": 1,
    "need_ml_per_day": 600, "travel_km": 10.0, "harm": 2, "reserved_ml": 0, "given_ml": 0, "total_ml": 900,
}  # fmt: skip
"""Values the tables' constraints ask for, by column; ``PER_TABLE`` where a name means different things."""
PER_TABLE = {
    "jobs": {"state": "queued"}, "interests": {"state": "open"}, "handoffs": {"state": "proposed"},
    "cases": {"state": "open"}, "post_facts": {"state": "avoids"}, "messages": {"kind": "text"},
}  # fmt: skip
SECOND_PERSON = {"family_id", "blocked_id", "reporter_id", "moderator_id", "other_id"}


def populate() -> list[str]:
    """One row in every table there is now (two people, so that pairs are possible); returns the tables with one row."""
    database = db.metadata.__class__()
    database.reflect(db.engine)
    filled = []
    with db.engine.begin() as connection:
        for table in database.sorted_tables:
            if table.name == "alembic_version":
                continue
            connection.execute(table.insert().values(row_of(table, 1)))
            if table.name == "users":
                connection.execute(table.insert().values(row_of(table, 2)))
            else:
                filled.append(table.name)
        if db.engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence('jobs', 'id'), 1)")
    return filled


def row_of(table: Table, number: int) -> dict[str, object]:
    """A row the constraints accept; every reference leads to row 1, the second person's to row 2."""
    known = KNOWN | PER_TABLE.get(table.name, {})
    return {
        column.name: 2
        if column.name in SECOND_PERSON
        else known[column.name]
        if column.name in known
        else value_for(column, number)
        for column in table.columns
        if column.name in known or not column.nullable
    }


def value_for(column, number: int) -> object:
    if isinstance(column.type, DateTime):
        later = column.name.endswith("_end")
        moment = NOW.replace(hour=1 if later else 0)
        return moment if column.type.timezone else moment.replace(tzinfo=None)
    if isinstance(column.type, Date):
        return NOW.date()
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, Integer | Float):
        return number
    return {} if column.type.__class__.__name__ == "JSON" else f"{column.name[:9]}-{number}"
