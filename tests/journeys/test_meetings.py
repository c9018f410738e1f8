"""
Two people meet, on a phone each: planned, called to mind, met by the code, counted, and what comes after.

Server and worker are real and read the real clock; only the hours until the meeting are passed over in the database.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import TimeoutError as NotYet
from playwright.sync_api import expect

from app.dev.demo.community import address_of
from app.dev.demo.story import PASSWORD
from tests.journeys import night, steps
from tests.journeys.pair import lay
from tests.journeys.steps import looked_at, press
from tests.site import PHONE

HOUR = timedelta(hours=1)


@pytest.fixture
def viewport() -> dict[str, int]:
    """People meet with a phone in their hand."""
    return PHONE


@dataclass(frozen=True)
class Pair:
    """A donor and a family in conversation, each with a phone."""

    donor: Any
    family: Any
    donor_name: str
    family_name: str
    conversation: str
    site: Any

    @property
    def both(self) -> tuple[Any, Any]:
        """Their phones."""
        return self.donor, self.family


@pytest.fixture
def pair(phones, site, behind):
    """Makes two people in conversation: ``pair("Aline", "Bruno")``; the donor keeps a lot of twenty bags of 5 oz."""

    def make(donor: str, family: str, **options: Any) -> Pair:
        conversation = behind.run(lambda: lay(donor, family))
        both = phones(**options), phones(**options)
        for phone, name in zip(both, (donor, family), strict=True):
            steps.sign_in(phone, address_of(name), PASSWORD)
        return Pair(*both, donor, family, conversation, site)

    return make


def test_two_people_plan_are_reminded_meet_count_and_say_thanks(pair):
    two = pair("Aline", "Bruno")
    handoff = planned_and_agreed(two)
    night.pass_over(two.site, handoff, night.until_start(two.site, handoff) - HOUR)
    for phone, name in zip(two.both, (two.family_name, two.donor_name), strict=True):
        is_told(phone, f"You meet {name} soon")
    leave(two, handoff)
    code = code_of(two.family, handoff)
    enter_code(two.donor, handoff, code)
    count(two.donor, handoff, 20)
    count(two.family, handoff, 20)
    expect(two.family.page.locator("main")).to_contain_text("This handoff is done")
    looked_at(two.family)
    thank(two, handoff)
    asked_three_days_later(two, handoff)


def test_somebody_else_comes_with_a_code_of_her_own(pair):
    two = pair("Celia", "Dario")
    handoff = planned_and_agreed(two)
    before = code_of(two.family, handoff)
    page = two.family.page
    page.get_by_text("Somebody comes in your place?").click()
    page.locator("form[action$='/delegate'] input[name=name]").fill("Sam")
    page.locator("form[action$='/delegate']").get_by_role("button", name="Save").click()
    expect(digits_of(two.family)).not_to_have_text(before)
    expect(page.locator("form[action$='/delegate'] input[name=name]")).to_have_value("Sam")
    looked_at(two.family)
    given_to_sam = code_of(two.family, handoff)
    assert given_to_sam != before
    is_told(two.donor, "Somebody else comes")
    show(two.donor, handoff)
    expect(two.donor.page.locator("main")).to_contain_text("Sam")
    looked_at(two.donor)
    refused_code(two.donor, before)
    enter_code(two.donor, handoff, given_to_sam)
    count(two.donor, handoff, 20)
    count(two.family, handoff, 20)
    expect(two.family.page.locator("main")).to_contain_text("This handoff is done")
    expect(two.family.page.locator("main")).not_to_contain_text("Sam")


def test_nobody_came_and_both_say_how_it_was_and_plan_anew(pair):
    two = pair("Elsa", "Fedor")
    handoff = planned_and_agreed(two)
    night.pass_over(two.site, handoff, night.until_start(two.site, handoff) + 3 * HOUR)
    show(two.donor, handoff)
    missed = two.donor.page.locator("#missed")
    missed.locator("summary").click()
    missed.locator("input[name=said][value=was_there]").check()
    looked_at(two.donor)
    missed.get_by_role("button", name="Say that it did not happen").click()
    expect(missed).to_contain_text("You said that you were there.")
    looked_at(two.donor)
    said = f"{two.donor_name} says that your meeting did not happen."
    is_told(two.family, said)
    two.family.page.locator("#notices").get_by_role("button", name=said).click()
    answer = two.family.page.locator("#missed")
    expect(answer).to_contain_text(f"{two.donor_name} was there.")
    answer.locator("input[name=said][value=came_up]").check()
    looked_at(two.family)
    answer.get_by_role("button", name="Say how it was").click()
    expect(answer).to_contain_text("You said that something came up that could not wait.")
    show(two.donor, handoff)
    expect(missed).to_contain_text("Something came up")
    two.donor.open("/handoffs/promises")
    looked_at(two.donor)
    show(two.family, handoff)
    two.family.page.get_by_role("link", name="Plan another handoff").click()
    expect(two.family.page.get_by_role("button", name="Propose")).to_be_visible()


def planned_and_agreed(two: Pair) -> str:
    """The family proposes the day after tomorrow, the donor agrees; returns the id of the handoff."""
    page = two.family.page
    two.family.open(f"/conversations/{two.conversation}/handoff")
    page.locator("input[name=day]").fill((steps.TODAY() + timedelta(days=2)).isoformat())
    page.locator("input[name=starts]").fill("10:00")
    page.locator("input[name=ends]").fill("12:00")
    page.locator("input[name=amount]").fill("20")
    looked_at(two.family)
    press(two.family, "Propose")
    page.wait_for_url(re.compile(r"/handoffs/[\w-]{22}$"))
    handoff = page.url.rpartition("/")[2]
    two.donor.open(f"/messages/{two.conversation}")
    two.donor.page.locator("#messages a[href*='/handoffs/']").first.click()
    looked_at(two.donor)
    press(two.donor, "Agree")
    expect(two.donor.page.locator("#after")).to_be_visible()
    looked_at(two.donor)
    return handoff


def show(phone: Any, handoff: str) -> None:
    """The page of the handoff as it stands now."""
    phone.open(f"/handoffs/{handoff}")


def is_told(phone: Any, words: str) -> None:
    """The news of somebody says so, once the worker has done what was due."""
    phone.open("/notices")
    news = phone.page.locator("#notices", has_text=words)
    for _ in range(60):
        try:
            news.wait_for(timeout=1_000)
        except NotYet:
            phone.page.reload()
        else:
            break
    expect(news).to_be_visible()
    looked_at(phone)


def leave(two: Pair, handoff: str) -> None:
    """The donor says that she is on the way, and the family reads it."""
    show(two.donor, handoff)
    looked_at(two.donor)
    press(two.donor, "I am on the way")
    expect(two.donor.page.locator("main")).to_contain_text("You said that you are on the way.")
    show(two.family, handoff)
    expect(two.family.page.locator("main")).to_contain_text(f"{two.donor_name} is on the way.")


def code_of(phone: Any, handoff: str) -> str:
    """The six digits on somebody's own page."""
    show(phone, handoff)
    expect(digits_of(phone)).to_be_visible()
    return digits_of(phone).inner_text()


