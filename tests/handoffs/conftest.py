"""A donor with 1,000 ml and a family who may talk."""

import pytest

from tests.handoffs.factories import Talk, talk


@pytest.fixture
def pair(app, donor, family) -> Talk:
    """Donor and family in conversation about a litre of milk."""
    with app.app_context():
        return talk(donor, family)
