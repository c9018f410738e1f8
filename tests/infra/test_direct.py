"""Statements straight to the driver: the same values, the same errors, the same transaction as the library's own."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, insert, literal, select, update
from sqlalchemy.exc import IntegrityError, StatementError

from app.infra import jobs
from app.infra.database import db
from app.infra.direct import Direct
from app.infra.jobs import Job
from app.infra.transaction import transaction
from tests.conftest import NOW

pytestmark = pytest.mark.both_databases

JOBS = Job.__table__
ALL = Direct(
    select(JOBS.c.id, JOBS.c.kind, JOBS.c.payload, JOBS.c.run_after, JOBS.c.leased_until, JOBS.c.attempts > 0).order_by(
        JOBS.c.id
    )
)
RENAMED = Direct(update(JOBS).where(JOBS.c.kind == bindparam("old")).values(kind=bindparam("new")))
ADDED = Direct(
    insert(JOBS).values(
        {
            "kind": bindparam("kind"), "payload": {}, "unique_key": bindparam("key"), "state": bindparam("state"),
            "run_after": bindparam("at", type_=JOBS.c.run_after.type), "attempts": 0, "created_at": NOW,
        }
    )
)  # fmt: skip


def add(kind="a", *, key=None, state="queued", at=NOW):
    with transaction() as session:
        ADDED(session, kind=kind, key=key, state=state, at=at)


def undone(*work):
    """Do it in a transaction that does not come to its end."""
    with transaction() as session:
        for each in work:
            each(session)
        raise ZeroDivisionError


def test_a_row_holds_what_the_library_would_give(in_app):
    with transaction():
        jobs.enqueue("a", {"person": 7, "words": ["ä", None]}, now=NOW, delay=timedelta(minutes=3))
    found = ALL(db.session())[0]
    assert tuple(found)[1:] == ("a", {"person": 7, "words": ["ä", None]}, NOW + timedelta(minutes=3), None, False)
    assert found.kind == "a"
    assert found.run_after.tzinfo is UTC
    assert found[5] is False


def test_a_moment_of_another_zone_is_stored_as_the_same_moment(in_app):
    add(at=NOW.astimezone(timezone(timedelta(hours=9))))
    assert ALL(db.session())[0].run_after == NOW


def test_a_moment_without_a_zone_is_refused(in_app):
    with pytest.raises(ValueError, match="time zone"):
        add(at=datetime(2026, 11, 22, 5))  # noqa: DTZ001 - what is to be refused.
    assert ALL.alone() == []


def test_a_value_that_is_missing_is_an_error_and_nothing_is_written(in_app):
    with pytest.raises((KeyError, StatementError)), transaction() as session:
        RENAMED(session, old="a")


def test_a_statement_that_returns_nothing_has_no_rows(in_app):
    add("old")
    with transaction() as session:
        assert RENAMED(session, old="old", new="new") == ()
    assert [row.kind for row in ALL.alone()] == ["new"]


@pytest.mark.parametrize(("wrong", "name"), [({"key": "whisper"}, "unique_key"), ({"state": "lost"}, "ck_jobs_")])
def test_a_refused_row_is_the_librarys_error_and_undoes_the_transaction(in_app, wrong, name):
    add("first", key="whisper")
    row = {"kind": "secret", "key": None, "state": "queued", "at": NOW} | wrong
    with pytest.raises(IntegrityError) as refused:
        undone(lambda session: RENAMED(session, old="first", new="changed"), lambda session: ADDED(session, **row))
    assert name in str(refused.value.orig)
    assert "secret" not in f"{refused.value} {refused.value.orig}"
    assert [row.kind for row in ALL.alone()] == ["first"]


def test_it_belongs_to_the_transaction_around_it_and_sees_what_that_has_changed(in_app):
    job = Job(kind="b", payload={}, state="queued", run_after=NOW, attempts=0, created_at=NOW)
    seen = []
    with pytest.raises(ZeroDivisionError):
        undone(
            lambda session: session.add(job),
            lambda session: seen.extend(ALL(session)),
            lambda _session: seen.extend(ALL.alone()),
        )
    assert [row.kind for row in seen] == ["b", "b"]
    assert ALL.alone() == []


def test_alone_it_gives_its_connection_back_as_it_was(in_app):
    add()
    assert len(ALL.alone()) == 1
    assert db.engine.pool.checkedout() == 0
    with pytest.raises(ZeroDivisionError):
        undone(lambda session: RENAMED(session, old="a", new="b"))
    assert [row.kind for row in ALL.alone()] == ["a"]


def test_each_database_may_have_words_of_its_own(in_app):
    name = db.engine.dialect.name
    own = Direct({each: select(literal(each).label("name")) for each in ("sqlite", "postgresql")})
    assert own.alone()[0].name == name


def test_after_a_refused_row_the_same_connection_answers_as_before(in_app):
    add(key="whisper")
    with pytest.raises(IntegrityError):
        add(key="whisper")
    db.session.remove()
    add("second", key="aloud")
    assert [row.kind for row in ALL.alone()] == ["a", "second"]
