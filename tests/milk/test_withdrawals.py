"""Withdrawing milk: what it reaches, who is told and who is not, once each, and how it ends."""

from datetime import date, timedelta

import pytest
from flask import current_app
from sqlalchemy import func, select

from app.accounts import services as accounts
from app.accounts.queries import person
from app.infra import jobs
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.errors import Conflict, Invalid, NotFound
from app.milk import queries, services
from app.milk.models import (
    CustodyEntry,
    CustodyHolding,
    CustodyLot,
    Holder,
    RecallContact,
    Withdrawal,
    WithdrawalNotice,
)
from app.milk.rules.ledger import Entry
from app.milk.rules.withdrawals import Answer, Draft, NothingToWithdraw, OpenedAs, Reason, Scope
from app.milk.services import answering, custody, holders, looking, withdrawals
from app.notifications.models import Notice
from app.notifications.rules import Channel, Choice, Group
from app.notifications.services import PreferencesDraft, save_preferences
from tests.conftest import NOW
from tests.milk.factories import hand, handed, kinds, lot, view

pytestmark = pytest.mark.both_databases

STORAGE = "milk_withdrawn_medium"


def storage(*lots) -> Draft:
    return Draft(Reason.STORAGE, lot_public_ids=lots)


def withdraw(donor, *lots, now=NOW) -> str:
    token = withdrawals.withdraw(donor.identity, storage(*lots), now=now)
    jobs.run_due(now=now)
    return token


def told(person) -> list[tuple[str, str]]:
    """What stands in somebody's inbox about withdrawn milk: kind and codes, in order."""
    rows = db.session.scalars(select(Notice).where(Notice.user_id == person.id).order_by(Notice.id))
    return [(row.kind, row.params["codes"]) for row in rows if row.kind.startswith("milk_withdrawn")]


def page_of(person) -> queries.FamilyNotice:
    token = db.session.scalar(select(WithdrawalNotice.token).where(WithdrawalNotice.person_id == person.id))
    return queries.family_notice(token)


def code(donor, public_id) -> str:
    return withdrawals.telling.shown(view(donor, public_id).code)


@pytest.fixture(autouse=True)
def letters(in_app) -> list:
    """The mails that left."""
    in_app.extensions["mailman"].outbox = found = []
    return found


def outbox() -> list[str]:
    return [letter.to[0] for letter in current_app.extensions["mailman"].outbox]


