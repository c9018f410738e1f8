"""The form of the amounts sent a second time, also once the handoff is done: nothing is written, and it says so."""

from dataclasses import replace

import pytest
import time_machine

from app.handoffs import services
from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.lots import NewLot
from app.infra.database import Base, db
from app.kernel.errors import Conflict, Invalid
from app.milk.queries import received_by
from app.milk.rules.keeping import Kept
from tests.conftest import NOW
from tests.handoffs.factories import DAY, HOUR, row
from tests.handoffs.test_promised_elsewhere import AT_COOLER, Case, small, two_meetings

SOON = AT_COOLER + HOUR / 60


@pytest.fixture
def case(in_app, donor, family, other_family) -> Case:
    return two_meetings(donor, family, other_family)


def family_says(case, amount=400, now=AT_COOLER) -> bool:
    return services.confirm(
        case.family.identity, case.here, amount_ml=amount, condition=Condition.FROZEN, now=now
    )  # fmt: skip


def donor_says(case, amount=400, now=AT_COOLER, **milk) -> bool:
    return services.confirm(case.donor.identity, case.here, amount_ml=amount, condition=None, now=now, **milk)


def everything() -> dict[str, list]:
    """Every row of every table."""
    db.session.rollback()
    tables = Base.metadata.sorted_tables
    found = {each.name: sorted(map(repr, db.session.execute(each.select()))) for each in tables}
    db.session.rollback()
    return found


WRITTEN = NewLot(NOW.date() - DAY, NOW.date(), Kept.FREEZER, submit_token="a form")


def forms(case) -> dict[str, dict]:
    """What a donor may name with 400 ml, in the ways of the page and of the API."""
    return {
        "nothing, so those promised": {},
        "her own bags": {"bags": {case.mine: {100: 4}}},
        "bags of another meeting": {"from_others": {case.theirs: {100: 4}}},
        "some of each": {"bags": {case.mine: {100: 2}}, "from_others": {case.theirs: {100: 2}}},
        "of another meeting, in a form with fields of none": {
            "bags": {case.mine: {100: 0}}, "from_others": {case.theirs: {100: 4}},
        },
        "a lot written down for the rest": {"bags": {case.mine: {100: 2}}, "lot": WRITTEN},
        "a lot and bags of another meeting": {"from_others": {case.theirs: {100: 2}}, "lot": WRITTEN},
    }  # fmt: skip


NAMES = [
    "nothing, so those promised", "her own bags", "bags of another meeting", "some of each",
    "of another meeting, in a form with fields of none", "a lot written down for the rest",
    "a lot and bags of another meeting",
]  # fmt: skip


def test_the_table_names_every_form(case):
    assert list(forms(case)) == NAMES


@pytest.mark.both_databases
@pytest.mark.parametrize("received", [400, 300], ids=["the amounts agree", "the amounts differ"])
@pytest.mark.parametrize("named", NAMES)
def test_the_same_again_after_the_handoff_is_done_writes_nothing(case, named, received):
    milk = forms(case)[named]
    family_says(case, received)
    assert donor_says(case, **milk) is True
    assert row(case.here).state == "confirmed"
    before = everything()
    assert donor_says(case, now=SOON, **milk) is False
    assert everything() == before


@pytest.mark.parametrize("named", [name for name in NAMES if "lot" not in name])
def test_the_same_again_while_the_family_has_not_entered_writes_nothing(case, named):
    milk = forms(case)[named]
    assert donor_says(case, **milk) is True
    before = everything()
    assert donor_says(case, now=SOON, **milk) is False
    assert everything() == before
    assert family_says(case) is True
    assert row(case.here).state == "confirmed"


def test_the_family_says_the_same_again_in_either_state(case):
    assert [family_says(case), family_says(case)] == [True, False]
    donor_says(case)
    assert family_says(case, now=SOON) is False


