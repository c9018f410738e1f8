"""A donor with 1,000 ml and a family who may talk."""

from datetime import timedelta

import pytest
import time_machine

from tests.handoffs.factories import START, Talk, talk


@pytest.fixture
def pair(app, donor, family) -> Talk:
    """Donor and family in conversation about a litre of milk."""
    with app.app_context():
        return talk(donor, family)


@pytest.fixture(autouse=True)
def _the_hour_in_which_they_meet(request):
    """A site in a browser goes by the clock on the wall, and by that the meetings of these tests are soon over."""
    if "address" not in request.fixturenames:
        yield
        return
    with time_machine.travel(START + timedelta(minutes=90), tick=True):
        yield
