"""A plan does not wait for the commands of other packages; every other command line finds them as ever."""

import subprocess
import sys

import click
import pytest

from app.matching.commands import takeover
from tests.house.source import ROOT

EXAMPLES = [str(ROOT / f"docs/examples/{name}.csv") for name in ("offers", "requests")]
PLAN = ["match", "plan", *EXAMPLES, "-o", "-", "--at", "2026-11-21T15:00:00+00:00"]
BESIDE = """
import sys
from importlib import metadata
from flask import cli
found = [metadata.EntryPoint(*each, "flask.commands") for each in (
    ("match", "app.matching.commands:match_cli"), ("theirs", "a_package_that_fails:command"),
)]
metadata.entry_points = lambda **asked: found
cli.main()
"""
"""Flask's own command line with a package behind ours whose commands cannot even be imported."""


def beside_a_package_that_fails(*arguments):
    return subprocess.run(
        [sys.executable, "-c", BESIDE, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )


def test_a_plan_does_not_wait_for_the_commands_of_other_packages():
    result = beside_a_package_that_fails("--app", "wsgi", *PLAN)
    assert result.stdout == (ROOT / "docs/examples/proposals.csv").read_text()
    assert result.returncode == 1
    assert "1 rows left out" in result.stderr


def test_wrong_usage_and_help_name_the_command_as_ever():
    wrong = beside_a_package_that_fails("match", "plan", "--wrong")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "match plan [OPTIONS] OFFERS REQUESTS" in wrong.stderr
    assert "No such option '--wrong'" in wrong.stderr
    shown = beside_a_package_that_fails("match", "plan", "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "match plan [OPTIONS] OFFERS REQUESTS" in shown.stdout


@pytest.mark.parametrize(
    "arguments", [["match", "replay", "--help"], ["match", "--help"], ["routes"], ["--app", "match", "plan"]]
)
def test_every_other_command_line_waits_for_all_commands(arguments):
    result = beside_a_package_that_fails(*arguments)
    assert result.returncode == 1
    assert "a_package_that_fails" in result.stderr


@pytest.fixture
def asked():
    """A group whose plan writes down what it was asked for, and a command line around it."""
    heard = []

    @click.group()
    @click.option("--app")
    def flask(app):
        """As Flask's own group: with an option before the command."""

    @click.group("match")
    def match():
        """The matcher's group."""

    @match.command("plan")
    @click.argument("files", nargs=-1)
    @click.pass_context
    def plan(context, files):
        heard.append((context.command_path, files))

    def run(arguments, parent=None):
        with click.Context(flask, info_name="flask", parent=parent) as context:
            takeover.run_now(match, ["flask", *arguments])
            return context

    return run, heard


def test_a_plan_runs_under_flasks_own_context_and_ends_its_process(asked):
    run, heard = asked
    with pytest.raises(click.exceptions.Exit) as ended:
        run(["--app", "wsgi", "match", "plan", "one", "two"])
    assert ended.value.exit_code == 0
    assert heard == [("flask match plan", ("one", "two"))]


@pytest.mark.parametrize(
    "arguments",
    [[], ["match"], ["match", "round"], ["plan", "match"], ["--app", "match", "plan"], ["--unknown", "match", "plan"]],
)
def test_no_other_command_line_is_taken_over(asked, arguments):
    run, heard = asked
    run(arguments)
    assert heard == []


def test_outside_of_flasks_search_nothing_is_taken_over(asked):
    run, heard = asked
    takeover.run_now(click.Group("match"), ["flask", "match", "plan"])
    run(["match", "plan"], parent=click.Context(click.Group("another")))
    assert heard == []
