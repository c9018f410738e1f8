"""Every page: strict headers, nothing inline, no foreign host, nothing private in a cache, tokens in forms."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from app.web.headers import POLICY
from tests.house.test_permission_matrix import ways_in

READERS = [None, "donor", "moderator"]
LOADED = {
    "img": "src",
    "script": "src",
    "link": "href",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
}
"""What a browser fetches by itself: element and attribute."""


ELSEWHERE = {"static", "security.logout"}
"""Files, and the page that ends a session: whatever came after it would be a visitor's."""


class Seen(HTMLParser):
    """What a page makes the browser do: scripts, styles, handlers, fetches, forms."""

    def __init__(self, page: str) -> None:
        """Read the page."""
        super().__init__()
        self.inline: list[str] = []
        self.fetched: list[str] = []
        self.forms: list[dict[str, str | None]] = []
        self.tokens = 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of one element."""
        given = dict(attrs)
        self.inline += [f"<{tag} {name}>" for name in given if name == "style" or name.startswith("on")]
        if (tag == "script" and not given.get("src") and given.get("type") != "application/json") or tag == "style":
            self.inline.append(f"<{tag}>")
        if LOADED.get(tag) in given and (tag != "link" or given.get("rel") != "canonical"):
            self.fetched.append(given[LOADED[tag]] or "")
        if tag == "form":
            self.forms.append(given)
        if tag == "input" and given.get("name") == "csrf_token" and given.get("value"):
            self.tokens += 1

    @property
    def posting(self) -> int:
        """How many forms change something."""
        return sum((form.get("method") or "get").lower() == "post" for form in self.forms)


@pytest.fixture(scope="module")
def opened() -> dict:
    """What each reader was answered, so that every page is opened once."""
    return {}


@pytest.fixture
def pages(reader, opened, request):
    """Each page this reader can get at without knowing an id, by its path; redirects are not followed."""
    if reader not in opened:
        app, sign_in = request.getfixturevalue("app"), request.getfixturevalue("sign_in")
        client = sign_in(request.getfixturevalue(reader)) if reader else app.test_client()
        own = (endpoint for endpoint in set(app.view_functions) - ELSEWHERE if not endpoint.startswith("api_"))
        ways = (way for endpoint in own for way in ways_in(app, endpoint))
        opened[reader] = {path: client.get(path) for path in sorted({path for method, path in ways if method == "GET"})}
    return opened[reader]


def html(pages):
    return {
        path: answer.text
        for path, answer in pages.items()
        if answer.mimetype == "text/html" and answer.status_code != 302
    }


pytestmark = [
    pytest.mark.xdist_group("open-pages"),  # one worker process opens each page once for all of these tests
    # The accounts library's own second-factor form still lists its choices in the way WTForms is about to drop.
    pytest.mark.filterwarnings("ignore:Passing SelectField choices as tuples:DeprecationWarning"),
    pytest.mark.parametrize("reader", READERS),
]


def test_every_answer_carries_the_strict_policy(pages):
    for path, answer in pages.items():
        policy = answer.headers["Content-Security-Policy"]
        for directive in POLICY:
            assert directive in policy, path
        assert "unsafe" not in policy, path
        assert answer.headers["X-Frame-Options"] == "DENY", path
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert answer.headers["Referrer-Policy"] == "same-origin", path
        assert "Access-Control-Allow-Origin" not in answer.headers, path


def test_no_page_holds_an_inline_script_style_or_handler(pages):
    assert {path: Seen(page).inline for path, page in html(pages).items() if Seen(page).inline} == {}


def test_no_page_loads_anything_from_a_foreign_host(pages):
    foreign = {
        path: [address for address in Seen(page).fetched if urlsplit(address).netloc]
        for path, page in html(pages).items()
    }
    assert {path: addresses for path, addresses in foreign.items() if addresses} == {}


def test_every_form_that_changes_something_carries_a_token(pages):
    lacking = {
        path: Seen(page).posting - Seen(page).tokens
        for path, page in html(pages).items()
        if Seen(page).tokens < Seen(page).posting
    }
    assert lacking == {}


def test_no_page_breaks_and_each_says_what_it_is(pages):
    assert {path: answer.status_code for path, answer in pages.items() if answer.status_code >= 500} == {}
    whole = {path: page for path, page in html(pages).items() if "<html" in page}
    assert [path for path, page in whole.items() if page.count("<h1") != 1] == []


def test_pages_of_somebody_signed_in_are_kept_by_no_cache(pages, reader):
    stored = {path for path, answer in pages.items() if "no-store" not in answer.headers.get("Cache-Control", "")}
    assert (stored == set()) is (reader is not None)
