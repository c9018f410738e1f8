"""The donor names the bags she would bring while she proposes; a family that proposes names none."""

import re
from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import func, select

from app.handoffs import queries, services
from app.handoffs.models import Handoff, HandoffWish
from app.handoffs.rules.cold_chain import Kept as Cold
from app.handoffs.rules.cold_chain import packed_as
from app.infra.database import db
from app.kernel.errors import Invalid, NotFound
from app.milk import services as ledger
from app.milk.queries import promised_to
from app.milk.rules.drafts import Bags
from app.milk.rules.keeping import Kept
from app.milk.services import custody
from tests.conftest import NOW
from tests.handoffs.factories import DAY, END, HOUR, START, agreed, draft, proposed, row, talk
from tests.milk.factories import lot, view

TODAY = NOW.date()
PLAN = {
    "day": "2026-11-22", "starts": "15:00", "ends": "17:00", "amount": "400", "unit": "ml", "submit_token": "once",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def bare(app, donor, family):
    """Donor and family in conversation; no lot is written down."""
    with app.app_context():
        return talk(donor, family, bags=False)


@pytest.fixture
def lots(app, bare):
    """The donor's older lot and her younger one, ten bags of 100 ml in each."""
    with app.app_context():
        return lot(bare.donor), lot(bare.donor, pumped_from=TODAY - 3 * DAY, pumped_to=TODAY)


@pytest.fixture
def plan(bare, sign_in):
    """Open the form as somebody, or send it."""
    address = f"/conversations/{bare.public_id}/handoff"

    def ask(who, typed=None, at=address):
        client = sign_in(who)
        return client.get(at) if typed is None else client.post(at, data=PLAN | typed)

    return ask


def bags(**counts):
    """The fields of bags of 100 ml, by the lot."""
    return {f"bags-100-{name}": str(count) for name, count in counts.items()}


def filled_in(page: str) -> dict[str, str]:
    """The fields of bags and what stands in them."""
    return dict(re.findall(r'name="(bags-[^"]+)"[^>]*value="([^"]*)"', page))


def began(page: str) -> dict[str, str]:
    """The hidden field with the bags that the form began with."""
    return {"began-with": re.search(r'name="began-with" value="([^"]*)"', page)[1]}


def named(where, location: str) -> dict[str, dict[int, int]]:
    """What the donor named with a proposal, by the lot."""
    db.session.rollback()
    return queries.lots_for(where.donor.identity, location.rsplit("/", 1)[1]).chosen


def nothing_is_kept(app) -> bool:
    with app.app_context():
        return db.session.scalar(select(func.count(Handoff.id))) == db.session.scalar(
            select(func.count()).select_from(HandoffWish)
        ) == 0  # fmt: skip


class TestTheForm:
    def test_the_oldest_bags_are_filled_in_for_the_donor_and_folded(self, plan, bare, lots):
        page = plan(bare.donor).text
        old, young = lots
        assert filled_in(page) == {f"bags-100-{old}": "10", f"bags-100-{young}": ""}
        assert re.search(r'<details id="bags"[^>]*>', page)[0].count(" open") == 0

    def test_a_family_sees_no_bags(self, plan, bare, lots):
        assert filled_in(plan(bare.family).text) == {}

    def test_a_donor_without_a_lot_sees_none(self, plan, bare):
        assert 'id="bags"' not in plan(bare.donor).text

    def test_only_milk_that_may_be_given_at_the_end_of_the_window_is_offered(self, app, plan, bare, lots):
        with app.app_context():
            past = lot(bare.donor, kept=Kept.FRIDGE, pumped_from=TODAY - 4 * DAY, pumped_to=TODAY)
            thawed, gone = lot(bare.donor), lot(bare.donor)
            ledger.thaw(bare.donor.identity, thawed, {100: 10}, now=NOW)
            custody.withdraw(view(bare.donor, gone).custody_id, now=NOW)
        page = plan(bare.donor).text
        assert {name.removeprefix("bags-100-") for name in filled_in(page)} == set(lots)
        assert past not in page


class TestWhatIsNamed:
    def test_bags_she_chose_are_promised_when_the_family_agrees(self, app, plan, bare, lots):
        old, young = lots
        answer = plan(bare.donor, bags(**{old: 1, young: 3}) | began(plan(bare.donor).text))
        assert answer.status_code == 302
        with app.app_context():
            assert named(bare, answer.location) == {old: {100: 1}, young: {100: 3}}
            public_id = answer.location.rsplit("/", 1)[1]
            services.agree(bare.family.identity, public_id, now=NOW)
            promised = {each.lot.public_id: each.bags for each in promised_to(row(public_id).holder, on=TODAY)}
            assert promised == {old: {100: 1}, young: {100: 3}}

    @pytest.mark.parametrize("left", ["as it began", "emptied", "not shown"])
    def test_who_leaves_the_bags_alone_brings_the_oldest_for_whatever_amount_she_typed(
        self, app, plan, bare, lots, left
    ):
        """The form began with all of a litre; of the 400 ml she typed the agreement takes the oldest four."""
        page = plan(bare.donor).text
        typed = filled_in(page) if left == "as it began" else dict.fromkeys(filled_in(page), "")
        answer = plan(bare.donor, (typed | began(page)) if left != "not shown" else {})
        with app.app_context():
            assert named(bare, answer.location) == {}
            public_id = answer.location.rsplit("/", 1)[1]
            services.agree(bare.family.identity, public_id, now=NOW)
            assert [each.bags for each in promised_to(row(public_id).holder, on=TODAY)] == [{100: 4}]

    def test_sent_twice_is_one_proposal_with_the_same_bags(self, app, plan, bare, lots):
        old, _young = lots
        first, second = (plan(bare.donor, bags(**{old: 2})) for _again in range(2))
        assert first.location == second.location
        with app.app_context():
            assert named(bare, first.location) == {old: {100: 2}}

    def test_another_time_begins_with_the_bags_named_before_and_keeps_them(self, app, plan, bare, lots):
        old, young = lots
        first = plan(bare.donor, bags(**{young: 4})).location
        page = plan(bare.donor, at=f"{first}/other-time").text
        assert filled_in(page) == {f"bags-100-{old}": "", f"bags-100-{young}": "4"}
        again = {"submit_token": "twice"} | filled_in(page) | began(page)
        answer = plan(bare.donor, again, at=f"{first}/other-time")
        with app.app_context():
            assert named(bare, answer.location) == {young: {100: 4}}

    def test_a_family_that_sends_bags_all_the_same_names_none(self, app, plan, bare, lots):
        old, _young = lots
        answer = plan(bare.family, bags(**{old: 2}))
        assert answer.status_code == 302
        with app.app_context():
            assert named(bare, answer.location) == {}


class TestWhatIsRefused:
    @pytest.mark.parametrize("count", ["11", "99999", "-1", "a few", "1.5"])
    def test_bags_that_are_not_there_are_said_at_their_place_and_kept(self, app, plan, bare, lots, count):
        old, young = lots
        answer = plan(bare.donor, bags(**{old: count, young: 1}))
        assert answer.status_code == 422
        assert "There are not so many bags of that size left" in answer.text
        assert filled_in(answer.text) == {f"bags-100-{old}": count, f"bags-100-{young}": "1"}
        assert re.search(r'<details id="bags"[^>]* open', answer.text)
        assert nothing_is_kept(app)

    def test_milk_past_its_day_by_then_is_refused_with_its_reason(self, app, plan, bare, lots):
        with app.app_context():
            past = lot(bare.donor, kept=Kept.FRIDGE, pumped_from=TODAY - 4 * DAY, pumped_to=TODAY)
        answer = plan(bare.donor, bags(**{past: 2}))
        assert answer.status_code == 422
        assert "past its use-by day" in answer.text
        assert nothing_is_kept(app)

    def test_the_last_of_several_windows_decides_what_may_be_named(self, app, bare):
        with app.app_context():
            short = lot(bare.donor, kept=Kept.FRIDGE, pumped_from=TODAY - 2 * DAY, pumped_to=TODAY)
            later = ((START + 3 * DAY, END + 3 * DAY),)
            named_bags = replace(draft(), bags={short: {100: 1}})
            with pytest.raises(Invalid) as refused:
                services.propose(bare.donor.identity, bare.public_id, replace(named_bags, others=later), now=NOW)
            assert set(refused.value.fields) == {"bags"}
            assert services.propose(bare.donor.identity, bare.public_id, named_bags, now=NOW)

    def test_what_else_is_wrong_keeps_the_bags(self, app, plan, bare, lots):
        old, young = lots
        answer = plan(bare.donor, bags(**{old: 3, young: ""}) | {"amount": "a lot", "began-with": "x"})
        assert answer.status_code == 422
        assert filled_in(answer.text) == {f"bags-100-{old}": "3", f"bags-100-{young}": ""}
        assert began(answer.text) == {"began-with": "x"}
        assert nothing_is_kept(app)

    def test_anothers_bags_are_not_found(self, app, plan, bare, lots, person):
        with app.app_context():
            foreign = lot(person("Nora"))
        assert plan(bare.donor, bags(**{foreign: 1})).status_code == 404
        assert nothing_is_kept(app)

    def test_a_family_names_no_bags_by_the_service_either_and_no_bags_are_no_choice(self, app, bare, lots):
        old, _young = lots
        with app.app_context():
            for who, wanted, refusal in ((bare.family, {old: {100: 1}}, NotFound), (bare.donor, {}, Invalid)):
                with pytest.raises(refusal):
                    services.propose(who.identity, bare.public_id, replace(draft(), bags=wanted), now=NOW)
        assert nothing_is_kept(app)


class TestTheColdChain:
    @pytest.mark.parametrize(
        ("lots", "leaves"),
        [
            ([], Cold.FROZEN),
            ([(Kept.FRESH, 100)], Cold.FRESH),
            ([(Kept.FRIDGE, 100)], Cold.FRIDGE),
            ([(Kept.FREEZER, 100)], Cold.FROZEN),
            ([(Kept.DEEP_FREEZER, 100)], Cold.FROZEN),
            ([(Kept.FREEZER_UNKNOWN, 100)], Cold.FROZEN),
            ([(Kept.FRIDGE, 100), (Kept.FREEZER, 60), (Kept.DEEP_FREEZER, 60)], Cold.FROZEN),
            ([(Kept.FRIDGE, 200), (Kept.FREEZER, 60)], Cold.FRIDGE),
        ],
    )
    def test_milk_leaves_as_most_of_it_is_kept(self, lots, leaves):
        assert packed_as(lots) is leaves

    @pytest.mark.parametrize(("kept", "leaves"), [(Kept.FRIDGE, "fridge"), (Kept.DEEP_FREEZER, "frozen")])
    def test_the_form_begins_with_the_milk_of_the_handoff(self, app, bare, sign_in, kept, leaves):
        with app.app_context():
            lot(bare.donor, kept=kept, pumped_from=TODAY - DAY, pumped_to=TODAY, bags=(Bags(10, 118),))
            public_id = agreed(bare, volume_ml=360, start=NOW + 5 * HOUR)
        for who in (bare.donor, bare.family):
            page = sign_in(who).get(f"/handoffs/{public_id}").text
            chosen = re.search(r'<input[^>]*checked[^>]*name="cold-kept"[^>]*>', page)[0]
            assert f'value="{leaves}"' in chosen
            assert re.search(r'name="cold-amount"[^>]*value="12"', page)
            assert re.search(r'name="cold-bags"[^>]*value="3"', page)

    def test_without_a_lot_it_begins_frozen_with_the_volume_agreed_on(self, app, bare, sign_in):
        with app.app_context():
            public_id = proposed(bare, volume_ml=400)
        page = sign_in(bare.family).get(f"/handoffs/{public_id}").text
        assert re.search(r'name="cold-amount"[^>]*value="14"', page)
        assert re.search(r'<input[^>]*checked[^>]*name="cold-kept"[^>]*value="frozen"', page)
        assert re.search(r'name="cold-bags"[^>]*value=""', page)
