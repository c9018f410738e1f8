"""Runs the migrations inside the application's own engine, with batch mode for SQLite."""

from alembic import context
from flask import current_app

from migrations.tables import metadata

database = current_app.extensions["migrate"].db


def run() -> None:
    """Upgrade or downgrade over one connection; SQLite's foreign keys are off while tables are rebuilt."""
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Through the driver, because the pragma does nothing inside the transaction that SQLAlchemy would begin.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=metadata(),
            render_as_batch=True,
            compare_type=True,
            compare_server_default=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        if connection.dialect.name == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


run()
