"""Bags that were promised to another meeting and were handed over at this one: what happened is written down."""

from dataclasses import dataclass

import pytest
import time_machine

from app.handoffs import queries, services
from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.lots import NewLot
from app.handoffs.rules.states import CancelReason
from app.infra.database import db
from app.kernel.errors import Conflict, Invalid, NotFound
from app.milk.queries import promised_to, received_by
from app.milk.rules.drafts import Bags
from app.milk.rules.keeping import Kept
from app.milk.services import make_lot
from tests.conftest import NOW
from tests.handoffs.factories import DAY, END, HOUR, START, agreed, notices, offer_of, row, talk
from tests.in_turn import one_before_the_other
from tests.milk.factories import draft as lot_draft
from tests.milk.factories import view

AT_COOLER = START + HOUR


@dataclass
class Case:
    """Two meetings of one donor: ``here`` the two meet; ``there`` is a day later. Each is promised one of two lots."""

    donor: object
    family: object
    other: object
    here: str
    there: str
    mine: str
    theirs: str

    def confirm(self, amount=400, *, bags=None, theirs=4, lot=None, now=AT_COOLER):
        wanted = {self.theirs: {100: theirs}} if theirs else None
        services.confirm(
            self.donor.identity, self.here, amount_ml=amount, condition=None, bags=bags, from_others=wanted, lot=lot,
            now=now,
        )  # fmt: skip

    def promised(self, which) -> dict[str, dict[int, int]]:
        db.session.rollback()
        return {each.lot.public_id: each.bags for each in promised_to(row(which).holder, on=END.date())}


def small(donor, first, count=4) -> str:
    """So many bags of 100 ml of one day of November."""
    day = NOW.date().replace(day=first)
    return make_lot(donor.identity, lot_draft(bags=(Bags(count, 100),), pumped_from=day, pumped_to=day), now=NOW)


def two_meetings(donor, family, other_family, *, of_one_offer=True) -> Case:
    mine, theirs = small(donor, 1), small(donor, 2)
    offer = offer_of(donor, volume_ml=6000)
    one = talk(donor, family, offer=offer, bags=False)
    two = talk(donor, other_family, offer=offer if of_one_offer else offer_of(donor), bags=False)
    here, there = agreed(one), agreed(two, start=START + DAY)
    found = Case(donor, family, other_family, here, there, mine, theirs)
    assert (found.promised(here), found.promised(there)) == ({mine: {100: 4}}, {theirs: {100: 4}})
    return found


@pytest.fixture
def case(in_app, donor, family, other_family) -> Case:
    return two_meetings(donor, family, other_family)


@pytest.mark.both_databases
class TestGivenHere:
    def test_they_are_written_down_here_and_the_other_meeting_takes_those_that_stayed(self, case):
        case.confirm()
        assert (case.promised(case.here), case.promised(case.there)) == ({case.theirs: {100: 4}}, {case.mine: {100: 4}})
        assert notices(case.donor)[-1] == "handoff_lots_given"
        services.confirm(
            case.family.identity, case.here, amount_ml=400, condition=Condition.FROZEN, now=AT_COOLER
        )  # fmt: skip
        assert [each.code for each in received_by([row(case.here).holder])] == [view(case.donor, case.theirs).code]

    def test_without_saying_so_nothing_is_taken_from_another_family(self, case):
        with pytest.raises(Invalid) as refused:
            case.confirm(bags={case.theirs: {100: 4}}, theirs=0)
        assert list(refused.value.fields) == ["bags"]
        assert (row(case.here).state, case.promised(case.there)) == ("agreed", {case.theirs: {100: 4}})

    def test_some_of_each_may_have_been_given(self, case):
        case.confirm(bags={case.mine: {100: 2}}, theirs=2)
        assert case.promised(case.here) == {case.mine: {100: 2}, case.theirs: {100: 2}}
        assert case.promised(case.there) == {case.mine: {100: 2}, case.theirs: {100: 2}}

    def test_when_too_few_are_left_the_donor_is_asked_and_the_rest_stays_promised(self, case):
        case.confirm(amount=700, bags={case.mine: {100: 4}}, theirs=3)
        assert case.promised(case.there) == {case.theirs: {100: 1}}
        assert notices(case.donor)[-1] == "handoff_lots_off"
        assert row(case.there).state == "agreed"

    def test_the_other_family_that_had_accepted_is_asked_anew(self, case):
        seen = {
            line.custody_id: line.statement_version for line in queries.lots_for(case.other.identity, case.there).lines
        }
        services.accept_lots(case.other.identity, case.there, seen, now=NOW)
        case.confirm()
        assert notices(case.other)[-1] == "handoff_lots"
        assert not queries.lots_for(case.other.identity, case.there).is_accepted

    def test_one_that_had_not_hears_nothing(self, case):
        case.confirm()
        assert "handoff_lots" not in notices(case.other)

    def test_the_same_form_sent_twice_is_once(self, case):
        for _twice in range(2):
            case.confirm()
        assert notices(case.donor).count("handoff_lots_given") == 1
        assert (case.promised(case.here), case.promised(case.there)) == ({case.theirs: {100: 4}}, {case.mine: {100: 4}})

    @pytest.mark.parametrize("theirs", [5, 400])
    def test_more_than_is_promised_is_refused_and_nothing_is_half_written(self, case, theirs):
        with pytest.raises(Invalid) as refused:
            case.confirm(amount=500, theirs=theirs)
        assert list(refused.value.fields) == ["from_others"]
        assert (row(case.here).state, case.promised(case.there)) == ("agreed", {case.theirs: {100: 4}})

    def test_bags_of_a_meeting_that_was_held_are_not_taken(self, case):
        services.confirm(case.donor.identity, case.there, amount_ml=400, condition=None, now=AT_COOLER)
        assert row(case.there).state == "met"
        with pytest.raises(Invalid):
            case.confirm()
        assert queries.promised_elsewhere(case.donor.identity, case.here) == []

    def test_bags_and_amount_must_still_go_together(self, case):
        with pytest.raises(Invalid) as refused:
            case.confirm(amount=900)
        assert list(refused.value.fields) == ["bags"]
        assert case.promised(case.there) == {case.theirs: {100: 4}}

    def test_what_is_in_no_lot_may_be_written_down_besides(self, case):
        written = NewLot(NOW.date() - DAY, NOW.date(), Kept.FREEZER)
        case.confirm(amount=600, lot=written, bags={}, theirs=4)
        assert sum(each.volume_ml for each in promised_to(row(case.here).holder, on=END.date())) == 600

    def test_the_latest_meeting_gives_up_first(self, case, person):
        third = talk(case.donor, person("Nora"), offer=offer_of(case.donor), bags=False)
        more = small(case.donor, 3, count=8)
        soon = agreed(third, volume_ml=200, start=START + 2 * DAY)
        services.choose_lots(case.donor.identity, soon, {more: {100: 2}}, now=NOW)
        services.choose_lots(case.donor.identity, case.there, {more: {100: 6}}, now=NOW)
        services.confirm(
            case.donor.identity, case.here, amount_ml=300, condition=None, bags={}, from_others={more: {100: 3}},
            now=AT_COOLER,
        )  # fmt: skip
        assert more not in case.promised(soon)
        assert case.promised(case.there)[more] == {100: 5}


