"""The conversation page in a real browser: live on both sides, kept through a lost network, right without a socket."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sqlalchemy import update

from app.accounts.models import User
from app.dev.machine import chromium
from app.infra.transaction import transaction
from app.messaging import queries, services
from tests.conftest import NOW
from tests.messaging.live import served
from tests.site import DESKTOP, PHONE, QUIET_CHROMIUM

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("journeys")]


@pytest.fixture(scope="session", autouse=True)
def _chromium_is_here():
    if not chromium():
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium: these tests must run here")
        pytest.skip("NO CHROMIUM: THE CONVERSATION PAGE WAS NOT TRIED")


@pytest.fixture(scope="session")
def browser_type_launch_args():
    return {"executable_path": chromium(), "args": QUIET_CHROMIUM, "headless": True}


@pytest.fixture
def address(app):
    with served(app) as address:
        yield address


@pytest.fixture
def screens(browser, address, talk, sign_in):
    """Open the conversation as somebody; no page may have had an error of its own."""
    contexts, errors = [], []

    def show(who, *, size=PHONE, wait=True, **options):
        context = browser.new_context(viewport=size, locale="en-US", timezone_id="America/Chicago", **options)
        contexts.append(context)
        context.set_default_timeout(10_000)
        cookie = sign_in(who).get_cookie("milkbridge_session")
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{address}/messages/{talk.public_id}")
        if wait:
            page.wait_for_selector("#thread[data-ready]")
            expect(page.locator("#connection")).to_be_hidden()
        return page

    yield show
    for context in contexts:
        context.close()
    assert errors == []


def write(page, words):
    page.fill("#body", words)
    page.click("#composer button[type=submit]")


def bubbles(page):
    return page.locator("#messages [data-body]")


def test_a_message_appears_on_the_other_screen_and_is_shown_as_read(screens, donor, family):
    hers, theirs = screens(donor), screens(family, size=DESKTOP)
    theirs.bring_to_front()
    hers.bring_to_front()
    hers.type("#body", "Hello <b>you</b>")
    expect(theirs.locator("#typing")).to_be_visible()
    hers.click("#composer button[type=submit]")
    expect(bubbles(theirs)).to_have_text(["Hello <b>you</b>"])
    expect(theirs.locator("#typing")).to_be_hidden()
    expect(hers.locator("#outbox li")).to_have_count(0)
    expect(hers.locator("#body")).to_be_focused()
    expect(hers.locator("#messages [data-state]")).to_have_text("read")
    assert theirs.get_by_role("log").get_attribute("aria-live") == "polite"
    assert theirs.locator("[data-day]").count() == 1


def test_what_is_written_offline_is_sent_once_and_in_order_when_the_network_returns(screens, donor, family):
    hers, theirs = screens(donor), screens(family)
    write(hers, "one")
    expect(bubbles(theirs)).to_have_text(["one"])
    hers.context.set_offline(True)
    cut(hers)
    write(hers, "two")
    write(hers, "three")
    expect(hers.locator("#outbox li")).to_have_count(2)
    expect(hers.locator("#connection")).to_be_visible()
    hers.context.set_offline(False)
    expect(bubbles(theirs)).to_have_text(["one", "two", "three"], timeout=20_000)
    expect(bubbles(hers)).to_have_text(["one", "two", "three"])
    expect(hers.locator("#outbox li")).to_have_count(0)


def cut(page):
    """Chromium's offline switch leaves an open WebSocket alone, so ours is told to hang up."""
    page.evaluate("() => window.dispatchEvent(new Event('offline'))")


