"""What tests do on the conversation page in a browser, and where they look."""

from playwright.sync_api import Locator, Page, expect


def write(page: Page, words: str) -> None:
    """Write a message and send it."""
    page.fill("#body", words)
    page.click("#composer button[type=submit]")


def bubbles(page: Page) -> Locator:
    """The words of the conversation as they stand on the page."""
    return page.locator("#messages [data-body]")


def ready(page: Page, *, live: bool = True) -> None:
    """Wait until the page listens to its visitor and, when it is to be ``live``, hears the server."""
    page.wait_for_selector("#thread[data-ready][data-connected]" if live else "#thread[data-ready]")
    if live:
        expect(page.locator("#connection")).to_be_hidden()


def cut(page):
    """Chromium's offline switch leaves an open WebSocket alone, so ours is told to hang up."""
    page.evaluate("() => window.dispatchEvent(new Event('offline'))")