class TestWhatSheSees:
    def test_she_reads_which_bags_and_for_whom(self, case):
        (line,) = queries.promised_elsewhere(case.donor.identity, case.here)
        assert (line.lot.public_id, line.size_ml, line.count) == (case.theirs, 100, 4)
        assert line.meetings == ((case.other.display_name, START + DAY),)

    def test_the_family_reads_nothing_of_other_families(self, case, stranger):
        assert queries.promised_elsewhere(case.family.identity, case.here) == ()
        for who in (stranger, case.other):
            with pytest.raises(NotFound):
                queries.promised_elsewhere(who.identity, case.here)
        with pytest.raises(NotFound):
            queries.promised_elsewhere(case.donor.identity, "nothing")

    def test_of_a_meeting_that_is_over_nothing_is_asked(self, case):
        services.cancel(case.donor.identity, case.here, reason=CancelReason.PLANS_CHANGED, now=NOW)
        assert queries.promised_elsewhere(case.donor.identity, case.here) == ()


def test_the_form_says_it_plainly_and_keeps_what_was_typed(app, donor, family, other_family, sign_in):
    with app.app_context():
        case = two_meetings(donor, family, other_family)
    with time_machine.travel(AT_COOLER, tick=False):
        hers, field = sign_in(donor), f"others-100-{case.theirs}"
        page = hers.get(f"/handoffs/{case.here}").text
        assert "Some of it was promised for another meeting" in page
        assert f'name="{field}"' in page
        assert "another meeting" not in sign_in(family).get(f"/handoffs/{case.here}").text
        for wrong in ("5", "99999999"):
            answer = hers.post(f"/handoffs/{case.here}/confirm", data={"amount": "500", "unit": "ml", field: wrong})
            assert (answer.status_code, "Not so many of these bags" in answer.text) == (422, True)
            assert f'value="{wrong}"' in answer.text
        right = {"amount": "400", "unit": "ml", field: "4"}
        assert hers.post(f"/handoffs/{case.here}/confirm", data=right).status_code == 302
    with app.app_context():
        assert case.promised(case.there) == {case.mine: {100: 4}}


@pytest.mark.both_databases
@pytest.mark.parametrize("of_one_offer", [True, False])
def test_a_meeting_called_off_at_the_same_moment_keeps_nothing(app, donor, family, other_family, of_one_offer):
    """Its bags were changed for others while it waited for the lots: those are free again, too."""
    with app.app_context():
        case = two_meetings(donor, family, other_family, of_one_offer=of_one_offer)

    def take():
        case.confirm()

    def call_off():
        services.cancel(case.other.identity, case.there, reason=CancelReason.PLANS_CHANGED, now=NOW)

    assert one_before_the_other(app, take, call_off) == {}
    with app.app_context():
        assert case.promised(case.there) == {}
        assert [view(donor, each).balance.reserved_ml for each in (case.mine, case.theirs)] == [0, 400]


@pytest.mark.both_databases
class TestAcceptedAtTheSameMoment:
    """What the other family is shown is changed by a form of another meeting, whose row it does not lock."""

    @pytest.fixture
    def case(self, app, donor, family, other_family) -> Case:
        with app.app_context():
            return two_meetings(donor, family, other_family)

    @pytest.fixture
    def accept(self, app, case):
        with app.app_context():
            lines = queries.lots_for(case.other.identity, case.there).lines
        seen = {line.custody_id: line.statement_version for line in lines}
        return lambda: services.accept_lots(case.other.identity, case.there, seen, now=NOW)

    def test_what_is_other_bags_by_now_is_accepted_by_nobody(self, app, case, accept):
        met = one_before_the_other(app, case.confirm, accept)
        assert {name: (type(error), error.code) for name, error in met.items()} == {
            "second": (Conflict, "lots_changed")
        }
        with app.app_context():
            assert not queries.lots_for(case.other.identity, case.there).is_accepted

    def test_who_accepted_first_is_asked_anew(self, app, case, accept):
        assert one_before_the_other(app, accept, case.confirm) == {}
        with app.app_context():
            assert notices(case.other)[-1] == "handoff_lots"
            assert not queries.lots_for(case.other.identity, case.there).is_accepted