def test_a_reload_while_sending_keeps_what_was_written(screens, address, donor, family, talk, app):
    hers = screens(donor)
    hers.route("**/messages/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    hers.route("**/socket.io/**", lambda route: route.abort())
    hers.evaluate("() => localStorage.clear()")
    hers.context.set_offline(True)
    cut(hers)
    write(hers, "do not lose me")
    expect(hers.locator("#outbox li")).to_have_count(1)
    hers.context.set_offline(False)
    hers.reload()
    expect(bubbles(hers)).to_have_text(["do not lose me"], timeout=20_000)
    with app.app_context():
        assert [message.body for message in queries.messages_after(talk.id, 0)] == ["do not lose me"]


def test_a_draft_survives_a_reload(screens, donor):
    hers = screens(donor)
    hers.type("#body", "half a thou")
    hers.wait_for_timeout(100)
    hers.reload()
    hers.wait_for_selector("#thread[data-ready]")
    expect(hers.locator("#body")).to_have_value("half a thou")


def test_without_a_socket_the_page_sends_and_catches_up_by_plain_requests(screens, donor, family, monkeypatch, app):
    monkeypatch.setattr(app.extensions["milkbridge_sockets"], "most", 0)
    hers = screens(donor, wait=False)
    hers.wait_for_selector("#thread[data-ready]")
    theirs = screens(family, wait=False)
    theirs.wait_for_selector("#thread[data-ready]")
    write(hers, "by plain request")
    expect(bubbles(hers)).to_have_text(["by plain request"])
    theirs.evaluate("() => window.dispatchEvent(new Event('focus'))")
    expect(bubbles(theirs)).to_have_text(["by plain request"])


def test_a_page_with_a_hole_asks_for_what_is_missing(screens, app, talk, donor, family, monkeypatch):
    theirs = screens(family)
    with app.app_context():
        for n in range(1, 4):
            # The first two pushes are lost.
            with monkeypatch.context() as lost:
                if n < 3:
                    lost.setattr("app.messaging.subscribers.push", lambda *_args: None)
                client_id = f"00000000-0000-4000-8000-{n:012d}"
                services.send(donor.identity, talk.public_id, client_id=client_id, kind="text", body=f"{n}", now=NOW)
    expect(bubbles(theirs)).to_have_text(["1", "2", "3"])


def test_a_ready_question_is_one_press(screens, asks, donor, family):
    hers, theirs = screens(donor), screens(family)
    theirs.locator("form[data-question] button").first.click()
    expect(bubbles(hers)).to_have_count(1)
    expect(bubbles(theirs)).to_have_count(1)
    expect(theirs.locator("form[data-question]")).to_have_count(1)


def test_a_text_that_is_too_long_is_kept_with_the_reason(screens, donor):
    hers = screens(donor)
    write(hers, "x" * 8001)
    expect(hers.locator("#body-errors")).to_contain_text("too long")
    assert len(hers.input_value("#body")) == 8001


def test_a_closed_account_is_told_to_sign_in_and_keeps_the_text(screens, app, donor):
    hers = screens(donor)
    with app.app_context(), transaction() as session:
        session.execute(update(User).where(User.id == donor.id).values(active=False))
    write(hers, "are you there")
    expect(hers.locator("#outbox li")).to_have_count(1)
    expect(hers.locator("#outbox li [data-body]")).to_have_text("are you there")
    expect(hers.locator("#connection")).to_contain_text("sign in again")


def test_signing_out_leaves_nothing_unsent_on_the_device(screens, donor):
    hers = screens(donor)
    hers.type("#body", "half a thou")
    stored = "async () => (await indexedDB.databases()).map((database) => database.name)"
    assert hers.evaluate(stored) == ["milkbridge-messages"]
    hers.evaluate("""async () => {
        const token = document.querySelector('meta[name="csrf-token"]').content;
        await fetch("/logout", {method: "POST", headers: {"X-CSRFToken": token}, redirect: "manual"});
    }""")
    hers.goto(hers.url.split("/messages")[0] + "/healthz")
    assert hers.evaluate(stored) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing(size, scheme, screens, asks, donor, family, app, talk):
    with app.app_context():
        for n, who in enumerate((donor, family), start=1):
            client_id = f"00000000-0000-4000-8000-{n:012d}"
            services.send(who.identity, talk.public_id, client_id=client_id, kind="text", body=f"line {n}", now=NOW)
    page = screens(family, size=size, color_scheme=scheme)
    for address in (page.url, page.url.rsplit("/", 1)[0]):
        page.goto(address)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_without_scripts_the_conversation_works_by_form(screens, donor, family):
    hers = screens(donor, wait=False, java_script_enabled=False)
    write(hers, "no script here")
    expect(bubbles(hers)).to_have_text(["no script here"])
    theirs = screens(family, wait=False, java_script_enabled=False)
    expect(bubbles(theirs)).to_have_text(["no script here"])
    theirs.get_by_role("button", name="Mark as read").click()
    hers.reload()
    expect(hers.locator("#messages [data-state]")).to_have_text("read")