def digits_of(phone: Any) -> Any:
    """Where these digits stand on the page."""
    return phone.page.locator("#cooler").get_by_text(re.compile(r"^\d{6}$"))


def type_code(phone: Any, digits: str) -> None:
    """Type what the other one showed; until the hours around the meeting the field is folded away."""
    phone.page.wait_for_load_state()
    field = phone.page.locator("#cooler input[name=code]")
    if not field.is_visible():
        phone.page.locator("#cooler").get_by_text("Scan it, or enter the other's").click()
    field.fill(digits)
    phone.page.locator("#cooler").get_by_role("button", name="We have met").click()


def refused_code(phone: Any, digits: str) -> None:
    """A code that is worth nothing any more is said to be none."""
    type_code(phone, digits)
    expect(phone.page.locator("#cooler")).to_contain_text("That is not the code.")
    looked_at(phone)


def enter_code(phone: Any, handoff: str, digits: str) -> None:
    """The other's digits say that the two met."""
    show(phone, handoff)
    type_code(phone, digits)
    expect(phone.page.locator("main")).to_contain_text("After you met: enter how much milk changed hands.")
    looked_at(phone)


def count(phone: Any, handoff: str, ounces: int) -> None:
    """Say what was really given or received."""
    show(phone, handoff)
    after = phone.page.locator("#after")
    after.locator("input[name=amount]").fill(str(ounces))
    if after.locator("input[name=condition]").count():
        after.locator("input[name=condition][value=frozen]").check()
    looked_at(phone)
    after.get_by_role("button", name="Enter the amount").click()
    expect(phone.page.locator("main dl").first).to_contain_text("You entered")


def thank(two: Pair, handoff: str) -> None:
    """The family lets the donor know for how many days it feeds and thanks her; the donor reads both."""
    page = two.family.page
    two.family.open(f"/handoffs/{handoff}/after")
    looked_at(two.family)
    press(two.family, f"Let {two.donor_name} know")
    expect(page.locator("main")).to_contain_text(f"{two.donor_name} may know this.")
    page.locator("textarea[name=note]").fill("He sleeps with a full belly.")
    press(two.family, "Say thank you")
    expect(page.locator("main blockquote")).to_contain_text("He sleeps with a full belly.")
    two.donor.open(f"/handoffs/{handoff}/after")
    expect(two.donor.page.locator("main")).to_contain_text("about a day of milk")
    expect(two.donor.page.locator("main")).to_contain_text("He sleeps with a full belly.")
    looked_at(two.donor)


def asked_three_days_later(two: Pair, handoff: str) -> None:
    """Three days later the family is asked how it went, and one press answers."""
    night.pass_over(two.site, handoff, timedelta(days=4))
    is_told(two.family, "How did it go")
    two.family.page.locator("#notices").get_by_role("button", name="All fine").click()
    expect(two.family.page.locator("main")).to_contain_text("You said: All fine")
    looked_at(two.family)
