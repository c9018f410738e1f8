"""One transaction per use-case; what was recorded leaves after the commit or not at all."""

import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, event, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, PendingRollbackError, ProgrammingError

from app.accounts.models import User
from app.infra import event_bus, jobs
from app.infra.database import UNWAITING, WRITES, Moment, db, install_hooks
from app.infra.event_bus import EventBus
from app.infra.jobs import Job
from app.infra.transaction import attempt, end_read, one_connection, session, transaction, violated, when_free
from app.kernel.events import Event
from tests.at_once import at_once
from tests.infra.test_direct import ADDED, ALL, RENAMED

NOW = datetime(2026, 11, 21, 15, tzinfo=UTC)
pytestmark = [pytest.mark.usefixtures("in_app"), pytest.mark.both_databases]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(Event):
    """Something a test lets happen."""

    number: int = 0


@pytest.fixture
def bus(in_app, monkeypatch) -> EventBus:
    """A bus of the test's own, so that no capability listens."""
    bus = EventBus()
    monkeypatch.setitem(in_app.extensions, "milkbridge_event_bus", bus)
    return bus


def queued() -> list[str]:
    with db.engine.connect() as other:
        return list(other.execute(select(Job.kind).order_by(Job.id)).scalars())


def enqueue(kind: str) -> None:
    jobs.enqueue(kind, {}, now=NOW)


def fail_after(*kinds: str) -> None:
    with transaction():
        for kind in kinds:
            enqueue(kind)
        raise ZeroDivisionError


class TestWhenFree:
    def test_nobody_in_the_way_lets_it_be_done(self):
        assert when_free(lambda _session: enqueue("a"))
        assert queued() == ["a"]

    def test_inside_another_it_is_part_of_that_one(self):
        with transaction():
            assert when_free(lambda _session: enqueue("a"))
            assert queued() == []
        assert queued() == ["a"]

    def test_others_writing_let_nothing_be_done_and_the_next_one_waits_again(self):
        enqueue_one_row = insert(User).values(
            public_id="u", email="u@example.org", active=True, fs_uniquifier="u", display_name="U", created_at=NOW
        )
        with transaction() as session:
            session.execute(enqueue_one_row)
        with db.engine.connect().execution_options(**{WRITES: True}) as other:
            other.execute(update(User).values(display_name="held"))
            assert not when_free(lambda session: session.execute(update(User).values(display_name="late")))
            lets_go = threading.Timer(0.2, other.commit)
            lets_go.start()
            with transaction() as session:
                session.execute(update(User).values(display_name="waited"))
            lets_go.join()
        assert session.scalar(select(User.display_name)) == "waited"

    def test_another_error_is_raised(self):
        with pytest.raises(OperationalError if db.engine.dialect.name == "sqlite" else ProgrammingError):
            when_free(lambda session: session.execute(text("SELECT nothing FROM nowhere")))


