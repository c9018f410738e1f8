"""Which milk it is: bags promised with the agreement, changed until the meeting, handed over when it is done."""

import pytest
from sqlalchemy import func, select

from app.handoffs import jobs, queries, services
from app.handoffs.models import Handoff, HandoffLot, HandoffSide, HandoffWish
from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.lots import NewLot, bags_for
from app.handoffs.rules.states import CancelReason
from app.infra.database import db
from app.kernel.errors import Conflict, Invalid, NotFound
from app.messaging import queries as messages
from app.milk import services as ledger
from app.milk.models import CustodyEntry, CustodyHolding, Holder, LotPromise
from app.milk.queries import lots_of, promised_to, received_by
from app.milk.rules.drafts import Bags
from app.milk.rules.keeping import Kept
from app.milk.rules.ledger import Arrival, Entry
from app.milk.services import custody, holding
from tests.conftest import NOW
from tests.handoffs.factories import DAY, END, HOUR, START, agreed, draft, notices, offer_of, proposed, row, talk
from tests.milk.factories import lot, view

pytestmark = pytest.mark.usefixtures("in_app")

TODAY = NOW.date()


@pytest.fixture
def bare(in_app, donor, family):
    """Donor and family in conversation; no lot is written down."""
    where = talk(donor, family, bags=False)
    assert lots_of(donor.identity, today=TODAY) == []
    return where


def bags(public_id: str) -> dict[str, dict[int, int]]:
    """What is promised to a handoff, by the lot."""
    db.session.rollback()
    return {each.lot.public_id: each.bags for each in promised_to(row(public_id).holder, on=TODAY)}


def got(public_id: str) -> dict[str, int]:
    """What a handoff received, by the code of the lot."""
    db.session.rollback()
    return {each.code: each.received_ml for each in received_by([row(public_id).holder])}


def both_say(where, public_id: str, amount: int, *, now=END, **more) -> None:
    services.confirm(where.donor.identity, public_id, amount_ml=amount, condition=None, now=now, **more)
    services.confirm(where.family.identity, public_id, amount_ml=amount, condition=Condition.FROZEN, now=now)