class TestWhoIsTold:
    def test_a_family_that_received_of_it_is_told_once_what_to_do_and_nothing_else(
        self, in_app, donor, family, letters
    ):
        public_id = handed(donor, family, holder="one")
        withdraw(donor, public_id)
        assert told(family) == [(STORAGE, code(donor, public_id))]
        letter = letters[0]
        assert letter.to == [family.email]
        assert "Please do not feed this milk" in letter.body
        assert donor.display_name not in letter.body
        assert "List-Unsubscribe" not in letter.extra_headers

    def test_nobody_else_is_told(self, in_app, donor, family, other_family, stranger):
        wanted, other = handed(donor, family, holder="one"), handed(donor, other_family, holder="two")
        handed(stranger, other_family, holder="three")
        withdraw(donor, wanted)
        assert [told(who) for who in (other_family, stranger, donor)] == [[], [], []]
        assert outbox() == [family.email]
        assert view(donor, other).withdrawn is False

    def test_one_family_with_two_lots_and_two_handoffs_gets_one_notice_with_both(self, in_app, donor, family):
        first, second = handed(donor, family, holder="one"), handed(donor, family, holder="two")
        hand(first, family, holder="two")
        withdraw(donor, first, second)
        assert told(family) == [(STORAGE, f"{code(donor, first)}, {code(donor, second)}")]
        assert [lot.received_ml for lot in page_of(family).lots] == [400, 200]

    def test_of_a_mixed_handoff_only_the_withdrawn_lot_is_named(self, in_app, donor, family):
        wanted, other = handed(donor, family, holder="one"), lot(donor)
        hand(other, family, holder="one")
        withdraw(donor, wanted)
        assert told(family) == [(STORAGE, code(donor, wanted))]

    def test_lots_split_off_before_are_withdrawn_with_it_down_to_the_last(self, in_app, donor, family, other_family):
        whole = lot(donor)
        child = services.split_off(donor.identity, whole, {100: 6}, now=NOW)
        grandchild = services.split_off(donor.identity, child, {100: 3}, now=NOW)
        hand(child, family, holder="one", volume=100)
        hand(grandchild, other_family, holder="two", volume=100)
        withdraw(donor, whole)
        codes = {name: code(donor, each) for name, each in (("g", grandchild), ("c", child), ("w", whole))}
        # Bags that were split off may still carry the label of the lot they came from.
        assert [told(who)[0][1] for who in (family, other_family)] == [
            f"{codes['c']}, {codes['w']}", f"{codes['g']}, {codes['c']}, {codes['w']}",
        ]  # fmt: skip
        assert all(view(donor, each).withdrawn for each in (whole, child, grandchild))
        assert kinds(donor, grandchild)[-1] == "withdrawn"

    def test_a_part_is_withdrawn_without_the_lot_it_came_from(self, in_app, donor, family):
        whole = handed(donor, family, holder="one")
        child = services.split_off(donor.identity, whole, {100: 2}, now=NOW)
        withdraw(donor, child)
        assert told(family) == []
        assert (view(donor, whole).withdrawn, view(donor, child).withdrawn) == (False, True)

    def test_a_family_that_blocked_the_donor_is_told_all_the_same(self, in_app, donor, family):
        public_id = handed(donor, family, holder="one")
        accounts.block(family.identity, person(donor.id).public_id, now=NOW)
        withdraw(donor, public_id)
        assert len(told(family)) == 1

    def test_a_family_whose_account_is_shut_gets_the_mail(self, in_app, donor, family, letters):
        public_id = handed(donor, family, holder="one")
        accounts.deactivate(family.id, now=NOW)
        withdraw(donor, public_id)
        assert outbox() == [family.email]
        assert code(donor, public_id) in letters[0].body

    def test_who_switched_all_mails_off_and_sleeps_gets_it_at_once(self, in_app, donor, family):
        off = {(group, channel): Choice.OFF for group in Group for channel in Channel}
        night = PreferencesDraft(off, quiet=True, quiet_start=0, quiet_end=23, digest_hour=1)
        save_preferences(family.identity, night, now=NOW)
        withdraw(donor, handed(donor, family, holder="one"))
        assert outbox() == [family.email]

    def test_who_left_is_told_only_after_agreeing_to_it(self, in_app, donor, family, other_family, letters):
        public_id = handed(donor, family, holder="one")
        hand(public_id, other_family, holder="two")
        hand(public_id, other_family, holder="three")
        consent = {"text_version": "2026-11", "text_hash": "0" * 64, "language": "en"}
        accounts.give_consent(other_family.identity, "recall-contact", **consent, now=NOW)
        for who in (family, other_family):
            holders.part(who.id, email=who.email, locale="en", now=NOW)
        assert db.session.scalar(select(func.count()).select_from(Holder)) == 0
        jobs.run_due(now=NOW)
        assert [letter.subject for letter in letters] == ["Your account is deleted, and what we keep"]
        token = withdraw(donor, public_id)
        assert outbox() == [other_family.email] * 2
        found = queries.numbers(queries.withdrawal_for(donor.identity, token).id)
        assert (found.told, found.unreached) == (1, 1)


