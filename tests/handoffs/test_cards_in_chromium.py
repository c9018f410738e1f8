"""The cards of lots and of withdrawn milk on two phones at once: what changes is there without a reload."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.handoffs import services
from app.handoffs.rules.amounts import Condition
from app.infra import jobs
from app.infra.clock import utcnow
from app.milk import services as ledger
from app.milk.queries import lots_of
from app.milk.rules.codes import shown
from app.milk.rules.drafts import Bags
from app.milk.rules.keeping import Kept
from app.milk.rules.withdrawals import Draft, Reason
from app.milk.services import withdrawals
from tests.browser import NARROW, fits_and_reads_well
from tests.handoffs.factories import Talk, draft, talk
from tests.milk.factories import draft as lot_draft

DESKTOP = {"width": 1280, "height": 800}
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LOTS = '[data-card="disclosure"]'
WITHDRAWN = '[data-card="withdrawal"]'


def lot(donor, days: int) -> tuple[str, str]:
    """A lot pumped so many days ago: its public id, and its code as it stands on the bags."""
    day = (utcnow() - days * DAY).date()
    made = lot_draft(pumped_from=day, pumped_to=day, bags=(Bags(8, 100),), kept=Kept.FREEZER)
    public_id = ledger.make_lot(donor.identity, made, now=utcnow())
    (code,) = [each.code for each in lots_of(donor.identity, today=utcnow().date()) if each.public_id == public_id]
    return public_id, shown(code)


def meeting(where: Talk, begin) -> str:
    made = services.propose(
        where.family.identity, where.public_id, draft(volume_ml=200, start=begin), now=begin - 2 * DAY
    )
    services.agree(where.donor.identity, made, now=begin - 2 * DAY)
    return made


@pytest.fixture
def scene(app, donor, family):
    """The two talk, she has an older and a younger lot, and they meet tomorrow: the older one is promised."""
    with app.app_context():
        where = talk(donor, family, bags=False)
        older, younger = lot(donor, 9), lot(donor, 5)
        return where, meeting(where, utcnow() + DAY), older, younger


def both(screen, where: Talk):
    """The thread on her phone and on theirs, listening."""
    pages = [screen(who, f"/messages/{where.public_id}", viewport=NARROW) for who in (where.donor, where.family)]
    for page in pages:
        expect(page.locator("#thread[data-connected]")).to_be_attached()
    return pages


def test_every_change_of_the_lots_is_on_both_phones_without_a_reload(app, scene, screen):
    where, made, older, younger = scene
    hers, theirs = both(screen, where)
    for page in (hers, theirs):
        expect(page.locator(LOTS)).to_contain_text(older[1])
    with app.app_context():
        services.choose_lots(where.donor.identity, made, {younger[0]: {100: 2}}, now=utcnow())
    for page in (hers, theirs):
        expect(page.locator(LOTS)).to_contain_text(younger[1])
        expect(page.locator(LOTS)).not_to_contain_text(older[1])
    theirs.locator(LOTS).get_by_role("button", name="I have read this and want this milk").click()
    expect(hers.locator(LOTS)).to_contain_text("The family has read this and wants this milk.")
    theirs.goto(theirs.url.split("/handoffs")[0].split("/messages")[0] + f"/messages/{where.public_id}")
    expect(theirs.locator("#thread[data-connected]")).to_be_attached()
    with app.app_context():
        ledger.put(where.donor.identity, younger[0], Kept.DEEP_FREEZER, now=utcnow())
    for page in (hers, theirs):
        expect(page.locator(LOTS)).to_contain_text("deep freezer")
    expect(hers.locator(LOTS)).to_contain_text("The family has not said yet that it has read this.")
    with app.app_context():
        withdrawals.withdraw(where.donor.identity, Draft(Reason.STORAGE, lot_public_ids=(younger[0],)), now=utcnow())
    for page in (hers, theirs):
        expect(page.locator(LOTS)).to_contain_text("No bags are named now.")
        expect(page.locator(WITHDRAWN)).to_have_count(0)


@pytest.fixture
def given(app, donor, family):
    """The two met a week ago, and the milk is with the family."""
    with app.app_context():
        where = talk(donor, family, bags=False)
        (lot_id, code), begin = lot(donor, 12), utcnow() - 7 * DAY
        made = meeting(where, begin)
        services.confirm(donor.identity, made, amount_ml=200, condition=None, now=begin + HOUR)
        services.confirm(family.identity, made, amount_ml=200, condition=Condition.FROZEN, now=begin + HOUR)
        return where, lot_id, code


def withdraw(app, where: Talk, lot_id: str) -> None:
    with app.app_context():
        withdrawals.withdraw(where.donor.identity, Draft(Reason.STORAGE, lot_public_ids=(lot_id,)), now=utcnow())
        jobs.run_due(now=utcnow())


def test_withdrawn_milk_is_said_on_both_phones_and_the_family_answers_from_there(app, given, screen):
    where, lot_id, code = given
    hers, theirs = both(screen, where)
    withdraw(app, where, lot_id)
    expect(theirs.locator(WITHDRAWN)).to_contain_text("Please do not feed this milk")
    expect(theirs.locator(WITHDRAWN)).to_contain_text(code)
    expect(hers.locator(WITHDRAWN)).to_contain_text("Milk you gave here is withdrawn.")
    for page in (hers, theirs):
        expect(page.locator(LOTS)).to_contain_text("This milk was withdrawn. Please do not feed it.")
        expect(page.locator(WITHDRAWN)).to_have_count(1)
    page = theirs.context.new_page()
    page.goto(theirs.url)
    page.locator(WITHDRAWN).get_by_role("link", name="See what to do").click()
    page.get_by_role("button", name="I have read this").click()
    expect(theirs.locator(WITHDRAWN)).to_contain_text("You have said that you know.")
    expect(hers.locator(WITHDRAWN)).not_to_contain_text("You have said")
    hers.reload()
    expect(hers.locator(WITHDRAWN)).to_contain_text("What it answers is not shown here.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [NARROW, DESKTOP], ids=["phone", "desktop"])
def test_the_thread_with_it_fits_and_reads_well_also_without_a_script(app, given, screen, scheme, size):
    where, lot_id, _code = given
    withdraw(app, where, lot_id)
    for who in (where.donor, where.family):
        path = f"/messages/{where.public_id}"
        page = screen(who, path, viewport=size, color_scheme=scheme)
        expect(page.locator(WITHDRAWN)).to_be_visible()
        fits_and_reads_well(page, path)
        bare = screen(who, path, viewport=size, color_scheme=scheme, java_script_enabled=False)
        expect(bare.locator(WITHDRAWN)).to_be_visible()