class TestTransaction:
    def test_it_commits_at_its_end(self):
        with transaction():
            enqueue("a")
            assert queued() == []
        assert queued() == ["a"]

    def test_an_error_undoes_everything(self):
        with pytest.raises(ZeroDivisionError):
            fail_after("a", "b")
        assert queued() == []

    def test_an_inner_one_joins_the_outer_one(self):
        with transaction() as outer:
            enqueue("outer")
            with transaction() as inner:
                assert inner is outer
                enqueue("inner")
            assert queued() == []
        assert queued() == ["outer", "inner"]

    def test_an_error_of_the_inner_one_undoes_the_outer_one(self):
        def nested() -> None:
            with transaction():
                enqueue("outer")
                fail_after("inner")

        with pytest.raises(ZeroDivisionError):
            nested()
        assert queued() == []

    def test_after_an_error_the_next_one_starts_afresh(self):
        with pytest.raises(ZeroDivisionError):
            fail_after("a")
        with transaction():
            enqueue("b")
        assert queued() == ["b"]

    def test_a_constraint_that_refuses_under_a_savepoint_loses_nothing_else(self):
        with transaction() as current:
            jobs.enqueue("a", {}, now=NOW, unique_key="key")
            with pytest.raises(IntegrityError) as refused, attempt(current):
                current.add(Job(kind="b", payload={}, unique_key="key", run_after=NOW, created_at=NOW))
            assert violated(refused.value, "jobs.unique_key") or violated(refused.value, "uq_jobs_unique_key")
            assert not violated(refused.value, "jobs.kind")
            assert not violated(refused.value, "uq_jobs_kind")
        assert queued() == ["a"]

    def test_a_named_check_is_told_by_its_name(self):
        job = {"kind": "b", "payload": {}, "state": "lost", "run_after": NOW, "attempts": 0, "created_at": NOW}
        job["ended_at"] = NOW
        with pytest.raises(IntegrityError) as refused, transaction() as current:
            current.execute(insert(Job).values(job))
        assert violated(refused.value, "ck_jobs_state_known")

    def test_a_read_can_be_ended_early(self):
        db.session.execute(text("SELECT 1"))
        assert db.session().in_transaction()
        end_read()
        assert not db.session().in_transaction()
        assert session() is db.session

    def test_what_was_only_added_or_changed_in_memory_is_undone_too(self):
        with transaction():
            enqueue("a")
        job = db.session.scalars(select(Job)).one()

        def change() -> None:
            with transaction() as current:
                job.kind = "changed"
                current.add(Job(kind="b", payload={}, run_after=NOW, created_at=NOW))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            change()
        with transaction():
            enqueue("c")
        assert queued() == ["a", "c"]
        assert job.kind == "a"

    def test_what_was_added_is_written_at_its_end_without_having_been_asked_for(self):
        with transaction() as current:
            current.add(Job(kind="a", payload={}, state="queued", run_after=NOW, attempts=0, created_at=NOW))
        assert queued() == ["a"]

    def test_a_flush_that_failed_and_was_passed_over_undoes_the_whole(self):
        def pass_over() -> None:
            with transaction() as current:
                RENAMED(current, old="a", new="b")
                current.add(Job(kind="b", payload={}, unique_key="key", run_after=NOW, created_at=NOW))
                with suppress(IntegrityError):
                    current.flush()
                RENAMED(current, old="a", new="c")

        with transaction():
            jobs.enqueue("a", {}, now=NOW, unique_key="key")
        with pytest.raises(PendingRollbackError):
            pass_over()
        assert queued() == ["a"]

    def test_a_direct_statement_refused_under_a_savepoint_loses_nothing_else(self):
        with transaction():
            jobs.enqueue("first", {}, now=NOW, unique_key="key")
        with transaction() as current:
            RENAMED(current, old="first", new="second")
            with pytest.raises(IntegrityError), attempt(current):
                ADDED(current, kind="b", key="key", state="queued", at=NOW)
            RENAMED(current, old="second", new="third")
        assert queued() == ["third"]

    def test_what_only_speaks_directly_begins_nothing_in_the_session(self):
        with transaction() as current:
            ADDED(current, kind="a", key=None, state="queued", at=NOW)
            assert not current.in_transaction()
            assert [row.kind for row in ALL.alone()] == ["a"]
            assert current.scalar(select(Job.kind)) == "a"
            assert queued() == []
        assert queued() == ["a"]


@pytest.fixture
def taken():
    """How often a connection was taken from the pool."""
    times: list[int] = []

    def note(*_args: object) -> None:
        times.append(1)

    engine = db.engine
    event.listen(engine, "checkout", note)
    yield times
    event.remove(engine, "checkout", note)


