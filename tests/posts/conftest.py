"""Time stands still for the pages of posts, because their forms know today."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.conftest import NOW


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    """The pages' clock shows the moment at which the tests play."""
    with time_machine.travel(NOW, tick=False):
        yield
