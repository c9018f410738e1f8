"""In a real browser: news is asked for only by a press, shown while no page is open, and the inbox fills itself."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.infra.push import new_keys
from config import ROOT
from tests.browser import let_in, until
from tests.journeys import steps
from tests.site import PHONE, Site, running_site

PASSWORD = "a quiet night in november"
ADDRESS = "ana@example.org"
LEAVE = """
from wsgi import app
from app.accounts.queries import id_of_email
from app.infra.clock import utcnow
from app.notifications.services import notify
with app.app_context():
    notify(id_of_email("ana@example.org"), "matches_new", item="live", path="/matches", now=utcnow())
"""
"""What the worker does, in a process of its own."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Site]:
    """A site that may push, with one member."""
    options = {"DEMO_COMMUNITY": "0", "PUSH_KEY": new_keys().private}
    with running_site(tmp_path_factory.mktemp("site"), migrated=migrated, **options) as running:
        running.command("users", "create", ADDRESS, "--password", PASSWORD, "--name", "Ana", "--confirmed")
        yield running


class Phone:
    """Ana's browser, in the shape the steps of journeys take."""

    def __init__(self, page: Page, site: Site) -> None:
        self.page, self.site = page, site

    def open(self, path: str) -> None:
        self.page.goto(self.site.url + path)


@pytest.fixture
def phone(site, contexts) -> Phone:
    found = Phone(contexts(viewport=PHONE).new_page(), site)
    steps.sign_in(found, ADDRESS, PASSWORD)
    if "/welcome" in found.page.url:
        steps.agree(found)
    return found


def test_the_inbox_shows_what_is_new_by_itself(phone, site):
    with let_in(phone.page):
        phone.open("/notices")
    expect(phone.page.locator("#notices")).to_contain_text("Nothing new")
    subprocess.run([sys.executable, "-c", LEAVE], env=site.environment, cwd=ROOT, check=True)
    expect(phone.page.locator("#notices")).to_contain_text("Something new may fit you.")
    phone.page.get_by_role("button", name="Something new may fit you.").click()
    phone.open("/notices?unread=1")
    expect(phone.page.locator("#notices")).to_contain_text("Nothing new")


def test_a_browser_that_refuses_is_told_what_that_means_and_nothing_is_asked_before_the_press(phone):
    phone.page.context.clear_permissions()
    phone.page.add_init_script("Notification.requestPermission = async () => (window.asked = 1, 'denied');")
    phone.open("/me/notifications")
    assert phone.page.evaluate("window.asked") is None
    phone.page.get_by_role("button", name="Turn on news in this browser").click()
    expect(phone.page.locator("[data-push=refused]")).to_be_visible()
    assert phone.page.evaluate("window.asked") == 1
    steps.looked_at(phone)


def test_a_push_is_shown_in_its_words_and_a_second_about_the_same_replaces_it(phone, site):
    phone.page.context.grant_permissions(["notifications"], origin=site.url)
    phone.open("/me/notifications")
    worker = Path("/static/js/notifications/worker.js")
    phone.page.evaluate(
        """async (address) => {
            const registered = await navigator.serviceWorker.register(address);
            while (!registered.active) await new Promise((soon) => setTimeout(soon, 50));
        }""",
        str(worker),
    )
    devtools = phone.page.context.new_cdp_session(phone.page)
    registrations: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registrations.extend(
            one["registrationId"] for one in told["registrations"] if one["scopeURL"].endswith(f"{worker.parent}/")
        ),
    )
    devtools.send("ServiceWorker.enable")
    until(phone.page, lambda: registrations)
    letter = {"words": "Your meeting is agreed.", "path": "/handoffs/h", "tag": "a-notice"}
    for _ in range(2):
        devtools.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": site.url, "registrationId": registrations[0], "data": json.dumps(letter)},
        )
    phone.page.wait_for_function(
        """async (address) => {
            const registered = await navigator.serviceWorker.getRegistration(address);
            const shown = await registered.getNotifications();
            return shown.length === 1 && shown[0].body === "Your meeting is agreed."
                && shown[0].data.path === "/handoffs/h";
        }""",
        arg=str(worker),
    )
