"""
Chromium for every test that wants it: one browser of a worker process, and pages of it signed in as somebody.

A plugin of ``tests/conftest.py``: whatever asks for ``browser`` is marked by itself, shares one worker process with all
others that do, and fails under ``CI=true`` where there is no Chromium. Nothing here waits for a time to pass: a test
waits for what it needs, and as long as a loaded machine may take.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.dev.machine import chromium
from tests.messaging.live import served
from tests.site import QUIET_CHROMIUM

PATIENCE = 60_000
"""Milliseconds for which what must come is waited for: nothing is proved by a machine that was quick."""

NARROW = {"width": 320, "height": 640}
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser, and keep it in one worker process unless it has a group of its own."""
    for item in items:
        if "browser" not in getattr(item, "fixturenames", ()):
            continue
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group("journeys"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's Chromium without its background traffic."""
    program = chromium()
    if not program:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium: these tests must run here; `flask dev prepare-tests` installs it")
        pytest.skip("NO CHROMIUM: THE TESTS IN A BROWSER DID NOT RUN")
    expect.set_options(timeout=PATIENCE)
    return {"executable_path": program, "args": QUIET_CHROMIUM, "headless": True}


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application is served by threads of this process."""
    with served(app) as address:
        yield address


@pytest.fixture
def contexts(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """
    Makes browsers with cookies of their own, closed at the end; no page of theirs may have had an error.

    Ask for it after what the pages talk to (``address``, a line), so that they are closed before that goes.
    """
    made: list[BrowserContext] = []
    errors: list[str] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"locale": "en-US"} | options)
        context.set_default_timeout(PATIENCE)
        context.on("page", lambda page: page.on("pageerror", lambda error: errors.append(str(error))))
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()
    assert errors == []


def enter(context: BrowserContext, address: str, client: FlaskClient) -> None:
    """Let a browser go on with the session of a signed-in client."""
    cookie = client.get_cookie("milkbridge_session")
    assert cookie is not None
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])


@pytest.fixture
def screen(address: str, contexts: Any, sign_in: Any) -> Callable[..., Page]:
    """Open a page of the site as somebody: ``screen(donor, "/milk", viewport=NARROW, java_script_enabled=False)``."""

    def show(who: Any, path: str, **options: Any) -> Page:
        context = contexts(reduced_motion="reduce", **options)
        enter(context, address, sign_in(who))
        page: Page = context.new_page()
        page.goto(f"{address}{path}")
        return page

    return show


def until(page: Page, condition: Callable[[], object]) -> None:
    """Wait until something holds outside of the page, while the page goes on."""
    last = time.monotonic() + PATIENCE / 1000
    while not condition():
        assert time.monotonic() < last, "it did not come about"
        page.wait_for_timeout(50)


@contextmanager
def let_in(page: Page) -> Iterator[None]:
    """What the page opens inside has a socket, and the server has let it in, when the block is left."""
    answers: list[str] = []

    def heard(words: str | bytes) -> None:
        if str(words).startswith("40"):  # Socket.IO's yes to somebody who knocked.
            answers.append(str(words))

    page.on("websocket", lambda line: line.on("framereceived", heard))
    yield
    until(page, lambda: answers)


def reads_well(page: Page, path: str | None = None) -> None:
    """Axe finds no fault in the page, once all of it is there."""
    page.wait_for_load_state()
    found = Axe().run(page)
    assert found.violations_count == 0, (path or page.url, found.generate_report())


def fits_and_reads_well(page: Page, path: str | None = None) -> None:
    """With everything unfolded the page is no wider than its window, and axe finds no fault."""
    page.wait_for_load_state()
    for unfolding in page.locator("main summary").all():
        unfolding.click()
    assert page.evaluate(WIDER) is False, path or page.url
    reads_well(page, path)
