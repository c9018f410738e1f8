"""The main way, walked by two people at once who have never been here, on a phone and on a desktop."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys import steps
from tests.journeys.steps import (
    approve_everything,
    follow,
    looked_at,
    post_a_request,
    post_an_offer,
    press,
    sign_up,
)
from tests.site import PHONE


@pytest.fixture
def neighbours(viewport: dict[str, int]) -> tuple[str, str]:
    """Where the two live; each width has a region of its own, so that no earlier journey's milk is found."""
    return ("95819", "Elk Grove, CA") if viewport == PHONE else ("Madison, WI", "Fitchburg, WI")


def test_two_newcomers_go_the_whole_way_from_sign_up_to_the_handoff(phones, moderator_phone, neighbours):
    donor, family = phones(), phones()
    join_and_post(donor, family, neighbours)
    approve_everything(moderator_phone)
    say_yes(family)
    choose_fatima(donor)
    talk(donor, family)
    plan_a_handoff(donor, family)
    for phone in (donor, family):
        enter_amount(phone, 120)
    expect(family.page.locator("main")).to_contain_text("This handoff is done")
    looked_at(family)


def join_and_post(donor: Any, family: Any, neighbours: tuple[str, str]) -> None:
    """Both join and post; a newcomer's first post waits for a moderator."""
    sign_up(donor, "Dana", neighbours[0])
    post_an_offer(donor, 300)
    sign_up(family, "Fatima", neighbours[1])
    post_a_request(family, 20)
    family.open("/posts")
    expect(family.page.locator("main")).to_contain_text("Waiting for a moderator")


def say_yes(family: Any) -> None:
    """The family finds the offer with its reasons, reads what is stated, and says yes."""
    family.open("/posts")
    follow(family, "See matches")
    expect(family.page.locator("main")).to_contain_text("300 oz")
    looked_at(family)
    family.page.locator("main a[href*='/matches/pair/']").first.click()
    looked_at(family)
    family.page.locator("textarea[name=note]").fill("We are close by. My number is 916-555-0143.")
    family.page.locator("input[name=read]").check()
    press(family, "Yes, I would like this milk")
    expect(family.page.locator("main")).to_contain_text("You are first in line")


def choose_fatima(donor: Any) -> None:
    """The donor sees who said yes, with the phone number masked, and chooses."""
    donor.open("/posts")
    follow(donor, "Families for your milk")
    expect(donor.page.locator("main")).to_contain_text("We are close by")
    expect(donor.page.locator("main")).not_to_contain_text("555-0143")
    looked_at(donor)
    press(donor, "Choose Fatima")


def talk(donor: Any, family: Any) -> None:
    """The conversation is open on both sides; what one sends appears live on the other's page."""
    for phone in (donor, family):
        phone.open("/messages")
        phone.page.locator("#inbox a[href*='/messages/']").first.click()
        expect(phone.page.locator("#composer")).to_be_visible()
    looked_at(family)
    donor.page.locator("#body").fill("Hello Fatima, Saturday morning?")
    press(donor, "Send")
    expect(family.page.locator("#messages")).to_contain_text("Saturday morning?")
    family.page.locator("#body").fill("Saturday is perfect.")
    press(family, "Send")
    expect(donor.page.locator("#messages")).to_contain_text("Saturday is perfect.")


def plan_a_handoff(donor: Any, family: Any) -> None:
    """The family proposes, the card appears on the donor's page, and she agrees."""
    follow(family, "Propose a handoff")
    family.page.locator("input[name=day]").fill((steps.TODAY() + timedelta(days=2)).isoformat())
    family.page.locator("input[name=starts]").fill("09:00")
    family.page.locator("input[name=ends]").fill("10:00")
    family.page.locator("input[name=amount]").fill("120")
    looked_at(family)
    press(family, "Propose")
    expect(donor.page.locator("#messages")).to_contain_text("120 oz")
    donor.page.locator("#messages a[href*='/handoffs/']").first.click()
    looked_at(donor)
    press(donor, "Agree")
    expect(donor.page.locator("#after")).to_be_visible()
    family.open("/handoffs")
    family.page.locator("main a[href*='/handoffs/']").first.click()


def enter_amount(phone: Any, ounces: int) -> None:
    """Say what was really given or received."""
    phone.page.wait_for_load_state()
    after = phone.page.locator("#after")
    if after.evaluate("part => part.tagName === 'DETAILS'"):
        # Before the time of the meeting the amounts are folded.
        after.locator("summary").first.click()
    after.locator("input[name=amount]").fill(str(ounces))
    if after.locator("[name=pumped_from]").count():
        # A donor who keeps no lots says of which days the milk was, when she says how much of it she gave.
        after.locator("[name=pumped_from]").fill((steps.TODAY() - timedelta(days=20)).isoformat())
        after.locator("[name=pumped_to]").fill((steps.TODAY() - timedelta(days=10)).isoformat())
        after.locator("[name=kept][value=deep_freezer]").check()
    if after.locator("[name=condition]").count():
        condition = after.locator("[name=condition]").first
        if condition.evaluate("field => field.tagName") == "SELECT":
            condition.select_option(index=1)
        else:
            condition.check()
    after.get_by_role("button").first.click()
