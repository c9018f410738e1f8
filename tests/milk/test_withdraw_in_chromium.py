"""The form that withdraws milk in a browser: first the reason, then only what that reason needs, with no script."""

import pytest
from playwright.sync_api import expect

from tests.browser import NARROW, fits_and_reads_well
from tests.milk.factories import lot

FIELDS = ("negative", "first", "last", "washout", "lots")
ASKED = {
    "positive_test": {"negative"},
    "substance": {"first", "last", "washout"},
    "infection": {"first", "last"},
    "storage": {"lots"},
    "adulteration": set(),
    "infant_ill": set(),
}


@pytest.fixture
def form(app, donor, screen):
    """The form as somebody with one lot meets it, in a browser that runs no script."""
    with app.app_context():
        lot(donor)
    return screen(donor, "/milk/withdraw", viewport=NARROW, java_script_enabled=False)


def shown(page) -> set[str]:
    page.wait_for_load_state()
    return {name for name in FIELDS if page.locator(f"#{name}").is_visible()}


def test_each_reason_shows_its_own_fields_and_no_other(form):
    assert shown(form) == set()
    for reason, fields in ASKED.items():
        form.locator(f"[value={reason}]").check()
        assert shown(form) == fields, reason


def test_a_help_speaks_of_the_chosen_reason_alone(form):
    form.get_by_label("A fever, mastitis").check()
    expect(form.locator("#first-help")).to_have_text(
        "The first sign. The three days before count as well.", use_inner_text=True
    )
    form.get_by_label("A medicine, alcohol").check()
    expect(form.locator("#first-help")).to_have_text("The first use.", use_inner_text=True)


def test_after_a_fault_the_same_fields_stand_open_with_what_was_typed(form):
    form.get_by_label("A medicine, alcohol").check()
    form.locator("#washout").fill("400")
    form.get_by_role("button", name="Show me what that reaches").click()
    expect(form.get_by_text("Please say on which day it began").first).to_be_visible()
    assert shown(form) == ASKED["substance"]
    expect(form.locator("#washout")).to_have_value("400")


@pytest.mark.parametrize("reason", ["substance", "storage"])
def test_it_fits_and_reads_well_with_a_reason_chosen(app, donor, screen, reason):
    with app.app_context():
        lot(donor)
    page = screen(donor, "/milk/withdraw", viewport=NARROW)
    page.locator(f"[value={reason}]").check()
    fits_and_reads_well(page)
    assert shown(page) == ASKED[reason]


def test_who_looks_what_it_reaches_and_goes_back_finds_the_form_as_it_was(form):
    form.get_by_label("A medicine, alcohol").check()
    form.locator("#first").fill("2026-11-01")
    form.locator("#washout").fill("3")
    form.get_by_role("button", name="Show me what that reaches").click()
    form.get_by_role("button", name="Go back, send nothing").click()
    expect(form.get_by_label("A medicine, alcohol")).to_be_checked()
    expect(form.locator("#first")).to_have_value("2026-11-01")
    expect(form.locator("#washout")).to_have_value("3")
    assert shown(form) == ASKED["substance"]
    assert "?" not in form.url
