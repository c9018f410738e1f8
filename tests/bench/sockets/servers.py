"""The servers under load: gunicorn as operators run it, on databases that keep what they were given."""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.dev.serve import stop, wait_until_ready
from config import ROOT
from tests import cluster
from tests.chaos.nursery import children
from tests.redis import free_port

KINDS: Final = {"threads": "sqlite", "gevent": "postgresql"}
PEOPLE: Final = 1000
DURABLE: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on"}
"""As PostgreSQL is installed; the cluster of the tests gives this up for speed."""


@dataclass(frozen=True, slots=True)
class Place:
    """A filled database, where it lies, and its people."""

    kind: str
    address: str
    folder: Path
    people: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server answers, and the processes that do its work."""

    address: str
    processes: list[int]

    def load(self, do: str, people: list[dict[str, str]], **order: Any) -> dict[str, Any]:
        """Run the load generator against this server until it is done."""
        return finished(ordered(do, people, addresses=[self.address], processes=self.processes, **order))


def ordered(do: str, people: list[dict[str, str]], **order: Any) -> "subprocess.Popen[str]":
    """Start the load generator."""
    command = [sys.executable, "-m", "tests.bench.sockets.load"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write(json.dumps({"do": do, "people": people, **order}))
    process.stdin.close()
    return process


def finished(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """What the load generator measured; RuntimeError when it failed."""
    assert process.stdout is not None
    said = process.stdout.read()
    if process.wait() != 0:
        raise RuntimeError("the load generator failed")
    answer: dict[str, Any] = json.loads(said)
    return answer


@contextmanager
def place(kind: str, people: int = PEOPLE) -> Iterator[Place]:
    """A database of the kind that belongs to a server, with people in it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))
    with tempfile.TemporaryDirectory(prefix="milkbridge-load-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the database's own user has to pass through
        if KINDS[kind] == "sqlite":
            yield _filled(kind, f"sqlite:///{folder / 'load.sqlite'}", folder, people)
            return
        with _postgresql(folder / "server") as running:
            running.create("load")
            yield _filled(kind, running.url("load"), folder, people)


@contextmanager
def _postgresql(home: Path) -> Iterator[cluster.Cluster]:
    home.mkdir()
    cluster.SETTINGS.update(DURABLE)
    process = cluster._serve(home)
    try:
        yield cluster.Cluster(home / "socket")
    finally:
        cluster._stop(home / "data", process)


def _filled(kind: str, address: str, folder: Path, people: int) -> Place:
    command = [sys.executable, "-m", "tests.bench.sockets.people", str(people // 2)]
    made = subprocess.run(
        command, cwd=ROOT, env=environment(address, folder), stdout=subprocess.PIPE, text=True, check=True
    )
    return Place(kind, address, folder, json.loads(made.stdout.splitlines()[-1]))


def environment(address: str, folder: Path, **settings: str) -> dict[str, str]:
    """What a server and the commands beside it are told; nothing is limited but by its own speed."""
    return {
        **os.environ, "DATABASE_URL": address, "INSTANCE_PATH": str(folder), "RATE_LIMITS": "0", "MAIL_BACKEND":
        "locmem", "PYTHONWARNINGS": "ignore", **settings,
    }  # fmt: skip


@contextmanager
def ours(where: Place, *, threads: int = 240, **settings: str) -> Iterator[Server]:
    """Our server, with ``bare.send`` beside its own events."""
    port = free_port()
    told = environment(where.address, where.folder, PORT=str(port), WEB_THREADS=str(threads), **settings)
    with _running(["tests.bench.sockets.bare:app"], port, told) as server:
        yield server


@contextmanager
def echo(kind: str, *, threads: int = 240) -> Iterator[Server]:
    """The bare server of the library on the same kind of gunicorn."""
    port = free_port()
    as_ours = (
        ["-k", "gevent", "--worker-connections=10000"]
        if kind == "gevent"
        else ["-k", "gthread", f"--threads={threads}"]
    )
    arguments = ["-c", "python:tests.bench.sockets.plain", f"--bind=127.0.0.1:{port}", "--log-level=error", *as_ours]
    with _running([*arguments, "tests.bench.sockets.echo:app"], port, dict(os.environ)) as server:
        yield server


@contextmanager
def _running(arguments: list[str], port: int, told: dict[str, str]) -> Iterator[Server]:
    command = [str(Path(sys.executable).parent / "gunicorn"), *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=told)
    try:
        if not wait_until_ready(f"http://127.0.0.1:{port}/healthz", process):
            raise RuntimeError("the server did not start")
        yield Server(f"127.0.0.1:{port}", children(process.pid))
    finally:
        stop([process])
