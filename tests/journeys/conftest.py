"""Journeys run against the real thing: gunicorn and the worker as `make run` starts them, and Debian's Chromium.

All journeys of a run share one server, and one worker process of the test runner with every other test in a browser.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page

from app.accounts import services as accounts
from app.accounts.rules.consents import TEXTS, fingerprint
from app.infra.clock import utcnow
from app.infra.gazetteer import find_places
from app.kernel.access import Identity, Role
from tests.conftest import Person
from tests.journeys import steps
from tests.site import DESKTOP, PHONE, Site, running_site
from tests.web.served import Browser, Cast

MEMBER_PASSWORD = "a member's long password"
STAFF_PASSWORD = "a moderator's long password"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Site]:
    """Server and worker on a database of their own, migrated and otherwise empty."""
    with running_site(tmp_path_factory.mktemp("site"), migrated=migrated, DEMO_COMMUNITY="0") as running:
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


@pytest.fixture(scope="session")
def behind(application: Flask, site: Site) -> Cast:
    """The site's database from behind, for what no journey is about: a command of its own takes seconds to start."""
    return Cast(application, f"sqlite:///{Path(site.environment['INSTANCE_PATH']) / 'milkbridge.sqlite'}")


def joined(name: str, address: str, password: str, *, place: str = "", roles: Iterable[Role] = ()) -> Person:
    """Somebody who has confirmed the address and not yet read the informed choice."""
    area = find_places(place).exact[0].area if place else None
    own = accounts.create_account(address, password, name, roles=roles, confirmed=True, area_id=area, now=utcnow())
    return Person(own, address, name, Identity(own, frozenset(roles)))


def agreed(who: Person) -> None:
    """They agree to all of it, as the page of the informed choice writes it down."""
    for text in TEXTS.values():
        accounts.give_consent(
            who.identity, text.purpose.value, text_version=text.version, text_hash=fingerprint(text.words()),
            language="en", now=utcnow(),
        )  # fmt: skip


def enters(phone: Phone, who: Person, password: str) -> Phone:
    """The phone goes on with a session of theirs."""
    cookies = Browser(phone.site, who, password).http.cookies
    phone.context.add_cookies([{"name": one.name, "value": one.value, "url": phone.site.url} for one in cookies])
    return phone


@pytest.fixture
def moderator_phone(phones: Any, behind: Cast) -> Phone:
    """A moderator at her desk."""

    def begin() -> Person:
        mona = joined("Mona", f"mod{id(phones)}@example.org", STAFF_PASSWORD, roles=[Role.MODERATOR])
        agreed(mona)
        return mona

    return enters(phones(), behind.run(begin), STAFF_PASSWORD)


@pytest.fixture
def member_phone(phones: Any, behind: Cast) -> Any:
    """
    Makes the phone of a confirmed member with an area: ``member_phone("ada", "95814", javascript=False)``.

    With ``new`` they sign in and read the informed choice by themselves, on the pages.
    """

    def make(name: str, place: str, *, javascript: bool = True, new: bool = False) -> Phone:
        def begin() -> Person:
            who = joined(name, f"{name.lower()}@night.example.org", MEMBER_PASSWORD, place=place)
            if not new:
                agreed(who)
            return who

        who, phone = behind.run(begin), phones(java_script_enabled=javascript)
        if not new:
            return enters(phone, who, MEMBER_PASSWORD)
        steps.sign_in(phone, who.email, MEMBER_PASSWORD)
        steps.agree(phone, look=javascript)
        return phone

    return make
