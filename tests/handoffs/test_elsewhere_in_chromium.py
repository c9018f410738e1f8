"""Bags that were promised for another meeting, in the form of the amounts on a phone: by day, by night, by one hand."""

import re

import pytest
from playwright.sync_api import expect

from app.handoffs import services
from app.handoffs.rules.amounts import Condition
from tests.browser import NARROW, WIDER, reads_well
from tests.handoffs.factories import row
from tests.handoffs.test_promised_elsewhere import AT_COOLER, Case, two_meetings

PART = "Some of it was promised for another meeting"
LARGE = "document.documentElement.style.fontSize = '200%'"


@pytest.fixture
def case(app, donor, family, person) -> Case:
    """She meets one family now, and tomorrow another one with a long name, to which half of her milk is promised."""
    with app.app_context():
        return two_meetings(donor, family, person("Maximiliane Wolkensteinerhofmann"))


@pytest.fixture(params=["light", "dark"])
def phone(request, screen, case):
    """Opens the page of the meeting on her phone."""
    usual = {"viewport": NARROW, "color_scheme": request.param}
    return lambda **more: screen(case.donor, f"/handoffs/{case.here}", **usual | more)


def unfold_all(page) -> None:
    """Open what is closed and leave open what is open, as after a fault."""
    page.wait_for_load_state()
    for closed in page.locator("main details:not([open]) > summary").all()[::-1]:
        closed.click()
    expect(page.locator("main details:not([open])")).to_have_count(0)


def part_of(page):
    return page.locator("details", has=page.get_by_text(PART))


def enter(page, amount: str, bags: str) -> None:
    page.locator("[name=unit]").select_option("ml")
    page.locator("[name=amount]").fill(amount)
    for mine in page.locator("#after [name^=bags-]").all():
        mine.fill("")
    page.locator("[name^=others-]").fill(bags)
    page.get_by_role("button", name=re.compile("(Enter|Correct) the amount")).click()


def test_it_fits_and_reads_well_folded_and_open(phone):
    page = phone()
    assert page.evaluate(WIDER) is False
    reads_well(page)
    unfold_all(page)
    expect(part_of(page).get_by_text("for Maximiliane Wolkensteinerhofmann")).to_be_visible()
    assert page.evaluate(WIDER) is False
    reads_well(page)


def test_it_is_long_enough_for_a_thumb_and_says_whose_it_is_to_who_does_not_see(phone):
    page = phone()
    summary = part_of(page).locator("summary")
    assert summary.bounding_box()["height"] >= 44
    summary.click()
    field = page.get_by_role("textbox", name=re.compile("Lot .*Bags of .* promised"))
    expect(field).to_have_accessible_description(re.compile("for Maximiliane Wolkensteinerhofmann, "))


def test_a_slip_is_said_in_the_part_that_stands_open_and_nothing_of_it_is_lost(phone):
    page = phone()
    part_of(page).locator("summary").click()
    enter(page, "500", "5")
    expect(part_of(page).get_by_role("alert")).to_contain_text("Not so many of these bags")
    field = page.locator("[name^=others-]")
    expect(field).to_be_visible()
    expect(field).to_have_value("5")
    expect(field).to_have_attribute("aria-invalid", "true")
    unfold_all(page)
    assert page.evaluate(WIDER) is False
    reads_well(page)


def test_with_letters_twice_as_large_nothing_is_cut_off(phone):
    """WCAG 1.4.4, on a phone of usual width."""
    page = phone(viewport={"width": 390, "height": 844})
    page.evaluate(LARGE)
    unfold_all(page)
    assert page.evaluate(WIDER) is False


def test_what_is_no_more_to_be_changed_is_said_above_the_button(app, case, phone):
    """The handoff is done and the amounts differ: the part is gone, what is wrong with a form left open is not."""
    page = phone()
    with app.app_context():
        services.confirm(
            case.family.identity, case.here, amount_ml=300, condition=Condition.FROZEN, now=AT_COOLER
        )  # fmt: skip
        case.confirm()
        assert row(case.here).state == "confirmed"
    part_of(page).locator("summary").click()
    enter(page, "500", "5")
    expect(page.locator("#others-errors")).to_contain_text("Not so many of these bags")
    assert page.evaluate(WIDER) is False
    reads_well(page)


@pytest.mark.parametrize("with_script", [True, False])
def test_she_says_it_with_one_hand_and_a_second_press_changes_nothing(app, case, phone, with_script):
    page, late = phone(java_script_enabled=with_script), phone(java_script_enabled=with_script)
    with app.app_context():
        services.confirm(
            case.family.identity, case.here, amount_ml=400, condition=Condition.FROZEN, now=AT_COOLER
        )  # fmt: skip
    for tab, words in ((page, "This handoff is done."), (late, "You have entered that already. Nothing has changed.")):
        part_of(tab).locator("summary").click()
        enter(tab, "400", "4")
        expect(tab.get_by_text(words).first).to_be_visible()
        expect(tab).to_have_url(re.compile(f"/handoffs/{case.here}$"))
    with app.app_context():
        assert row(case.here).state == "confirmed"
        assert case.promised(case.there) == {case.mine: {100: 4}}