class TestChoosing:
    def test_agreeing_promises_whole_bags_of_the_oldest_lot_and_says_so_in_the_thread(self, bare):
        young = lot(bare.donor, bags=(Bags(10, 100),), pumped_from=TODAY - 5 * DAY, pumped_to=TODAY)
        old = lot(bare.donor, bags=(Bags(2, 150), Bags(1, 100)))
        public_id = agreed(bare, volume_ml=650)
        assert bags(public_id) == {old: {150: 2, 100: 1}, young: {100: 2}}
        assert view(bare.donor, old).balance.free_ml == 0
        thread = messages.messages_before(bare.id)
        assert {"disclosure": f"lots-{public_id}"} in [message.payload for message in thread]

    def test_a_proposal_promises_nothing_and_keeps_what_the_donor_chose_for_the_agreement(self, bare):
        lot(bare.donor)
        chosen = lot(bare.donor, pumped_from=TODAY - 3 * DAY, pumped_to=TODAY)
        public_id = proposed(bare, by=bare.donor)
        services.choose_lots(bare.donor.identity, public_id, {chosen: {100: 3}}, now=NOW)
        assert bags(public_id) == {}
        assert queries.lots_for(bare.donor.identity, public_id).chosen == {chosen: {100: 3}}
        services.agree(bare.family.identity, public_id, now=NOW)
        assert bags(public_id) == {chosen: {100: 3}}
        assert db.session.scalar(select(func.count()).select_from(HandoffWish)) == 0

    def test_chosen_bags_that_went_to_another_family_meanwhile_are_made_up_by_the_oldest(self, bare, person):
        chosen, rest = lot(bare.donor), lot(bare.donor)
        first, other = proposed(bare, by=bare.donor), talk(bare.donor, person("Nora"), bags=False)
        services.choose_lots(bare.donor.identity, first, {chosen: {100: 4}}, now=NOW)
        second = agreed(other)
        services.choose_lots(bare.donor.identity, second, {chosen: {100: 8}}, now=NOW)
        services.agree(bare.family.identity, first, now=NOW)
        assert bags(first) == {chosen: {100: 2}, rest: {100: 2}}

    def test_the_donor_changes_the_bags_until_the_two_have_met(self, bare):
        one, other = lot(bare.donor), lot(bare.donor)
        public_id = agreed(bare)
        services.choose_lots(bare.donor.identity, public_id, {other: {100: 5}}, now=NOW)
        assert bags(public_id) == {other: {100: 5}}
        assert view(bare.donor, one).balance.reserved_ml == 0
        services.confirm(bare.family.identity, public_id, amount_ml=400, condition=Condition.FROZEN, now=END)
        with pytest.raises(Conflict):
            services.choose_lots(bare.donor.identity, public_id, {one: {100: 4}}, now=END)

    def test_nobody_but_the_donor_chooses_and_only_her_own_bags(self, bare, person):
        lot(bare.donor)
        public_id, foreign = agreed(bare), lot(person("Nora"))
        for actor in (bare.family, person("Sam")):
            with pytest.raises(NotFound):
                services.choose_lots(actor.identity, public_id, {foreign: {100: 1}}, now=NOW)
        with pytest.raises(NotFound):
            services.choose_lots(bare.donor.identity, public_id, {foreign: {100: 1}}, now=NOW)
        other = proposed(bare, by=bare.donor)
        with pytest.raises(NotFound):
            services.choose_lots(bare.donor.identity, other, {foreign: {100: 1}}, now=NOW)

    @pytest.mark.parametrize("wanted", [{}, {100: 0}, {100: 11}, {120: 1}, {100: -1}])
    @pytest.mark.parametrize("state", ["proposed", "agreed"])
    def test_bags_that_are_not_there_are_refused_at_their_place_and_nothing_changes(self, bare, state, wanted):
        mine = lot(bare.donor)
        public_id = agreed(bare) if state == "agreed" else proposed(bare, by=bare.donor)
        before = bags(public_id)
        with pytest.raises(Invalid) as refused:
            services.choose_lots(bare.donor.identity, public_id, {mine: wanted} if wanted else {}, now=NOW)
        assert set(refused.value.fields) == {"bags"}
        assert bags(public_id) == before

    def test_two_handoffs_are_never_promised_the_same_bags(self, bare, person):
        """A litre would be enough for both, but the large bag is there once."""
        mine = lot(bare.donor, bags=(Bags(5, 100), Bags(1, 500)))
        first, second = agreed(bare), agreed(talk(bare.donor, person("Nora"), bags=False))
        services.choose_lots(bare.donor.identity, first, {mine: {500: 1}}, now=NOW)
        with pytest.raises(Invalid):
            services.choose_lots(bare.donor.identity, second, {mine: {500: 1}}, now=NOW)
        with pytest.raises(Invalid):
            ledger.discard(bare.donor.identity, mine, {500: 1}, now=NOW)

    @pytest.mark.parametrize("ending", ["cancel", "missed", "time"])
    def test_what_falls_through_leaves_its_bags_free_and_nobody_behind_its_token(self, bare, ending):
        mine = lot(bare.donor)
        public_id = agreed(bare)
        if ending == "cancel":
            services.cancel(bare.family.identity, public_id, reason=CancelReason.UNSAID, now=NOW)
        elif ending == "missed":
            services.report_missed(bare.family.identity, public_id, now=END)
        else:
            jobs.upkeep(now=END + 8 * DAY)
        assert row(public_id).state in {"cancelled", "missed"}
        assert (bags(public_id), view(bare.donor, mine).balance.free_ml) == ({}, 1000)
        assert db.session.scalars(select(Holder)).all() == db.session.scalars(select(HandoffLot)).all() == []

    def test_who_stands_behind_the_token_is_known_from_the_agreement_on(self, bare):
        lot(bare.donor)
        public_id = agreed(bare)
        assert db.session.scalars(select(Holder.person_id)).all() == [bare.family.id]
        assert row(public_id).holder != public_id


