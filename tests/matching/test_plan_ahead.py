"""A plan's files are read while Flask still loads: the same plan as without, and nothing of it is seen."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.matching.commands import ahead
from app.matching.plan.helping import Helper
from app.matching.plan.run import Paths, read_ahead
from tests.house.source import ROOT

EXAMPLES = [str(ROOT / f"docs/examples/{name}.csv") for name in ("offers", "requests")]
AT = "2026-11-21T15:00:00+00:00"
NOW = datetime(2026, 11, 21, 15, tzinfo=UTC)
BEGUN = (
    "import sys; from app.matching.commands import ahead; print(ahead.begun() is not None, 'sqlalchemy' in sys.modules)"
)
PLANNED = (ROOT / "docs/examples/proposals.csv").read_text()


@pytest.fixture
def begun(monkeypatch):
    """Begins as Flask's import does; the process that runs the tests goes on collecting."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.setattr("app.matching.commands.ahead.gc.disable", lambda: None)
    monkeypatch.setattr("app.matching.commands.ahead.gc.freeze", lambda: None)
    monkeypatch.setattr("app.matching.plan.run.WORTH_TWO_PROCESSES", 0)
    monkeypatch.setattr("app.matching.commands.ahead.threading.active_count", lambda: 1)
    yield ahead.begin
    ahead.begun()


@pytest.mark.parametrize("bytes_", [0, 1 << 40])
@pytest.mark.parametrize("at", [["--at", AT], ["--at", "2026-11-21T15:00:00"]])
def test_what_was_read_ahead_gives_the_same_plan(app, tmp_path, monkeypatch, begun, bytes_, at):
    monkeypatch.setattr("app.matching.plan.run.WORTH_TWO_PROCESSES", bytes_)
    out = tmp_path / "proposals.csv"
    arguments = ["match", "plan", *EXAMPLES, "-o", str(out), *at]
    begun(["flask", "--app", "wsgi", *arguments])
    result = app.test_cli_runner().invoke(args=arguments)
    assert out.read_text() == PLANNED
    assert "offers.csv:18: place: we do not know this place" in result.stderr
    assert result.exit_code == 1


def test_what_was_read_for_another_plan_is_not_taken(app, tmp_path, begun):
    out = tmp_path / "proposals.csv"
    begun(["flask", "match", "plan", EXAMPLES[1], EXAMPLES[0], "-o", str(out), "--at", AT])
    app.test_cli_runner().invoke(args=["match", "plan", *EXAMPLES, "-o", str(out), "--at", AT])
    assert out.read_text() == PLANNED


@pytest.mark.parametrize(
    "arguments",
    [
        [EXAMPLES[1], EXAMPLES[1], "-o", "-"],
        [EXAMPLES[0], "nowhere.csv", "-o", "-"],
        [*EXAMPLES, "-o", "-", "--at", "tomorrow"],
        [*EXAMPLES],
    ],
)
def test_wrong_usage_is_told_once_and_by_the_command(app, begun, arguments):
    alone = app.test_cli_runner().invoke(args=["match", "plan", *arguments])
    begun(["flask", "match", "plan", *arguments])
    result = app.test_cli_runner().invoke(args=["match", "plan", *arguments])
    assert (result.exit_code, result.output) == (alone.exit_code, alone.output)
    assert result.exit_code == 2


@pytest.mark.parametrize(
    "command_line",
    [
        ["flask", "--app", "wsgi", "run"],
        ["flask", "match", "round"],
        ["flask", "plan", "match"],
        ["flask", "match", "plan", "--help"],
        ["gunicorn", "wsgi:app"],
        [],
    ],
)
def test_no_other_command_line_begins_anything(begun, command_line):
    begun(command_line)
    assert ahead.begun() is None


def test_a_process_of_several_threads_is_not_forked(begun, monkeypatch):
    monkeypatch.setattr("app.matching.commands.ahead.threading.active_count", lambda: 2)
    begun(["flask", "match", "plan", *EXAMPLES, "-o", "-"])
    assert ahead.begun() is None


def test_little_and_what_is_no_file_is_not_read_ahead(monkeypatch):
    assert read_ahead(Paths(*EXAMPLES, "-"), now=NOW) is None
    monkeypatch.setattr("app.matching.plan.run.WORTH_TWO_PROCESSES", 0)
    assert read_ahead(Paths("-", EXAMPLES[1], "-"), now=NOW) is None


def _fail():
    raise OSError("the disk is gone")


def test_a_helper_that_fails_gives_nothing_and_says_nothing(capfd):
    assert Helper(sum, [1, 2]).result() == 3
    assert Helper(_fail).result() is None
    assert capfd.readouterr() == ("", "")


def test_the_command_line_of_flask_begins_before_other_commands_load(tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", BEGUN, "match", "plan", *EXAMPLES, "-o", str(tmp_path / "out.csv")],
        cwd=Path(ROOT), capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert told.stdout.split() == ["True", "False"]


def _much():
    return bytes(50_000_000)


def test_a_helper_that_is_killed_while_it_tells_gives_nothing(tmp_path):
    helper = Helper(_much)
    assert helper._connection.poll(20)
    helper._process.kill()
    assert helper.result() is None
