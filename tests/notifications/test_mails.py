"""What a mail about notices holds: plain words and where to go, in text and HTML, and nothing that is private."""

import re
from html.parser import HTMLParser

import pytest

from app.infra import jobs
from app.notifications import services
from app.notifications.letters import digest_mail, notice_mail, push_letter
from app.notifications.queries import inbox
from app.notifications.services.outward import GRACE
from app.notifications.words import WORDS
from tests.notifications.conftest import Browser

CANARIES = ("Fatima", "Is Saturday good?", "sertraline", "Sacramento", "95814", "555 0143")
"""A name, a message, a medicine, a place, a post code and a phone number: none may leave the site."""


class Page(HTMLParser):
    """What a mail program makes of the HTML: its words, links and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words, self.links, self.fetched, self.root, self.tags, self._style = [], [], [], {}, set(), False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self._style = tag == "style"
        if tag == "html":
            self.root = given
        if tag == "a":
            self.links.append(given["href"])
        self.fetched += [given[name] for name in ("src", "background", "srcset") if name in given]
        self.tags.add(tag)

    def handle_endtag(self, tag):
        self._style = False

    def handle_data(self, data):
        if not self._style:
            self.words.append(data.strip())


@pytest.fixture
def left(in_app, donor, now):
    """Leave a notice and give it back as the inbox shows it."""

    def leave(kind, number=0):
        services.notify(
            donor.id, kind, item=f"{kind}:{number}", path=f"/posts/p{number}", params={"name": "Fatima"}, mail=True,
            now=now,
        )  # fmt: skip
        return inbox(donor.identity)[0]

    return leave


@pytest.mark.parametrize("kind", sorted(WORDS))
def test_no_mail_and_no_push_tells_anything_private(left, donor, kind):
    notice = left(kind)
    one, summary = notice_mail(notice), digest_mail(donor.id, [notice], once="1-1764")
    leaving = [one.subject, one.text, one.html, summary.subject, summary.text, summary.html, str(push_letter(notice))]
    leaving += [*one.headers.values(), *summary.headers.values()]
    assert [word for word in CANARIES for text in leaving if word in text] == []
    assert set(push_letter(notice)) == {"words", "path", "tag"}


def test_the_html_says_what_the_text_says(left, donor):
    notice = left("handoff_agreed")
    letter = notice_mail(notice)
    page = Page(letter.html)
    for words in (
        "Hello Dana,", "Your meeting is agreed.", "Nobody reads answers to this mail. Please answer on the site.",
        "No more mails about: Handoffs",
    ):  # fmt: skip
        assert words in letter.text
        assert words in page.words
    for address in page.links:
        assert address in letter.text
    assert page.links[0] == "http://127.0.0.1:5000/posts/p0"
    assert page.fetched == []
    assert page.tags & {"script", "form", "img", "link", "iframe"} == set()
    assert re.search(r"\n{4}", letter.text) is None


def test_a_mail_is_drawn_for_light_and_dark_and_for_both_directions_of_writing(left, donor, living_in):
    notice = left("handoff_agreed")
    english = notice_mail(notice).html
    assert (Page(english).root["lang"], Page(english).root["dir"]) == ("en", "ltr")
    assert "prefers-color-scheme: dark" in english
    living_in(donor, "UTC", locale="ar")
    arabic = Page(notice_mail(notice).html)
    assert (arabic.root["lang"], arabic.root["dir"]) == ("ar", "rtl")
    assert "left" not in english.split("</style>")[0]


def test_a_display_name_cannot_break_into_the_html(left, donor, in_app):
    from app.accounts.models import User
    from app.infra.transaction import transaction

    notice = left("handoff_agreed")
    with transaction() as session:
        session.get(User, donor.id).display_name = "<b>D&a</b>"
    assert "&lt;b&gt;D&amp;a&lt;/b&gt;" in notice_mail(notice).html
    assert "Hello <b>D&a</b>," in notice_mail(notice).text


def test_a_mail_offers_one_click_to_stop_and_says_that_nobody_reads_answers(left, donor, outbox, now):
    left("handoff_agreed")
    jobs.run_due(now=now + GRACE)
    (mail,) = outbox
    message = mail.message()
    link = re.fullmatch(r"<(http://127\.0\.0\.1:5000/stop-mails/\S+)>", message["List-Unsubscribe"])[1]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in mail.body
    assert message["Reply-To"] == "Nobody reads answers <no-reply@milkbridge.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip


def test_a_summary_puts_its_lines_under_their_groups(left, donor):
    notices = [left("matches_new"), left("handoff_ask", 1), left("milk_gone", 2)]
    text = digest_mail(donor.id, notices, once="1-1764").text
    order = [text.index(words) for words in ("\nHandoffs\n", "/posts/p1", "\nMatches\n", "/posts/p0", "/posts/p2")]
    assert order == sorted(order)
    assert "No more mails once a day" in text


def test_a_push_can_be_read_by_its_browser_alone_and_says_what_the_mail_says(left, donor, push_service, agree, now):
    browser = Browser()
    agree(donor, browser)
    notice = left("interest_received")
    jobs.run_due(now=now + GRACE)
    (brought,) = push_service.brought
    assert browser.read(brought.body) == {
        "words": "A family said yes to your milk. You can look and choose.", "path": "/posts/p0",
        "tag": notice.public_id,
    }  # fmt: skip
    assert b"milk" not in brought.body
