"""
A process that has loaded the application and forks it on demand, so that a killed server is back within a second.

Each line it reads is an order: ``{"do": "serve" | "call", …}``; each child runs in a session of its own and dies with
the nursery. What a child serves is the real gunicorn with the real settings, read from its environment after the fork.
"""

import ctypes
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from config import ROOT

_PR_SET_PDEATHSIG = 1
START_SECONDS = 120


class Nursery:
    """The driver's side: starts children and tells which processes live."""

    def __init__(self, folder: Path, *, gevent: bool = False) -> None:
        command = [sys.executable, "-m", "tests.chaos.nursery", *(["gevent"] if gevent else [])]
        self._folder = folder
        self._log = (folder / "processes.log").open("ab")
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        self._said()

    def _said(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the nursery ended: " + self.log()[-2000:])
        return line.strip()

    def log(self) -> str:
        """What the processes wrote to their logs."""
        return (self._folder / "processes.log").read_text(errors="replace")

    def start(self, do: str, environment: dict[str, str], **order: Any) -> int:
        """Fork a child and give its process id, which leads a group of its own."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, "environment": environment, **order}) + "\n")
        self._process.stdin.flush()
        return int(self._said())

    def call(self, function: str, environment: dict[str, str], **arguments: Any) -> Any:
        """Run ``module:function(**arguments)`` in a child and give what it returned."""
        answer = self._folder / "answer.json"
        answer.unlink(missing_ok=True)
        child = self.start("call", environment, function=function, arguments=arguments, answer=str(answer))
        deadline = time.monotonic() + START_SECONDS
        while not gone(child) and time.monotonic() < deadline:
            time.sleep(0.01)
        if not answer.exists():
            raise RuntimeError(f"{function} failed: " + self.log()[-3000:])
        return json.loads(answer.read_text())

    def close(self) -> None:
        """End the nursery, and by that all its children, who die with it."""
        self._process.kill()
        self._process.communicate()
        self._log.close()


def gone(process: int) -> bool:
    """Whether a process has ended (perhaps nobody has asked yet how)."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def children(process: int) -> list[int]:
    """The processes a process has started and that live."""
    try:
        found = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(child) for child in found if not gone(int(child))]


def kill_group(leader: int) -> None:
    """Kill -9 a child with all it has started, and return when all of them have ended; 0 is nobody yet."""
    if leader <= 1:
        return  # To the system 0 means the caller's own group, and 1 everybody.
    family = [leader, *children(leader)]
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return
    while not all(gone(process) for process in family):
        time.sleep(0.002)


def _become(order: dict[str, Any]) -> None:
    """Never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    os.environ.update(order["environment"])
    try:
        if order["do"] == "serve":
            _serve(order["arguments"])
        else:
            module, _, name = order["function"].partition(":")
            answer = getattr(importlib.import_module(module), name)(**order["arguments"])
            unfinished = Path(order["answer"] + ".new")
            unfinished.write_text(json.dumps(answer))
            unfinished.rename(order["answer"])
    except Exception:  # noqa: BLE001 - whatever it was, this process must not go on as a second nursery.
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    finally:
        os._exit(0)


def _serve(arguments: list[str]) -> None:
    from gunicorn.app.wsgiapp import run

    sys.argv = arguments
    run()


def main() -> None:
    """Load, then fork for each order until nobody gives any more."""
    if sys.argv[1:] == ["gevent"]:
        from gevent import monkey

        monkey.patch_all()
    import app.factory  # noqa: F401 - what it loads is what the children need not load.

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
