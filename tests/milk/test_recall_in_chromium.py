"""The pages around a recall on a phone and on a desk, light and dark; what is deleted needs no script."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.accounts import services as accounts
from app.infra.transaction import transaction
from app.milk import services
from app.milk.models import RecallContact
from app.milk.rules.ledger import Arrival
from app.milk.rules.withdrawals import Draft, OpenedAs, Reason, Scope
from app.milk.services import holders, withdrawals
from app.milk.services.links import new_link
from tests.browser import fits_and_reads_well
from tests.conftest import NOW
from tests.milk.factories import lot

SIZES = [{"width": 390, "height": 844}, {"width": 1280, "height": 900}]
PICTURES = os.environ.get("MILKBRIDGE_PICTURES")


@pytest.fixture
def link(app, donor, family) -> str:
    with app.app_context():
        accounts.give_consent(
            family.identity, "recall-contact", text_version="2026-11", text_hash="0" * 64, language="en", now=NOW
        )
        public_id = lot(donor)
        with transaction() as session:
            holders.register("one", family.id, now=NOW)
            services.give(public_id, "one", 200, Arrival.FROZEN, now=NOW)
            session.add(RecallContact(holder="x", email="x@example.org", locale="en", leaver="x", kept_at=NOW))
            return new_link(session, "x", now=NOW)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["phone", "desk"])
def test_the_address_is_deleted_without_a_script_by_one_press(contexts, address, link, size, scheme):
    page = contexts(viewport=size, color_scheme=scheme, java_script_enabled=False).new_page()
    page.goto(f"{address}/recall/forget/{link}")
    _picture(page, f"forget-{size['width']}-{scheme}")
    page.get_by_role("button", name="Delete my address now").click()
    expect(page.get_by_role("heading", name="Your address is deleted")).to_be_visible()
    _picture(page, f"forgotten-{size['width']}-{scheme}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["phone", "desk"])
def test_what_rests_and_what_waits_reads_well(app, screen, donor, moderator, link, size, scheme):
    with app.app_context():
        waits = withdrawals.open_withdrawal(
            donor.id, Reason.INFANT_ILL, opened_as=OpenedAs.DONOR, opened_by_id=donor.id,
            scope=Scope(lot_public_ids=(lot(donor),)), now=NOW,
        )  # fmt: skip
        withdrawals.withdraw(donor.identity, Draft(Reason.ADULTERATION), now=NOW)
    options = {"viewport": size, "color_scheme": scheme}
    for who, path in ((donor, "/milk"), (moderator, f"/milk/withdrawals/{waits}")):
        page = screen(who, path, **options)
        fits_and_reads_well(page, path)
        _picture(page, f"{who.display_name}-{size['width']}-{scheme}")
    page = screen(moderator, "/moderation", **options)
    page.get_by_role("link", name="A donor's offers, which rest").click()
    page.get_by_text("Most often a donor tells this herself").wait_for()
    fits_and_reads_well(page, "case")
    _picture(page, f"case-{size['width']}-{scheme}")


def _picture(page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
