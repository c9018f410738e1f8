"""``flask dev serve``, what ``make run`` ends in: migrate, seed an empty database, run server and worker."""

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Final

import click

from config import Settings

START_SECONDS: Final = 60
"""How long the server may take to answer before the command gives up."""

STOP_SECONDS: Final = 8
"""How long a process may take to end before it is killed."""


def server_command(settings: Settings) -> list[str]:
    """The gunicorn command; the kind of server stands in ``gunicorn.conf.py``, from the environment's settings."""
    gunicorn = str(Path(sys.executable).parent / "gunicorn")
    return [gunicorn, f"--bind=127.0.0.1:{settings.port}", "wsgi:app"]


def worker_command() -> list[str]:
    """The command that runs the background jobs."""
    return [str(Path(sys.executable).parent / "flask"), "--app", "wsgi", "worker"]


def answers(url: str) -> bool:
    """Whether the server at ``url`` answers with 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own loopback address.
            return bool(answer.status == 200)  # noqa: PLR2004
    except (urllib.error.URLError, OSError):
        return False


def wait_until_ready(url: str, server: subprocess.Popen[bytes], *, seconds: int = START_SECONDS) -> bool:
    """Wait until ``url`` answers; False when the server ended or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        if answers(url):
            return True
        time.sleep(0.1)
    return False


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """End every process, politely first."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def _stop_on_signal(processes: list[subprocess.Popen[bytes]]) -> None:
    def end(_number: int, _frame: FrameType | None) -> None:
        stop(processes)
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)


def serve(settings: Settings, *, when_ready: Callable[[], None]) -> int:
    """Run server and worker until one of them ends or the command is stopped; returns the exit status."""
    url = f"http://127.0.0.1:{settings.port}"
    if answers(f"{url}/healthz"):
        click.echo(f"Something already serves on {url}. Stop it, or choose another port: PORT=5001 make run", err=True)
        return 1
    root = Path(__file__).parents[2]
    processes = [subprocess.Popen(command, cwd=root) for command in (server_command(settings), worker_command())]  # noqa: S603
    _stop_on_signal(processes)
    if not wait_until_ready(f"{url}/healthz", processes[0]):
        stop(processes)
        click.echo(f"The server did not start on {url}.", err=True)
        return 1
    when_ready()
    while all(process.poll() is None for process in processes):
        time.sleep(0.5)
    stop(processes)
    return 1
