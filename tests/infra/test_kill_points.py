"""A process dies at the moment it was armed for, and at no other."""

import signal
import subprocess
import sys

import pytest

from config import ROOT

REACHES = """
import time
from app.infra import kill_points
kill_points.arm({armed!r})
for n in range(1, 4):
    pushed = not kill_points.reached({name!r})
    print(n, pushed, flush=True)
time.sleep(2 if {waits} else 0)
"""


def reach(armed: str, name: str = "after_commit", *, waits: bool = False) -> tuple[int, list[str]]:
    """Reach ``name`` three times in a process armed with ``armed``: its exit status and what it said before."""
    code = REACHES.format(armed=armed, name=name, waits=waits)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize("armed", ["", "before_commit", "after_commit:4"])
def test_a_point_that_is_not_armed_or_not_reached_often_enough_kills_nobody(armed):
    assert reach(armed) == (0, ["1 True", "2 True", "3 True"])


@pytest.mark.parametrize(("armed", "said"), [("after_commit", []), ("after_commit:3", ["1 True", "2 True"])])
def test_the_armed_point_kills_at_once_at_its_time(armed, said):
    assert reach(armed) == (-signal.SIGKILL, said)


def test_after_an_acknowledgement_nothing_is_pushed_any_more_and_the_process_dies():
    assert reach("after_ack:2", "after_ack", waits=True) == (-signal.SIGKILL, ["1 True", "2 False", "3 False"])
