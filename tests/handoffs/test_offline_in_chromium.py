"""The next handoff without a network, in a real browser whose line is cut: it is read, and gone after signing out."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from app.handoffs import queries, services
from app.handoffs.rules.states import CancelReason
from app.infra.clock import utcnow
from app.web.offline import SHOWN
from tests.browser import NARROW, WIDER, enter, reads_well
from tests.handoffs.factories import draft, talk
from tests.house.source import ROOT
from tests.journeys.cable import Cable

PLACE = "The library's shaded car park"
KEPT = "[data-offline-card][data-kept]"


@pytest.fixture
def cable(address):
    """A line to the server which a test may cut."""
    line = Cable(urlsplit(address).port)
    yield line
    line.close()


@pytest.fixture
def phone(cable, contexts, sign_in):
    """A browser at the end of the line, signed in as somebody."""

    def open_as(who, **options):
        context = contexts(reduced_motion="reduce", viewport=NARROW, **options)
        enter(context, cable.url, sign_in(who))
        return context.new_page()

    return open_as


@pytest.fixture
def meeting(app, donor, family):
    """The handoff of tomorrow as the family sees it, with its place."""
    with app.app_context():
        now = utcnow()
        where = talk(donor, family)
        start = now + timedelta(days=1)
        public_id = services.propose(family.identity, where.public_id, draft(start=start), now=now)
        services.agree(donor.identity, public_id, now=now)
        services.set_place_note(donor.identity, public_id, PLACE, now=now)
        return queries.handoff_for(family.identity, public_id, now=now)


def opened_once(page, cable, meeting):
    """The page of the handoff was opened, and the device has kept what it keeps."""
    page.goto(f"{cable.url}/handoffs/{meeting.public_id}")
    page.wait_for_selector(KEPT, state="attached")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def kept_cards(page) -> int:
    """How many cards lie in the browser's own database; 0 also when there is none."""
    return page.evaluate(
        """async () => {
            const known = await indexedDB.databases();
            if (!known.some((one) => one.name === "milkbridge-offline")) return 0;
            const { all } = await import("/static/js/offline/store.js");
            return (await all()).length;
        }"""
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_next_handoff_is_read_without_a_network_once_its_page_was_opened(phone, cable, family, meeting, scheme):
    page = phone(family, color_scheme=scheme)
    opened_once(page, cable, meeting)
    cable.cut()
    for path in ("/", f"/handoffs/{meeting.public_id}", "/messages"):
        page.goto(f"{cable.url}{path}")
        expect(page.get_by_role("heading", level=1)).to_have_text("No network right now")
    card = page.get_by_role("article")
    expect(card.get_by_role("heading")).to_have_text("Handoff with Dana")
    expect(card).to_contain_text(meeting.mine.code)
    expect(card).to_contain_text(PLACE)
    expect(card).to_contain_text(re.compile(r"\d\d:\d\d"))
    assert page.evaluate(WIDER) is False
    reads_well(page)
    cable.mend()
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Handoffs")


GONE = "async () => !(await indexedDB.databases()).some((one) => one.name === 'milkbridge-offline')"


def test_after_signing_out_nothing_of_it_is_left_on_the_device(phone, cable, family, meeting):
    page = phone(family)
    opened_once(page, cable, meeting)
    assert kept_cards(page) == 1
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Join").first).to_be_visible()
    page.wait_for_function(GONE)
    page.wait_for_function("async () => (await navigator.serviceWorker.getRegistrations()).length === 0")


def test_once_a_session_has_run_out_the_first_page_empties_the_device(phone, cable, family, meeting):
    page = phone(family)
    opened_once(page, cable, meeting)
    page.context.clear_cookies()
    page.goto(f"{cable.url}/handoffs/{meeting.public_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.wait_for_function(GONE)
    cable.cut()
    page.reload()
    expect(page.get_by_text("No handoff is kept on this device.")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text(meeting.mine.code)


def test_a_handoff_that_was_called_off_is_no_longer_kept(app, phone, cable, donor, family, meeting):
    page = phone(family)
    opened_once(page, cable, meeting)
    with app.app_context():
        services.cancel(donor.identity, meeting.public_id, reason=CancelReason.UNSAID, now=utcnow())
    page.reload()
    page.wait_for_selector(KEPT, state="attached")
    assert kept_cards(page) == 0


def test_another_person_on_the_same_device_finds_only_her_own(phone, cable, sign_in, donor, family, meeting):
    page = phone(family)
    opened_once(page, cable, meeting)
    enter(page.context, cable.url, sign_in(donor))
    opened_once(page, cable, meeting)
    assert kept_cards(page) == 1
    cable.cut()
    page.reload()
    expect(page.get_by_role("article")).to_contain_text("Fatima")
    expect(page.locator("main")).not_to_contain_text(meeting.mine.code)


def test_the_cache_holds_one_public_page_and_its_files_alone(phone, cable, family, meeting):
    page = phone(family)
    opened_once(page, cable, meeting)
    page.goto(f"{cable.url}/messages")
    kept = page.evaluate(
        """async () => {
            const found = [];
            for (const name of await caches.keys()) {
                const cache = await caches.open(name);
                for (const request of await cache.keys()) {
                    found.push([new URL(request.url).pathname, await (await cache.match(request)).text()]);
                }
            }
            return found;
        }"""
    )
    assert {path for path, _ in kept} == {"/offline", *(f"/static/{name}" for name in SHOWN)}
    assert not any("Dana" in text or meeting.mine.code in text for path, text in kept if path == "/offline")


def test_the_worker_keeps_the_files_its_version_is_made_of():
    script = (ROOT / "static" / "js" / "offline" / "worker.js").read_text(encoding="utf-8")
    assert set(re.findall(r'"/static/([^"]+)"', script)) == set(SHOWN)


def test_the_page_kept_by_browsers_is_the_same_for_everybody(client, sign_in, family):
    assert client.get("/offline").text == sign_in(family).get("/offline").text
    assert client.get("/offline-worker.js").mimetype == "text/javascript"
