"""Two writers of whom one begins in the moment in which the other has done its work and has not committed yet."""

import threading
import time
from collections.abc import Callable

from flask import Flask
from sqlalchemy import text

from app.infra import writers
from app.infra.database import db
from app.infra.transaction import transaction

LONGEST_WAIT = 20
"""Seconds after which the first commits although nobody waits for it: the two have nothing to do with each other."""

_LOCKED = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


def somebody_waits() -> bool:
    """Whether another writer waits: on SQLite in the line before it, on PostgreSQL for a lock."""
    if db.engine.dialect.name == "sqlite":
        return any(line._waiting for line in list(writers._LINES.values()))
    with db.engine.connect() as other:
        return bool(other.scalar(_LOCKED))


def one_before_the_other(
    app: Flask, first: Callable[[], object], second: Callable[[], object]
) -> dict[str, Exception]:  # fmt: skip
    """
    Let ``second`` begin when ``first`` has done its work, and ``first`` end when the other waits.

    What each met stands under "first" and "second"; an empty answer means that both went well.
    """
    done, met = threading.Event(), {}

    def leading() -> None:
        with app.app_context(), transaction():
            first()
            done.set()
            until = time.monotonic() + LONGEST_WAIT
            while not somebody_waits() and time.monotonic() < until:
                time.sleep(0.01)

    def following() -> None:
        done.wait()
        with app.app_context():
            second()

    def run(name: str, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - looked at by the test.
            met[name] = error
        finally:
            done.set()

    threads = [threading.Thread(target=run, args=pair) for pair in (("first", leading), ("second", following))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return met
