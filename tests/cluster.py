"""
A PostgreSQL server of the tests' own: the installed binaries, a data folder under /tmp, a socket and no port.

One server serves every worker process of a run. The first that needs it starts it, under a file lock; a keeper beside
it stops the server and removes the folder when the run's first process is gone, however it went. Nothing is kept
through a loss of power, because no test outlives one.
"""

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psycopg
from psycopg.sql import SQL, Composable, Identifier

from app.dev.machine import postgresql_programs

_keepers: list[subprocess.Popen[bytes]] = []
"""Held, because Python warns of a process that is forgotten while it runs, as this one is meant to."""

TEMPLATE = "milkbridge_template"
START_SECONDS = 60

SETTINGS = {
    "listen_addresses": "''",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "jit": "off",
    "checkpoint_timeout": "1h",
    "max_wal_size": "2GB",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "timezone": "'America/New_York'",  # not ours, so that nothing may lean on it
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server, told by the folder of its socket."""

    folder: Path

    def url(self, database: str) -> str:
        """The address of a database, as an operator writes DATABASE_URL."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def administer(self, *statements: Composable | str) -> None:
        """Run statements outside of a transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def create(self, database: str, *, template: str = "template0") -> None:
        """Make a database, in the place of an earlier one of this name."""
        self.drop(database)
        self.administer(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(database), Identifier(template)))

    def drop(self, database: str) -> None:
        """Remove a database, if there is one of this name, whoever is connected."""
        self.administer(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(database)))

    def has(self, database: str) -> bool:
        """Whether there is a database of this name."""
        with psycopg.connect(self.url("postgres")) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
            return found.fetchone() is not None

    def template(self, migrate: Callable[[str], None]) -> str:
        """The name of the migrated template; ``migrate(address)`` makes it once in a run, whichever worker is first."""
        with _alone(self.folder.parent / "template.lock"):
            if not self.has(TEMPLATE):
                self.create("milkbridge_unfinished")
                migrate(self.url("milkbridge_unfinished"))
                self.administer(f"ALTER DATABASE milkbridge_unfinished RENAME TO {TEMPLATE}")
        return TEMPLATE


class _alone:  # noqa: N801 - it reads as a word.
    """Holds a file's lock against other processes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._file = self._path.open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def cluster_of_this_run() -> Cluster:
    """The server of this run, started when this is the first to ask."""
    run = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    home = Path(tempfile.gettempdir()) / f"milkbridge-postgresql-{os.getuid()}-{run}"
    home.mkdir(exist_ok=True)
    with _alone(home / "start.lock"):
        if not _is_kept(home):
            _start_with_keeper(home, run)
    return Cluster(home / "socket")


def _is_kept(home: Path) -> bool:
    """Whether a keeper serves from there; what one left that was killed is removed."""
    ready = home / "ready"
    if ready.exists() and _alive(int(ready.read_text())):
        return True
    for left in (home / "data", home / "socket"):
        shutil.rmtree(left, ignore_errors=True)
    for left in (ready, home / "template.lock"):
        left.unlink(missing_ok=True)
    return False


def _start_with_keeper(home: Path, run: int) -> None:
    log = (home / "keeper.log").open("w")
    command = [sys.executable, "-m", "tests.cluster", str(home), str(run)]
    keeper = subprocess.Popen(command, cwd=Path(__file__).parents[1], stdout=log, stderr=log, start_new_session=True)
    log.close()
    _keepers.append(keeper)
    deadline = time.monotonic() + START_SECONDS
    while not (home / "ready").exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("PostgreSQL did not start:\n" + (home / "keeper.log").read_text())
        time.sleep(0.05)


def _as_postgres(*command: str) -> list[str]:
    """The command as the system's own user for the server, because the server refuses to be root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else list(command)


def _owned(folder: Path) -> Path:
    folder.mkdir()
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
    return folder


def _serve(home: Path) -> subprocess.Popen[bytes]:
    """Make the data folder, start the server and return it once it takes connections."""
    programs = postgresql_programs()
    if programs is None:
        raise RuntimeError("there is no PostgreSQL here")
    data, sockets = _owned(home / "data"), _owned(home / "socket")
    initdb = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"]
    subprocess.run(_as_postgres(*initdb, "--locale=C.UTF-8"), check=True, cwd="/")
    options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value.strip(chr(39))}")]
    command = [str(programs / "postgres"), "-D", str(data), "-k", str(sockets), *options]
    server = subprocess.Popen(_as_postgres(*command), cwd="/")
    _wait_for(Cluster(sockets), server)
    return server


def _wait_for(cluster: Cluster, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            cluster.administer("SELECT 1")
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server took no connection")


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def keep(home: Path, run: int) -> None:
    """Serve until the process ``run`` is gone or this one is asked to end; then remove everything."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit

    signal.signal(signal.SIGTERM, end)
    server = None
    try:
        server = _serve(home)
        (home / "nearly").write_text(str(os.getpid()))
        (home / "nearly").rename(home / "ready")
        while _alive(run) and server.poll() is None:
            time.sleep(0.2)
    finally:
        if server is not None:
            _stop(home / "data", server)
        shutil.rmtree(home, ignore_errors=True)


def _stop(data: Path, server: subprocess.Popen[bytes]) -> None:
    """Stop at once; there is nothing to save, and runuser does not hand on every signal."""
    if server.poll() is None:
        programs = postgresql_programs()
        subprocess.run(_as_postgres(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"), check=False)
        server.wait(START_SECONDS)


if __name__ == "__main__":
    keep(Path(sys.argv[1]), int(sys.argv[2]))
