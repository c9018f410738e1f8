"""A worker ends when it is asked to, keeps its job while it works on it, and outlives a database that is away."""

import os
import signal
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.infra import jobs
from app.infra.clock import utcnow
from app.infra.database import db
from app.infra.jobs import Job, JobRegistry, working
from app.infra.transaction import transaction

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
pytestmark = [pytest.mark.usefixtures("in_app"), pytest.mark.both_databases]


@pytest.fixture
def lease(request) -> float:
    """For how many seconds a job is lent to a worker."""
    seconds: float = getattr(request, "param", 0.3)
    return seconds


@pytest.fixture
def registry(in_app, monkeypatch, lease) -> JobRegistry:
    registry = JobRegistry(lease=timedelta(seconds=lease))
    monkeypatch.setitem(in_app.extensions, "milkbridge_jobs", registry)
    return registry


@pytest.fixture
def done(registry) -> list[str]:
    """The names of the jobs that ran; ``last`` asks its worker to end."""
    noted: list[str] = []

    def note(*, now: datetime, name: str) -> None:
        noted.append(name)
        if name == "last":
            ask_to_end()

    registry.register("note", note)
    return noted


def ask_to_end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def enqueue(*names: str) -> None:
    with transaction():
        for name in names:
            jobs.enqueue("note", {"name": name}, now=LONG_AGO)


def states() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Job.state).order_by(Job.id)))


def test_asked_to_end_a_worker_finishes_the_job_in_hand_and_takes_no_other(done):
    enqueue("first", "last", "another")
    jobs.work_forever()
    assert done == ["first", "last"]
    assert states() == ["done", "done", "queued"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_resting_worker_ends_at_once_and_gives_the_signals_back(done, monkeypatch, number):
    before = signal.getsignal(number)
    rest = working.Bell.rest
    woken = []

    def asked_while_resting(bell: working.Bell, seconds: float) -> None:
        os.kill(os.getpid(), number)
        woken.append(rest(bell, seconds))

    monkeypatch.setattr(working.Bell, "rest", asked_while_resting)
    jobs.work_forever(idle_seconds=20)
    assert woken == [True]
    assert signal.getsignal(number) is before


def test_a_worker_outlives_a_database_that_is_away_for_a_while(done, monkeypatch):
    lease_next, rests = working.lease_next, []

    def away(*, now: datetime):
        if len(rests) < 2:
            raise OperationalError("SELECT", {}, Exception("the server is starting"))
        return lease_next(now=now)

    monkeypatch.setattr(working, "lease_next", away)
    monkeypatch.setattr(working.Bell, "rest", lambda _bell, seconds: rests.append(seconds))
    enqueue("last")
    jobs.work_forever(idle_seconds=0.25)
    assert (rests, done) == ([0.25, 0.25], ["last"])


class TestLongJob:
    @pytest.fixture
    def rivals(self, in_app, registry, lease) -> list[jobs.Lease | None]:
        """What a rival got who asked all through the preparation of a job three times as long as its lease, until
        it got one.
        """
        got: list[jobs.Lease | None] = []

        def prepare(*, now: datetime) -> None:
            for _ in range(30):
                time.sleep(lease / 10)
                if not any(got):
                    with in_app.app_context():
                        got.append(jobs.lease_next(now=utcnow()))

        def finish(*, prepared: None, now: datetime) -> None:
            jobs.enqueue("trace", {}, now=now)

        registry.register("long", finish, prepare=prepare)
        registry.register("stop", lambda **_: ask_to_end())
        with transaction():
            jobs.enqueue("long", {}, now=LONG_AGO)
            jobs.enqueue("stop", {}, now=utcnow(), delay=timedelta(seconds=2 + 2 * lease))
        return got

    # So long that a beat of its heart may come late on a loaded machine.
    @pytest.mark.parametrize("lease", [1.0], indirect=True)
    def test_a_living_worker_keeps_its_job_however_long_it_takes(self, rivals):
        jobs.work_forever(idle_seconds=0.05)
        assert rivals == [None] * 30
        assert states() == ["done", "done", "queued"]

    def test_a_worker_that_fell_silent_loses_its_job_and_what_it_did(self, rivals, monkeypatch, capsys):
        monkeypatch.setattr(working.Heart, "_extend", lambda *_: None)
        jobs.work_forever(idle_seconds=0.05)
        assert sum(lease is not None for lease in rivals) == 1
        assert capsys.readouterr().out.count("job lost to another worker") == 1
        assert states() == ["done", "done", "queued"], "one trace, although it was worked on twice to the end"

    def test_a_job_that_hangs_is_given_up_after_the_longest_time(self, rivals, monkeypatch):
        monkeypatch.setattr(working, "LONGEST_RUN", timedelta(seconds=0.1))
        jobs.work_forever(idle_seconds=0.05)
        assert any(rivals)


def test_a_ring_wakes_and_without_one_the_rest_ends_by_itself():
    with closing(working.Bell()) as bell:
        assert not bell.rest(0.01)
        bell.ring()
        assert bell.rest(20)
