"""Statements straight to the driver, where a server answers them: connections that are cut, locks, mistakes."""

import pytest
from psycopg import waiting
from sqlalchemy import Integer, bindparam, cast, func, literal, select, text
from sqlalchemy.exc import DataError, OperationalError

from app.infra.database import db
from app.infra.direct import Direct
from app.infra.transaction import is_busy, one_connection, transaction
from tests.infra.test_direct import ALL, RENAMED, add, undone


@pytest.fixture
def database() -> str:
    """Everything here runs on the server alone."""
    return "postgresql"


PID = Direct(select(func.pg_backend_pid().label("pid")))


def _cut(session):
    """End the session's own connection from outside."""
    pid = session.scalar(text("SELECT pg_backend_pid()"))
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})


def test_a_connection_that_was_cut_leaves_the_pool_and_the_next_one_works(in_app):
    with pytest.raises(OperationalError) as cut:
        undone(_cut, ALL)
    assert cut.value.connection_invalidated
    assert ALL.alone() == []


def test_alone_it_is_asked_once_more_when_the_connection_was_cut(in_app):
    add()
    with db.engine.connect() as first, db.engine.connect() as second:
        pid = first.scalar(text("SELECT pg_backend_pid()"))
        first.close()  # so that it is the next to be taken from the pool
        second.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        assert len(ALL.alone()) == 1
        assert second.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid"), {"pid": pid}) == 0


def test_over_a_kept_connection_that_was_cut_it_is_asked_once_more_and_so_is_what_follows(in_app):
    add()
    with one_connection():
        pid = PID.alone()[0][0]
        with db.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        assert PID.alone()[0][0] != pid
        assert [row.kind for row in ALL.alone()] == ["a"]
        with transaction() as session:
            RENAMED(session, old="a", new="b")
        assert [row.kind for row in ALL.alone()] == ["b"]
    assert db.engine.pool.checkedout() == 0


def test_a_kept_connection_that_is_cut_in_a_transaction_serves_the_next(in_app):
    add()
    with one_connection():
        with pytest.raises(OperationalError):
            undone(lambda session: RENAMED(session, old="a", new="b"), _cut, ALL)
        with transaction() as session:
            RENAMED(session, old="a", new="c")
    assert [row.kind for row in ALL.alone()] == ["c"]


def test_over_a_kept_connection_a_failure_is_told_and_the_next_is_answered(in_app):
    wrong = Direct(select(cast(literal(1) / bindparam("by", type_=Integer), Integer)))
    with one_connection():
        for _ in range(2):
            with pytest.raises(DataError):
                wrong.alone(by=0)
        assert wrong.alone(by=1)[0][0] == 1
    assert db.engine.pool.checkedout() == 0


def test_alone_it_tells_a_failure_as_the_library_does(in_app):
    wrong = Direct(select(cast(literal(1) / bindparam("by", type_=Integer), Integer)))
    for _ in range(2):
        with pytest.raises(DataError):
            wrong.alone(by=0)
        db.session.remove()
    assert wrong.alone(by=1)[0][0] == 1
    assert db.engine.pool.checkedout() == 0


def test_a_lock_not_had_in_time_is_told_as_being_busy(in_app):
    add()
    with db.engine.connect() as other, other.begin():
        other.execute(text("UPDATE jobs SET kind = 'b'"))
        with pytest.raises(OperationalError) as late, transaction(wait=False) as session:
            RENAMED(session, old="a", new="c")
    assert is_busy(late.value)


def test_after_a_lock_not_had_in_time_the_same_connection_answers_as_before(in_app):
    add()
    with db.engine.connect() as other, other.begin():
        other.execute(text("UPDATE jobs SET kind = 'b'"))
        with pytest.raises(OperationalError), transaction(wait=False) as session:
            RENAMED(session, old="a", new="c")
    db.session.remove()
    for old, new in (("b", "c"), ("c", "d")):
        with transaction() as session:
            RENAMED(session, old=old, new=new)
    assert [row.kind for row in ALL.alone()] == ["d"]


def test_whoever_is_stopped_while_the_server_works_is_stopped_and_asks_no_second_time(in_app, monkeypatch):
    slow = Direct(select(func.pg_sleep(bindparam("seconds")), literal(1)))
    slow.alone(seconds=0)
    usual, stops = waiting.wait, [KeyboardInterrupt]

    def wait(steps, fileno, *more, **named):
        if not stops or "execute" not in steps.__qualname__:
            return usual(steps, fileno, *more, **named)
        next(steps)
        raise stops.pop()

    monkeypatch.setattr(waiting, "wait", wait)
    with pytest.raises(KeyboardInterrupt):
        slow.alone(seconds=0.05)
    assert slow.alone(seconds=0)[0][1] == 1