class TestAtOnce:
    def test_no_more_of_it_is_promised_or_given(self, in_app, donor):
        public_id = lot(donor)
        withdraw(donor, public_id)
        with pytest.raises(services.NotForOthers):
            services.promise(public_id, "late", 100, now=NOW)

    @pytest.mark.parametrize(
        ("meets_at", "is_told"), [(NOW - timedelta(hours=1), True), (NOW, True), (NOW + timedelta(days=7), False)]
    )
    def test_what_was_promised_is_free_again_and_its_family_told_if_it_may_have_it_already(
        self, in_app, donor, family, meets_at, is_told
    ):
        public_id = lot(donor)
        services.promise(public_id, "one", 300, bags={100: 3}, meets_at=meets_at, now=NOW)
        holders.register("one", family.id, now=NOW)
        assert withdrawals.look(donor.identity, storage(public_id), now=NOW)[1].families == is_told
        withdraw(donor, public_id)
        assert view(donor, public_id).balance.reserved_ml == 0
        assert told(family) == ([(STORAGE, code(donor, public_id))] if is_told else [])
        moved = "handed_over" if is_told else "released"
        assert kinds(donor, public_id) == ["created", "reserved", moved, "withdrawn"]

    def test_a_promise_taken_back_before_is_nobodys_business(self, in_app, donor, family):
        public_id = lot(donor)
        services.promise(public_id, "one", 300, now=NOW)
        holders.register("one", family.id, now=NOW)
        services.take_back(public_id, "one", 300, now=NOW)
        withdraw(donor, public_id)
        assert told(family) == []

    def test_milk_of_withdrawn_days_that_is_written_down_later_is_withdrawn_from_its_beginning(self, in_app, donor):
        lot(donor)
        withdrawals.withdraw(donor.identity, Draft(Reason.INFECTION, first=date(2026, 11, 10)), now=NOW)
        late, other = lot(donor), lot(donor, pumped_from=date(2026, 10, 1), pumped_to=date(2026, 10, 2))
        assert (view(donor, late).withdrawn, view(donor, other).withdrawn) == (True, False)

    def test_milk_that_changed_hands_and_is_not_counted_yet_is_held_when_a_baby_is_ill(self, in_app, donor, family):
        public_id = lot(donor)
        services.promise(public_id, "one", 300, bags={100: 3}, now=NOW)
        services.mark_met("one", on=NOW.date(), now=NOW)
        withdrawals.withdraw(donor.identity, Draft(Reason.INFANT_ILL), now=NOW)
        assert view(donor, public_id).withdrawn
        assert view(donor, public_id).balance.given_ml == 300

    def test_a_donor_without_lots_withdraws_nothing(self, in_app, donor):
        with pytest.raises(NothingToWithdraw):
            withdrawals.withdraw(donor.identity, Draft(Reason.ADULTERATION), now=NOW)
        assert db.session.scalar(select(func.count()).select_from(Withdrawal)) == 0

    def test_the_same_twice_tells_nobody_twice(self, in_app, donor, family):
        public_id = handed(donor, family, holder="one")
        withdraw(donor, public_id)
        with pytest.raises(NothingToWithdraw):
            withdraw(donor, public_id)
        assert len(told(family)) == 1
        assert len(outbox()) == 1
        assert kinds(donor, public_id).count("withdrawn") == 1

    def test_more_urgent_words_tell_again(self, in_app, donor, family):
        public_id = handed(donor, family, holder="one")
        withdraw(donor, public_id)
        withdrawals.withdraw(donor.identity, Draft(Reason.POSITIVE_TEST), now=NOW)
        jobs.run_due(now=NOW)
        assert [kind for kind, _codes in told(family)] == [STORAGE, "milk_withdrawn_urgent"]

    def test_the_job_run_twice_tells_nobody_twice(self, in_app, donor, family):
        withdraw(donor, handed(donor, family, holder="one"))
        row = db.session.scalars(select(Withdrawal)).one()
        assert withdrawals.telling.tell_families(row.id, [family.id], now=NOW) == []
        assert len(told(family)) == 1

    def test_a_withdrawal_without_families_is_closed_at_once(self, in_app, donor):
        token = withdraw(donor, lot(donor))
        assert queries.withdrawal_for(donor.identity, token).closed_at == NOW


class TestWhoMay:
    def test_only_ones_own_milk_is_withdrawn(self, in_app, donor, stranger):
        public_id = lot(donor)
        with pytest.raises(NothingToWithdraw):
            withdrawals.withdraw(stranger.identity, storage(public_id), now=NOW)
        assert view(donor, public_id).withdrawn is False

    def test_a_moderator_withdraws_by_code_and_a_member_does_not(self, in_app, donor, moderator, stranger, family):
        public_id = handed(donor, family, holder="one")
        draft = Draft(Reason.POSITIVE_TEST)
        with pytest.raises(NotFound):
            withdrawals.withdraw(stranger.identity, draft, code=view(donor, public_id).code, now=NOW)
        token = withdrawals.withdraw(moderator.identity, draft, code=view(donor, public_id).code, now=NOW)
        jobs.run_due(now=NOW)
        assert len(told(family)) == 1
        found = queries.withdrawal_for(moderator.identity, token)
        assert (found.opened_as, found.shows_reason_to(moderator.identity)) == (OpenedAs.MODERATOR, True)
        assert queries.withdrawal_for(donor.identity, token).shows_reason_to(donor.identity) is False
        with pytest.raises(NotFound):
            queries.withdrawal_for(stranger.identity, token)

    def test_when_an_infant_is_ill_a_moderator_looks_first(self, in_app, donor, family, moderator):
        public_id = handed(donor, family, holder="one")
        token = withdrawals.withdraw(donor.identity, Draft(Reason.INFANT_ILL), now=NOW)
        jobs.run_due(now=NOW)
        assert (view(donor, public_id).withdrawn, told(family)) == (True, [])
        with pytest.raises(NotFound):
            looking.release(donor.identity, token, now=NOW)
        looking.release(moderator.identity, token, now=NOW)
        jobs.run_due(now=NOW)
        assert [kind for kind, _codes in told(family)] == ["milk_withdrawn_hold"]
        with pytest.raises(Conflict):
            looking.release(moderator.identity, token, now=NOW)


