"""What a message does that breaks the server, what becomes of answered questions, and what a thumb hits."""

import json

import pytest
from playwright.sync_api import expect

from app.messaging import services
from tests.browser import until
from tests.conftest import NOW
from tests.messaging.conftest import numbered
from tests.messaging.screens import bubbles, ready, write
from tests.site import DESKTOP, PHONE

WORDS = "Something broke on our side. Nothing you sent was half-saved. Please try again."
TRIES = 5


@pytest.fixture
def by_request(app, monkeypatch, screens):
    """Open the conversation as somebody whose page gets no socket."""
    monkeypatch.setattr(app.extensions["milkbridge_sockets"], "most", 0)

    def show(who, **options):
        return screens(who, live=False, **options)

    return show


def break_on(page, words, *, status=500):
    """Let the server break over every message with these words while ``page.broken``; the tries are counted."""
    tries = []

    def answer(route):
        if not (page.broken and route.request.method == "POST" and words in (route.request.post_data or "")):
            route.continue_()
            return
        tries.append(words)
        problem = {"type": "about:blank", "title": "x", "status": status, "detail": WORDS, "code": "x"}
        route.fulfill(status=status, content_type="application/problem+json", body=json.dumps(problem))

    page.broken = True
    page.route("**/messages/**", answer)
    return tries


def pass_time(page, holds):
    """Let the page's clock run, pause after pause, until something holds."""

    def a_pause_later():
        page.clock.fast_forward(6000)
        return holds()

    until(page, lambda: holds() or a_pause_later())


def test_without_a_socket_what_always_breaks_is_put_aside_and_goes_when_it_is_tried_again(by_request, donor):
    hers = by_request(donor)
    hers.clock.install()
    tries = break_on(hers, "breaks")
    write(hers, "breaks")
    write(hers, "this one goes")
    aside = hers.locator("#outbox li[data-standing=refused]")
    pass_time(hers, lambda: aside.count() == 1 and bubbles(hers).count() == 1)
    expect(aside.get_by_role("alert")).to_have_text(WORDS)
    expect(bubbles(hers)).to_have_text(["this one goes"])
    assert len(tries) == TRIES

    hers.broken = False
    aside.get_by_role("button", name="Try again").click()
    expect(bubbles(hers)).to_have_text(["this one goes", "breaks"])
    expect(hers.locator("#outbox li")).to_have_count(0)


def test_what_was_put_aside_may_break_again_and_is_put_aside_again(by_request, donor):
    hers = by_request(donor)
    hers.clock.install()
    tries = break_on(hers, "breaks")
    write(hers, "breaks")
    again = hers.get_by_role("button", name="Try again")
    for times in (1, 2):
        pass_time(hers, again.is_visible)
        assert len(tries) == times * TRIES
        again.click()
        expect(again).to_be_hidden()


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_for_as_long_as_it_takes(status, by_request, donor):
    hers = by_request(donor)
    hers.clock.install()
    tries = break_on(hers, "wait", status=status)
    write(hers, "wait for me")
    pass_time(hers, lambda: len(tries) > 2 * TRIES)
    expect(hers.get_by_role("alert")).to_have_count(0)
    hers.broken = False
    pass_time(hers, lambda: bubbles(hers).all_text_contents() == ["wait for me"])


def test_an_answered_question_has_no_buttons_any_more_on_any_open_page(screens, asks, donor, family):
    hers, other_page, theirs = screens(donor), screens(donor, size=DESKTOP), screens(family)
    theirs.locator("form[data-question] button").first.click()
    for page in (hers, other_page):
        expect(page.locator("#m1 form[data-answer]")).to_be_visible()
    hers.locator("#m1 form[data-answer] button").first.click()
    for page in (hers, other_page):
        expect(bubbles(page)).to_have_count(2)
        expect(page.locator("#m1 form[data-answer]")).to_have_count(0)
        page.reload()
        ready(page, live=False)
        expect(page.locator("#m1 form[data-answer]")).to_have_count(0)


def test_an_answer_that_was_taken_back_may_be_given_again(app, screens, asks, talk, donor, family):
    with app.app_context():
        services.send(
            family.identity, talk.public_id, client_id=numbered(1), kind="question", body="caffeine", now=NOW
        )  # fmt: skip
    hers = screens(donor)
    hers.locator("#m1 form[data-answer] button").first.click()
    expect(hers.locator("#m1 form[data-answer]")).to_have_count(0)
    # The buttons go as soon as she answers; the answer can be taken back once the server has it.
    expect(hers.locator("#m2")).to_be_visible()
    with app.app_context():
        services.delete_message(donor.identity, talk.public_id, 2, now=NOW)
    expect(hers.locator("#m1 form[data-answer]")).to_be_visible()


def test_an_answer_on_its_way_is_not_given_twice(by_request, app, asks, talk, donor, family):
    with app.app_context():
        services.send(
            family.identity, talk.public_id, client_id=numbered(1), kind="question", body="caffeine", now=NOW
        )  # fmt: skip
    hers = by_request(donor)
    hers.context.set_offline(True)
    hers.locator("#m1 form[data-answer] button").first.click()
    expect(hers.locator("#outbox li")).to_have_count(1)
    expect(hers.locator("#m1 form[data-answer]")).to_be_hidden()


def test_a_refused_picture_says_why_in_its_own_form_and_what_was_written_stays_clean(app, screens, talk, donor, family):
    with app.app_context():
        for n in range(1, 15):
            services.send(family.identity, talk.public_id, client_id=numbered(n), kind="text", body="Hello", now=NOW)
    page = screens(donor)
    page.locator("#picture > summary").click()
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 99
    page.set_input_files("#picture-file", {"name": "IMG_1.HEIC", "mimeType": "image/heic", "buffer": heic})
    page.fill("#picture-description", "Six bags")
    page.get_by_role("button", name="Send the picture").click()
    ready(page, live=False)
    expect(page.get_by_text("On an iPhone")).to_have_count(1)
    expect(page.locator("#picture-errors")).to_contain_text("On an iPhone")
    expect(page.locator("#picture-description")).to_have_value("Six bags")
    expect(page.locator("#body")).not_to_have_attribute("aria-invalid", "true")
    alert = page.locator("#picture").get_by_role("alert")
    expect(alert).to_be_focused()
    expect(alert).to_be_in_viewport()


@pytest.mark.parametrize("size", [{"width": 320, "height": 640}, PHONE])
def test_a_thumb_hits_report_and_change_and_the_lines_stay_together(
    app, screens, asks, talk, donor, family, size
):  # fmt: skip
    with app.app_context():
        for n, who in enumerate((family, donor, family, donor), start=1):
            services.send(who.identity, talk.public_id, client_id=numbered(n), kind="text", body="Hello", now=NOW)
    page = screens(donor, size=size)
    write(page, "and one drawn by the page itself")
    expect(bubbles(page)).to_have_count(5)
    links = page.locator("#messages .chat-footer a")
    expect(links).to_have_count(5)
    for link in links.all():
        box = link.bounding_box()
        assert (box["height"] >= 44, box["width"] >= 44) == (True, True)
        # A press in the middle of it meets nothing that lies over it.
        link.click(trial=True)
    lines = [line.bounding_box() for line in page.locator("#messages li.chat").all()]
    assert max(line["height"] for line in lines[:4]) < 90
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
