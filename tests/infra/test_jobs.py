"""A job exists with its cause, runs once, is put back when it fails, and is laid out when it keeps failing."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.infra import jobs
from app.infra.database import db
from app.infra.jobs import LEASE, MAX_ATTEMPTS, Job, JobRegistry
from app.infra.transaction import transaction

NOW = datetime(2026, 11, 21, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)
pytestmark = [pytest.mark.usefixtures("in_app"), pytest.mark.both_databases]


@pytest.fixture
def registry(in_app, monkeypatch) -> JobRegistry:
    """A registry of the test's own."""
    registry = JobRegistry()
    monkeypatch.setitem(in_app.extensions, "milkbridge_jobs", registry)
    return registry


@pytest.fixture
def done(registry) -> list[dict[str, object]]:
    """What the handler of ``note`` was given; it also enqueues a ``trace`` job, an effect in the same database."""
    noted: list[dict[str, object]] = []

    def note(*, now: datetime, **payload: object) -> None:
        noted.append(payload)
        jobs.enqueue("trace", {}, now=now + timedelta(days=9))

    registry.register("note", note)
    return noted


@pytest.fixture
def failing(registry) -> None:
    """Let jobs of kind ``fail`` fail."""

    def fail(*, now: datetime) -> None:
        jobs.enqueue("trace", {}, now=now)
        raise ZeroDivisionError

    registry.register("fail", fail)


def enqueue(kind: str = "note", payload: dict | None = None, **kwargs) -> None:
    with transaction():
        jobs.enqueue(kind, payload or {}, now=NOW, **kwargs)


def all_jobs(kind: str) -> list[Job]:
    db.session.rollback()
    return list(db.session.scalars(select(Job).where(Job.kind == kind).order_by(Job.id)))


def test_a_job_runs_with_its_payload_and_is_emptied(done):
    enqueue(payload={"post_id": 7})
    assert jobs.run_due(now=NOW) == 1
    assert done == [{"post_id": 7}]
    (job,) = all_jobs("note")
    assert (job.state, job.payload, job.leased_until) == ("done", {}, None)


def test_a_job_runs_once(done):
    enqueue()
    jobs.run_due(now=NOW)
    assert jobs.run_due(now=NOW + timedelta(days=1)) == 0
    assert len(done) == 1


def test_a_use_case_that_is_undone_leaves_no_job():
    def use_case() -> None:
        with transaction():
            jobs.enqueue("note", {}, now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        use_case()
    assert all_jobs("note") == []


def test_a_job_waits_for_its_time(done):
    enqueue(delay=timedelta(minutes=5))
    assert jobs.run_due(now=NOW + timedelta(minutes=5) - SECOND) == 0
    assert jobs.run_due(now=NOW + timedelta(minutes=5)) == 1


def test_the_oldest_due_job_comes_first(done):
    enqueue(payload={"n": 2}, delay=SECOND)
    enqueue(payload={"n": 1})
    jobs.run_due(now=NOW + SECOND)
    assert [payload["n"] for payload in done] == [1, 2]


def test_a_second_job_with_the_same_key_is_dropped_also_after_the_first_is_done(done):
    enqueue(unique_key="post:7")
    enqueue(unique_key="post:7")
    jobs.run_due(now=NOW)
    enqueue(unique_key="post:7")
    assert jobs.run_due(now=NOW) == 0
    assert len(all_jobs("note")) == 1


def test_jobs_without_a_key_are_never_dropped(done):
    enqueue()
    enqueue()
    assert jobs.run_due(now=NOW) == 2


def test_a_leased_job_is_not_given_to_a_second_worker(done):
    enqueue()
    assert jobs.lease_next(now=NOW) is not None
    assert jobs.lease_next(now=NOW + LEASE) is None


def test_a_lease_that_ran_out_is_given_again_and_the_first_worker_can_no_longer_finish(done):
    enqueue()
    first = jobs.lease_next(now=NOW)
    second = jobs.lease_next(now=NOW + LEASE + SECOND)
    assert first is not None
    assert second is not None
    assert first.token != second.token
    assert jobs.run(first, now=NOW) is False
    assert all_jobs("trace") == [], "what the loser did is undone"
    assert jobs.run(second, now=NOW) is True
    assert len(all_jobs("trace")) == 1


@pytest.mark.usefixtures("failing")
def test_a_job_that_fails_leaves_no_effect_and_is_put_back_with_growing_delay():
    enqueue("fail")
    moment, waits = NOW, []
    for _ in range(3):
        jobs.run_due(now=moment, limit=1)
        (job,) = all_jobs("fail")
        waits.append(job.run_after - moment)
        moment = job.run_after
    assert waits == [2 * SECOND, 4 * SECOND, 8 * SECOND]
    assert (job.state, job.last_error) == ("queued", "ZeroDivisionError")
    assert all_jobs("trace") == []


@pytest.mark.usefixtures("failing")
def test_a_job_that_keeps_failing_is_laid_out_for_a_person():
    enqueue("fail")
    tried = sum(jobs.run_due(now=NOW + timedelta(hours=hour)) for hour in range(MAX_ATTEMPTS + 3))
    (job,) = all_jobs("fail")
    assert (tried, job.state, job.attempts) == (MAX_ATTEMPTS, "dead", MAX_ATTEMPTS)


def test_a_job_nobody_can_handle_is_put_back_and_the_worker_lives_on(registry, done):
    enqueue("unknown")
    enqueue()
    assert jobs.run_due(now=NOW) == 2
    assert [job.last_error for job in all_jobs("unknown")] == ["KeyError"]
    assert len(done) == 1


@pytest.mark.usefixtures("failing")
def test_one_call_tries_at_most_its_limit(done):
    for _ in range(3):
        enqueue()
    assert jobs.run_due(now=NOW, limit=2) == 2


def test_a_periodic_job_is_enqueued_once_per_slot_by_any_number_of_workers(registry):
    ran = []
    registry.every(timedelta(hours=1), "hourly", lambda *, now: ran.append(now))
    for minute in (0, 20, 59):
        jobs.enqueue_periodic(now=NOW + timedelta(minutes=minute))
    assert len(all_jobs("hourly")) == 1
    jobs.enqueue_periodic(now=NOW + timedelta(hours=1))
    assert len(all_jobs("hourly")) == 2
    jobs.run_due(now=NOW + timedelta(hours=1))
    assert len(ran) == 2


def test_two_handlers_for_one_kind_are_refused(registry, done):
    with pytest.raises(ValueError, match="note"):
        registry.register("note", lambda: None)


def test_the_worker_command_runs_what_is_due(app, registry, done):
    with transaction():
        jobs.enqueue("note", {}, now=datetime(2020, 1, 1, tzinfo=UTC))
    answer = app.test_cli_runner().invoke(args=["worker", "--once"])
    assert answer.output == "1 jobs tried\n"
    assert len(done) == 1


def test_the_loop_rests_only_when_nothing_is_due(registry, done, monkeypatch):
    class Stop(BaseException):
        pass

    rests = []

    def rest(seconds: float) -> None:
        rests.append(seconds)
        if len(rests) == 2:
            raise Stop

    monkeypatch.setattr(jobs.time, "sleep", rest)
    with transaction():
        jobs.enqueue("note", {}, now=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(Stop):
        jobs.work_forever(idle_seconds=0.25)
    assert (len(done), rests) == (1, [0.25, 0.25])