class TestHowFarItReaches:
    @pytest.mark.parametrize(
        ("draft", "reached"),
        [
            (Draft(Reason.POSITIVE_TEST), {"old", "october", "november"}),
            (Draft(Reason.POSITIVE_TEST, negative=date(2026, 11, 21)), {"old", "october", "november"}),
            (Draft(Reason.SUBSTANCE, first=date(2026, 10, 20), last=date(2026, 10, 25)), {"october"}),
            (Draft(Reason.SUBSTANCE, first=date(2026, 9, 1), last=date(2026, 9, 2)), set()),
            (Draft(Reason.SUBSTANCE, first=date(2026, 10, 9), last=date(2026, 10, 9), washout=3), {"october"}),
            (Draft(Reason.INFECTION, first=date(2026, 11, 17), last=date(2026, 11, 18)), {"november"}),
            (Draft(Reason.INFECTION, first=date(2026, 11, 18), last=date(2026, 11, 18)), set()),
            (Draft(Reason.ADULTERATION), {"old", "october", "november"}),
        ],
    )
    def test_the_reason_decides_the_days(self, in_app, donor, draft, reached):
        lots = {
            "old": lot(donor, pumped_from=date(2025, 11, 24), pumped_to=date(2025, 11, 25)),
            "october": lot(donor, pumped_from=date(2026, 10, 12), pumped_to=date(2026, 10, 24)),
            "november": lot(donor, pumped_from=date(2026, 11, 1), pumped_to=date(2026, 11, 14)),
        }
        codes = {view(donor, public_id).code: name for name, public_id in lots.items()}
        _scope, found = withdrawals.look(donor.identity, draft, now=NOW)
        assert {codes[each.code] for each in found.lots} == reached

    def test_what_is_said_before_is_what_happens(self, in_app, donor, family, other_family):
        public_id = handed(donor, family, holder="one")
        hand(public_id, other_family, holder="two", volume=300)
        _scope, found = withdrawals.look(donor.identity, storage(public_id), now=NOW)
        assert (found.families, found.given_ml, found.left_ml) == (2, 500, 500)
        withdraw(donor, public_id)
        assert len(told(family) + told(other_family)) == found.families

    @pytest.mark.parametrize(
        ("draft", "field"),
        [
            (Draft(None), "reason"),
            (Draft(Reason.SUBSTANCE), "first"),
            (Draft(Reason.INFECTION, first=date(2026, 12, 1)), "first"),
            (Draft(Reason.INFECTION, first=date(2026, 11, 2), last=date(2026, 11, 1)), "last"),
            (Draft(Reason.SUBSTANCE, first=date(2026, 11, 2), washout=91), "washout"),
            (Draft(Reason.STORAGE), "lots"),
        ],
    )
    def test_what_cannot_be_worked_out_is_said_at_its_field(self, in_app, donor, draft, field):
        with pytest.raises(Invalid) as refused:
            withdrawals.withdraw(donor.identity, draft, now=NOW)
        assert list(refused.value.fields) == [field]


class TestAnswers:
    def test_what_was_fed_kept_and_poured_away_is_counted_and_closes_it(self, in_app, donor, family):
        public_id = handed(donor, family, holder="one")
        hand(public_id, family, holder="two")
        token = withdraw(donor, public_id)
        shown = page_of(family)
        held = shown.lots[0]
        said = [Answer(held.lot_id, fed_ml=250, stored_ml=50, discarded_ml=100)]
        answering.answer(shown.token, said, had={held.lot_id: held.left_ml}, now=NOW)
        found = queries.withdrawal_for(donor.identity, token)
        numbers = queries.numbers(found.id)
        assert (numbers.answered, numbers.fed_ml, numbers.stored_ml, numbers.discarded_ml) == (1, 250, 50, 100)
        assert found.closed_at == NOW
        assert page_of(family).lots[0].left_ml == 50
        with pytest.raises(Conflict):
            answering.answer(shown.token, said, had={held.lot_id: held.left_ml}, now=NOW)
        read = select(func.count()).where(Notice.user_id == family.id, Notice.read_at.is_(None))
        assert db.session.scalar(read) == 0

    @pytest.mark.parametrize("said", [{"fed_ml": 201}, {"fed_ml": -1}, {"fed_ml": 100, "discarded_ml": 101}])
    def test_more_than_was_received_is_refused(self, in_app, donor, family, said):
        withdraw(donor, handed(donor, family, holder="one"))
        held = page_of(family).lots[0]
        with pytest.raises(Invalid) as refused:
            answering.answer(page_of(family).token, [Answer(held.lot_id, **said)], had={held.lot_id: 200}, now=NOW)
        assert list(refused.value.fields) == [f"lot-{held.lot_id}"]
        assert db.session.scalar(select(func.count()).where(CustodyEntry.kind == Entry.FED)) == 0

    def test_having_read_it_is_an_answer(self, in_app, donor, family):
        token = withdraw(donor, handed(donor, family, holder="one"))
        answering.answer(page_of(family).token, [], had={}, now=NOW)
        assert queries.withdrawal_for(donor.identity, token).closed_at == NOW

    def test_there_is_no_page_without_its_token(self, in_app):
        with pytest.raises(NotFound):
            queries.family_notice("nothing")
        with pytest.raises(NotFound):
            answering.answer("nothing", [], had={}, now=NOW)


