"""A use-case of one statement: a transaction of its own, whole or not at all, and nothing beside it."""

from dataclasses import dataclass

import pytest
from sqlalchemy import bindparam, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from app.infra import event_bus, jobs, kill_points
from app.infra.database import db
from app.infra.direct import Direct
from app.infra.event_bus import EventBus
from app.infra.jobs import Job
from app.infra.transaction import is_busy, may_begin_again, one_connection, one_statement, transaction
from app.kernel.events import Event
from tests.conftest import NOW
from tests.infra.test_direct import ADDED, ALL, add

JOBS = Job.__table__
RENAMED = Direct(
    update(JOBS).where(JOBS.c.kind == bindparam("old")).values(kind=bindparam("new")).returning(JOBS.c.id, JOBS.c.kind)
)
TWICE = Direct(
    select(
        update(JOBS).values(kind="renamed").returning(JOBS.c.id).cte("renamed").c.id,
    ).add_cte(
        insert(JOBS)
        .values(
            kind="b", payload={}, unique_key=bindparam("key"), state="queued", run_after=NOW, attempts=0, created_at=NOW
        )
        .cte("added")
    )
)  # fmt: skip
PERCENT = Direct(select(JOBS.c.id).where(JOBS.c.kind.like(bindparam("start") + "%"), JOBS.c.id % 2 == 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(Event):
    """Something a test lets happen."""


@pytest.fixture
def database() -> str:
    """Only PostgreSQL writes in several places by one statement."""
    return "postgresql"


@pytest.fixture
def bus(in_app, monkeypatch) -> EventBus:
    """A bus of the test's own."""
    bus = EventBus()
    monkeypatch.setitem(in_app.extensions, "milkbridge_event_bus", bus)
    return bus


def kinds():
    with db.engine.connect() as onlooker:
        return list(onlooker.scalars(select(JOBS.c.kind).order_by(JOBS.c.id)))


def test_it_is_committed_when_it_was_said_and_told_of_at_the_end(in_app, bus):
    add("old")
    heard = []
    bus.after(Happened, lambda _happened: heard.append(kinds()))
    with one_statement() as say:
        [row] = say(RENAMED, old="old", new="new")
        event_bus.record(Happened(at=NOW))
        assert (row.kind, kinds(), heard) == ("new", ["new"], [])
    assert heard == [["new"]]


def test_what_was_recorded_is_dropped_when_the_block_fails(in_app, bus):
    heard = []
    bus.after(Happened, heard.append)

    def fails():
        with one_statement():
            event_bus.record(Happened(at=NOW))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with transaction():
        pass
    assert heard == []


@pytest.mark.parametrize("kept", [True, False])
def test_a_constraint_undoes_all_of_it_and_the_next_is_answered(in_app, kept):
    add("a", key="taken")

    def refused():
        with pytest.raises(IntegrityError), one_statement() as say:
            say(TWICE, key="taken")
        assert kinds() == ["a"]
        with one_statement() as say:
            say(TWICE, key="free")
        with transaction() as session:
            ADDED(session, kind="c", key=None, state="queued", at=NOW)

    if kept:
        with one_connection():
            refused()
    else:
        refused()
    assert kinds() == ["renamed", "b", "c"]
    assert db.engine.pool.checkedout() == 0


def test_nothing_can_be_written_beside_it(in_app, bus):
    def writes(_happened):
        with transaction():
            raise AssertionError("it was let in")

    bus.within(Happened, writes)
    with pytest.raises(RuntimeError, match="would not be undone"), one_statement():
        event_bus.record(Happened(at=NOW))
    with pytest.raises(RuntimeError), one_statement():
        jobs.enqueue("a", {}, now=NOW)
    with transaction():
        jobs.enqueue("a", {}, now=NOW)
    assert kinds() == ["a"]


def test_after_it_a_deadlock_is_no_reason_to_begin_again_but_without_a_word_of_it_is(in_app, bus):
    class DeadlockError(Exception):
        orig = type("Orig", (), {"sqlstate": "40P01"})()

    with one_statement() as say:
        say(RENAMED, old="nothing", new="new")
    assert may_begin_again(DeadlockError())
    with one_statement() as say:
        say(RENAMED, old="nothing", new="new")
        event_bus.record(Happened(at=NOW))
    assert not may_begin_again(DeadlockError())


def test_a_lock_that_is_not_had_in_time_is_told_of_as_busy_and_nothing_is_written(in_app):
    add("a")

    def impatient(say):
        say(Direct(select(func.set_config("lock_timeout", "50ms", False))))
        say(RENAMED, old="a", new="b")

    with db.engine.connect() as other, other.begin(), one_connection():
        other.execute(text("UPDATE jobs SET kind = kind"))
        with pytest.raises(OperationalError) as refused, one_statement() as say:
            impatient(say)
    assert is_busy(refused.value)
    db.engine.dispose()
    assert kinds() == ["a"]


def test_a_connection_that_was_cut_is_told_of_and_leaves_the_pool(in_app):
    add("a")
    with one_connection():
        pid = db.session.info["milkbridge_kept"].connection.dbapi_connection.info.backend_pid
        with db.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        with pytest.raises(OperationalError) as cut, one_statement() as say:
            say(RENAMED, old="a", new="b")
        assert cut.value.connection_invalidated
        with one_statement() as say:
            assert len(say(RENAMED, old="a", new="c")) == 1
    assert [row.kind for row in ALL.alone()] == ["c"]


def test_the_moments_at_which_a_process_may_be_killed_stand_around_it(in_app, monkeypatch):
    reached = []
    monkeypatch.setattr(kill_points, "reached", lambda name: bool(reached.append((name, kinds()))))
    add("old")
    reached.clear()
    with one_statement() as say:
        say(RENAMED, old="old", new="new")
    assert reached == [("before_commit", ["old"]), ("after_commit", ["new"])]


def test_a_sign_of_percent_reaches_the_server_as_it_is(in_app):
    for kind in ("abc", "abd", "x"):
        add(kind)
    assert [row.id for row in PERCENT.alone(start="ab")] == [1]
