"""What may go wrong on the way: no JavaScript, a lost session, a double press, words that are too many."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys import steps
from tests.journeys.conftest import MEMBER_PASSWORD
from tests.journeys.steps import follow, looked_at, post_an_offer, press
from tests.site import PHONE


@pytest.fixture
def viewport() -> dict[str, int]:
    """These nights are spent on the phone."""
    return PHONE


def test_without_javascript_one_can_post_and_search(member_phone):
    phone = member_phone("Nell", "Davis, CA", javascript=False, new=True)
    post_an_offer(phone, 80, look=False)
    phone.open("/posts")
    expect(phone.page.locator("main")).to_contain_text("Offer: 80 oz")
    phone.open("/search")
    press(phone, "Search")
    expect(phone.page.locator("h1")).to_be_visible()


def test_words_that_are_too_many_are_kept_with_the_reason_at_their_field(member_phone):
    phone = member_phone("Wanda", "Davis, CA", new=True)
    phone.open("/posts/new/request")
    phone.page.locator("input[name=need]").fill("-5")
    phone.page.locator("textarea[name=note]").fill("milk " * 2_000)
    press(phone, "Post my request")
    note = phone.page.locator("textarea[name=note]")
    expect(note).to_have_value("milk " * 2_000)
    expect(phone.page.locator(f"#{note.get_attribute('id')}-errors")).to_contain_text("2,000")
    expect(phone.page.locator("input[name=need]")).to_have_value("-5")
    looked_at(phone)


def test_thawed_milk_is_refused_with_the_reason(member_phone):
    phone = member_phone("Thea", "Davis, CA")
    phone.open("/posts/new/offer")
    phone.page.get_by_label("How much in all").fill("60")
    phone.page.get_by_label("How it is kept").select_option(label="Thawed")
    press(phone, "Post my offer")
    expect(phone.page.locator("main")).to_contain_text("use it within 24 hours of thawing")
    expect(phone.page.get_by_label("How much in all")).to_have_value("60")


def test_a_lost_session_keeps_what_was_written(member_phone):
    phone = member_phone("Lola", "Davis, CA")
    phone.open("/posts/new/offer")
    phone.page.locator("textarea[name=note]").fill("Forty bags, all from the autumn.")
    phone.context.clear_cookies()
    press(phone, "Post my offer")
    phone.page.wait_for_url("**/login**")
    phone.page.locator("input[name=email]").fill("lola@night.example.org")
    phone.page.locator("input[name=password]").fill(MEMBER_PASSWORD)
    press(phone, "Sign in")
    expect(phone.page.locator("textarea[name=note]")).to_have_value("Forty bags, all from the autumn.")


def test_a_double_press_makes_one_post(member_phone):
    phone = member_phone("Dora", "Davis, CA")
    phone.open("/posts/new/offer")
    page = phone.page
    page.get_by_label("How much in all").fill("90")
    page.get_by_label("How it is kept").select_option(label="Chest or deep freezer")
    page.get_by_label("Oldest milk, pumped on").fill((steps.TODAY() - timedelta(days=9)).isoformat())
    page.get_by_label("Newest milk, pumped on").fill((steps.TODAY() - timedelta(days=2)).isoformat())
    page.locator("main").get_by_role("button", name="Post my offer").dblclick()
    page.wait_for_url(lambda url: "/posts/new" not in url)
    phone.open("/posts")
    expect(page.get_by_role("heading", name="Offer: 90 oz")).to_have_count(1)


def test_the_way_to_a_post_can_be_gone_by_keyboard_alone(member_phone):
    phone = member_phone("Kay", "Davis, CA")
    phone.open("/posts/new/request")
    page = phone.page
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the page")
    page.keyboard.press("Enter")
    page.locator("select[name=baby_age_band]").focus()
    # One key: a list forgets what was typed a second ago.
    page.keyboard.press("3")
    page.locator("input[name=need]").focus()
    page.keyboard.type("12")
    page.keyboard.press("Tab")
    page.keyboard.type("10")
    page.locator("main").get_by_role("button", name="Post my request").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/posts/new" not in url)
    expect(page.locator("main")).to_contain_text("12 oz a day for 10 days")


def test_without_javascript_a_family_is_told_what_fits_says_yes_and_takes_one_off_its_page(
    member_phone, moderator_phone, site
):
    donor = member_phone("Dorit", "Fresno, CA", javascript=False)
    other = member_phone("Dilan", "Fresno, CA", javascript=False)
    for phone, ounces in ((donor, 80), (other, 40)):
        post_an_offer(phone, ounces, look=False)
    family = member_phone("Fanny", "Fresno, CA", javascript=False)
    steps.post_a_request(family, 10, look=False)
    page = family.page
    steps.approve_everything(moderator_phone, look=False)
    site.command("match", "round")
    family.open("/matches")
    page.wait_for_url("**/matches/*")
    chosen = page.locator("#chosen")
    expect(page.locator("#chosen-said")).to_have_text("2 new for you")
    chosen.get_by_role("button", name="Not for us").last.click()
    expect(page.locator("#flashes")).to_contain_text("Nobody is told.")
    expect(chosen.get_by_role("link", name="Read and say yes")).to_have_count(1)
    chosen.get_by_role("link", name="Read and say yes").click()
    page.get_by_role("checkbox").check()
    press(family, "Yes, I would like this milk")
    family.open("/matches")
    follow(family, "See the whole list")
    expect(page.locator("main")).to_contain_text("You are first in line.")


def test_without_javascript_a_donor_meets_her_families_at_her_desk(member_phone, moderator_phone):
    donor = member_phone("Doris", "Redding, CA", javascript=False)
    post_an_offer(donor, 80, look=False)
    family = member_phone("Farida", "Redding, CA", javascript=False)
    steps.post_a_request(family, 10, look=False)
    steps.approve_everything(moderator_phone, look=False)
    page = donor.page
    donor.open("/matches")
    page.wait_for_url("**/matches/*")
    follow(donor, "Read and invite")
    press(donor, "Invite this family")
    expect(page.locator("main")).to_contain_text("You invited")
    family.open("/matches/mine")
    follow(family, "Read and answer")
    press(family, "Yes, let us talk")
    donor.open("/matches")
    expect(page.locator("main")).to_contain_text("Farida")