class TestWhatIsWrittenDownLate:
    def test_a_family_that_turns_out_to_have_some_is_told_and_the_withdrawal_goes_on(self, in_app, donor, family):
        public_id = lot(donor)
        token = withdraw(donor, public_id)
        assert queries.withdrawal_for(donor.identity, token).closed_at == NOW
        holders.register("late", family.id, now=NOW)
        custody_id = view(donor, public_id).custody_id
        with transaction() as session:
            session.add(CustodyHolding(lot_id=custody_id, holder="late", reserved_ml=0, received_ml=100, used_ml=0))
        for _twice in range(2):
            withdrawals.telling.reach_late(custody_id, "late", family.id, now=NOW)
            jobs.run_due(now=NOW)
        assert told(family) == [(STORAGE, code(donor, public_id))]
        assert queries.withdrawal_for(donor.identity, token).closed_at is None
        answering.answer(page_of(family).token, [], had={}, now=NOW)
        assert queries.withdrawal_for(donor.identity, token).closed_at == NOW


class TestNoAnswer:
    def test_a_family_is_told_three_times_and_then_somebody_looks(self, in_app, donor, family, moderator):
        token = withdraw(donor, handed(donor, family, holder="one"))
        for hours, times in ((23, 1), (24, 2), (47, 2), (48, 3), (71, 3), (72, 3)):
            later = NOW + timedelta(hours=hours, minutes=1)
            withdrawals.telling.follow_up(now=later)
            jobs.run_due(now=later)
            assert (hours, len(told(family))) == (hours, times)
        found = queries.withdrawal_for(moderator.identity, token)
        assert found.escalated_at == found.closed_at == NOW + timedelta(hours=72, minutes=1)
        assert queries.numbers(found.id).silent == 1
        kinds_told = db.session.scalars(select(Notice.kind).where(Notice.user_id.in_((donor.id, moderator.id))))
        assert sorted(kinds_told) == ["milk_withdrawal_closed", "milk_withdrawal_waits"]

    def test_who_answered_is_not_told_again(self, in_app, donor, family):
        withdraw(donor, handed(donor, family, holder="one"))
        answering.answer(page_of(family).token, [], had={}, now=NOW)
        later = NOW + timedelta(days=2)
        withdrawals.telling.follow_up(now=later)
        jobs.run_due(now=later)
        assert len(told(family)) == 1


def test_contacts_are_forgotten_half_a_year_after_the_milk_could_last_be_used(in_app, donor, family):
    handed(donor, family, holder="one")
    with transaction() as session:
        session.add(RecallContact(holder="one", email="x@example.org", locale="en", leaver="x", kept_at=NOW))
    kept = []
    for day in (date(2028, 5, 1), date(2028, 5, 3)):
        holders.forget_old(now=NOW.replace(year=day.year, month=day.month, day=day.day))
        kept.append(db.session.scalar(select(func.count()).select_from(RecallContact)))
    assert kept == [1, 0]


def test_a_lot_without_a_donor_any_more_is_withdrawn_by_its_code(in_app, donor, family):
    public_id = handed(donor, family, holder="one")
    made = withdrawals.open_withdrawal(
        None, Reason.STORAGE, opened_as=OpenedAs.CODE, opened_by_id=None, scope=Scope(code=view(donor, public_id).code),
        now=NOW,
    )  # fmt: skip
    jobs.run_due(now=NOW)
    assert made is not None
    assert len(told(family)) == 1
    assert custody.balance(db.session.scalars(select(CustodyLot.id)).one()).free_ml == 800