class TestWhatIsNotGiven:
    def test_milk_past_its_day_when_they_meet_is_not_chosen(self, bare):
        """Good today, past tomorrow: four days in a fridge."""
        mine = lot(bare.donor, kept=Kept.FRIDGE, pumped_from=TODAY - 4 * DAY, pumped_to=TODAY)
        public_id = agreed(bare)
        assert bags(public_id) == {}
        with pytest.raises(ledger.NotForOthers):
            services.choose_lots(bare.donor.identity, public_id, {mine: {100: 4}}, now=NOW)
        with pytest.raises(Invalid) as refused:
            services.write_lot(bare.donor.identity, public_id, new_lot(kept=Kept.FRIDGE, first=4), now=NOW)
        assert set(refused.value.fields) == {"pumped_from"}
        assert len(lots_of(bare.donor.identity, today=TODAY)) == 1

    @pytest.mark.parametrize("state", ["proposed", "agreed"])
    def test_thawed_and_withdrawn_milk_cannot_be_chosen(self, bare, state):
        thawed, withdrawn = lot(bare.donor), lot(bare.donor)
        ledger.thaw(bare.donor.identity, thawed, {100: 10}, now=NOW)
        custody.withdraw(view(bare.donor, withdrawn).custody_id, now=NOW)
        public_id = agreed(bare) if state == "agreed" else proposed(bare, by=bare.donor)
        assert bags(public_id) == {}
        for each in (thawed, withdrawn):
            with pytest.raises(ledger.NotForOthers):
                services.choose_lots(bare.donor.identity, public_id, {each: {100: 4}}, now=NOW)

    def test_promised_bags_cannot_thaw_or_be_poured_away_under_a_handoff(self, bare):
        mine = lot(bare.donor)
        agreed(bare)
        for step in (ledger.thaw, ledger.discard, ledger.split_off):
            with pytest.raises(Invalid):
                step(bare.donor.identity, mine, {100: 7}, now=NOW)
        ledger.discard(bare.donor.identity, mine, {100: 6}, now=NOW)

    def test_milk_put_where_it_keeps_less_long_is_promised_no_more_when_they_meet(self, bare):
        mine = lot(bare.donor, kept=Kept.DEEP_FREEZER, pumped_from=TODAY - 300 * DAY, pumped_to=TODAY - 290 * DAY)
        public_id = agreed(bare)
        ledger.put(bare.donor.identity, mine, Kept.FREEZER_UNKNOWN, now=NOW)
        with pytest.raises(Invalid):
            services.confirm(bare.donor.identity, public_id, amount_ml=400, condition=None, now=END)
        services.confirm(bare.family.identity, public_id, amount_ml=400, condition=Condition.FROZEN, now=END)
        assert (bags(public_id), row(public_id).state) == ({}, "met")

    def test_kept_back_before_the_meeting_the_promise_goes_and_the_donor_is_asked_for_other_bags(self, bare):
        mine, other = lot(bare.donor), lot(bare.donor)
        public_id = agreed(bare)
        taken = ledger.release_promises(mine, now=NOW)
        assert taken == (row(public_id).holder,)
        services.ask_for_others(taken, now=NOW)
        assert (bags(public_id), row(public_id).state) == ({}, "agreed")
        assert notices(bare.donor)[-1] == "handoff_lots_off"
        services.choose_lots(bare.donor.identity, public_id, {other: {100: 4}}, now=NOW)
        assert bags(public_id) == {other: {100: 4}}

    @pytest.mark.parametrize("known_by", ["an amount", "the time alone"])
    def test_kept_back_once_it_may_have_changed_hands_it_is_written_down_as_handed_over(self, bare, known_by):
        mine = lot(bare.donor)
        public_id = agreed(bare)
        if known_by == "an amount":
            services.confirm(bare.family.identity, public_id, amount_ml=400, condition=Condition.FROZEN, now=START)
        assert ledger.release_promises(mine, now=START) == (row(public_id).holder,)
        custody.withdraw(view(bare.donor, mine).custody_id, now=START)
        found = received_by([row(public_id).holder])
        assert [(each.received_ml, each.arrival) for each in found] == [(400, Arrival.UNSAID)]
        both_say(bare, public_id, 400)
        assert row(public_id).state == "confirmed"
        assert got(public_id) == {view(bare.donor, mine).code: 400}


def new_lot(*, kept: Kept | None = Kept.FREEZER, first: int = 9, last: int = 2, **more) -> NewLot:
    return NewLot(TODAY - first * DAY, TODAY - last * DAY, kept, **more)


