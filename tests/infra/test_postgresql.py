"""What only a database server does: writers beside each other, row locks, deadlocks, zones, errors that quote rows."""

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from app.accounts.models import User
from app.dev.serve import answers
from app.factory import create_app
from app.infra import jobs
from app.infra.database import db
from app.infra.jobs import Job
from app.infra.transaction import is_busy, may_begin_again, transaction
from app.notifications.services import notify
from app.web.access import public
from config import POOL, Settings
from tests.site import running_site

NOW = datetime(2026, 11, 21, 15, tzinfo=UTC)


@pytest.fixture
def database() -> str:
    """Everything here runs on the server alone."""
    return "postgresql"


def enqueue(*kinds: str) -> None:
    with transaction():
        for kind in kinds:
            jobs.enqueue(kind, {}, now=NOW)


class TestAddress:
    @pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
    def test_every_way_to_write_it_means_the_installed_driver(self, scheme):
        assert Settings(database_url=f"{scheme}://u:p@h/d").database() == "postgresql+psycopg://u:p@h/d"

    @pytest.mark.parametrize(("threads", "connections"), [(4, 4), (64, POOL)])
    def test_a_process_holds_one_connection_a_thread_up_to_a_number(self, threads, connections):
        engine = Settings(database_url="postgresql://h/d", web_threads=threads).engine()
        assert (engine["pool_size"], engine["max_overflow"]) == (connections, 0)

    def test_an_address_of_sqlite_is_left_alone(self):
        assert Settings(database_url="sqlite:///x.sqlite").database() == "sqlite:///x.sqlite"
        assert "pool_size" not in Settings().engine()


class TestRows:
    def test_a_moment_comes_back_in_utc_whatever_the_zone_of_the_server(self, in_app):
        enqueue("a")
        assert db.session.scalar(text("SHOW timezone")) == "UTC"
        db.session.execute(text("SET LOCAL TIME ZONE 'Asia/Tokyo'"))
        assert db.session.scalars(select(Job.run_after)).one().tzinfo is UTC
        assert db.session.scalars(select(Job.run_after)).one() == NOW

    @pytest.mark.parametrize(
        "wrong",
        [
            {"kind": "secret", "unique_key": "whisper", "state": "queued"},
            {"kind": "whisper", "unique_key": "b", "state": "lost"},
        ],
        ids=["unique", "check"],
    )
    def test_an_error_quotes_nothing_of_the_row_that_was_refused(self, in_app, wrong):
        with transaction():
            jobs.enqueue("a", {}, now=NOW, unique_key="whisper")
        row = {"payload": {}, "run_after": NOW, "attempts": 0, "created_at": NOW} | wrong
        with pytest.raises(IntegrityError) as refused, transaction() as current:
            current.execute(insert(Job).values(row))
        assert "violates" in str(refused.value)
        assert "whisper" not in f"{refused.value} {refused.value.orig} {refused.value!r}"


class TestLocks:
    def test_two_workers_take_two_jobs_without_waiting_for_each_other(self, in_app, monkeypatch):
        registry = jobs.JobRegistry()
        monkeypatch.setitem(in_app.extensions, "milkbridge_jobs", registry)
        for kind in ("first", "second"):
            registry.register(kind, lambda **_: None)
        enqueue("first", "second")
        taken = []

        def other_worker() -> None:
            with in_app.app_context():
                taken.append(jobs.lease_next(now=NOW))

        with transaction():
            mine = jobs.lease_next(now=NOW)
            thread = threading.Thread(target=other_worker)
            thread.start()
            thread.join()
        assert (mine.kind, taken[0].kind) == ("first", "second")

    def test_a_notice_to_a_person_does_not_wait_for_who_changes_the_person(self, in_app, donor):
        def notice() -> None:
            with in_app.app_context():
                notify(donor.id, "report_decided", item="x", path="/reports", now=NOW)

        with transaction() as current:
            current.get(User, donor.id, with_for_update=True)
            thread = threading.Thread(target=notice)
            thread.start()
            thread.join(4)
            assert not thread.is_alive()

    def test_a_lock_that_is_not_had_in_time_is_a_busy_moment(self, in_app):
        enqueue("a")

        def want() -> None:
            with transaction() as current:
                current.execute(text("SET LOCAL lock_timeout = '10ms'"))
                current.execute(text("UPDATE jobs SET attempts = 1"))

        with db.engine.begin() as other:
            other.execute(text("UPDATE jobs SET attempts = 2"))
            with pytest.raises(OperationalError) as late:
                want()
        assert is_busy(late.value)
        assert not may_begin_again(late.value)

    def test_another_error_of_the_server_is_not_a_busy_moment(self, in_app):
        assert not is_busy(ValueError("locked"))
        with pytest.raises(OperationalError) as broken, transaction() as current:
            current.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        assert not is_busy(broken.value)


class Rivals:
    """Two who take the same two rows in opposite order; the server undoes the second, whose patience is shorter."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._both_hold_one = threading.Barrier(2, timeout=20)
        self._thread = threading.Thread(target=self._run)
        self.times = 0

    def take(self, first: int, second: int, *, patience: str, meet: bool = True) -> None:
        with transaction() as current:
            current.execute(text(f"SET LOCAL deadlock_timeout = '{patience}'"))
            current.execute(text("UPDATE jobs SET attempts = attempts + 1 WHERE id = :id"), {"id": first})
            if meet:
                self._both_hold_one.wait()
            current.execute(text("UPDATE jobs SET attempts = attempts + 1 WHERE id = :id"), {"id": second})

    def _run(self) -> None:
        with self._app.app_context():
            self.take(1, 2, patience="20s")

    def yield_once(self) -> None:
        """Meet the rival the first time; another time there is nobody in the way."""
        self.times += 1
        if self.times == 1:
            self._thread.start()
        self.take(2, 1, patience="10ms", meet=self.times == 1)

    def end(self) -> list[int]:
        self._thread.join(20)
        with self._app.app_context():
            return list(db.session.scalars(select(Job.attempts).order_by(Job.id)))


@pytest.fixture
def own(tmp_path, own_database) -> Iterator[Flask]:
    """An application of the test's own on the server, with two rows to fight for."""
    settings = Settings(instance_path=tmp_path, database_url=own_database, testing=True, rate_limits=False)
    app = create_app(settings)
    with app.app_context():
        enqueue("a", "b")
    yield app
    with app.app_context():
        db.engine.dispose()


class TestDeadlock:
    def test_a_request_that_was_undone_for_another_is_done_again(self, own):
        rivals = Rivals(own)

        @own.get("/fight")
        @public
        def fight() -> str:
            rivals.yield_once()
            return "done"

        answer = own.test_client().get("/fight")
        assert (answer.status_code, answer.text) == (200, "done")
        assert rivals.times == 2
        assert rivals.end() == [2, 2]

    def test_a_request_that_has_left_a_trace_is_not_done_again(self, own):
        rivals = Rivals(own)

        @own.get("/fight")
        @public
        def fight() -> str:
            enqueue("trace")
            rivals.yield_once()
            return "done"

        answer = own.test_client().get("/fight")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert rivals.end() == [1, 1, 0]


def test_the_served_site_runs_on_the_server(own_database, tmp_path: Path):
    environment = {"DATABASE_URL": own_database, "DEMO_COMMUNITY": "0"}
    assert "DATABASE_URL" not in os.environ
    with running_site(tmp_path, **environment) as site:
        assert answers(f"{site.url}/readyz")
    assert list(tmp_path.glob("*.sqlite")) == []
