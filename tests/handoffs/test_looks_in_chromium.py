"""
Every page about handoffs and milk, all of it unfolded, as axe reads it: by day in a narrow window, by night in a wide
one. A page of the night is opened at night: a window whose colours have just been changed is caught between the two.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from app.handoffs import services
from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.states import CancelReason
from app.infra import jobs
from app.infra.clock import utcnow
from app.infra.database import db
from app.milk import services as services_of_milk
from app.milk.models import WithdrawalNotice
from app.milk.rules.withdrawals import Draft, Reason
from app.milk.services.withdrawals import withdraw
from tests.browser import NARROW, WIDER, fits_and_reads_well
from tests.handoffs.factories import Talk, draft, talk
from tests.milk.deferring import agree, days
from tests.milk.factories import lot

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WIDE = {"width": 1280, "height": 800}


def planned(where: Talk, begin: Any) -> str:
    """A proposal made two days before it begins, or now for one of another day."""
    now = min(utcnow(), begin - 2 * DAY)
    return services.propose(where.family.identity, where.public_id, draft(volume_ml=100, start=begin), now=now)


def agreed(where: Talk, begin: Any) -> str:
    public_id = planned(where, begin)
    services.agree(where.donor.identity, public_id, now=min(utcnow(), begin - 2 * DAY))
    return public_id


def done(where: Talk, begin: Any, received: int = 100) -> str:
    public_id = agreed(where, begin)
    services.confirm(where.donor.identity, public_id, amount_ml=100, condition=None, now=begin)
    services.confirm(where.family.identity, public_id, amount_ml=received, condition=Condition.THAWED, now=begin)
    return public_id


@pytest.fixture
def scene(app, donor, family) -> dict[str, str]:
    """The addresses of what two people have with each other, a handoff in each state among them."""
    with app.app_context():
        now = utcnow()
        where = talk(donor, family)
        found = {
            "proposed": planned(where, now + 2 * DAY),
            "agreed": agreed(where, now + 3 * DAY),
            "near": agreed(where, now + HOUR),
            "over": agreed(where, now - 3 * HOUR),
            "met": agreed(where, now - 2 * HOUR),
            "done": done(where, now - 5 * DAY),
            "differ": done(where, now - DAY, 40),
            "off": agreed(where, now + 4 * DAY),
        }
        services.set_place_note(donor.identity, found["agreed"], "Library, the bench at the east door", now=now)
        services.say_on_the_way(family.identity, found["near"], now=now)
        services.confirm(family.identity, found["met"], amount_ml=100, condition=Condition.FROZEN, now=now)
        services.cancel(donor.identity, found["off"], reason=CancelReason.PLANS_CHANGED, now=now)
        addresses = {name: f"/handoffs/{public_id}" for name, public_id in found.items()}
        addresses |= {
            "plan": f"/conversations/{where.public_id}/handoff",
            "talk": f"/conversations/{where.public_id}",
            "other time": f"/handoffs/{found['proposed']}/other-time",
            "after": f"/handoffs/{found['done']}/after",
            "runway": f"/posts/{where.request_public_id}/runway",
            "lot": f"/milk/{lot(donor)}",
        }
        db.session.remove()
    return addresses


def fits_and_can_be_read(page: Any, path: str) -> None:
    """No wider than its window, and every word stands out from its ground; the rest axe has read by day."""
    for unfolding in page.locator("main summary").all():
        unfolding.click()
    assert page.evaluate(WIDER) is False, path
    found = Axe().run(page, options={"runOnly": ["color-contrast"]})
    assert found.violations_count == 0, (path, found.generate_report())


@pytest.fixture
def bags(app, donor, sign_in) -> dict[str, str]:
    """The addresses of labels, and of a lot of which only some days are kept back."""
    with app.app_context():
        kept = f"/milk/{lot(donor)}"
        agree(donor)
        services_of_milk.keep_days_back(donor.identity, days(5, 6), now=utcnow())
        db.session.remove()
    found = {name: f"{kept}/{name}" for name in ("labels", "sheet", "which")} | {"kept": kept}
    assert [sign_in(donor).get(each).status_code for each in found.values()] == [200] * len(found)
    return found


@pytest.fixture
def looks_fine(screen, address):
    """Asserts that somebody's pages fit and read well by day in a narrow window and by night in a wide one."""

    def look(who: Any, paths: Iterable[str]) -> None:
        first, *others = paths
        for options, check in (
            ({"viewport": NARROW, "color_scheme": "light"}, fits_and_reads_well),
            ({"viewport": WIDE, "color_scheme": "dark"}, fits_and_can_be_read),
        ):
            page = screen(who, first, **options)
            check(page, first)
            for path in others:
                page.goto(f"{address}{path}")
                check(page, path)

    return look


STATES = ("proposed", "agreed", "near", "over", "met", "done", "differ", "off")
AROUND = {
    "donor": ("plan", "other time", "after", "lot", "/handoffs", "/handoffs/calendar", "/handoffs/promises", "/milk"),
    "family": ("plan", "after", "runway", "/milk/received", "/milk/received/sheet", "/handoffs"),
}
MORE_OF_MILK = ("/milk/new", "/milk/days", "/milk/recall", "/recall", "/milk/withdraw")


@pytest.mark.parametrize("side", ["donor", "family"])
def test_a_handoff_in_each_state_and_what_stands_around_it_fits_and_reads_well(looks_fine, scene, donor, family, side):
    names = (*STATES, *AROUND[side])
    looks_fine(donor if side == "donor" else family, [scene.get(name, name) for name in names])


def test_withdrawing_and_what_a_family_and_a_moderator_read_of_it_fits_and_reads_well(
    app, looks_fine, scene, donor, family, moderator
):
    with app.app_context():
        withdrawal = withdraw(donor.identity, Draft(Reason.POSITIVE_TEST), now=utcnow())
        jobs.run_due(now=utcnow())
        notice = db.session.query(WithdrawalNotice.token).first()[0]
        db.session.remove()
    report, life = f"/milk/withdrawals/{withdrawal}", f"{scene['lot']}/life"
    looks_fine(donor, [*MORE_OF_MILK, report, scene["lot"], life])
    looks_fine(family, [f"/milk/withdrawn/{notice}", "/milk/received", scene["talk"]])
    looks_fine(moderator, [report, "/milk/withdrawals", "/milk/withdrawals/new", "/handoffs/excuses"])


def test_labels_and_the_bags_of_days_kept_back_fit_and_read_well(looks_fine, bags, donor):
    looks_fine(donor, bags.values())


def test_with_letters_twice_as_large_nothing_is_cut_off(screen, address, scene, bags, donor):
    """WCAG 1.4.4: on a phone of usual width, with the size of text that a tired eye chooses."""
    page = screen(donor, "/handoffs", viewport={"width": 390, "height": 844})
    for name in ("plan", "near", "over", "done", "/milk/withdraw", *bags):
        page.goto(f"{address}{(scene | bags).get(name, name)}")
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        for unfolding in page.locator("main summary").all():
            unfolding.click()
        assert page.evaluate(WIDER) is False, name
