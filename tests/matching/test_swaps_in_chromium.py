"""A filter whose answer does not come: she reads why beside it, what she chose stays, and one tap asks again."""

from dataclasses import dataclass

import pytest
from flask import abort, request
from playwright.sync_api import expect
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.infra.clock import utcnow
from tests.browser import NARROW, reads_well, until
from tests.matching.conftest import OFFER, REQUEST, post

BUSY = "We are very busy right now. Please try again in a few seconds."
NETWORK = "That did not come through. Please try again."


@dataclass
class Trouble:
    """What is raised while there is any, and how often a piece was refused for it."""

    error: Exception | int | None = None
    refused: int = 0


@pytest.fixture
def trouble(app, monkeypatch):
    """Puts trouble in the way of the pieces of the list; whole pages come as ever."""
    state, usual = Trouble(), app.view_functions["matching.matches"]

    def view(**place):
        if state.error is None or "HX-Request" not in request.headers:
            return usual(**place)
        state.refused += 1
        if isinstance(state.error, int):
            abort(state.error)
        raise state.error

    monkeypatch.setitem(app.view_functions, "matching.matches", view)
    return state


@pytest.fixture
def page(app, screen, donor, family, trouble):
    """Her list, with the filter unfolded, on a small phone."""
    with app.app_context():
        now = utcnow()
        post(donor, OFFER, now=now)
        own = post(family, REQUEST, now=now)
    page = screen(family, f"/matches/{own}", viewport=NARROW)
    page.get_by_text("Filter the list").click()
    page.evaluate("window.stillHere = true")
    return page


def test_who_filters_a_busy_site_reads_so_and_asks_again_by_one_tap(page, trouble):
    said, again = page.get_by_role("alert"), page.get_by_role("button", name="Try again")
    trouble.error = PoolTimeoutError("no connection is free")
    page.get_by_label("One time or every week").select_option("weekly")
    expect(said).to_contain_text(BUSY)
    expect(said).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
    reads_well(page)

    refused = trouble.refused
    again.click()
    until(page, lambda: trouble.refused > refused)
    expect(again).to_be_focused()
    expect(said).to_have_count(1)
    expect(page.get_by_label("One time or every week")).to_have_value("weekly")
    expect(page.locator("#reach article")).to_have_count(1)

    trouble.error = None
    again.click()
    expect(page.get_by_text("No one passes these filters")).to_be_visible()
    expect(said).to_have_count(0)
    expect(page.get_by_label("One time or every week")).to_have_value("weekly")
    expect(page.get_by_role("button", name="Show these")).to_be_focused()
    assert page.evaluate("window.stillHere"), "the page was loaded anew"


@pytest.mark.parametrize(
    ("error", "words", "helps"),
    [
        (429, "That was a lot at once", True),
        (500, "Something broke on our side", True),
        (404, "We could not find", False),
    ],
)
def test_any_other_refusal_is_read_too_with_a_second_try_only_where_it_may_help(page, trouble, error, words, helps):
    trouble.error = error
    page.get_by_label("How far apart").select_option("1")
    expect(page.get_by_role("alert")).to_contain_text(words)
    expect(page.get_by_role("button", name="Try again")).to_be_visible(visible=helps)


def test_without_a_network_it_says_so_and_goes_on_when_there_is_one(page):
    page.context.set_offline(True)
    page.get_by_label("How far apart").select_option("1")
    expect(page.get_by_role("alert")).to_contain_text(NETWORK)
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_label("How far apart")).to_have_value("1")
    page.wait_for_url("**far=1**")


def test_what_a_page_asks_for_by_itself_is_spoken_of_by_nobody_and_asked_for_again(page, trouble):
    expect(page.get_by_text("We are looking for you right now")).to_be_visible()
    trouble.error = PoolTimeoutError("no connection is free")
    until(page, lambda: trouble.refused >= 2)
    expect(page.get_by_role("alert")).to_have_count(0)
    trouble.error = None
    with page.expect_response(lambda answer: answer.ok and "/matches/" in answer.url):
        pass
    expect(page.locator("#chosen")).to_be_visible()


def test_a_choice_that_cannot_be_read_is_marked_at_its_field(page):
    page.evaluate("document.querySelector('#least').append(new Option('nothing', 'nothing'))")
    page.get_by_label("At least").select_option("nothing")
    expect(page.get_by_role("alert")).to_contain_text("Please look at the marked fields")
    expect(page.locator("#least-errors")).to_be_visible()
