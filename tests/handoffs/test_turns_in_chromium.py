"""Second in line on a small phone by day and on a desk by night: what a family is asked, and what a donor can stop."""

import pytest
import time_machine

from app.infra import jobs
from app.infra.database import db
from app.matching import services as matching
from app.posts import services as posts
from tests.browser import NARROW, fits_and_reads_well
from tests.conftest import NOW
from tests.handoffs.factories import DAY, HOUR, offer_of, request_of

ASKED = NOW + 7 * DAY + 4 * HOUR


@pytest.fixture
def line(app, donor, family, other_family):
    """The chosen family fell silent, so the one that waits is asked; the offer, what waits, and its yes."""
    with time_machine.travel(ASKED):
        with app.app_context():
            found = _lapsed(donor, family, other_family)
            db.session.remove()
        yield found


def _lapsed(donor, family, other_family):
    offer, waiting = offer_of(donor), request_of(other_family)
    said = matching.say_yes(other_family.identity, offer, waiting, now=NOW)
    chosen = matching.say_yes(family.identity, offer, request_of(family), now=NOW)
    matching.accept(donor.identity, chosen, now=NOW)
    matching.rest_quiet_talks(now=NOW + 7 * DAY)
    jobs.run_due(now=ASKED)
    return offer, waiting, said


@pytest.mark.parametrize(
    "options",
    [{"viewport": NARROW}, {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"}],
    ids=["a phone by day", "a desk by night"],
)
def test_who_is_next_is_asked_on_pages_that_fit_and_read_well(app, screen, donor, other_family, line, options):
    offer, waiting, said = line
    for who, path, words in (
        (other_family, f"/matches/pair/{offer}/{waiting}", "The milk is free again, and you are next"),
        (other_family, "/matches/mine", "The milk is free again, and you are next"),
        (donor, f"/matches/{offer}", "A promise lapsed: who is next"),
    ):
        page = screen(who, path, **options)
        assert page.get_by_role("heading", name=words).is_visible(), path
        fits_and_reads_well(page, path)
    with app.app_context():
        posts.withdraw(donor.identity, offer, now=ASKED)
        db.session.remove()
    page = screen(other_family, f"/matches/instead/{said}", **options)
    assert page.get_by_text("The milk you waited for is gone").is_visible()
    fits_and_reads_well(page)