class TestNoLotWrittenDown:
    def test_three_answers_before_the_meeting_make_a_lot_of_the_handoffs_volume(self, bare):
        public_id = agreed(bare)
        assert bags(public_id) == {}
        services.write_lot(bare.donor.identity, public_id, new_lot(), now=NOW)
        [mine] = lots_of(bare.donor.identity, today=TODAY)
        assert (mine.balance.made_ml, mine.balance.reserved_ml) == (400, 400)
        with pytest.raises(Invalid):
            services.write_lot(bare.donor.identity, public_id, new_lot(), now=NOW)

    def test_three_answers_for_a_proposal_wait_for_the_agreement(self, bare):
        public_id = proposed(bare, by=bare.donor)
        services.write_lot(bare.donor.identity, public_id, new_lot(), now=NOW)
        services.agree(bare.family.identity, public_id, now=NOW)
        assert list(bags(public_id).values()) == [{400: 1}]

    def test_at_the_amounts_the_donor_is_asked_and_three_answers_complete_it(self, bare):
        public_id = agreed(bare)
        with pytest.raises(Invalid) as asked:
            services.confirm(bare.donor.identity, public_id, amount_ml=350, condition=None, now=END)
        assert set(asked.value.fields) == {"pumped_from"}
        assert row(public_id).state == "agreed"
        both_say(bare, public_id, 350, lot=new_lot())
        assert row(public_id).state == "confirmed"
        [mine] = lots_of(bare.donor.identity, today=TODAY)
        assert (got(public_id), mine.is_over) == ({mine.code: 350}, True)

    def test_the_same_answers_sent_twice_are_one_lot(self, bare):
        public_id = agreed(bare)
        for _again in range(2):
            services.confirm(
                bare.donor.identity, public_id, amount_ml=400, condition=None, lot=new_lot(submit_token="once"), now=END
            )
        assert len(lots_of(bare.donor.identity, today=TODAY)) == 1

    def test_what_the_bags_lack_is_written_down_beside_them(self, bare):
        mine = lot(bare.donor, bags=(Bags(2, 100),))
        public_id = agreed(bare)
        assert bags(public_id) == {mine: {100: 2}}
        with pytest.raises(Invalid) as refused:
            services.confirm(bare.donor.identity, public_id, amount_ml=400, condition=None, now=END)
        assert set(refused.value.fields) == {"bags"}
        both_say(bare, public_id, 400, lot=new_lot())
        assert sorted(got(public_id).values()) == [200, 200]

    def test_what_cannot_be_a_lot_is_said_at_its_fields(self, bare):
        public_id = agreed(bare)
        with pytest.raises(Invalid) as refused:
            services.confirm(
                bare.donor.identity, public_id, amount_ml=400, condition=None, lot=new_lot(kept=None), now=END
            )
        assert set(refused.value.fields) == {"kept"}
        with pytest.raises(Invalid) as refused:
            services.write_lot(bare.donor.identity, public_id, new_lot(first=-1), now=NOW)
        assert set(refused.value.fields) == {"pumped_from"}

    @pytest.mark.parametrize("volume", [1, 4, 5, 999, 1000, 1001, 1003, 2500, 99_999])
    def test_so_much_milk_is_so_many_bags_none_of_them_too_small_or_too_large(self, volume):
        made = bags_for(volume)
        assert sum(each.volume_ml for each in made) == max(volume, 5)
        assert all(5 <= each.size_ml <= 1000 and each.count >= 1 for each in made)


def enter_codes(where, public_id: str, *, now=START) -> None:
    theirs = db.session.query(HandoffSide.code).filter_by(handoff_id=row(public_id).id, side="family").scalar()
    assert services.enter_code(where.donor.identity, public_id, theirs, now=now).fits