class TestOneConnection:
    def test_all_that_is_asked_in_it_is_asked_over_one(self, taken):
        with one_connection():
            assert ALL.alone() == []
            with transaction() as current:
                ADDED(current, kind="a", key=None, state="queued", at=NOW)
                enqueue("b")
            assert db.session.scalars(select(Job.kind).order_by(Job.id)).all() == ["a", "b"]
            with one_connection(), transaction():
                enqueue("c")
            assert len(ALL.alone()) == 3
        assert len(taken) == 1
        assert db.engine.pool.checkedout() == 0
        assert queued() == ["a", "b", "c"]

    def test_inside_a_transaction_it_is_part_of_that(self, taken):
        with transaction(), one_connection():
            enqueue("a")
        assert len(taken) == 1
        assert queued() == ["a"]

    def test_an_error_in_it_gives_the_connection_back_as_it_was(self):
        def fail() -> None:
            with one_connection():
                fail_after("a")

        with pytest.raises(ZeroDivisionError):
            fail()
        assert db.engine.pool.checkedout() == 0
        assert not db.session().in_transaction()
        with transaction():
            enqueue("b")
        assert queued() == ["b"]

    def test_a_read_in_it_after_a_write_keeps_nobody_from_writing(self):
        with one_connection():
            with transaction(wait=False):
                enqueue("a")
            assert db.session.scalar(select(Job.kind)) == "a"
            with db.engine.connect().execution_options(**{WRITES: True, UNWAITING: True}) as other:
                other.execute(update(Job).values(kind="b"))
                other.commit()
        assert queued() == ["b"]

    def test_in_it_each_transaction_waits_or_not_as_it_says(self):
        with one_connection():
            assert when_free(lambda _session: enqueue("a"))
            with db.engine.connect().execution_options(**{WRITES: True}) as other:
                other.execute(update(Job).values(kind="held"))
                assert not when_free(lambda current: RENAMED(current, old="a", new="late"))
                lets_go = threading.Timer(0.2, other.commit)
                lets_go.start()
                with transaction() as current:
                    current.execute(update(Job).values(kind="waited"))
                lets_go.join()
        assert queued() == ["waited"]


class TestEvents:
    def test_within_is_told_before_the_commit_and_after_is_told_behind_it(self, bus):
        told = []
        bus.within(Happened, lambda _: told.append(("within", queued())))
        bus.after(Happened, lambda _: told.append(("after", queued())))
        with transaction():
            enqueue("a")
            event_bus.record(Happened(at=NOW))
            assert told == [("within", [])]
        assert told == [("within", []), ("after", ["a"])]

    def test_they_are_told_in_the_order_in_which_things_happened(self, bus):
        told = []
        bus.after(Happened, lambda happened: told.append(happened.number))
        with transaction():
            event_bus.record(Happened(at=NOW, number=1))
            with transaction():
                event_bus.record(Happened(at=NOW, number=2))
            assert told == []
        assert told == [1, 2]

    def test_a_failing_within_undoes_the_whole(self, bus):
        def fail(_happened: Happened) -> None:
            raise ZeroDivisionError

        def use_case() -> None:
            with transaction():
                enqueue("a")
                event_bus.record(Happened(at=NOW))

        bus.within(Happened, fail)
        with pytest.raises(ZeroDivisionError):
            use_case()
        assert queued() == []

    def test_what_was_recorded_is_dropped_with_the_transaction(self, bus):
        def use_case() -> None:
            with transaction():
                event_bus.record(Happened(at=NOW))
                raise ZeroDivisionError

        told = []
        bus.after(Happened, told.append)
        with pytest.raises(ZeroDivisionError):
            use_case()
        with transaction():
            enqueue("a")
        assert told == []

    def test_a_failing_after_stops_neither_the_answer_nor_the_others(self, bus, in_app, monkeypatch):
        def fail(_happened: Happened) -> None:
            raise ZeroDivisionError

        told = []
        bus.after(Happened, fail)
        bus.after(Happened, told.append)
        monkeypatch.setattr(in_app, "testing", False)
        with transaction():
            enqueue("a")
            event_bus.record(Happened(at=NOW))
        assert len(told) == 1
        assert queued() == ["a"]

    def test_under_test_a_failing_after_is_loud(self, bus):
        def fail(_happened: Happened) -> None:
            raise ZeroDivisionError

        def use_case() -> None:
            with transaction():
                event_bus.record(Happened(at=NOW))

        bus.after(Happened, fail)
        with pytest.raises(ZeroDivisionError):
            use_case()

    def test_only_those_who_listen_to_a_kind_are_told(self, bus):
        told = []
        bus.after(Event, told.append)
        bus.within(Event, told.append)
        with transaction():
            event_bus.record(Happened(at=NOW))
        assert told == []


