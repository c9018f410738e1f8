"""What people write is shown as they wrote it and never becomes part of a page."""

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest

from app.accounts import queries as people
from app.accounts import services as accounts
from app.accounts.rules.drafts import PreferencesDraft
from app.matching import services as matching
from app.messaging import services as messaging
from app.posts import services as posts
from config import ROOT
from tests.conftest import NOW
from tests.posts.drafts import OFFER, REQUEST
from tests.privacy.conftest import client_id

EVIL = "<img src=x onerror=alert(1)>'\"></script><script>x</script>{{7*7}}"
NAME = "<b onclick=x>Eva\"'</b>"
INTO_A_PAGE = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|\beval\(|new Function"
)


@pytest.fixture
def told(app, donor, family, moderator):
    """A donor and a family who both write markup wherever they can write; the addresses of what they wrote."""
    with app.app_context():
        for who in (donor, family):
            accounts.save_preferences(who.identity, PreferencesDraft(NAME, "oz", "mi", "UTC", "en"))
        offer = posts.submit_new(donor.identity, replace(OFFER, note=EVIL), submit_token="o", now=NOW)
        request = posts.submit_new(family.identity, replace(REQUEST, note=EVIL), submit_token="r", now=NOW)
        interest = matching.say_yes(family.identity, offer, request, note=EVIL, now=NOW)
        waiting = f"/matches/{offer}"
        assert people.person(donor.id).display_name == NAME
    return {"offer": offer, "request": request, "interest": interest, "line": waiting}


def harmless(page: str) -> bool:
    return "<img src=x" not in page and "<b onclick" not in page and "<script>x" not in page


def test_no_page_takes_markup_from_what_people_wrote(app, told, sign_in, donor, family, moderator):
    pair = f"/matches/pair/{told['offer']}/{told['request']}"
    hers, theirs = sign_in(donor), sign_in(family)
    pages = [
        hers.get(path) for path in (told["line"], pair, f"/posts/{told['offer']}", f"/matches/{told['offer']}", "/me")
    ]
    with app.app_context():
        matching.accept(donor.identity, told["interest"], now=NOW)
    thread = theirs.get(f"/messages/of/{told['interest']}").headers["Location"]
    with app.app_context():
        messaging.send(donor.identity, thread.split("/")[-1], client_id=client_id(), kind="text", body=EVIL, now=NOW)
    pages += [
        theirs.get(path) for path in (thread, "/messages", "/notices", "/matches/mine", pair, f"{thread}?after_seq=0")
    ]
    theirs.post(f"/report/message/{thread.split('/')[-1]}.1", data={"reason": "harassment", "words": EVIL})
    cases = re.findall(r'href="(/moderation/cases/[\w-]+)"', (queue := sign_in(moderator).get("/moderation")).text)
    pages += [queue, *(sign_in(moderator).get(case) for case in cases)]
    assert cases
    assert {page.request.path: page.status_code for page in pages if page.status_code != 200} == {}
    assert [page.request.path for page in pages if not harmless(page.text)] == []
    shown = [page for page in pages if html.escape("<img src=x onerror") in page.text]
    assert len(shown) >= 5


def test_no_script_of_ours_builds_a_page_out_of_text():
    found = {path.name: INTO_A_PAGE.findall(path.read_text()) for path in Path(ROOT / "static" / "js").rglob("*.js")}
    assert len(found) > 5
    assert {name: uses for name, uses in found.items() if uses} == {}


def test_no_template_turns_the_escaping_off():
    found = [
        path.name
        for path in Path(ROOT / "templates").rglob("*.html")
        if re.search(r"\|\s*safe\b|autoescape\s+false|Markup\(", path.read_text())
    ]
    assert found == []