class TestEveryWayToComplete:
    """Each completed handoff has at least one lot, whichever way it was completed."""

    def completed(self, public_id: str) -> bool:
        done = row(public_id).state == "confirmed"
        lots = db.session.scalars(select(HandoffLot).where(HandoffLot.handoff_id == row(public_id).id)).all()
        assert not done or (lots and sum(got(public_id).values()) > 0)
        return done

    @pytest.mark.parametrize("first", ["donor", "family"])
    def test_by_amounts_of_both(self, bare, first):
        lot(bare.donor)
        public_id = agreed(bare)
        for side in ("donor", "family") if first == "donor" else ("family", "donor"):
            who = getattr(bare, side).identity
            services.confirm(who, public_id, amount_ml=400, condition=Condition.FROZEN, now=END)
        assert self.completed(public_id)

    def test_by_the_code_and_amounts(self, bare):
        lot(bare.donor)
        public_id = agreed(bare)
        enter_codes(bare, public_id)
        both_say(bare, public_id, 300)
        assert self.completed(public_id)
        assert list(got(public_id).values()) == [300]

    @pytest.mark.parametrize(("said", "counts"), [("nobody", 400), ("donor", 300), ("family", 300)])
    def test_by_time_what_was_promised_as_far_as_somebody_counted(self, bare, said, counts):
        mine = lot(bare.donor)
        public_id = agreed(bare)
        enter_codes(bare, public_id)
        if said != "nobody":
            who = getattr(bare, said).identity
            services.confirm(who, public_id, amount_ml=300, condition=Condition.FROZEN, now=END)
        jobs.upkeep(now=END + 8 * DAY)
        assert self.completed(public_id)
        assert list(got(public_id).values()) == [counts]
        assert view(bare.donor, mine).balance.free_ml == 1000 - counts

    @pytest.mark.parametrize("met_by", ["code", "family"])
    def test_time_completes_nothing_of_which_nobody_knows_which_milk_it_was(self, bare, met_by):
        """It waits for the donor, who is asked once; its milk stays kept, because somebody may have it."""
        public_id = agreed(bare)
        if met_by == "code":
            enter_codes(bare, public_id)
        else:
            services.confirm(bare.family.identity, public_id, amount_ml=400, condition=Condition.FROZEN, now=END)
        for days in (8, 9, 60):
            jobs.upkeep(now=END + days * DAY)
        assert not self.completed(public_id)
        assert row(public_id).state == "met"
        assert notices(bare.donor).count("handoff_lot_wanted") == 1
        both_say(bare, public_id, 400, now=END + 61 * DAY, lot=new_lot())
        assert self.completed(public_id)

    def test_the_ledger_keeps_what_was_given_and_how_it_arrived(self, bare):
        mine = lot(bare.donor)
        public_id = agreed(bare)
        both_say(bare, public_id, 400)
        lines = db.session.execute(
            select(CustodyEntry.kind, CustodyEntry.volume_ml, CustodyEntry.condition)
            .where(CustodyEntry.holder == row(public_id).holder)
            .order_by(CustodyEntry.id)
        ).all()  # fmt: skip
        assert lines == [("reserved", 400, None), ("handed_over", 400, "frozen")]
        assert [each.left for each in view(bare.donor, mine).bags] == [6]
        assert db.session.scalars(select(LotPromise)).all() == []


class TestWhichBagsTheyWere:
    def test_the_donor_says_which_bags_she_gave(self, bare):
        one, other = lot(bare.donor), lot(bare.donor)
        public_id = agreed(bare)
        both_say(bare, public_id, 500, bags={one: {100: 2}, other: {100: 3}})
        codes = {view(bare.donor, each).code: volume for each, volume in ((one, 200), (other, 300))}
        assert got(public_id) == codes

    @pytest.mark.parametrize(
        ("amount", "expected"), [(400, 400), (330, 300), (300, 300), (450, 400), (470, 500), (20, 100)]
    )
    def test_who_only_says_how_much_means_the_bags_that_can_have_held_it(self, bare, amount, expected):
        lot(bare.donor)
        public_id = agreed(bare)
        both_say(bare, public_id, amount)
        assert sum(got(public_id).values()) == expected

    @pytest.mark.parametrize(("amount", "counted"), [(400, 2), (200, 4), (100, 10)])
    def test_bags_and_amount_that_cannot_both_be_are_asked_about(self, bare, amount, counted):
        mine = lot(bare.donor)
        public_id = agreed(bare)
        with pytest.raises(Invalid) as refused:
            services.confirm(
                bare.donor.identity, public_id, amount_ml=amount, condition=None, bags={mine: {100: counted}}, now=END
            )
        assert set(refused.value.fields) == {"bags"}

    def test_a_larger_number_after_the_end_adds_bags_a_smaller_one_takes_none_back(self, bare):
        lot(bare.donor)
        public_id = agreed(bare)
        services.confirm(bare.donor.identity, public_id, amount_ml=400, condition=None, now=END)
        services.confirm(bare.family.identity, public_id, amount_ml=300, condition=Condition.FROZEN, now=END)
        services.confirm(bare.donor.identity, public_id, amount_ml=360, condition=None, now=END + HOUR)
        assert sum(got(public_id).values()) == 400
        services.confirm(bare.donor.identity, public_id, amount_ml=600, condition=None, now=END + HOUR)
        assert sum(got(public_id).values()) == 600