@pytest.mark.both_databases
class TestAnotherContent:
    """What is not the same is no second press."""

    @pytest.fixture
    def done(self, case) -> Case:
        family_says(case)
        donor_says(case, from_others={case.theirs: {100: 4}})
        return case

    @pytest.mark.parametrize(
        ("amount", "count"), [(300, 3), (300, 4), (400, 3), (500, 5)],
        ids=["less of both", "another amount", "another number of bags", "more of both"],
    )  # fmt: skip
    def test_is_refused_clearly_when_the_amounts_agree(self, done, amount, count):
        before = everything()
        with pytest.raises(Conflict):
            donor_says(done, amount, now=SOON, from_others={done.theirs: {100: count}})
        assert everything() == before

    @pytest.mark.parametrize("of", ["mine", "the donor's newest", "another donor's", "nobody's"])
    def test_so_are_bags_of_another_lot(self, done, of, person):
        lots = {
            "mine": lambda: done.mine,
            "the donor's newest": lambda: small(done.donor, 3),
            "another donor's": lambda: small(person("Nora"), 3),
            "nobody's": lambda: "no-such-lot",
        }
        lot = lots[of]()
        before = everything()
        with pytest.raises(Conflict):
            donor_says(done, now=SOON, from_others={lot: {100: 4}})
        assert everything() == before

    @pytest.mark.parametrize("token", [None, "another form"])
    def test_so_is_another_lot_written_down(self, done, token):
        with pytest.raises(Conflict):
            donor_says(done, now=SOON, lot=replace(WRITTEN, submit_token=token))
        assert row(done.here).state == "confirmed"

    def test_while_the_amounts_differ_more_bags_of_another_meeting_are_not_there(self, case):
        family_says(case, 300)
        donor_says(case, from_others={case.theirs: {100: 4}})
        before = everything()
        with pytest.raises(Invalid) as refused:
            donor_says(case, 500, now=SOON, from_others={case.theirs: {100: 5}})
        assert list(refused.value.fields) == ["from_others"]
        assert everything() == before

    def test_a_correction_is_still_one(self, case):
        family_says(case, 300)
        donor_says(case, from_others={case.theirs: {100: 4}})
        assert donor_says(case, 300, now=SOON) is True
        assert row(case.here).donor_given_ml == 300


def test_the_second_press_leads_to_the_page_as_it_stands_with_a_calm_word(app, donor, family, other_family, sign_in):
    with app.app_context():
        case = two_meetings(donor, family, other_family)
        family_says(case)
    form = {"amount": "400", "unit": "ml", f"others-100-{case.theirs}": "4", f"bags-100-{case.mine}": ""}
    with time_machine.travel(AT_COOLER, tick=False):
        hers, address = sign_in(donor), f"/handoffs/{case.here}/confirm"
        first = hers.post(address, data=form, follow_redirects=True)
        assert "entered that already" not in first.text
        with app.app_context():
            before = received_by([row(case.here).holder])
        again = hers.post(address, data=form, follow_redirects=True)
        assert (again.status_code, again.request.path) == (200, f"/handoffs/{case.here}")
        assert "You have entered that already. Nothing has changed." in again.text
        other = hers.post(address, data=form | {"amount": "300"})
        assert (other.status_code, "Something changed in the meantime" in other.text) == (409, True)
    with app.app_context():
        assert received_by([row(case.here).holder]) == before


def test_what_cannot_be_any_more_is_said_where_it_can_be_read(app, donor, family, other_family, sign_in):
    """While the two amounts differ they may be corrected, but the part about other meetings is no longer shown."""
    with app.app_context():
        case = two_meetings(donor, family, other_family)
        family_says(case, 300)
    field = f"others-100-{case.theirs}"
    with time_machine.travel(AT_COOLER, tick=False):
        hers, address = sign_in(donor), f"/handoffs/{case.here}/confirm"
        hers.post(address, data={"amount": "400", "unit": "ml", field: "4"})
        answer = hers.post(address, data={"amount": "500", "unit": "ml", field: "5"})
    assert (answer.status_code, "Not so many of these bags" in answer.text) == (422, True)


def test_a_program_that_sends_it_twice_reads_the_handoff_as_it_stands(app, donor, family, other_family, bearer):
    with app.app_context():
        case = two_meetings(donor, family, other_family)
        family_says(case)
    body = {"amount_ml": 400, "from_others": [{"lot_id": case.theirs, "size_ml": 100, "count": 4}]}
    with time_machine.travel(AT_COOLER, tick=False):
        program, address = bearer(donor), f"/api/v1/handoffs/{case.here}/amounts"
        first = program.post(address, json=body)
        with app.app_context():
            before = received_by([row(case.here).holder])
        again = program.post(address, json=body)
        assert (first.status_code, again.status_code, again.json) == (200, 200, first.json)
        other = program.post(address, json=body | {"amount_ml": 300})
        assert (other.status_code, other.json["code"]) == (409, "conflict")
    with app.app_context():
        assert received_by([row(case.here).holder]) == before
