"""`make screenshots`: takes the pictures of the README from the running application and its demo community."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from app.dev.demo import story
from app.dev.demo.community import address_of
from app.dev.machine import chromium
from config import ROOT
from tests.site import DESKTOP, PHONE, QUIET_CHROMIUM, Site, running_site

PICTURES = ROOT / "docs" / "screenshots"


class Camera:
    """One person's browser at one width and in one theme."""

    def __init__(self, page: Page, site: Site, ending: str) -> None:
        self.page = page
        self.site = site
        self.ending = ending

    def sign_in(self, name: str) -> None:
        """Sign in as a member of the demo community."""
        self.open("/login")
        self.page.locator("input[name=email]").fill(address_of(name))
        self.page.locator("input[name=password]").fill(story.PASSWORD)
        self.page.locator("main").get_by_role("button", name="Sign in").first.click()
        self.page.wait_for_url(lambda url: "/login" not in url)

    def open(self, path: str) -> None:
        """Open a page of the site."""
        self.page.goto(self.site.url + path)

    def follow(self, part_of_address: str) -> None:
        """Open the first link on the page whose address holds these words."""
        address = self.page.locator(f"main a[href*='{part_of_address}']").first.get_attribute("href")
        assert address is not None, f"no link to {part_of_address} on {self.page.url}"
        self.open(address)

    def unfold(self, words: str) -> None:
        """Open what is folded under these words, and scroll to it."""
        folded = self.page.locator("main summary", has_text=words).first
        folded.click()
        folded.evaluate("summary => summary.scrollIntoView({block: 'start'})")

    def take(self, name: str) -> None:
        """Save what the window shows."""
        self.page.wait_for_load_state("networkidle")
        self.page.screenshot(path=PICTURES / f"{name}-{self.ending}.png")


@contextmanager
def camera(browser: Browser, site: Site, size: dict[str, int], ending: str, theme: str = "light") -> Iterator[Camera]:
    """A fresh browser with cookies of its own."""
    context = browser.new_context(viewport=size, color_scheme=theme, locale="en-US", reduced_motion="reduce")
    context.set_default_timeout(15_000)
    yield Camera(context.new_page(), site, ending)
    context.close()


def as_the_family(seen: Camera) -> None:
    """What the demo family sees before its first yes: what was chosen for it, the filters, one pair."""
    seen.open("/")
    seen.take("home")
    seen.open("/how-matching-works")
    seen.take("weights")
    seen.sign_in("Fatima")
    seen.open("/posts")
    seen.follow("/matches/")
    seen.take("matches")
    seen.unfold("Filter the list")
    seen.take("filters")
    seen.follow("/matches/pair/")
    seen.take("match")
    seen.open("/search")
    seen.take("search")


def as_the_donor(seen: Camera) -> None:
    """What the demo donor sees at her desk: who said yes."""
    seen.sign_in("Dana")
    seen.open("/posts")
    seen.follow("/matches/")
    seen.take("desk")


def as_somebody_talking(seen: Camera) -> None:
    """A conversation with a proposed handoff, and the handoff."""
    seen.sign_in("Amara")
    seen.open("/messages")
    seen.follow("/messages/")
    seen.take("thread")
    seen.open("/handoffs")
    seen.follow("/handoffs/")
    seen.take("handoff")


def main() -> None:
    """Seed a demo community on a site of its own and take every picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    views = (
        (PHONE, "phone", "light"),
        (DESKTOP, "desktop", "light"),
        (PHONE, "phone-dark", "dark"),
        (DESKTOP, "desktop-dark", "dark"),
    )
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder)) as site, sync_playwright() as play:
        site.command("demo", "seed")
        site.command("match", "round")
        browser = play.chromium.launch(executable_path=chromium(), args=QUIET_CHROMIUM)
        for size, ending, theme in views:
            for walk in (as_the_family, as_the_donor, as_somebody_talking):
                with camera(browser, site, size, ending, theme) as seen:
                    walk(seen)
        browser.close()
    for picture in sorted(PICTURES.glob("*.png")):
        print(f"{picture.relative_to(ROOT)}  {picture.stat().st_size // 1024} kB")  # noqa: T201 - a command's own answer.


if __name__ == "__main__":
    main()
