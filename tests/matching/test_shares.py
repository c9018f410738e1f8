"""How much is suggested for a meeting, alone and with others waiting."""

import pytest

from app.handoffs import services as handoffs
from app.handoffs.rules.states import CancelReason
from app.kernel.quantities import Millilitres
from app.matching import queries, services
from app.matching.queries.sides import fed_before
from app.matching.rules.shares import suggested_share
from tests.matching.conftest import OFFER, REQUEST, post
from tests.matching.test_promises import agreed, id_of

DAILY = 600


@pytest.mark.parametrize(
    ("free", "missing", "others", "smallest", "expected"),
    [
        (9000, 17_000, False, None, 9000),
        (9000, 6000, False, None, 6000),
        (9000, 17_000, True, None, 4200),
        (9000, 3000, True, None, 3000),
        (4495, 17_000, True, None, 4200),
        (4494, 17_000, True, None, 4494),
        (4200, 17_000, True, None, 4200),
        (9000, 17_000, True, 5000, 9000),
        (12_000, 17_000, True, 5000, 5000),
        (9000, 0, False, None, 295),
        (9000, 100, True, None, 295),
        (9000, 100, False, 1000, 1000),
        (200, 17_000, True, None, 200),
    ],
)
def test_a_week_for_each_while_others_wait_and_never_a_rest_worth_no_meeting(free, missing, others, smallest, expected):
    found = suggested_share(free=free, missing=missing, need_per_day=DAILY, others_wait=others, smallest=smallest)
    assert found == expected


@pytest.mark.usefixtures("in_app")
@pytest.mark.both_databases
class TestWithWhoWaits:
    def _share(self, offer, asked, now, free=9000):
        return queries.share_for(id_of(offer), id_of(asked), free=Millilitres(free), now=now)

    def test_alone_all_that_is_missing_is_suggested(self, donor, family, request_id, now):
        offer = post(donor, OFFER, volume_ml=9000, max_families=3)
        services.accept(donor.identity, services.say_yes(family.identity, offer, request_id, now=now), now=now)
        assert self._share(offer, request_id, now) == queries.Share(Millilitres(9000), divided=False)

    @pytest.mark.parametrize(("families", "volume"), [(3, 4200), (2, 4200), (1, 9000)])
    def test_with_another_in_line_a_week_unless_the_donor_wants_one_family(
        self, donor, family, other_family, request_id, now, families, volume
    ):
        offer = post(donor, OFFER, volume_ml=9000, max_families=families)
        services.say_yes(other_family.identity, offer, post(other_family, REQUEST), now=now)
        services.accept(donor.identity, services.say_yes(family.identity, offer, request_id, now=now), now=now)
        assert self._share(offer, request_id, now) == queries.Share(Millilitres(volume), divided=volume == 4200)

    def test_one_in_line_who_has_milk_on_its_way_divides_nothing(
        self, donor, family, other_family, offer, request_id, now
    ):
        asked = post(other_family, REQUEST)
        agreed(donor, other_family, offer, asked, now)
        large = post(donor, OFFER, volume_ml=9000, max_families=3)
        services.say_yes(other_family.identity, large, asked, now=now)
        services.accept(donor.identity, services.say_yes(family.identity, large, request_id, now=now), now=now)
        assert not self._share(large, request_id, now).divided

    def test_milk_on_its_way_counts_as_had_until_it_falls_through(self, donor, family, offer, request_id, now):
        assert fed_before([family.id]) == frozenset()
        meeting = agreed(donor, family, offer, request_id, now)
        assert fed_before([family.id, donor.id]) == {family.id}
        handoffs.cancel(family.identity, meeting, reason=CancelReason.PLANS_CHANGED, now=now)
        assert fed_before([family.id]) == frozenset()