class TestDisclosure:
    @pytest.fixture
    def shown(self, bare):
        """An agreed handoff with one lot, as the family is shown it."""
        lot(bare.donor)
        return agreed(bare)

    def seen(self, where, public_id):
        lots = queries.lots_for(where.family.identity, public_id)
        return {line.custody_id: line.statement_version for line in lots.lines}

    def test_the_family_reads_days_and_keeping_and_accepts_once(self, bare, shown):
        before = queries.lots_for(bare.family.identity, shown)
        assert (before.can_accept, before.is_accepted, before.choices) == (True, False, ())
        services.accept_lots(bare.family.identity, shown, self.seen(bare, shown), now=NOW)
        services.accept_lots(bare.family.identity, shown, self.seen(bare, shown), now=NOW + HOUR)
        [line] = queries.lots_for(bare.family.identity, shown).lines
        assert line.accepted_at == NOW
        assert (line.kept, line.volume_ml, line.use_by.isoformat()) == (Kept.FREEZER, 400, "2027-11-01")

    def test_the_version_of_the_donors_answers_stands_with_it_and_the_answers_while_they_are_the_same(self, bare):
        lot(bare.donor, as_stated=True)
        public_id = agreed(bare)
        [line] = queries.lots_for(bare.family.identity, public_id).lines
        assert line.statement_version == 1
        assert line.facts
        ledger.note_statement(bare.donor.id, [("dairy", "uses", None, None)], now=NOW)
        later = lot(bare.donor, as_stated=True)
        services.choose_lots(bare.donor.identity, public_id, {later: {100: 4}}, now=NOW)
        [line] = queries.lots_for(bare.family.identity, public_id).lines
        assert (line.statement_version, line.facts) == (2, None)

    def test_other_lots_are_to_be_accepted_anew_and_the_family_is_told(self, bare, shown):
        services.accept_lots(bare.family.identity, shown, self.seen(bare, shown), now=NOW)
        other = lot(bare.donor)
        services.choose_lots(bare.donor.identity, shown, {other: {100: 4}}, now=NOW)
        assert queries.lots_for(bare.family.identity, shown).can_accept
        assert notices(bare.family)[-1] == "handoff_lots"

    def test_changed_again_after_it_was_accepted_again_it_is_told_again(self, bare, shown):
        for hours in range(2):
            services.accept_lots(bare.family.identity, shown, self.seen(bare, shown), now=NOW)
            services.choose_lots(bare.donor.identity, shown, {lot(bare.donor): {100: 4}}, now=NOW + hours * HOUR)
        assert notices(bare.family).count("handoff_lots") == 2

    def test_other_bags_of_an_accepted_lot_stay_accepted(self, bare, shown):
        services.accept_lots(bare.family.identity, shown, self.seen(bare, shown), now=NOW)
        [mine] = bags(shown)
        services.choose_lots(bare.donor.identity, shown, {mine: {100: 3}}, now=NOW)
        assert queries.lots_for(bare.family.identity, shown).is_accepted

    def test_what_was_shown_before_a_change_is_not_accepted(self, bare, shown):
        seen = self.seen(bare, shown)
        services.choose_lots(bare.donor.identity, shown, {lot(bare.donor): {100: 4}}, now=NOW)
        with pytest.raises(Conflict):
            services.accept_lots(bare.family.identity, shown, seen, now=NOW)

    def test_the_donor_and_a_stranger_accept_nothing_and_a_stranger_sees_nothing(self, bare, shown, person):
        stranger = person("Sam")
        for actor in (bare.donor, stranger):
            with pytest.raises(NotFound):
                services.accept_lots(actor.identity, shown, {}, now=NOW)
        with pytest.raises(NotFound):
            queries.lots_for(stranger.identity, shown)
        assert queries.lot_cards(stranger.identity, [f"lots-{shown}"]) == {}
        assert set(queries.lot_cards(bare.family.identity, [f"lots-{shown}"])) == {f"lots-{shown}"}

    def test_where_no_lot_is_named_there_is_nothing_to_accept(self, bare):
        public_id = agreed(bare)
        with pytest.raises(Conflict):
            services.accept_lots(bare.family.identity, public_id, {}, now=NOW)


