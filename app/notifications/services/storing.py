"""Writes a row that may be there already, however many do so at once."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.infra.database import Base, db
from app.infra.transaction import transaction


def put(table: type[Base], key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Insert the row with this ``key`` (the columns of a unique constraint), or give the one there these ``values``."""
    insert = sqlite_insert if db.engine.dialect.name == "sqlite" else postgresql_insert
    row = insert(table).values({**key, **values}).on_conflict_do_update(index_elements=list(key), set_=dict(values))
    with transaction() as session:
        session.execute(row)
