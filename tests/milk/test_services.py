"""A donor's lots: made once, moved only colder, thawed and poured away bag by bag, and nobody else's."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DatabaseError

from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.errors import Conflict, DomainError, Invalid, NotFound
from app.milk import queries, services
from app.milk.models import CustodyEntry, CustodyHolding, CustodyLot, Lot
from app.milk.rules.codes import read_code
from app.milk.rules.drafts import Bags
from app.milk.rules.keeping import Kept, NotGiven
from app.milk.rules.ledger import Arrival, Entry, NotEnoughMilk
from app.milk.services import custody
from app.posts import services as posts
from app.posts.services.health import forget_health
from tests.conftest import NOW
from tests.milk.factories import TODAY, draft, kinds, lot, view
from tests.posts.drafts import OFFER

pytestmark = pytest.mark.both_databases

LATER = NOW + timedelta(days=30)


def test_a_new_lot_has_a_code_a_clock_and_all_its_milk(in_app, donor):
    found = view(donor, lot(donor, bags=(Bags(10, 100), Bags(2, 60), Bags(1, 100))))
    assert read_code(found.code) == found.code
    assert (found.balance.made_ml, found.balance.free_ml, found.bags_left) == (1220, 1220, 13)
    assert [(bags.size_ml, bags.count, bags.left) for bags in found.bags] == [(60, 2, 2), (100, 11, 11)]
    assert (found.clock.best_by, found.clock.use_by) == (date(2027, 5, 1), date(2027, 11, 1))
    assert (found.not_given, found.is_over, found.is_soon, found.statement) == (None, False, False, None)


def test_the_same_form_sent_twice_is_one_lot(in_app, donor, family):
    made = {services.make_lot(donor.identity, draft(), submit_token="once", now=NOW) for _again in range(2)}
    assert len(made) == 1
    assert services.make_lot(family.identity, draft(), submit_token="once", now=NOW) not in made
    assert len(queries.lots_of(donor.identity, today=TODAY)) == 1


def test_what_cannot_be_a_lot_is_refused_and_nothing_is_written(in_app, donor):
    with pytest.raises(Invalid) as refused:
        lot(donor, bags=())
    assert list(refused.value.fields) == ["count_1"]
    assert db.session.query(CustodyLot).count() == 0


def test_lots_are_listed_oldest_milk_first_and_only_to_their_donor(in_app, donor, stranger):
    newer = lot(donor, pumped_from=date(2026, 11, 10))
    older = lot(donor, pumped_from=date(2026, 10, 20))
    assert [each.public_id for each in queries.lots_of(donor.identity, today=TODAY)] == [older, newer]
    assert queries.lots_of(stranger.identity, today=TODAY) == []


ACTIONS = {
    "see": lambda who, lot: queries.lot_for(who.identity, lot, today=TODAY),
    "put": lambda who, lot: services.put(who.identity, lot, Kept.DEEP_FREEZER, now=NOW),
    "discard": lambda who, lot: services.discard(who.identity, lot, {100: 1}, now=NOW),
    "thaw": lambda who, lot: services.thaw(who.identity, lot, {100: 1}, now=NOW),
    "split": lambda who, lot: services.split_off(who.identity, lot, {100: 1}, now=NOW),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_only_its_donor_finds_a_lot(in_app, donor, stranger, action):
    public_id = lot(donor)
    for who, wanted in ((stranger, public_id), (donor, "nothing")):
        with pytest.raises(NotFound):
            ACTIONS[action](who, wanted)
    assert kinds(donor, public_id) == ["created"]
    ACTIONS[action](donor, public_id)


def test_a_code_leads_to_ones_own_lot_only(in_app, donor, stranger):
    public_id = lot(donor)
    code = view(donor, public_id).code
    assert queries.own_lot_by_code(donor.identity, code) == public_id
    assert queries.own_lot_by_code(stranger.identity, code) is None


def test_a_code_that_is_taken_is_drawn_again(in_app, donor, monkeypatch):
    drawn = iter(["2345678M", "2345678M", "3345678D"])
    monkeypatch.setattr(custody, "new_code", lambda: next(drawn))
    assert [view(donor, lot(donor)).code for _time in range(2)] == ["2345678M", "3345678D"]


class TestWhereItIsKept:
    def test_it_moves_colder_and_the_ledger_says_when(self, in_app, donor):
        public_id = lot(donor, pumped_from=TODAY, pumped_to=TODAY, kept=Kept.FRIDGE)
        assert view(donor, public_id).clock.use_by == date(2026, 11, 25)
        services.put(donor.identity, public_id, Kept.FREEZER, now=NOW)
        found = view(donor, public_id)
        assert (found.kept, found.clock.use_by) == (Kept.FREEZER, date(2027, 11, 21))
        assert kinds(donor, public_id) == ["created", "moved"]

    def test_where_it_is_already_changes_nothing(self, in_app, donor):
        public_id = lot(donor)
        services.put(donor.identity, public_id, Kept.FREEZER, now=NOW)
        assert kinds(donor, public_id) == ["created"]

    def test_frozen_milk_does_not_go_back_into_a_fridge(self, in_app, donor):
        public_id = lot(donor)
        with pytest.raises(Conflict):
            services.put(donor.identity, public_id, Kept.FRIDGE, now=NOW)

    def test_no_freezer_makes_milk_young_that_was_too_long_in_a_fridge(self, in_app, donor):
        public_id = lot(donor, pumped_from=TODAY, pumped_to=TODAY, kept=Kept.FRIDGE)
        services.put(donor.identity, lot(donor, pumped_from=TODAY, pumped_to=TODAY, kept=Kept.FRIDGE),
                     Kept.FREEZER, now=NOW + timedelta(days=4))  # fmt: skip
        with pytest.raises(Conflict) as refused:
            services.put(donor.identity, public_id, Kept.FREEZER, now=NOW + timedelta(days=5))
        assert refused.value.code == NotGiven.PAST

    def test_a_lot_of_which_nothing_is_left_moves_without_a_line(self, in_app, donor):
        public_id = lot(donor)
        services.discard(donor.identity, public_id, {100: 10}, now=NOW)
        services.put(donor.identity, public_id, Kept.DEEP_FREEZER, now=NOW)
        assert kinds(donor, public_id) == ["created", "discarded"]


class TestBags:
    def test_poured_away_bags_are_gone(self, in_app, donor):
        public_id = lot(donor)
        services.discard(donor.identity, public_id, {100: 3}, now=NOW)
        found = view(donor, public_id)
        assert (found.bags_left, found.balance.free_ml, found.is_over) == (7, 700, False)
        services.discard(donor.identity, public_id, {100: 7}, now=NOW)
        found = view(donor, public_id)
        assert (found.is_over, found.not_given) == (True, NotGiven.GONE)

    @pytest.mark.parametrize("taken", [{}, {100: 0}, {100: 11}, {100: -1}, {60: 1}, {100: 1, 60: 1}])
    def test_bags_that_are_not_there_are_refused(self, in_app, donor, taken):
        public_id = lot(donor)
        for use_case in (services.discard, services.thaw, services.split_off):
            with pytest.raises(Invalid) as refused:
                use_case(donor.identity, public_id, taken, now=NOW)
            assert list(refused.value.fields) == ["bags"]
        assert kinds(donor, public_id) == ["created"]

    def test_bags_promised_to_a_family_cannot_be_poured_away(self, in_app, donor):
        public_id = lot(donor)
        services.promise(public_id, "handoff", 950, now=NOW)
        with pytest.raises(NotEnoughMilk) as refused:
            services.discard(donor.identity, public_id, {100: 1}, now=NOW)
        assert refused.value.free_ml == 50
        assert view(donor, public_id).bags_left == 10

    def test_some_thawed_bags_become_a_lot_of_their_own(self, in_app, donor):
        public_id = lot(donor)
        thawed = services.thaw(donor.identity, public_id, {100: 2}, now=NOW)
        assert thawed != public_id
        rest, found = view(donor, public_id), view(donor, thawed)
        assert (rest.balance.free_ml, rest.bags_left, rest.thawed_on) == (800, 8, None)
        assert (found.balance.free_ml, found.bags_left, found.thawed_on) == (200, 2, TODAY)
        assert (found.not_given, rest.not_given) == (NotGiven.THAWED, None)
        assert found.clock.use_by == TODAY + timedelta(days=1)
        assert (kinds(donor, public_id), kinds(donor, thawed)) == (["created", "split"], ["created", "thawed"])
        assert [entry.other_code for entry in queries.timeline(rest)] == [None, found.code]
        assert [entry.other_code for entry in queries.timeline(found)] == [rest.code, None]

    def test_a_lot_that_thaws_whole_stays_the_lot_it_is(self, in_app, donor):
        public_id = lot(donor)
        assert services.thaw(donor.identity, public_id, {100: 10}, now=NOW) == public_id
        assert view(donor, public_id).not_given is NotGiven.THAWED

    def test_thawed_milk_is_neither_frozen_again_nor_thawed_again(self, in_app, donor):
        public_id = lot(donor)
        services.thaw(donor.identity, public_id, {100: 10}, now=NOW)
        for use_case in (
            lambda: services.put(donor.identity, public_id, Kept.DEEP_FREEZER, now=NOW),
            lambda: services.thaw(donor.identity, public_id, {100: 1}, now=NOW),
        ):
            with pytest.raises(Conflict):
                use_case()

    def test_milk_that_was_never_frozen_does_not_thaw(self, in_app, donor):
        public_id = lot(donor, pumped_from=TODAY, pumped_to=TODAY, kept=Kept.FRIDGE)
        with pytest.raises(Conflict):
            services.thaw(donor.identity, public_id, {100: 1}, now=NOW)

    def test_what_is_split_off_says_what_the_lot_said(self, in_app, donor):
        services.note_statement(donor.id, [("dairy", "avoids", None, None)], now=NOW)
        public_id = lot(donor, as_stated=True)
        part = view(donor, services.split_off(donor.identity, public_id, {100: 4}, now=NOW))
        whole = view(donor, public_id)
        assert (part.pumped_from, part.kept, part.heat, part.statement) == (
            whole.pumped_from, whole.kept, whole.heat, whole.statement,
        )  # fmt: skip
        assert part.code != whole.code
        assert part.balance.made_ml + whole.balance.free_ml == 1000


class TestGiving:
    def test_milk_is_promised_handed_over_and_accounted_for(self, in_app, donor):
        public_id = lot(donor)
        services.promise(public_id, "first", 400, now=NOW)
        services.promise(public_id, "second", 300, now=NOW)
        services.take_back(public_id, "second", 300, now=NOW)
        services.give(public_id, "first", 450, Arrival.FROZEN, now=NOW)
        record = view(donor, public_id).custody_id
        custody.settle(record, "first", Entry.STORED, 450, now=NOW)
        custody.settle(record, "first", Entry.FED, 300, now=NOW)
        custody.settle(record, "first", Entry.DISCARDED, 150, now=NOW)
        found = view(donor, public_id)
        assert (found.balance.reserved_ml, found.balance.given_ml, found.balance.free_ml) == (0, 450, 550)
        assert kinds(donor, public_id) == [
            "created", "reserved", "reserved", "released", "handed_over", "stored", "fed", "discarded",
        ]  # fmt: skip
        held = db.session.query(CustodyHolding).filter_by(holder="first").one()
        assert (held.reserved_ml, held.received_ml, held.used_ml) == (0, 450, 450)

    @pytest.mark.parametrize("kind", [Entry.FED, Entry.DISCARDED, Entry.STORED])
    def test_nobody_uses_up_more_than_she_received(self, in_app, donor, kind):
        public_id = lot(donor)
        services.give(public_id, "first", 400, Arrival.COLD, now=NOW)
        services.give(public_id, "second", 400, Arrival.COLD, now=NOW)
        record = view(donor, public_id).custody_id
        with pytest.raises(NotEnoughMilk) as refused:
            custody.settle(record, "first", kind, 401, now=NOW)
        assert refused.value.free_ml == 400
        custody.settle(record, "first", kind, 400, now=NOW)

    @pytest.mark.parametrize("volume", [0, -1])
    def test_no_movement_is_of_nothing_or_backwards(self, in_app, donor, volume):
        record = view(donor, lot(donor)).custody_id
        for use_case in (
            lambda: custody.reserve(record, "first", volume, now=NOW),
            lambda: custody.release(record, "first", volume, now=NOW),
            lambda: custody.hand_over(record, "first", volume, Arrival.COLD, now=NOW),
            lambda: custody.settle(record, "first", Entry.FED, volume, now=NOW),
            lambda: custody.end(record, Entry.DISCARDED, volume, now=NOW),
        ):
            with pytest.raises(ValueError, match="more than nothing"):
                use_case()

    def test_where_only_the_constraint_is_left_its_refusal_is_told_in_the_same_words(self, in_app, donor):
        public_id = lot(donor)
        record = view(donor, public_id).custody_id
        with pytest.raises(NotEnoughMilk) as refused, transaction():
            custody._change(record, given=-1)
        assert refused.value.free_ml == 1000
        with pytest.raises(DatabaseError, match="pumped_in_order"), transaction() as session:
            custody._run(session, update(CustodyLot).values(pumped_to=date(2000, 1, 1)))

    def test_a_holder_says_nothing_but_what_became_of_the_milk(self, in_app, donor):
        with pytest.raises(ValueError, match="only fed"):
            custody.settle(1, "first", Entry.WITHDRAWN, 1, now=NOW)

    def test_a_promise_is_taken_back_by_whom_it_was_made_to(self, in_app, donor):
        public_id = lot(donor)
        services.promise(public_id, "first", 400, now=NOW)
        for holder, volume in (("second", 1), ("first", 401)):
            with pytest.raises(NotEnoughMilk):
                services.take_back(public_id, holder, volume, now=NOW)
        assert view(donor, public_id).balance.reserved_ml == 400

    def test_bags_that_went_along_are_no_longer_there(self, in_app, donor):
        public_id = lot(donor)
        services.give(public_id, "first", 380, Arrival.FROZEN, bags={100: 4}, now=NOW)
        assert (view(donor, public_id).bags_left, view(donor, public_id).balance.free_ml) == (6, 620)
        with pytest.raises(Invalid):
            services.give(public_id, "first", 10, Arrival.FROZEN, bags={100: 7}, now=NOW)
        assert (view(donor, public_id).bags_left, view(donor, public_id).balance.free_ml) == (6, 620)

    def test_more_than_there_is_is_neither_promised_nor_given(self, in_app, donor):
        public_id = lot(donor)
        services.promise(public_id, "first", 700, now=NOW)
        for use_case in (
            lambda: services.promise(public_id, "second", 301, now=NOW),
            lambda: services.give(public_id, "second", 301, Arrival.FROZEN, now=NOW),
            lambda: services.give(public_id, "first", 1001, Arrival.FROZEN, now=NOW),
        ):
            with pytest.raises(NotEnoughMilk) as refused:
                use_case()
            assert refused.value.free_ml == 300
        assert kinds(donor, public_id) == ["created", "reserved"]

    @pytest.mark.parametrize(
        ("spoil", "reason"),
        [
            (lambda who, lot: services.thaw(who.identity, lot, {100: 10}, now=NOW), NotGiven.THAWED),
            (lambda who, lot: custody.withdraw(view(who, lot).custody_id, now=NOW), NotGiven.WITHDRAWN),
            (None, NotGiven.PAST),
        ],
        ids=["thawed", "withdrawn", "past its use-by day"],
    )
    def test_what_has_thawed_is_past_or_was_withdrawn_is_not_given(self, in_app, donor, spoil, reason):
        public_id = lot(donor)
        moment = NOW if spoil else NOW.replace(year=2027, month=11, day=2)
        if spoil:
            spoil(donor, public_id)
        for use_case in (
            lambda: services.promise(public_id, "first", 1, now=moment),
            lambda: services.give(public_id, "first", 1, Arrival.FROZEN, now=moment),
        ):
            with pytest.raises(services.NotForOthers) as refused:
                use_case()
            assert refused.value.reason is reason

    def test_on_its_use_by_day_it_is_still_given(self, in_app, donor):
        public_id = lot(donor)
        services.give(public_id, "first", 1, Arrival.FROZEN, now=NOW.replace(year=2027, month=11, day=1))

    def test_a_lot_that_does_not_exist_is_not_found(self, in_app):
        with pytest.raises(NotFound):
            services.promise("nothing", "first", 1, now=NOW)
        with pytest.raises(NotFound):
            custody.balance(77)

    def test_what_is_split_off_a_withdrawn_lot_is_withdrawn_with_it(self, in_app, donor):
        one = lot(donor)
        with transaction():
            custody.withdraw(view(donor, one).custody_id, now=NOW)
        two = services.split_off(donor.identity, one, {100: 3}, now=NOW)
        assert view(donor, two).not_given is NotGiven.WITHDRAWN

    def test_a_withdrawal_is_written_once(self, in_app, donor):
        public_id = lot(donor)
        record = view(donor, public_id).custody_id
        assert [custody.withdraw(record, now=NOW) for _again in range(2)] == [True, False]
        assert kinds(donor, public_id) == ["created", "withdrawn"]


class TestTheLedger:
    @pytest.mark.parametrize("change", ["UPDATE custody_entries SET volume_ml = 1", "DELETE FROM custody_entries"])
    def test_the_database_itself_refuses_to_change_or_delete_a_line(self, in_app, donor, change):
        public_id = lot(donor)
        with pytest.raises(DatabaseError, match="append-only"), transaction() as session:
            session.execute(text(change))
        assert kinds(donor, public_id) == ["created"]

    @pytest.mark.parametrize(
        ("change", "constraint"),
        [
            ("UPDATE custody_lots SET reserved_ml = made_ml + 1", "never_more_than_made"),
            ("UPDATE custody_lots SET given_ml = -1", "not_negative"),
            ("UPDATE lot_bags SET gone = count + 1", "gone_in_count"),
        ],
    )
    def test_the_constraints_refuse_what_no_rule_allows(self, in_app, donor, change, constraint):
        lot(donor)
        with pytest.raises(DatabaseError, match=constraint), transaction() as session:
            session.execute(text(change))

    def test_without_the_donors_own_row_nothing_leads_to_her(self, in_app, donor):
        public_id = lot(donor)
        services.give(public_id, "first", 400, Arrival.FROZEN, now=NOW)
        named = {
            column.name
            for table in (CustodyLot, CustodyHolding, CustodyEntry)
            for column in table.__table__.columns
            if any(key.column.table.name in {"users", "lots"} for key in column.foreign_keys)
        }
        assert named == set()
        with transaction() as session:
            session.execute(text("DELETE FROM lot_bags"))
            session.query(Lot).delete()
        assert db.session.query(CustodyEntry).count() == 2


class TestStatements:
    def test_the_same_words_are_the_same_version_in_any_order(self, in_app, donor, family):
        said = [("dairy", "avoids", date(2026, 1, 1), None), ("caffeine", "uses", None, "low")]
        assert services.note_statement(donor.id, said, now=NOW) == 1
        assert services.note_statement(donor.id, reversed(said), now=LATER) == 1
        assert services.note_statement(donor.id, said[:1], now=LATER) == 2
        assert services.note_statement(donor.id, said, now=LATER) == 3
        assert services.note_statement(family.id, said, now=LATER) == 1

    def test_who_states_nothing_and_never_did_has_no_version(self, in_app, donor):
        assert services.note_statement(donor.id, [], now=NOW) is None
        assert services.note_statement(donor.id, [("dairy", "avoids", None, None)], now=NOW) == 1
        assert services.note_statement(donor.id, [], now=LATER) == 2

    def test_what_an_offer_says_and_what_is_taken_back_are_versions(self, in_app, donor):
        posts.save_draft(donor.identity, OFFER, submit_token="a", now=NOW)
        assert queries.states_something(donor.identity)
        public_id = lot(donor, as_stated=True)
        assert view(donor, public_id).statement.version == 1
        forget_health(donor.id, now=LATER)
        assert view(donor, lot(donor, as_stated=True)).statement.version == 2
        assert view(donor, public_id).statement.version == 1

    def test_a_lot_keeps_the_version_that_held_when_its_donor_said_so(self, in_app, donor):
        assert not queries.states_something(donor.identity)
        services.note_statement(donor.id, [("dairy", "avoids", None, None)], now=NOW)
        assert queries.states_something(donor.identity)
        with_it, without = lot(donor, as_stated=True), lot(donor)
        services.note_statement(donor.id, [("dairy", "uses", None, None)], now=LATER)
        assert view(donor, with_it).statement.version == 1
        assert view(donor, without).statement is None


def test_every_refusal_is_one_that_can_be_told(in_app, donor):
    assert issubclass(services.NotForOthers, DomainError)
    assert issubclass(NotEnoughMilk, DomainError)
