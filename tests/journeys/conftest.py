"""Journeys run against the real thing: gunicorn and the worker as `make run` starts them, and Debian's Chromium.

All journeys of a run share one server and so one worker process of the test runner (`xdist_group`). Without Chromium they are skipped
with a warning, and fail under `CI=true`.
"""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from app.dev.machine import chromium
from app.dev.serve import server_command, stop, wait_until_ready, worker_command
from config import ROOT, Settings

QUIET_CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep every journey in one worker process, and say loudly when they cannot run."""
    for item in items:
        if "journeys" not in item.path.parts:
            continue
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.xdist_group("journeys"))


@pytest.fixture(scope="session", autouse=True)
def _chromium_is_here() -> None:
    if chromium():
        return
    if os.environ.get("CI") == "true":
        pytest.fail("no Chromium: the journeys must run here; `flask dev prepare-tests` installs it")
    pytest.skip("NO CHROMIUM: THE JOURNEYS DID NOT RUN")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's Chromium without its background traffic."""
    return {"executable_path": chromium(), "args": QUIET_CHROMIUM, "headless": True}


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
            [str(flask), "--app", "wsgi", *words], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Server and worker on a database of their own, migrated and otherwise empty."""
    folder = tmp_path_factory.mktemp("site")
    port = _free_port()
    environment = {
        **os.environ,
        "INSTANCE_PATH": str(folder),
        "PORT": str(port),
        "RATE_LIMITS": "0",
        "DEMO_COMMUNITY": "0",
        "PYTHONWARNINGS": "ignore",
    }
    running = Site(f"http://127.0.0.1:{port}", folder / "mail", environment)
    running.command("db", "upgrade")
    settings = Settings.from_environment(environment)
    processes = [
        subprocess.Popen(command, cwd=ROOT, env=environment) for command in (server_command(settings), worker_command())
    ]
    try:
        assert wait_until_ready(f"{running.url}/healthz", processes[0]), "the server did not start"
        yield running
    finally:
        stop(processes)


class Phone:
    """One person's browser, with cookies of its own; collects what must never happen on a page."""

    def __init__(self, context: BrowserContext, site: Site) -> None:
        self.site = site
        self.context = context
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._console)
        self.page.on("request", self._request)

    def _console(self, message: Any) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.errors.append(message.text)

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.site.url, self.site.url.replace("http", "ws"), "data:", "blob:")):
            self.errors.append(f"a foreign host was asked: {request.url}")

    def open(self, path: str) -> None:
        """Open a page of the site."""
        self.page.goto(self.site.url + path)


@pytest.fixture(params=["phone", "desktop"])
def viewport(request: pytest.FixtureRequest) -> dict[str, int]:
    """Both widths people use."""
    return PHONE if request.param == "phone" else DESKTOP


@pytest.fixture
def phones(browser: Browser, site: Site, viewport: dict[str, int]) -> Iterator[Any]:
    """Makes browsers, each of one person: `phones()`; afterwards no page may have had an error."""
    made: list[Phone] = []

    def make(**options: Any) -> Phone:
        context = browser.new_context(viewport=viewport, locale="en-US", **options)
        context.set_default_timeout(15_000)
        made.append(Phone(context, site))
        return made[-1]

    yield make
    problems = [error for phone in made for error in phone.errors]
    for phone in made:
        phone.context.close()
    assert not problems, problems
