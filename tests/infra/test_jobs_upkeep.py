"""Dead jobs can be looked at, brought back and dropped; ended ones leave in small batches; the queue says how it is."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from app.infra import jobs
from app.infra.database import db
from app.infra.jobs import Job, JobRegistry, upkeep
from app.infra.jobs.upkeep import BATCH, FORGOTTEN, KEPT_DEAD, KEPT_DONE, KEPT_WORDS
from app.infra.transaction import transaction

NOW = datetime(2026, 11, 21, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)
pytestmark = [pytest.mark.usefixtures("in_app"), pytest.mark.both_databases]


@pytest.fixture
def registry(in_app, monkeypatch) -> JobRegistry:
    registry = JobRegistry()
    monkeypatch.setitem(in_app.extensions, "milkbridge_jobs", registry)
    registry.register("note", lambda **_: None)
    return registry


@pytest.fixture
def flask(app, registry):
    """Run ``flask jobs …`` and give its exit status and what it said."""

    def run(*words: str) -> tuple[int, str]:
        answer = app.test_cli_runner().invoke(args=["jobs", *words])
        return answer.exit_code, answer.output

    return run


def add(state: str = "dead", *, ended: datetime | None = NOW, kind: str = "note", times: int = 1, **more) -> None:
    ended_at = None if state == "queued" else ended
    row = {"kind": kind, "payload": {}, "state": state, "run_after": NOW, "created_at": NOW, "attempts": 16}
    with transaction() as session:
        session.execute(insert(Job), [row | {"ended_at": ended_at} | more] * times)


def states() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Job.state).order_by(Job.id)))


def count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Job)) or 0


def test_the_list_shows_what_waits_in_its_order_and_the_dead_apart(flask):
    add("queued", run_after=NOW + SECOND, kind="later", attempts=0)
    add("queued", kind="sooner", attempts=0)
    add("done")
    add(last_error="SMTPServerDisconnected", kind="mail.send")
    code, said = flask("list")
    assert (code, [line.split()[1] for line in said.splitlines()[:-1]]) == (0, ["sooner", "later"])
    code, said = flask("list", "--dead")
    assert said.splitlines()[0] == "4 mail.send dead 2026-11-21 15:00:00 tries 16 (SMTPServerDisconnected)"
    assert said.splitlines()[-1].endswith("; 1 dead")


def test_the_list_ends_at_its_limit(flask):
    add(times=5)
    assert len(flask("list", "--dead", "--limit", "3")[1].splitlines()) == 4


def test_a_job_is_shown_without_a_word_of_what_people_wrote(flask):
    payload = {"to": "ana@example.org", "post_id": 7, "read": True, "html": None, "lines": ["secret"], "by": {"a": "b"}}
    add(payload=payload)
    code, said = flask("show", "1")
    assert code == 0
    assert said.splitlines()[1:] == [
        "  to: text, 15 characters", "  post_id: 7", "  read: True", "  html: None", "  lines: list, 1 entries",
        "  by: dict, 1 entries",
    ]  # fmt: skip
    assert "ana" not in said
    assert "secret" not in said


def test_a_dead_job_comes_back_with_all_its_tries(flask):
    add(last_error="ZeroDivisionError", kind="note")
    assert flask("retry", "1") == (0, "job 1 brought back\n")
    assert jobs.run_due(now=NOW + timedelta(days=10_000)) == 1
    assert states() == ["done"]


def test_all_dead_jobs_come_back_and_no_other(flask):
    add(times=BATCH + 1)
    add("done")
    assert flask("retry", "--all") == (0, f"{BATCH + 1} jobs brought back\n")
    assert states() == ["queued"] * (BATCH + 1) + ["done"]


@pytest.mark.parametrize("state", ["queued", "done"])
def test_only_a_dead_job_is_brought_back(flask, state):
    add(state)
    code, said = flask("retry", "1")
    assert (code, said) == (1, "Error: There is no dead job 1.\n")
    assert states() == [state]


@pytest.mark.parametrize("words", [("retry",), ("retry", "1", "--all")])
def test_to_bring_back_needs_one_job_or_all(flask, words):
    code, said = flask(*words)
    assert code == 2
    assert "Name one job, or --all." in said


@pytest.mark.parametrize("state", ["queued", "dead"])
def test_what_waits_or_is_dead_can_be_dropped(flask, state):
    add(state)
    assert flask("drop", "1") == (0, "job 1 dropped\n")
    assert states() == []


def test_what_is_done_or_in_a_workers_hands_cannot_be_dropped(flask):
    add("done")
    add("queued", leased_until=datetime(2999, 1, 1, tzinfo=UTC))
    for job in ("1", "2", "99"):
        assert flask("drop", job)[0] == 1
    assert states() == ["done", "queued"]


def test_a_job_that_is_not_there_is_said_plainly(flask):
    assert flask("show", "99") == (1, "Error: There is no job 99.\n")


@pytest.mark.parametrize(
    ("state", "age", "stays"),
    [
        ("done", KEPT_DONE, True), ("done", KEPT_DONE + SECOND, False),
        ("dead", KEPT_DEAD, True), ("dead", KEPT_DEAD + SECOND, False),
        ("queued", 2 * KEPT_DEAD, True),
    ],
)  # fmt: skip
def test_what_ended_long_ago_leaves_and_what_waits_never_does(state, age, stays):
    add(state, ended=NOW - age, created_at=NOW - age)
    assert jobs.purge(now=NOW) == (not stays)
    assert states() == [state] * stays


@pytest.mark.parametrize(
    ("state", "age", "kept"),
    [
        ("dead", KEPT_WORDS, True), ("dead", KEPT_WORDS + SECOND, False),
        ("queued", 2 * KEPT_WORDS, True),
    ],
)  # fmt: skip
def test_what_a_dead_job_was_to_do_is_forgotten_after_a_week_and_cannot_be_brought_back(state, age, kept):
    add(state, ended=NOW - age, created_at=NOW - age, payload={"to": "ann@example.org"}, last_error="OSError")
    assert upkeep.forget_words(now=NOW) == (not kept)
    assert upkeep.forget_words(now=NOW) == 0
    job = db.session.scalars(select(Job)).one()
    assert (job.payload, job.last_error) == (({"to": "ann@example.org"}, "OSError") if kept else ({}, FORGOTTEN))
    brought = upkeep.retry(job.id, now=NOW) or upkeep.retry_all(now=NOW)
    assert bool(brought) == (kept and state == "dead")


def test_a_dead_job_without_an_error_is_forgotten_too():
    add(ended=NOW - 2 * KEPT_WORDS, payload={"to": "ann@example.org"}, last_error=None)
    upkeep._purge(now=NOW)
    assert db.session.scalars(select(Job.payload)).all() == [{}]


def test_what_ended_leaves_in_batches_each_in_a_transaction_of_its_own(registry):
    upkeep.register(registry)
    add("done", ended=NOW - 2 * KEPT_DONE, times=2 * BATCH + 1)
    jobs.enqueue_periodic(now=NOW)
    left = []
    while jobs.run_due(now=NOW, limit=1):
        left.append(sum(1 for state in states() if state == "done"))
    assert left == [BATCH + 1 + 1, 1 + 2, 3], "each batch leaves one done job of its own behind"


class TestStanding:
    def test_an_empty_queue_waits_for_nothing(self):
        add("done")
        assert jobs.standing(now=NOW + SECOND) == jobs.Standing(oldest_due_seconds=0, dead=0)

    def test_the_oldest_due_job_says_how_late_the_workers_are(self):
        add("queued", run_after=NOW)
        add("queued", run_after=NOW + 5 * SECOND)
        add(times=2)
        assert jobs.standing(now=NOW + 9 * SECOND) == jobs.Standing(oldest_due_seconds=9, dead=2)

    @pytest.mark.parametrize(
        "row", [{"run_after": NOW + timedelta(days=1)}, {"leased_until": NOW + timedelta(minutes=1)}]
    )
    def test_what_is_not_due_or_in_hand_does_not_wait(self, row):
        add("queued", **row)
        assert jobs.standing(now=NOW).oldest_due_seconds == 0

    def test_readiness_tells_it_and_stays_ready(self, client, registry):
        add("queued", run_after=datetime(2026, 1, 1, tzinfo=UTC))
        add()
        answer = client.get("/readyz")
        assert answer.status_code == 200
        assert answer.json["jobs"]["dead"] == 1
        assert answer.json["jobs"]["oldest_due_seconds"] > 0
