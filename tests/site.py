"""A running site for journeys and screenshots: server and worker as `make run` starts them, with its own database."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.dev.serve import server_command, stop, wait_until_ready, worker_command
from config import ROOT, Settings
from tests.redis import free_port

QUIET_CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 300
"""For which a server of the tests is waited for: as long as a loaded machine may take."""

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


@dataclass(frozen=True)
class Site:
    """A running site: its address, where its mail files lie, and its environment for commands."""

    url: str
    mail: Path
    environment: dict[str, str]

    def command(self, *words: str) -> str:
        """Run a `flask` command against this site and return what it printed."""
        flask = Path(sys.executable).parent / "flask"
        done = subprocess.run(
            [str(flask), "--app", "wsgi", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def link_mailed_to(self, address: str, *, containing: str) -> str | None:
        """The newest link with `containing` in a mail to `address`, or None when there is none yet."""
        found = None
        for file in sorted(self.mail.glob("*"), key=lambda path: path.stat().st_mtime):
            words = file.read_text(encoding="utf-8").replace("=\n", "").replace("=3D", "=")
            for mail in re.split(r"^-{20,}$", words, flags=re.MULTILINE):
                links = re.findall(rf"http://[^\s\"<>]*{containing}[^\s\"<>]*", mail)
                if f"To: {address}" in mail and links:
                    found = links[-1]
        return found


@contextmanager
def running_site(folder: Path, *, migrated: Path | None = None, **settings: str) -> Iterator[Site]:
    """
    Server and worker on a migrated and otherwise empty database in `folder`, stopped at the end.

    It is a copy of ``migrated`` where there is one already.
    """
    port = free_port()
    environment = {
        **os.environ,
        "INSTANCE_PATH": str(folder),
        "PORT": str(port),
        "RATE_LIMITS": "0",
        "PYTHONWARNINGS": "ignore",
        **settings,
    }
    running = Site(f"http://127.0.0.1:{port}", folder / "mail", environment)
    if migrated:
        shutil.copyfile(migrated, folder / "milkbridge.sqlite")
    else:
        running.command("db", "upgrade")
    commands = (server_command(Settings.from_environment(environment)), worker_command())
    processes = [subprocess.Popen(command, cwd=ROOT, env=environment) for command in commands]
    try:
        assert wait_until_ready(f"{running.url}/healthz", processes[0], seconds=START_SECONDS), (
            "the server did not start"
        )
        yield running
    finally:
        stop(processes)
