"""Days kept back: which lots they touch, what she is asked, and that nothing is given back by itself."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.accounts.rules.consents import Purpose
from app.accounts.services import withdraw_consent
from app.infra import event_bus
from app.infra.database import db
from app.kernel.errors import Conflict, Invalid, NotFound
from app.milk import services
from app.milk.events import MilkExcluded
from app.milk.models import CustodyEntry, CustodyLot, Deferral, Lot, LotHold
from app.milk.rules.deferrals import Days, DeferralDraft, Hold, Kind, Standing, check, joins, judge, keeps_back
from app.milk.rules.drafts import Bags
from app.milk.rules.keeping import NotGiven
from app.milk.rules.ledger import Arrival, NotEnoughMilk
from app.milk.services import custody
from tests.conftest import NOW
from tests.milk.deferring import agree, days, keep
from tests.milk.factories import TODAY, kinds, lot, view

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 14)
"""The days of a lot of the factory."""


def day(number: int) -> date:
    return date(2026, 11, number)


@pytest.fixture
def her(donor, in_app):
    """A donor who agreed."""
    agree(donor)
    return donor


@pytest.fixture
def heard(in_app, monkeypatch):
    """What milk told others."""
    told = []
    record = event_bus.record

    def listen(happened):
        told.append(happened)
        record(happened)

    monkeypatch.setattr(event_bus, "record", listen)
    return told


def standings(public_id: str) -> list[str]:
    wanted = select(LotHold.standing).join(Lot, Lot.id == LotHold.lot_id).where(Lot.public_id == public_id)
    return list(db.session.scalars(wanted.order_by(LotHold.id)))


def is_back(who, public_id: str) -> bool:
    return view(who, public_id).not_given is NotGiven.KEPT_BACK


class TestWhatMayBeSaid:
    @pytest.mark.parametrize(
        ("changed", "fields"),
        [
            ({}, set()),
            ({"kind": None}, {"kind"}),
            ({"first": None}, {"first"}),
            ({"last": None}, {"last"}),
            ({"last": None, "goes_on": True}, set()),
            ({"first": TODAY, "last": TODAY}, set()),
            ({"first": TODAY + timedelta(1), "last": TODAY + timedelta(1)}, {"first"}),
            ({"last": TODAY + timedelta(30)}, set()),
            ({"first": day(5), "last": day(4)}, {"last"}),
            ({"first": TODAY - timedelta(731)}, set()),
            ({"first": TODAY - timedelta(732)}, {"first"}),
            ({"last": day(3) + timedelta(731)}, set()),
            ({"last": day(3) + timedelta(732)}, {"last"}),
            ({"kind": None, "first": None}, {"kind", "first"}),
        ],
    )
    def test_days_are_past_or_go_on_and_have_a_kind(self, changed, fields):
        assert set(check(replace(days(3), **changed), today=TODAY)) == fields

    @pytest.mark.parametrize(
        ("first", "last", "joined"),
        [(20, 20, True), (21, 21, True), (19, 19, False), (1, None, True), (21, 30, True), (10, 30, True)],
    )
    def test_again_today_joins_what_holds_today_or_ended_yesterday(self, first, last, joined):
        assert joins(Days(day(first), day(last) if last else None), TODAY) is joined


class TestHowDaysStandToALot:
    @pytest.mark.parametrize(
        ("first", "last", "standing", "shared"),
        [
            (1, 14, Standing.INSIDE, (1, 14)),
            (1, None, Standing.INSIDE, (1, 14)),
            (1, 20, Standing.INSIDE, (1, 14)),
            (2, 14, Standing.OPEN, (2, 14)),
            (1, 13, Standing.OPEN, (1, 13)),
            (14, None, Standing.OPEN, (14, 14)),
            (3, 3, Standing.OPEN, (3, 3)),
            (15, 20, None, None),
            (15, None, None, None),
        ],
    )
    def test_all_days_shared_is_inside_and_some_are_asked_about(self, first, last, standing, shared):
        found = judge(Days(day(first), day(last) if last else None), FIRST, LAST, None)
        expected = Hold(standing, Days(day(shared[0]), day(shared[1]))) if shared else None
        assert found == expected

    @pytest.mark.parametrize(
        ("earlier", "answered", "now", "standing"),
        [
            (Standing.OUTSIDE, (3, 5), (3, 5), Standing.OUTSIDE),
            (Standing.OUTSIDE, (3, 5), (4, 4), Standing.OUTSIDE),
            (Standing.OUTSIDE, (3, 5), (3, 6), Standing.OPEN),
            (Standing.OUTSIDE, (3, 5), (2, 5), Standing.OPEN),
            (Standing.OUTSIDE, (3, 5), (1, 14), Standing.INSIDE),
            (Standing.INSIDE, (3, 5), (3, 6), Standing.INSIDE),
            (Standing.INSIDE, (1, 14), (3, 6), Standing.INSIDE),
            (Standing.OPEN, (3, 5), (4, 9), Standing.OPEN),
        ],
    )
    def test_an_answer_holds_for_the_days_it_was_given_for_and_no_others(self, earlier, answered, now, standing):
        hold = Hold(earlier, Days(day(answered[0]), day(answered[1])))
        found = judge(Days(day(now[0]), day(now[1])), FIRST, LAST, hold)
        assert found is not None
        assert found.standing is standing

    @given(st.integers(1, 28), st.integers(0, 27), st.integers(1, 28), st.integers(0, 13))
    def test_a_day_that_is_shared_is_never_overlooked(self, begin, length, pumped, span):
        entry = Days(day(1) + timedelta(begin), day(1) + timedelta(begin + length))
        first, last = day(1) + timedelta(pumped), day(1) + timedelta(pumped + span)
        shared = [each for each in range(span + 1) if entry.first <= first + timedelta(each) <= entry.last]
        found = judge(entry, first, last, None)
        assert (found is None) == (not shared)
        assert (found is not None and found.standing is Standing.INSIDE) == (len(shared) == span + 1)

    @pytest.mark.parametrize(
        ("standing", "kept"),
        [((), False), (("outside",), False), (("open",), True), (("inside",), True), (("outside", "open"), True)],
    )
    def test_a_lot_is_kept_back_unless_each_question_was_answered_with_none(self, standing, kept):
        assert keeps_back(Standing(each) for each in standing) is kept


class TestConsent:
    def test_without_it_nothing_is_kept(self, donor, in_app):
        with pytest.raises(Invalid) as refused:
            keep(donor, 3)
        assert set(refused.value.fields) == {"agree"}
        assert db.session.scalar(select(func.count(Deferral.id))) == 0

    def test_with_it_the_days_leave_too_and_the_milk_stays_back(self, her):
        whole, part, free = lot(her, pumped_from=day(3), pumped_to=day(3)), lot(her), lot(her)
        keep(her, 3)
        services.say_which_bags(her.identity, free, {100: 0}, now=NOW)
        withdraw_consent(her.identity, Purpose.HEALTH_DAYS, now=NOW)
        assert db.session.scalar(select(func.count(Deferral.id))) == 0
        left = db.session.scalars(select(LotHold)).all()
        assert {(each.standing, each.deferral_id, each.first_day, each.last_day) for each in left} == {
            ("inside", None, None, None)
        }
        assert [is_back(her, each) for each in (whole, part, free)] == [True, True, False]

    def test_another_consent_that_ends_leaves_them(self, her):
        keep(her, 3)
        withdraw_consent(her.identity, Purpose.HEALTH_COLLECT, now=NOW)
        assert db.session.scalar(select(func.count(Deferral.id))) == 1


class TestKeepingDaysBack:
    def test_a_lot_of_these_days_is_kept_back_whole_and_others_are_not(self, her):
        inside, other = lot(her, pumped_from=day(3), pumped_to=day(4)), lot(her, pumped_from=day(6), pumped_to=day(6))
        keep(her, 3, 5)
        assert (is_back(her, inside), is_back(her, other)) == (True, False)
        assert standings(inside) == ["inside"]

    def test_a_lot_of_which_some_days_are_shared_is_kept_back_until_she_answers(self, her):
        part = lot(her)
        keep(her, 3)
        assert is_back(her, part)
        assert standings(part) == ["open"]

    def test_a_new_lot_of_such_days_is_kept_back_at_once(self, her):
        keep(her, 3, goes_on=True)
        assert is_back(her, lot(her))
        assert is_back(her, lot(her, pumped_from=day(10), pumped_to=day(12)))
        assert not is_back(her, lot(her, pumped_from=day(1), pumped_to=day(2)))

    def test_only_her_own_lots_are_touched(self, her, family):
        others = lot(family)
        keep(her, 1, 14)
        assert not is_back(family, others)

    def test_the_same_form_twice_is_one_entry(self, her):
        first, second = (
            services.keep_days_back(her.identity, days(number), submit_token="once", now=NOW) for number in (3, 4)
        )
        assert first == second
        assert db.session.scalar(select(func.count(Deferral.id))) == 1

    def test_neither_promise_nor_gift_leaves_a_lot_kept_back(self, her):
        part = lot(her)
        keep(her, 3)
        with pytest.raises(services.NotForOthers) as refused:
            services.promise(part, "handoff", 100, now=NOW)
        assert refused.value.reason is NotGiven.KEPT_BACK
        with pytest.raises(services.NotForOthers):
            services.give(part, "handoff", 100, Arrival.FROZEN, now=NOW)

    @pytest.mark.parametrize("mark", ["exclude", "withdraw"])
    def test_the_ledger_itself_refuses_too_however_it_is_asked(self, her, mark):
        record = view(her, lot(her)).custody_id
        if mark == "exclude":
            custody.exclude(record)
        else:
            custody.withdraw(record, now=NOW)
        for ask in (
            lambda: custody.reserve(record, "h", 100, now=NOW),
            lambda: custody.hand_over(record, "h", 100, Arrival.COLD, now=NOW),
        ):
            with pytest.raises(NotEnoughMilk) as refused:
                ask()
            assert refused.value.free_ml == 0

    def test_the_schema_refuses_a_promise_of_a_lot_kept_back(self, her):
        record = view(her, lot(her)).custody_id
        custody.exclude(record)
        with pytest.raises(IntegrityError, match="excluded_is_not_promised"):
            db.session.execute(CustodyLot.__table__.update().values(reserved_ml=1))
        db.session.rollback()

    def test_what_was_promised_is_taken_back_and_those_who_were_promised_are_told_without_a_cause(self, her, heard):
        part, other = lot(her), lot(her, pumped_from=day(20), pumped_to=day(20))
        for holder in ("one", "two"):
            services.promise(part, holder, 300, now=NOW)
        services.promise(other, "one", 300, now=NOW)
        keep(her, 3)
        assert [each for each in heard if isinstance(each, MilkExcluded)] == [
            MilkExcluded(at=NOW, lot_public_id=part, holders=("one", "two"))
        ]
        assert view(her, part).balance.reserved_ml == 0
        assert view(her, other).balance.reserved_ml == 300
        assert kinds(her, part) == ["created", "reserved", "reserved", "released", "released"]

    def test_what_was_handed_over_stays_handed_over(self, her):
        part = lot(her)
        services.give(part, "handoff", 300, Arrival.FROZEN, now=NOW)
        keep(her, 3)
        assert (view(her, part).balance.given_ml, view(her, part).balance.free_ml) == (300, 700)


class TestWhichBags:
    def test_some_become_a_lot_that_stays_back_and_the_rest_is_free(self, her):
        whole = lot(her, bags=(Bags(10, 100), Bags(4, 60)))
        keep(her, 3)
        child = services.say_which_bags(her.identity, whole, {100: 2, 60: 1}, now=NOW)
        assert child != whole
        assert (is_back(her, child), is_back(her, whole)) == (True, False)
        assert view(her, child).balance.made_ml == 260
        assert view(her, whole).balance.free_ml == 980
        services.promise(whole, "handoff", 980, now=NOW)

    @pytest.mark.parametrize(("taken", "back"), [({100: 10}, True), ({100: 0}, False), ({}, False)])
    def test_all_leaves_it_back_and_none_frees_it(self, her, taken, back):
        whole = lot(her)
        keep(her, 3)
        assert services.say_which_bags(her.identity, whole, taken, now=NOW) == whole
        assert is_back(her, whole) is back
        assert db.session.scalar(select(func.count(Lot.id))) == 1

    @pytest.mark.parametrize("taken", [{100: 11}, {70: 1}, {100: -1}, {100: 10, 70: 1}])
    def test_bags_that_are_not_there_are_refused_and_all_stays_back(self, her, taken):
        whole = lot(her)
        keep(her, 3)
        with pytest.raises(Invalid):
            services.say_which_bags(her.identity, whole, taken, now=NOW)
        assert standings(whole) == ["open"]
        assert is_back(her, whole)

    def test_an_answer_may_be_corrected(self, her):
        whole = lot(her)
        keep(her, 3)
        child = services.say_which_bags(her.identity, whole, {100: 4}, now=NOW)
        services.say_which_bags(her.identity, child, {100: 1}, now=NOW)
        assert not is_back(her, child)

    def test_there_is_nothing_to_say_of_a_lot_whose_days_are_all_kept_or_of_none(self, her):
        inside, other = lot(her, pumped_from=day(3), pumped_to=day(3)), lot(her, pumped_from=day(9), pumped_to=day(9))
        keep(her, 3)
        for each, code in ((inside, "all_days_kept"), (other, "nothing_asked")):
            with pytest.raises(Conflict) as refused:
                services.say_which_bags(her.identity, each, {100: 1}, now=NOW)
            assert refused.value.code == code

    def test_bags_that_thaw_or_are_split_off_stay_back_with_their_lot(self, her):
        whole = lot(her)
        keep(her, 3)
        for child in (
            services.split_off(her.identity, whole, {100: 1}, now=NOW),
            services.thaw(her.identity, whole, {100: 1}, now=NOW),
        ):
            assert standings(child) == ["open"]
            assert view(her, child).excluded

    def test_the_answer_for_one_entry_does_not_answer_another(self, her):
        whole = lot(her)
        keep(her, 3)
        services.say_which_bags(her.identity, whole, {100: 0}, now=NOW)
        keep(her, 9, kind=Kind.ALCOHOL)
        assert standings(whole) == ["outside", "open"]
        assert is_back(her, whole)


class TestChanging:
    def test_longer_days_ask_anew(self, her):
        whole, entry = lot(her), keep(her, 3)
        services.say_which_bags(her.identity, whole, {100: 0}, now=NOW)
        services.change_days(her.identity, entry, days(3, 4), now=NOW)
        assert is_back(her, whole)

    def test_shorter_days_give_nothing_back_by_themselves(self, her):
        whole, entry = lot(her), keep(her, 14, 20)
        services.change_days(her.identity, entry, days(15, 20), now=NOW)
        assert is_back(her, whole)
        services.give_again(her.identity, whole, now=NOW)
        assert not is_back(her, whole)

    def test_an_entry_that_goes_on_ends_today_and_one_that_ended_stays(self, her):
        open_entry, ended = keep(her, 19, goes_on=True), keep(her, 3)
        for entry in (open_entry, ended):
            services.end_today(her.identity, entry, now=NOW)
        last = select(Deferral.last_day).order_by(Deferral.id)
        assert db.session.scalars(last).all() == [TODAY, day(3)]

    def test_again_today_lets_yesterdays_go_on_and_follows_an_older_one_and_twice_is_once(self, her):
        yesterday, older = keep(her, 20), keep(her, 3, kind=Kind.ALCOHOL)
        assert services.again_today(her.identity, yesterday, now=NOW) == yesterday
        assert services.again_today(her.identity, yesterday, now=NOW) == yesterday
        new = services.again_today(her.identity, older, now=NOW)
        assert new != older
        assert services.again_today(her.identity, older, now=NOW) == new
        rows = db.session.execute(select(Deferral.kind, Deferral.first_day, Deferral.last_day).order_by(Deferral.id))
        assert [tuple(row) for row in rows] == [
            ("fever", day(20), TODAY), ("alcohol", day(3), day(3)), ("alcohol", TODAY, TODAY)
        ]  # fmt: skip

    def test_again_today_reaches_todays_lot(self, her):
        entry, todays = keep(her, 20), lot(her, pumped_from=TODAY, pumped_to=TODAY)
        assert not is_back(her, todays)
        services.again_today(her.identity, entry, now=NOW)
        assert is_back(her, todays)

    def test_a_deleted_entry_gives_nothing_back_until_she_says_so(self, her):
        whole, entry = lot(her), keep(her, 3)
        services.delete_days(her.identity, entry, now=NOW)
        assert db.session.scalar(select(func.count(Deferral.id))) == 0
        assert is_back(her, whole)
        services.give_again(her.identity, whole, now=NOW)
        services.promise(whole, "handoff", 1000, now=NOW)

    def test_nothing_is_given_again_while_other_days_keep_it_back(self, her):
        whole, entry = lot(her), keep(her, 3)
        keep(her, 9)
        services.delete_days(her.identity, entry, now=NOW)
        with pytest.raises(Conflict):
            services.give_again(her.identity, whole, now=NOW)
        services.say_which_bags(her.identity, whole, {100: 0}, now=NOW)
        assert is_back(her, whole)
        services.give_again(her.identity, whole, now=NOW)
        assert not is_back(her, whole)


USE_CASES = [
    lambda who, entry, _lot: services.again_today(who.identity, entry, now=NOW),
    lambda who, entry, _lot: services.change_days(who.identity, entry, days(4), now=NOW),
    lambda who, entry, _lot: services.end_today(who.identity, entry, now=NOW),
    lambda who, entry, _lot: services.delete_days(who.identity, entry, now=NOW),
    lambda who, _entry, its: services.say_which_bags(who.identity, its, {100: 0}, now=NOW),
    lambda who, _entry, its: services.give_again(who.identity, its, now=NOW),
]


@pytest.mark.parametrize("use_case", USE_CASES)
@pytest.mark.parametrize("named", ["hers", "none"])
def test_a_stranger_finds_none_of_it_whichever_way(her, stranger, use_case, named):
    agree(stranger)
    whole, entry = lot(her), keep(her, 3)
    with pytest.raises(NotFound):
        use_case(stranger, entry if named == "hers" else "no-such", whole if named == "hers" else "no-such")
    assert is_back(her, whole)


def test_the_ledger_tells_neither_that_nor_why_a_lot_is_kept_back(her):
    whole = lot(her)
    before = db.session.scalar(select(func.count(CustodyEntry.id)))
    keep(her, 3)
    assert db.session.scalar(select(func.count(CustodyEntry.id))) == before
    assert kinds(her, whole) == ["created"]


def test_a_draft_without_an_end_goes_on():
    assert DeferralDraft(Kind.FEVER, day(3), day(5), goes_on=True).days == Days(day(3), None)
