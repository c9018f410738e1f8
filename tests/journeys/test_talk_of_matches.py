"""The page of a family's matches is live: what a round puts on it appears while she looks at it."""

import pytest
from playwright.sync_api import expect

from tests.browser import let_in
from tests.journeys import steps
from tests.journeys.steps import post_an_offer
from tests.site import PHONE


@pytest.fixture
def viewport():
    """She waits with the phone in her hand."""
    return PHONE


def test_what_a_round_found_appears_on_the_open_page_and_nothing_is_taken_from_under_her_hand(
    member_phone, moderator_phone
):
    family, donor = member_phone("Freya", "Bakersfield, CA"), member_phone("Dunya", "Bakersfield, CA")
    steps.post_a_request(family, 10, look=False)
    steps.approve_everything(moderator_phone, look=False)
    post_an_offer(donor, 80, look=False)
    page = family.page
    # Before news can come the socket must be open.
    with let_in(page):
        family.open("/matches")
        page.wait_for_url("**/matches/*")
    chosen = page.locator("#chosen").get_by_role("link", name="Read and say yes")
    expect(chosen).to_have_count(0)
    page.evaluate("window.stillHere = true")
    # The worker's own small round follows the approval.
    steps.approve_everything(moderator_phone, look=False)
    expect(chosen).to_have_count(1)
    expect(page.locator("#chosen-said")).to_have_text("1 new for you")
    assert page.evaluate("window.stillHere"), "the page was loaded anew"
