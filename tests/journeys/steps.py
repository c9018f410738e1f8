"""What people do on the pages, in the words that stand on them; journeys are made of these steps."""

import re
import time
from datetime import date, timedelta
from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tests.site import START_SECONDS

PASSWORD = "a quiet night in november"
TODAY = date.today  # The served application reads the real clock, so its journeys do too.


def axe_finds_nothing(phone: Any) -> None:
    """No page of a journey has an accessibility fault that axe can see."""
    results = Axe().run(phone.page)
    assert results.violations_count == 0, results.generate_report()


def nothing_scrolls_sideways(phone: Any) -> None:
    """The page is no wider than the window."""
    wide, window = phone.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window, f"{phone.page.url} is {wide} px wide in a window of {window}"


def looked_at(phone: Any) -> None:
    """What every page of a journey must keep, once all of it is there."""
    phone.page.wait_for_load_state()
    axe_finds_nothing(phone)
    nothing_scrolls_sideways(phone)


def press(phone: Any, name: str, *, exact: bool = True) -> None:
    """Press the button of this name on the page itself."""
    phone.page.locator("main").get_by_role("button", name=name, exact=exact).first.click()


def follow(phone: Any, name: str) -> None:
    """Follow the link of this name on the page itself."""
    phone.page.locator("main").get_by_role("link", name=name).first.click()


def sign_up(phone: Any, name: str, place: str) -> None:
    """The three small steps: account and mail, informed choice, place."""
    address = f"{name.lower()}-{time.time_ns()}@example.org"
    phone.open("/register")
    looked_at(phone)
    page = phone.page
    page.locator("input[name=display_name]").fill(name)
    page.locator("input[name=email]").fill(address)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=adult]").check()
    press(phone, "Join")
    page.goto(confirmation_link(phone, address))
    if "/login" in page.url:
        sign_in(phone, address, PASSWORD)
    agree(phone)
    page.wait_for_url("**/me/place*")
    page.locator("input[name=place]").fill(place)
    press(phone, "Save my place")
    page.wait_for_url(lambda url: "/me/place" not in url)


def agree(phone: Any, *, look: bool = True) -> None:
    """Read the informed choice and agree to all of it. Axe needs JavaScript, so `look` is False without it."""
    phone.open("/welcome")
    if look:
        looked_at(phone)
    for box in phone.page.get_by_role("checkbox").all():
        box.check()
    press(phone, "Go on")
    phone.page.wait_for_url(lambda url: "/welcome" not in url)


def confirmation_link(phone: Any, address: str) -> str:
    """The link in the mail that the worker sends; waits for it, as long as for a server."""
    for _ in range(10 * START_SECONDS):
        link = phone.site.link_mailed_to(address, containing="/confirm/")
        if link:
            return re.sub(r"^http://[^/]+", phone.site.url, link)
        time.sleep(0.1)
    raise AssertionError(f"no mail to {address}")


def sign_in(phone: Any, address: str, password: str) -> None:
    """Sign in by the form."""
    phone.open("/login")
    phone.page.locator("input[name=email]").fill(address)
    phone.page.locator("input[name=password]").fill(password)
    press(phone, "Sign in")
    phone.page.wait_for_url(lambda url: "/login" not in url)


def answer(phone: Any, field: str, value: str) -> None:
    """Answer one question of the long list."""
    phone.page.locator(f"input[name='{field}'][value='{value}']").check()


def post_an_offer(phone: Any, ounces: int, *, look: bool = True) -> None:
    """Offer milk once: no dairy for half a year, pumped over the last two months."""
    phone.open("/posts/new")
    follow(phone, "Offer milk")
    page = phone.page
    page.wait_for_url("**/posts/new/offer")
    page.get_by_label("How much in all").fill(str(ounces))
    page.get_by_label("How it is kept").select_option(label="Chest or deep freezer")
    page.get_by_label("Oldest milk, pumped on").fill((TODAY() - timedelta(days=60)).isoformat())
    page.get_by_label("Newest milk, pumped on").fill((TODAY() - timedelta(days=3)).isoformat())
    answer(phone, "facts-dairy-state", "avoids")
    page.locator("input[name='facts-dairy-since']").fill((TODAY() - timedelta(days=180)).isoformat())
    page.locator("textarea[name=note]").fill("Flat bags of 5 oz, all dated. Evenings suit best.")
    if look:
        looked_at(phone)
    press(phone, "Post my offer")
    page.wait_for_url(lambda url: "/posts/new" not in url)


def post_a_request(phone: Any, ounces_a_day: int, *, look: bool = True) -> None:
    """Ask for milk without dairy, for three weeks."""
    phone.open("/posts/new/request")
    page = phone.page
    page.get_by_label("Your baby's age").select_option(label="3 to 6 months")
    page.get_by_label("Yes, born at term and healthy").check()
    page.get_by_label("How much a day").fill(str(ounces_a_day))
    page.get_by_label("For how many days").fill("21")
    answer(phone, "wishes-dairy-strength", "must")
    page.locator("textarea[name=note]").fill("Five months old, reacts to milk protein. We bring ice.")
    if look:
        looked_at(phone)
    press(phone, "Post my request")
    page.wait_for_url(lambda url: "/posts/new" not in url)


def approve_everything(phone: Any, *, look: bool = True) -> None:
    """The moderator approves every first post that waits."""
    for _ in range(10):
        phone.open("/moderation")
        cases = phone.page.locator("main a[href*='/moderation/cases/']")
        if cases.count() == 0:
            return
        cases.first.click()
        if look:
            looked_at(phone)
        approve_one(phone, look=look)


def approve_one(phone: Any, *, look: bool = True) -> None:
    """Claim and approve the case on the page."""
    press(phone, "Claim")
    if look:
        looked_at(phone)
    phone.page.locator("button[name=action][value=approve]").click()
    phone.page.wait_for_url("**/moderation")
