"""Eight families agree to the same milk at the same moment, through two server processes: exactly the possible win."""

import pytest

from tests.handoffs.contention import agree_at_once, faults, stage
from tests.web.served import Cast, database_of, serving

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("two_servers")]

VOLUMES = [1000, 400, 330, 125]
"""What each of the eight is proposed of a litre: as a whole, as 400s, as 330s, enough for all eight."""


@pytest.fixture(params=["sqlite", "postgresql"])
def cast(request, application, tmp_path):
    """People of a database that two servers share."""
    with database_of(request.param, application, tmp_path) as address:
        made = Cast(application, address)
        made.folder = tmp_path
        yield made


def test_of_eight_who_agree_at_once_through_two_servers_exactly_the_possible_ones_win(cast):
    tokens, rounds = stage(cast, VOLUMES)
    with serving(cast.address, cast.folder) as one, serving(cast.address, cast.folder) as other:
        counted = agree_at_once([one.url, other.url], tokens, rounds)
    assert faults(cast, rounds, counted) == []