class TestBoth:
    def test_a_reader_is_not_kept_waiting(self):
        with transaction():
            enqueue("a")
            assert queued() == []

    def test_a_reference_to_nobody_is_refused(self):
        with pytest.raises(IntegrityError, match=r"(?i)foreign key"), transaction() as current:
            current.execute(
                text("INSERT INTO blocks (blocker_id, blocked_id, created_at) VALUES (9998, 9999, '2026-01-01')")
            )

    def test_two_writers_at_once_wait_for_each_other(self, in_app):
        def write(number: int) -> None:
            with transaction():
                enqueue(f"writer-{number}")

        assert at_once(in_app, *[lambda number=number: write(number) for number in range(4)]) == [None] * 4
        assert sorted(queued()) == [f"writer-{number}" for number in range(4)]

    @pytest.mark.parametrize(
        "look",
        [
            lambda session, person: session.get(User, person, with_for_update=True),
            lambda session, person: session.scalars(select(User).where(User.id == person).with_for_update()).one(),
        ],
        ids=["get", "select"],
    )
    def test_a_row_read_under_a_lock_is_the_row_as_it_is_now(self, donor, look):
        """Also when the session knew it before; SQLAlchemy alone would keep the earlier values."""
        with transaction() as current:
            known = current.get(User, donor.id)
            assert known.display_name == "Dana"
            current.execute(text("UPDATE users SET display_name = 'Diana'"))
            assert look(current, donor.id).display_name == "Diana"


@pytest.mark.only_sqlite
class TestSqlite:
    def test_a_writer_holds_the_lock_from_its_start(self):
        with transaction():
            second = db.engine.connect().execution_options(**{WRITES: True, UNWAITING: True})
            with second, pytest.raises(OperationalError, match="locked"):
                second.execute(text("SELECT 1"))

    @pytest.mark.parametrize(
        ("pragma", "value"),
        [
            ("foreign_keys", 1),
            ("journal_mode", "wal"),
            ("synchronous", 2),
            ("busy_timeout", 5000),
            ("secure_delete", 1),
        ],
    )
    def test_every_connection_is_prepared(self, pragma, value, tmp_path):
        """On an engine of its own, because the tests' application does not wait for the disk."""
        engine = create_engine(f"sqlite:///{tmp_path / 'own.sqlite'}")
        install_hooks(engine)
        with engine.connect() as connection:
            assert connection.execute(text(f"PRAGMA {pragma}")).scalar_one() == value
        engine.dispose()


class TestMoment:
    def test_a_moment_comes_back_aware_and_the_same(self):
        with transaction():
            enqueue("a")
        assert db.session.scalars(select(Job.run_after)).one() == NOW
        assert db.session.scalars(select(Job.run_after)).one().tzinfo is UTC

    def test_a_moment_without_a_zone_is_refused(self):
        with pytest.raises(ValueError, match="time zone"):
            Moment().process_bind_param(NOW.replace(tzinfo=None), db.engine.dialect)

    def test_nothing_stays_nothing(self):
        assert Moment().process_bind_param(None, db.engine.dialect) is None
        assert Moment().process_result_value(None, db.engine.dialect) is None

    def test_another_database_keeps_the_zone(self):
        from sqlalchemy.dialects.postgresql import dialect

        assert Moment().process_bind_param(NOW, dialect()) == NOW
