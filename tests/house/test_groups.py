"""Tests that share a server or a browser share the worker process that started it."""

import re
import subprocess
import sys

from config import ROOT

SUITE = """
import pytest

@pytest.mark.parametrize("group", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in "ab" * 6])
def test_in(group):
    pass

@pytest.mark.parametrize("n", range(6))
def test_alone(n):
    pass
"""


def test_each_group_runs_in_one_worker_process(tmp_path):
    (tmp_path / "test_suite.py").write_text(SUITE, encoding="utf-8")
    program = [
        sys.executable,
        "-m",
        "pytest",
        "-v",
        "-n2",
        "--dist=loadgroup",
        "-p",
        "tests.groups",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [*program, f"--rootdir={tmp_path}", "-c", "/dev/null", tmp_path / "test_suite.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    ran = set(re.findall(r"\[(gw\d)\].* PASSED \S+@([ab])\b", done.stdout))
    assert sorted(group for _, group in ran) == ["a", "b"], done.stdout + done.stderr
