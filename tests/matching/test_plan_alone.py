"""The plan needs no application: it starts without one, and says what it says with one."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT
from tests.house.test_ground import loaded_beside

EXAMPLES = [str(ROOT / f"docs/examples/{name}.csv") for name in ("offers", "requests")]
AT = "2026-11-21T15:00:00+00:00"


@pytest.fixture
def alone(tmp_path):
    """Runs ``flask match plan`` in a folder where no application stands."""

    def run(*more, **environment):
        known = {name: value for name, value in os.environ.items() if name not in {"FLASK_APP", "MATCHING_FILE"}}
        return subprocess.run(
            [Path(sys.executable).with_name("flask"), "match", "plan", *EXAMPLES, "-o", "-", "--at", AT, *more],
            cwd=tmp_path, env=known | environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    return run


def test_a_plan_without_an_application_is_the_documented_one(alone):
    result = alone()
    assert result.stdout == (ROOT / "docs/examples/proposals.csv").read_text()
    assert "23 offers and 22 requests read, 1 rows left out. 115 proposals for 22 requests." in result.stderr
    assert result.returncode == 1


def test_a_plan_without_an_application_knows_the_rules_of_the_setting(alone, tmp_path):
    file = tmp_path / "matching.toml"
    file.write_text("[weights]\nfirst_milk = 20\nnear = 20\n")
    changed = alone(MATCHING_FILE=str(file)).stdout
    assert changed.count("\n") > 100
    assert changed != (ROOT / "docs/examples/proposals.csv").read_text()


def test_rules_that_cannot_be_read_are_wrong_usage(alone, tmp_path):
    result = alone(MATCHING_FILE=str(tmp_path / "none.toml"))
    assert (result.returncode, result.stdout) == (2, "")
    assert "MATCHING_FILE cannot be read" in result.stderr


def test_the_plan_loads_no_framework_and_no_database():
    assert loaded_beside("app.matching.commands", "app.matching.commands.plan", "app.matching.plan.run") == []


def test_reading_a_plan_loads_nothing_that_only_a_map_a_guess_or_a_note_needs():
    probe = (
        "import sys, app.matching.plan.run; from app.matching.plan.places import load_places; load_places();"
        "print(sorted({'h3', 'phonenumbers', 'pyproj', 'rapidfuzz', 'shapely', 'numba'} & sys.modules.keys()))"
    )
    told = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_the_group_names_its_commands_without_and_with_the_application(app):
    said = app.test_cli_runner().invoke(args=["match", "--help"]).stdout
    assert re.findall(r"^  ([a-z]+) ", said.partition("Commands:")[2], re.MULTILINE) == [
        "index", "plan", "replay", "round"
    ]  # fmt: skip
    assert app.test_cli_runner().invoke(args=["match", "plans"]).exit_code == 2


@pytest.mark.parametrize("bytes_", [0, 1 << 40])
def test_a_helper_reads_what_one_process_reads(app, tmp_path, monkeypatch, bytes_):
    monkeypatch.setattr("app.matching.plan.run.WORTH_TWO_PROCESSES", bytes_)
    out = tmp_path / "proposals.csv"
    result = app.test_cli_runner().invoke(args=["match", "plan", *EXAMPLES, "-o", str(out), "--at", AT])
    assert out.read_text() == (ROOT / "docs/examples/proposals.csv").read_text()
    assert "offers.csv:18: place: we do not know this place" in result.stderr
    assert result.exit_code == 1


@pytest.mark.parametrize("bytes_", [0, 1 << 40])
def test_what_a_helper_cannot_read_at_all_is_wrong_usage(app, tmp_path, monkeypatch, bytes_):
    monkeypatch.setattr("app.matching.plan.run.WORTH_TWO_PROCESSES", bytes_)
    out = tmp_path / "proposals.csv"
    result = app.test_cli_runner().invoke(args=["match", "plan", EXAMPLES[1], EXAMPLES[1], "-o", str(out), "--at", AT])
    assert (result.exit_code, out.exists()) == (2, False)
    assert "requests.csv needs a column called volume_ml" in result.stderr
