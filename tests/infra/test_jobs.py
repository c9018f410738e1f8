"""A job exists with its cause, runs once, is put back when it fails, and is laid out when it keeps failing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.infra import event_bus, jobs
from app.infra.database import db
from app.infra.jobs import LEASE, MAX_ATTEMPTS, Job, JobRegistry, working
from app.infra.transaction import transaction
from app.kernel.events import Event

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken(Event):
    """Something whose push fails."""


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
    assert waits == [jobs.wait_before_again(job.id, attempts) for attempts in (1, 2, 3)]
    assert (job.state, job.last_error, job.ended_at) == ("queued", "ZeroDivisionError", None)
    assert all_jobs("trace") == []


@given(job=st.integers(1, 2**40), attempts=st.integers(1, 10_000))
def test_the_delay_is_between_half_and_the_whole_of_three_times_the_one_before_and_never_over_an_hour(job, attempts):
    whole = min(timedelta(hours=1), 2 * SECOND * 3 ** min(attempts - 1, 9))
    assert whole / 2 <= jobs.wait_before_again(job, attempts) <= whole
    assert jobs.wait_before_again(job, attempts) == jobs.wait_before_again(job, attempts)


def test_jobs_that_fail_together_do_not_come_back_together():
    assert len({jobs.wait_before_again(job, 5) for job in range(100)}) == 100


def test_a_job_tries_for_hours_before_it_is_given_up():
    assert timedelta(hours=4) < sum((jobs.wait_before_again(7, n) for n in range(1, MAX_ATTEMPTS)), timedelta())


@pytest.mark.usefixtures("failing")
def test_a_job_that_keeps_failing_is_laid_out_for_a_person():
    enqueue("fail")
    tried = sum(jobs.run_due(now=NOW + timedelta(hours=hour)) for hour in range(MAX_ATTEMPTS + 3))
    (job,) = all_jobs("fail")
    assert (tried, job.state, job.attempts) == (MAX_ATTEMPTS, "dead", MAX_ATTEMPTS)
    assert job.ended_at == NOW + timedelta(hours=MAX_ATTEMPTS - 1)


def test_a_job_that_takes_its_worker_with_it_each_time_is_laid_out_too_and_holds_up_nobody(done):
    enqueue(payload={"n": 1})
    for taken in range(MAX_ATTEMPTS):
        assert jobs.lease_next(now=NOW + 2 * LEASE * taken) is not None
    enqueue(payload={"n": 2})
    assert jobs.run_due(now=NOW + 2 * LEASE * MAX_ATTEMPTS) == 1
    assert [(job.state, job.last_error) for job in all_jobs("note")] == [("dead", "WorkerDied"), ("done", None)]
    assert done == [{"n": 2}]


def test_a_job_of_a_newer_version_is_left_to_the_workers_who_know_it(registry, done):
    enqueue("from the future")
    enqueue()
    assert jobs.run_due(now=NOW) == 1
    (job,) = all_jobs("from the future")
    assert (job.state, job.attempts, job.last_error) == ("queued", 0, None)
    registry.register("from the future", lambda **_: done.append({"late": True}))
    assert jobs.run_due(now=NOW) == 1
    assert done == [{}, {"late": True}]


@pytest.mark.usefixtures("failing")
def test_one_call_tries_at_most_its_limit(done):
    for _ in range(3):
        enqueue()
    assert jobs.run_due(now=NOW, limit=2) == 2


class TestSlots:
    HOUR = timedelta(hours=1)

    @pytest.fixture
    def ran(self, registry) -> list[datetime]:
        """When the hourly job ran."""
        ran: list[datetime] = []
        registry.every(self.HOUR, "hourly", lambda *, now: ran.append(now))
        return ran

    def come_round(self, moment: datetime, **memory) -> None:
        jobs.enqueue_periodic(now=moment, **memory)
        jobs.run_due(now=moment)

    def test_a_slot_is_won_once_by_any_number_of_workers_also_when_they_begin_anew(self, ran):
        one, two = {}, {}
        for minute in (0, 20, 59):
            self.come_round(NOW + timedelta(minutes=minute), told=one)
            self.come_round(NOW + timedelta(minutes=minute), told=two)
            self.come_round(NOW + timedelta(minutes=minute))
        self.come_round(NOW + self.HOUR, told=one)
        assert ran == [NOW, NOW + self.HOUR]

    def test_slots_nobody_was_awake_for_do_not_come_all_at_once(self, ran):
        self.come_round(NOW)
        self.come_round(NOW + 100 * self.HOUR)
        assert ran == [NOW, NOW + 100 * self.HOUR]

    def test_while_a_slot_is_not_done_the_next_ones_are_left_out(self, ran):
        jobs.enqueue_periodic(now=NOW)
        for hour in range(1, 5):
            jobs.enqueue_periodic(now=NOW + hour * self.HOUR)
        assert jobs.run_due(now=NOW + 4 * self.HOUR) == 1
        self.come_round(NOW + 4 * self.HOUR)
        assert ran == [NOW + 4 * self.HOUR] * 2, "the one that was late, and the one of this hour"

    def test_a_job_of_the_same_kind_for_a_cause_of_its_own_holds_up_no_slot(self, ran):
        enqueue("hourly", delay=timedelta(days=1))
        enqueue("hourly", delay=timedelta(days=1), unique_key="hourly:7")
        self.come_round(NOW)
        assert ran == [NOW]

    def test_what_comes_round_often_waits_no_longer_than_its_period_after_a_failure(self, registry):
        registry.every(3 * SECOND, "often", lambda **_: 1 / 0)
        jobs.enqueue_periodic(now=NOW)
        moment = NOW
        for _ in range(6):
            jobs.run_due(now=moment)
            (job,) = all_jobs("often")
            assert job.run_after - moment <= 3 * SECOND
            moment = job.run_after

    @pytest.mark.parametrize(
        ("hour", "minute", "runs"),
        [(3, 29, 0), (3, 30, 1), (9, 30, 1), (9, 31, 0), (23, 59, 0)],
    )
    def test_a_daily_job_runs_at_its_time_or_up_to_six_hours_late(self, registry, hour, minute, runs):
        ran = []
        registry.at(3, 30, "nightly", lambda *, now: ran.append(now))
        self.come_round(NOW.replace(hour=hour, minute=minute))
        self.come_round(NOW.replace(hour=hour, minute=minute))
        assert len(ran) == runs

    def test_a_daily_job_runs_once_a_day(self, registry):
        ran = []
        registry.at(23, 0, "nightly", lambda *, now: ran.append(now))
        for hour in range(72):
            self.come_round(NOW + hour * self.HOUR)
        assert [moment.hour for moment in ran] == [23, 23, 23]

    @pytest.mark.parametrize("period", [timedelta(), -SECOND, timedelta(days=8)])
    def test_a_period_nobody_could_keep_is_refused(self, registry, period):
        with pytest.raises(ValueError, match="cannot come round"):
            registry.every(period, "never", lambda **_: None)

    @pytest.mark.parametrize("late", [timedelta(), timedelta(days=1)])
    def test_a_lateness_that_meets_the_next_day_is_refused(self, registry, late):
        with pytest.raises(ValueError, match="late"):
            registry.at(3, 0, "nightly", lambda **_: None, late=late)


class TestLease:
    def test_an_extended_lease_lasts_its_whole_time_anew(self, done):
        enqueue()
        lease = jobs.lease_next(now=NOW)
        assert jobs.extend(lease, now=NOW + LEASE)
        assert jobs.lease_next(now=NOW + LEASE + SECOND) is None
        assert jobs.lease_next(now=NOW + 2 * LEASE + SECOND) is not None

    def test_a_lost_lease_and_that_of_an_ended_job_cannot_be_extended(self, done):
        enqueue()
        first = jobs.lease_next(now=NOW)
        second = jobs.lease_next(now=NOW + LEASE + SECOND)
        assert not jobs.extend(first, now=NOW + LEASE + SECOND)
        assert jobs.run(second, now=NOW + LEASE + SECOND)
        assert not jobs.extend(second, now=NOW + LEASE + SECOND)
        assert [job.state for job in all_jobs("note")] == ["done"]

    def test_a_worker_whose_lease_ran_out_may_still_end_its_job_when_nobody_took_it(self, done):
        enqueue()
        lease = jobs.lease_next(now=NOW)
        assert jobs.run(lease, now=NOW + 5 * LEASE)

    @pytest.mark.usefixtures("failing")
    def test_who_lost_the_lease_does_not_put_the_job_back(self):
        enqueue("fail")
        first = jobs.lease_next(now=NOW)
        second = jobs.lease_next(now=NOW + LEASE + SECOND)
        assert not jobs.run(first, now=NOW)
        (job,) = all_jobs("fail")
        assert (job.lease_token, job.run_after) == (second.token, NOW)

    def test_a_job_knows_a_name_of_its_own_that_stays_the_same_in_each_try(self, registry):
        names = []

        def fail(*, now: datetime) -> None:
            names.append(jobs.idempotency_key())
            raise ZeroDivisionError

        registry.register("fail", fail)
        enqueue("fail")
        enqueue("fail")
        jobs.run_due(now=NOW)
        jobs.run_due(now=NOW + timedelta(hours=1))
        assert names[:2] == names[2:]
        assert len(set(names)) == 2
        assert jobs.idempotency_key() is None


def test_outside_a_transaction_a_job_is_refused_because_nothing_would_commit_it():
    with pytest.raises(RuntimeError, match="transaction of its cause"):
        jobs.enqueue("note", {}, now=NOW)


def test_a_push_that_fails_after_the_commit_does_not_bring_the_job_back(registry, in_app, monkeypatch):
    ran = []

    def handle(*, now: datetime) -> None:
        ran.append(now)
        event_bus.record(Broken(at=now))

    def fail(_happened: Broken) -> None:
        raise ZeroDivisionError

    bus = event_bus.EventBus()
    bus.after(Broken, fail)
    monkeypatch.setitem(in_app.extensions, "milkbridge_event_bus", bus)
    registry.register("note", handle)
    enqueue()
    assert jobs.run_due(now=NOW) == 1
    assert [job.state for job in all_jobs("note")] == ["done"]
    assert jobs.run_due(now=NOW + timedelta(days=1)) == 0


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

    def rest(_bell: working.Bell, seconds: float) -> None:
        rests.append(seconds)
        if len(rests) == 2:
            raise Stop

    monkeypatch.setattr(working.Bell, "rest", rest)
    with transaction():
        jobs.enqueue("note", {}, now=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(Stop):
        jobs.work_forever(idle_seconds=0.25)
    assert (len(done), rests) == (1, [0.25, 0.25])