class TestReceived:
    @pytest.fixture
    def done(self, bare):
        lot(bare.donor)
        public_id = agreed(bare)
        both_say(bare, public_id, 400)
        return public_id

    def test_the_family_sees_what_it_received_and_nobody_else_does(self, bare, done, person):
        [line] = queries.received_by_family(bare.family.identity)
        assert (line.received.received_ml, line.received.arrival) == (400, Arrival.FROZEN)
        assert [entry.kind for entry in queries.story_of(line)] == [Entry.CREATED, Entry.RESERVED, Entry.HANDED_OVER]
        assert (
            queries.received_by_family(bare.donor.identity) == queries.received_by_family(person("Sam").identity) == []
        )

    def test_the_family_says_what_became_of_it(self, bare, done):
        [line] = queries.received_by_family(bare.family.identity)
        for fate, volume in ((Entry.STORED, 400), (Entry.FED, 300), (Entry.DISCARDED, 100)):
            services.say_fate(bare.family.identity, done, line.code, fate, volume, now=END)
        assert queries.received_by_family(bare.family.identity)[0].received.left_ml == 0
        held = db.session.scalars(select(CustodyHolding)).one()
        assert (held.received_ml, held.used_ml) == (400, 400)

    @pytest.mark.parametrize(
        ("fate", "volume", "field"), [(None, 10, "fate"), (Entry.FED, 0, "amount"), (Entry.FED, 401, "amount")]
    )
    def test_what_cannot_have_become_of_it_is_said_at_its_field(self, bare, done, fate, volume, field):
        [line] = queries.received_by_family(bare.family.identity)
        with pytest.raises(Invalid) as refused:
            services.say_fate(bare.family.identity, done, line.code, fate, volume, now=END)
        assert set(refused.value.fields) == {field}

    def test_of_what_it_did_not_receive_it_says_nothing(self, bare, done, person):
        [line] = queries.received_by_family(bare.family.identity)
        other = view(bare.donor, lot(bare.donor)).code
        for actor, code in ((bare.family, other), (bare.donor, line.code), (person("Sam"), line.code)):
            with pytest.raises(NotFound):
                services.say_fate(actor.identity, done, code, Entry.FED, 10, now=END)


def test_handoffs_of_two_offers_share_the_donors_lots_and_never_a_bag(bare, person):
    lot(bare.donor)
    other = talk(bare.donor, person("Nora"), offer=offer_of(bare.donor), bags=False)
    one, two = agreed(bare, volume_ml=600), agreed(other, volume_ml=600)
    assert [sum(sum(each.values()) for each in bags(handoff).values()) for handoff in (one, two)] == [6, 4]
    assert db.session.scalar(select(func.count()).select_from(Handoff)) == 2


def test_an_other_time_in_place_of_a_proposal_leaves_no_chosen_bags_behind(bare):
    mine = lot(bare.donor)
    first = proposed(bare, by=bare.donor)
    services.choose_lots(bare.donor.identity, first, {mine: {100: 2}}, now=NOW)
    services.counter_propose(bare.family.identity, first, draft(start=START + DAY), now=NOW)
    assert db.session.scalar(select(func.count()).select_from(HandoffWish)) == 0


class TestWrittenDownAfterTheMeeting:
    def test_milk_of_days_that_are_kept_back_by_now_is_written_down_as_with_the_family(self, bare, monkeypatch):
        """They have met: refused days would be answered with other days, and then nobody could be told."""
        public_id = agreed(bare)
        monkeypatch.setattr(holding, "consider_new", lambda _session, made: custody.withdraw(made.custody_id, now=NOW))
        with pytest.raises(Invalid):
            services.write_lot(bare.donor.identity, public_id, new_lot(), now=NOW)
        both_say(bare, public_id, 400, lot=new_lot())
        assert row(public_id).state == "confirmed"
        assert [each.received_ml for each in received_by([row(public_id).holder])] == [400]

    def test_milk_of_the_fridge_is_judged_by_the_day_of_the_meeting(self, bare):
        public_id = agreed(bare)
        milk = new_lot(kept=Kept.FRIDGE, first=1, last=0)
        both_say(bare, public_id, 400, lot=milk, now=END + 5 * DAY)
        assert row(public_id).state == "confirmed"
