"""Journeys run against the real thing: gunicorn and the worker as `make run` starts them, and Debian's Chromium.

All journeys of a run share one server, and one worker process of the test runner with every other test in a browser.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.journeys import steps
from tests.site import DESKTOP, PHONE, Site, running_site

MEMBER_PASSWORD = "a member's long password"
STAFF_PASSWORD = "a moderator's long password"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Server and worker on a database of their own, migrated and otherwise empty."""
    with running_site(tmp_path_factory.mktemp("site"), DEMO_COMMUNITY="0") as running:
        yield running


class Phone:
    """One person's browser, with cookies of its own; collects what must never happen on a page."""

    def __init__(self, context: BrowserContext, site: Site) -> None:
        self.site = site
        self.context = context
        self.page: Page = context.new_page()
        self.errors: list[str] = []
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
def phones(site: Site, contexts: Any, viewport: dict[str, int]) -> Iterator[Any]:
    """Makes browsers, each of one person: `phones()`; afterwards no page may have had an error."""
    made: list[Phone] = []

    def make(**options: Any) -> Phone:
        made.append(Phone(contexts(viewport=viewport, **options), site))
        return made[-1]

    yield make
    problems = [error for phone in made for error in phone.errors]
    assert not problems, problems


@pytest.fixture
def moderator_phone(phones: Any, site: Any) -> Any:
    """A moderator at her desk."""
    address = f"mod{id(phones)}@example.org"
    site.command(
        "users", "create", address, "--password", STAFF_PASSWORD, "--name", "Mona", "--role", "moderator", "--confirmed"
    )
    phone = phones()
    steps.sign_in(phone, address, STAFF_PASSWORD)
    steps.agree(phone)
    return phone


@pytest.fixture
def member_phone(phones: Any, site: Any) -> Any:
    """Makes the phone of a confirmed member with an area: `member_phone("ada", "95814", javascript=False)`."""

    def make(name: str, place: str, *, javascript: bool = True) -> Any:
        address = f"{name}@night.example.org"
        site.command(
            "users", "create", address, "--password", MEMBER_PASSWORD, "--name", name, "--confirmed", "--area", place
        )
        phone = phones(java_script_enabled=javascript)
        steps.sign_in(phone, address, MEMBER_PASSWORD)
        steps.agree(phone, look=javascript)
        return phone

    return make
