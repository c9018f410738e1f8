"""What most tests of withdrawals begin with."""

import pytest

from tests.milk.factories import handed


@pytest.fixture
def given(in_app, donor, family) -> str:
    """A litre of the donor's, of which the family received 200 ml."""
    return handed(donor, family)
