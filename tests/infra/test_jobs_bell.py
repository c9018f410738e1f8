"""PostgreSQL wakes resting workers when there is something to begin; SQLite has nobody to tell them."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.infra import jobs
from app.infra.database import db
from app.infra.jobs import working
from app.infra.transaction import transaction

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def database() -> str:
    """Everything here runs on the server alone."""
    return "postgresql"


@pytest.fixture
def bell(in_app):
    bell = working.Bell()
    yield bell
    bell.close()


def later(app, **how) -> threading.Thread:
    def add() -> None:
        with app.app_context(), transaction():
            jobs.enqueue("note", {}, now=LONG_AGO, **how)

    thread = threading.Timer(0.1, add)
    thread.start()
    return thread


def test_a_job_that_could_begin_wakes_a_resting_worker(in_app, bell):
    thread = later(in_app)
    assert bell.rest(10)
    thread.join()


def test_one_that_waits_for_its_time_and_one_that_is_a_double_do_not(in_app, bell):
    with transaction():
        jobs.enqueue("note", {}, now=LONG_AGO, unique_key="a", delay=timedelta(minutes=1))
    threads = [later(in_app, delay=timedelta(minutes=1)), later(in_app, unique_key="a")]
    for thread in threads:
        thread.join()
    assert not bell.rest(0.05)


def test_a_use_case_that_is_undone_wakes_nobody(bell):
    def change_ones_mind() -> None:
        with transaction():
            jobs.enqueue("note", {}, now=LONG_AGO)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_ones_mind()
    assert not bell.rest(0.05)


def test_after_the_server_was_away_it_listens_again(in_app, bell):
    # The server also has the databases of other tests, whose workers must not be woken.
    listening = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND datname = current_database()"
    for process in db.session.scalars(text(listening)).all():
        db.session.execute(text("SELECT pg_terminate_backend(:process)"), {"process": process})
    assert bell.rest(10), "the broken line wakes it"
    assert bell.rest(10), "it listens anew, and looks at once"
    thread = later(in_app)
    assert bell.rest(10)
    thread.join()
