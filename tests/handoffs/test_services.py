"""The use-cases of handoffs: what each side may do, what it does to the milk, who hears of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from app.accounts import services as accounts
from app.accounts.models import User
from app.handoffs import jobs, queries, services
from app.handoffs.models import Handoff, OfferBalance
from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.balance import MilkTaken
from app.handoffs.rules.plan import HandoffDraft
from app.handoffs.rules.states import CancelReason, HandoffState
from app.handoffs.rules.steps import Step
from app.handoffs.services import balances
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.errors import Conflict, Forbidden, Invalid, LimitReached, NotFound
from app.messaging.models import Conversation, Message
from app.posts import queries as posts
from app.posts import services as post_services
from app.posts.rules import PostState
from tests.conftest import NOW
from tests.handoffs.factories import (
    DAY,
    END,
    HOUR,
    START,
    agreed,
    balance,
    draft,
    history,
    notices,
    offer_of,
    proposed,
    row,
    talk,
)
from tests.posts.drafts import OFFER

pytestmark = [pytest.mark.usefixtures("in_app"), pytest.mark.both_databases]
FROZEN = Condition.FROZEN


def state_of(public_id):
    return HandoffState(row(public_id).state)


def offer_state(where):
    return posts.post_by_public_id(where.offer_public_id).state


class TestProposing:
    def test_either_of_the_two_proposes_and_nothing_is_reserved_yet(self, pair):
        first = proposed(pair, by=pair.family)
        second = proposed(pair, by=pair.donor)
        assert state_of(first) is state_of(second) is HandoffState.PROPOSED
        assert db.session.query(OfferBalance).count() == 0

    def test_a_stranger_finds_no_conversation_to_plan_in(self, pair, stranger):
        with pytest.raises(NotFound):
            services.propose(stranger.identity, pair.public_id, draft(), now=NOW)
        with pytest.raises(NotFound):
            services.propose(stranger.identity, "no-such-conversation", draft(), now=NOW)

    def test_a_card_stands_in_the_thread_and_the_other_is_told(self, pair):
        public_id = proposed(pair)
        card = db.session.query(Message).filter_by(conversation_id=pair.id, kind="card").one()
        assert card.payload == {"handoff": public_id}
        assert notices(pair.donor) == ["handoff_proposed"]
        assert notices(pair.family) == []

    @pytest.mark.parametrize(
        ("plan", "field"),
        [
            (HandoffDraft(400, NOW - HOUR, NOW + HOUR), "starts"),
            (HandoffDraft(400, START, START), "ends"),
            (HandoffDraft(400, START, START + 13 * HOUR), "ends"),
            (HandoffDraft(400, NOW + 61 * DAY, NOW + 61 * DAY + HOUR), "day"),
            (HandoffDraft(1100, START, END), "amount"),
            (HandoffDraft(-400, START, END), "amount"),
            (HandoffDraft(10, START, END), "amount"),
        ],
    )
    def test_what_cannot_be_planned_is_refused_at_its_field_and_leaves_nothing(self, pair, plan, field):
        with pytest.raises(Invalid) as refused:
            services.propose(pair.family.identity, pair.public_id, plan, now=NOW)
        assert set(refused.value.fields) == {field}
        assert db.session.query(Handoff).count() == 0

    def test_the_donors_smallest_handoff_binds_the_family_and_not_herself(self, donor, family):
        where = talk(donor, family, smallest_ml=300)
        with pytest.raises(Invalid):
            proposed(where, by=family, volume_ml=200)
        assert proposed(where, by=donor, volume_ml=200)

    def test_asking_for_all_the_ounces_shown_takes_exactly_what_is_free(self, pair):
        assert row(proposed(pair, volume_ml=1005)).volume_ml == 1000

    def test_the_same_form_sent_twice_is_one_proposal(self, pair):
        sent = [
            services.propose(pair.family.identity, pair.public_id, draft(), submit_token="once", now=NOW)
            for _again in range(2)
        ]
        assert sent[0] == sent[1]
        assert db.session.query(Handoff).count() == db.session.query(Message).count() == 1

    def test_the_schema_keeps_a_token_once_even_when_the_look_before_misses_it(self, pair, monkeypatch):
        first = services.propose(pair.family.identity, pair.public_id, draft(), submit_token="once", now=NOW)
        looked = []

        def blind_at_first(session, actor, token, see=services.planning._earlier):
            looked.append(token)
            return None if len(looked) == 1 else see(session, actor, token)

        monkeypatch.setattr(services.planning, "_earlier", blind_at_first)
        assert services.propose(pair.family.identity, pair.public_id, draft(), submit_token="once", now=NOW) == first
        assert db.session.query(Handoff).count() == 1

    def test_another_violated_constraint_is_not_taken_for_a_second_sending(self, pair, monkeypatch):
        monkeypatch.setattr(
            services.planning, "_checked", lambda _actor, _plan, given, **_: replace(given, volume_ml=0)
        )
        with pytest.raises(IntegrityError):
            proposed(pair)

    def test_the_same_token_of_another_person_is_another_proposal(self, pair):
        for who in (pair.family, pair.donor):
            services.propose(who.identity, pair.public_id, draft(), submit_token="once", now=NOW)
        assert db.session.query(Handoff).count() == 2

    def test_a_conversation_holds_five_unanswered_proposals_and_no_sixth(self, pair):
        for _number in range(5):
            proposed(pair, volume_ml=100)
        with pytest.raises(LimitReached):
            proposed(pair, volume_ml=100)

    @pytest.mark.parametrize("end", ["offer withdrawn", "request withdrawn", "conversation closed", "blocked"])
    def test_nothing_new_is_planned_or_agreed_where_something_is_closed(self, pair, end):
        waiting = proposed(pair)
        close(pair, end)
        with pytest.raises(Conflict):
            proposed(pair)
        with pytest.raises(Conflict):
            services.agree(pair.donor.identity, waiting, now=NOW)

    def test_a_paused_offer_is_only_hidden_and_may_still_be_planned(self, pair):
        post_services.pause(pair.donor.identity, pair.offer_public_id, now=NOW)
        assert agreed(pair)
        assert offer_state(pair) is PostState.PAUSED


def close(where, end):
    if end == "offer withdrawn":
        post_services.withdraw(where.donor.identity, where.offer_public_id, now=NOW)
    elif end == "request withdrawn":
        post_services.withdraw(where.family.identity, where.request_public_id, now=NOW)
    elif end == "blocked":
        with transaction() as session:
            other = session.get(User, where.donor.id).public_id
        accounts.block(where.family.identity, other, now=NOW)
    else:
        with transaction() as session:
            session.get(Conversation, where.id).closed_at = NOW


class TestAgreeing:
    def test_the_other_side_agrees_and_the_milk_is_reserved(self, pair):
        public_id = proposed(pair, volume_ml=400)
        services.agree(pair.donor.identity, public_id, now=NOW)
        assert state_of(public_id) is HandoffState.AGREED
        assert balance(pair) == (1000, 400, 0)
        assert notices(pair.family) == ["handoff_agreed"]
        assert history(public_id) == [
            (None, "proposed", pair.family.id, None),
            ("proposed", "agreed", pair.donor.id, None),
        ]

    def test_the_thread_says_once_that_they_agreed(self, pair):
        public_id = agreed(pair)
        services.agree(pair.donor.identity, public_id, now=NOW)
        line = db.session.query(Message).filter_by(conversation_id=pair.id, kind="system").one()
        assert line.payload == {"system": "handoff_agreed"}
        assert line.sender_id == pair.donor.id

    def test_who_proposed_cannot_agree_for_the_other_and_a_stranger_finds_nothing(self, pair, stranger):
        public_id = proposed(pair)
        with pytest.raises(Forbidden):
            services.agree(pair.family.identity, public_id, now=NOW)
        with pytest.raises(NotFound):
            services.agree(stranger.identity, public_id, now=NOW)
        assert state_of(public_id) is HandoffState.PROPOSED

    def test_agreeing_twice_reserves_once(self, pair):
        public_id = agreed(pair)
        services.agree(pair.donor.identity, public_id, now=NOW)
        assert balance(pair) == (1000, 400, 0)

    def test_a_window_that_is_over_is_not_agreed_to(self, pair):
        public_id = proposed(pair)
        with pytest.raises(Conflict):
            services.agree(pair.donor.identity, public_id, now=END)
        services.agree(pair.donor.identity, public_id, now=END - HOUR)
        assert state_of(public_id) is HandoffState.AGREED

    def test_the_second_family_hears_how_much_is_left(self, donor, family, other_family):
        offer = offer_of(donor)
        first, second = talk(donor, family, offer=offer), talk(donor, other_family, offer=offer)
        waiting = proposed(second, volume_ml=700)
        agreed(first, volume_ml=600)
        with pytest.raises(MilkTaken) as refused:
            services.agree(donor.identity, waiting, now=NOW)
        assert refused.value.free_ml == 400
        assert refused.value.message == "Another family has that milk now; 13 oz are free."
        assert state_of(waiting) is HandoffState.PROPOSED
        assert balance(first) == (1000, 600, 0)

    def test_a_fully_promised_offer_is_found_by_nobody_else_until_milk_is_free_again(self, pair):
        public_id = agreed(pair, volume_ml=1000)
        assert offer_state(pair) is PostState.MATCHED
        services.cancel(pair.donor.identity, public_id, reason=CancelReason.UNSAID, now=NOW)
        assert offer_state(pair) is PostState.LIVE

    def test_each_week_of_a_weekly_offer_is_its_own_milk(self, donor, family):
        where = talk(donor, family, weekly=True)
        agreed(where, volume_ml=1000)
        with pytest.raises(Invalid):
            proposed(where, volume_ml=100)
        agreed(where, volume_ml=1000, start=START + 7 * DAY)
        assert balance(where, "2026-W47") == balance(where, "2026-W48") == (1000, 1000, 0)
        assert offer_state(where) is PostState.LIVE


class TestTheSchema:
    def test_a_careless_write_meets_the_constraint_and_becomes_a_clear_answer(self, pair):
        agreed(pair, volume_ml=600)
        careless = update(OfferBalance).values(reserved_ml=OfferBalance.reserved_ml + 500)
        with pytest.raises(MilkTaken) as refused, transaction() as session:
            balances._apply(session, careless, pair.offer_id, "all")
        assert refused.value.free_ml == 400
        assert balance(pair) == (1000, 600, 0)

    def test_another_constraint_is_not_taken_for_it(self, pair):
        agreed(pair, volume_ml=600)
        with pytest.raises(IntegrityError), transaction() as session:
            balances.change(session, pair.offer_id, "all", reserved=-700)
        assert balance(pair) == (1000, 600, 0)

    @pytest.mark.parametrize(("edited", "total"), [(2000, 2000), (700, 700), (500, 600)])
    def test_an_edited_volume_is_followed_but_never_below_what_is_promised(self, pair, edited, total):
        agreed(pair, volume_ml=600)
        version = posts.post_by_public_id(pair.offer_public_id).version
        changed = replace(OFFER, volume_ml=edited, max_families=20)
        post_services.edit(pair.donor.identity, pair.offer_public_id, changed, version=version, now=NOW)
        assert balance(pair) == (total, 600, 0)

    def test_an_offer_that_becomes_weekly_plans_nothing_more_from_its_old_milk(self, pair):
        agreed(pair, volume_ml=600)
        version = posts.post_by_public_id(pair.offer_public_id).version
        changed = replace(OFFER, supply="weekly", volume_ml=None, weekly_ml=800, max_families=20)
        post_services.edit(pair.donor.identity, pair.offer_public_id, changed, version=version, now=NOW)
        assert balance(pair) == (600, 600, 0)
        agreed(pair, volume_ml=800)
        assert balance(pair, "2026-W47") == (800, 800, 0)

    def test_a_request_has_no_balance_to_follow(self, pair):
        services.follow_offer(pair.request_id)
        assert db.session.query(OfferBalance).count() == 0


class TestEnding:
    def test_the_other_declines_without_a_reason_and_the_proposer_is_told(self, pair):
        public_id = proposed(pair)
        services.decline(pair.donor.identity, public_id, now=NOW)
        services.decline(pair.donor.identity, public_id, now=NOW)
        assert history(public_id)[1:] == [("proposed", "declined", pair.donor.id, None)]
        assert notices(pair.family) == ["handoff_declined"]

    def test_who_proposed_takes_it_back_by_calling_it_off(self, pair, stranger):
        public_id = proposed(pair)
        with pytest.raises(Forbidden):
            services.decline(pair.family.identity, public_id, now=NOW)
        with pytest.raises(NotFound):
            services.cancel(stranger.identity, public_id, reason=CancelReason.UNSAID, now=NOW)
        services.cancel(pair.family.identity, public_id, reason=CancelReason.NOT_NEEDED, now=NOW)
        assert history(public_id)[1:] == [("proposed", "cancelled", pair.family.id, "not_needed")]

    @pytest.mark.parametrize("who", ["donor", "family"])
    def test_calling_off_what_was_agreed_frees_its_milk_once(self, pair, who):
        public_id = agreed(pair)
        actor = getattr(pair, who).identity
        for _again in range(2):
            services.cancel(actor, public_id, reason=CancelReason.PLANS_CHANGED, now=NOW)
        assert balance(pair) == (1000, 0, 0)

    def test_what_ended_does_not_come_back(self, pair):
        public_id = proposed(pair)
        services.decline(pair.donor.identity, public_id, now=NOW)
        with pytest.raises(Conflict):
            services.agree(pair.donor.identity, public_id, now=NOW)

    def test_nobody_calls_off_what_somebody_says_was_given(self, pair):
        public_id = agreed(pair)
        services.confirm(pair.donor.identity, public_id, amount_ml=400, condition=None, now=END)
        with pytest.raises(Conflict):
            services.cancel(pair.family.identity, public_id, reason=CancelReason.UNSAID, now=END)
        with pytest.raises(Conflict):
            services.report_missed(pair.family.identity, public_id, now=END)

    def test_it_did_not_happen_is_said_after_the_window_and_frees_the_milk(self, pair, stranger):
        public_id = agreed(pair)
        with pytest.raises(Conflict):
            services.report_missed(pair.family.identity, public_id, now=END - HOUR)
        with pytest.raises(NotFound):
            services.report_missed(stranger.identity, public_id, now=END)
        for _again in range(2):
            services.report_missed(pair.family.identity, public_id, now=END)
        assert state_of(public_id) is HandoffState.MISSED
        assert balance(pair) == (1000, 0, 0)
        assert notices(pair.donor)[-1] == "handoff_missed_said"

    def test_a_proposal_is_not_missed(self, pair):
        public_id = proposed(pair)
        with pytest.raises(Conflict):
            services.report_missed(pair.family.identity, public_id, now=END)


class TestAnotherTime:
    @pytest.mark.parametrize(("who", "ended"), [("donor", "declined"), ("family", "cancelled")])
    def test_another_time_takes_the_place_of_the_first(self, pair, who, ended):
        first = proposed(pair)
        actor = getattr(pair, who).identity
        second = services.counter_propose(actor, first, draft(start=START + DAY), now=NOW)
        assert history(first)[-1] == ("proposed", ended, actor.person_id, "other_time")
        assert state_of(second) is HandoffState.PROPOSED
        assert row(second).proposed_by_id == actor.person_id

    def test_sent_twice_it_is_one(self, pair):
        first = proposed(pair)
        sent = {
            services.counter_propose(pair.donor.identity, first, draft(start=START + DAY), submit_token="once", now=NOW)
            for _again in range(2)
        }
        assert len(sent) == 1

    def test_an_impossible_other_time_leaves_the_first_as_it_was(self, pair, stranger):
        first = proposed(pair)
        with pytest.raises(Invalid):
            services.counter_propose(pair.donor.identity, first, draft(volume_ml=5000), now=NOW)
        with pytest.raises(NotFound):
            services.counter_propose(stranger.identity, first, draft(), now=NOW)
        assert state_of(first) is HandoffState.PROPOSED

    def test_what_is_agreed_is_called_off_first(self, pair):
        public_id = agreed(pair)
        with pytest.raises(Conflict):
            services.counter_propose(pair.donor.identity, public_id, draft(), now=NOW)


class TestThePlace:
    def test_the_two_say_where_and_only_they_read_it_while_it_is_to_come(self, pair, stranger):
        public_id = agreed(pair)
        services.set_place_note(pair.donor.identity, public_id, " Library,\u202e  east\x00 door ", now=NOW)
        for who in (pair.donor, pair.family):
            assert queries.handoff_for(who.identity, public_id, now=NOW).place_note == "Library, east door"
        with pytest.raises(NotFound):
            queries.handoff_for(stranger.identity, public_id, now=NOW)
        with pytest.raises(NotFound):
            services.set_place_note(stranger.identity, public_id, "here", now=NOW)

    def test_saying_the_same_place_again_changes_nothing(self, pair):
        public_id = agreed(pair)
        for _again in range(2):
            services.set_place_note(pair.donor.identity, public_id, "Library", now=NOW)
        assert row(public_id).place_note == "Library"

    def test_the_place_is_forgotten_when_the_handoff_is_over(self, pair):
        public_id = agreed(pair)
        services.set_place_note(pair.donor.identity, public_id, "Library", now=NOW)
        services.cancel(pair.donor.identity, public_id, reason=CancelReason.UNSAID, now=NOW)
        assert row(public_id).place_note == ""

    def test_no_place_before_both_agreed_and_none_too_long(self, pair):
        with pytest.raises(Conflict):
            services.set_place_note(pair.donor.identity, proposed(pair), "Library", now=NOW)
        with pytest.raises(Invalid):
            services.set_place_note(pair.donor.identity, agreed(pair), "x" * 301, now=NOW)


class TestConfirming:
    def test_both_enter_the_same_and_the_milk_is_given(self, pair):
        public_id = agreed(pair)
        services.confirm(pair.donor.identity, public_id, amount_ml=400, condition=None, now=END)
        assert state_of(public_id) is HandoffState.MET
        services.confirm(pair.family.identity, public_id, amount_ml=400, condition=FROZEN, now=END)
        assert state_of(public_id) is HandoffState.CONFIRMED
        assert row(public_id).confirmed_at == END
        assert balance(pair) == (1000, 0, 400)
        assert notices(pair.family)[-2:] == ["handoff_amount", "handoff_confirmed"]

    def test_the_family_may_enter_first(self, pair):
        public_id = agreed(pair)
        services.confirm(pair.family.identity, public_id, amount_ml=380, condition=Condition.COLD, now=END)
        services.confirm(pair.donor.identity, public_id, amount_ml=380, condition=None, now=END)
        assert balance(pair) == (1000, 0, 380)

    def test_a_completed_handoff_lifts_both_out_of_the_newcomers(self, person):
        donor, family = person("Nadia", trust=1), person("Nils", trust=1)
        where = talk(donor, family)
        with transaction() as session:
            session.execute(update(User).values(trust=0))
        public_id = agreed(where)
        for who, condition in ((donor, None), (family, FROZEN)):
            services.confirm(who.identity, public_id, amount_ml=400, condition=condition, now=END)
        db.session.rollback()
        assert {db.session.get(User, who.id).trust for who in (donor, family)} == {1}

    @pytest.mark.parametrize(
        ("side", "amount", "condition", "field"),
        [
            ("donor", 0, None, "amount"),
            ("donor", 1001, None, "amount"),
            ("family", 400, None, "condition"),
            ("family", 100_001, FROZEN, "amount"),
        ],
    )
    def test_an_impossible_amount_is_refused_at_its_field(self, pair, side, amount, condition, field):
        public_id = agreed(pair)
        who = getattr(pair, side).identity
        with pytest.raises(Invalid) as refused:
            services.confirm(who, public_id, amount_ml=amount, condition=condition, now=END)
        assert set(refused.value.fields) == {field}
        assert balance(pair) == (1000, 400, 0)

    def test_a_stranger_confirms_nothing_and_nobody_before_agreement(self, pair, stranger):
        public_id = proposed(pair)
        with pytest.raises(NotFound):
            services.confirm(stranger.identity, public_id, amount_ml=400, condition=None, now=END)
        with pytest.raises(Conflict):
            services.confirm(pair.donor.identity, public_id, amount_ml=400, condition=None, now=END)

    def test_giving_more_than_planned_takes_only_what_is_free(self, donor, family, other_family):
        offer = offer_of(donor)
        first, second = talk(donor, family, offer=offer), talk(donor, other_family, offer=offer)
        public_id = agreed(first, volume_ml=400)
        agreed(second, volume_ml=500)
        with pytest.raises(Invalid):
            services.confirm(donor.identity, public_id, amount_ml=501, condition=None, now=END)
        services.confirm(donor.identity, public_id, amount_ml=500, condition=None, now=END)
        assert balance(first) == (1000, 1000, 0)

    def test_giving_less_than_planned_frees_the_rest_at_once(self, pair):
        public_id = agreed(pair)
        services.confirm(pair.donor.identity, public_id, amount_ml=300, condition=None, now=END)
        assert balance(pair) == (1000, 300, 0)

    def test_differing_numbers_stand_side_by_side_and_either_corrects_its_own(self, pair):
        public_id = agreed(pair)
        services.confirm(pair.donor.identity, public_id, amount_ml=400, condition=None, now=END)
        services.confirm(pair.family.identity, public_id, amount_ml=300, condition=FROZEN, now=END)
        view = queries.handoff_for(pair.family.identity, public_id, now=END)
        assert (view.step, view.my_amount, view.other_amount) == (Step.COMPARE, 300, 400)
        assert balance(pair) == (1000, 0, 400)
        services.confirm(pair.donor.identity, public_id, amount_ml=300, condition=None, now=END + DAY)
        assert balance(pair) == (1000, 0, 300)
        assert queries.handoff_for(pair.donor.identity, public_id, now=END + DAY).step is Step.DONE
        with pytest.raises(Conflict):
            services.confirm(pair.donor.identity, public_id, amount_ml=200, condition=None, now=END + DAY)

    def test_after_a_week_differing_numbers_stand(self, pair):
        public_id = agreed(pair)
        services.confirm(pair.donor.identity, public_id, amount_ml=400, condition=None, now=END)
        services.confirm(pair.family.identity, public_id, amount_ml=300, condition=FROZEN, now=END)
        with pytest.raises(Conflict):
            services.confirm(pair.family.identity, public_id, amount_ml=400, condition=FROZEN, now=END + 8 * DAY)
        assert queries.handoff_for(pair.family.identity, public_id, now=END + 8 * DAY).step is Step.DONE

    def test_entering_the_same_again_changes_nothing(self, pair):
        public_id = agreed(pair)
        for who, condition in ((pair.donor, None), (pair.family, FROZEN)):
            for _again in range(2):
                services.confirm(who.identity, public_id, amount_ml=400, condition=condition, now=END)
        assert balance(pair) == (1000, 0, 400)
        assert len(history(public_id)) == 4

    def test_an_offer_whose_milk_is_all_given_ends_well(self, donor, family, other_family):
        offer = offer_of(donor)
        first, second = talk(donor, family, offer=offer), talk(donor, other_family, offer=offer)
        waiting = proposed(second, volume_ml=1000)
        public_id = agreed(first, volume_ml=1000)
        for who, condition in ((donor, None), (family, FROZEN)):
            services.confirm(who.identity, public_id, amount_ml=990, condition=condition, now=END)
        assert offer_state(first) is PostState.FULFILLED
        assert state_of(waiting) is HandoffState.CANCELLED
        assert notices(other_family)[-1] == "handoff_closed"

    def test_an_offer_withdrawn_meanwhile_stays_withdrawn(self, pair):
        public_id = agreed(pair, volume_ml=1000)
        post_services.withdraw(pair.donor.identity, pair.offer_public_id, now=NOW)
        for who, condition in ((pair.donor, None), (pair.family, FROZEN)):
            services.confirm(who.identity, public_id, amount_ml=1000, condition=condition, now=END)
        assert state_of(public_id) is HandoffState.CONFIRMED
        assert offer_state(pair) is PostState.WITHDRAWN


class TestTime:
    @pytest.mark.parametrize("side", ["offer", "request"])
    def test_a_closed_post_ends_what_was_proposed_and_keeps_what_was_agreed(self, pair, side):
        waiting, kept = proposed(pair), agreed(pair)
        close(pair, f"{side} withdrawn")
        assert state_of(waiting) is HandoffState.CANCELLED
        assert history(waiting)[-1][2:] == (None, "post_closed")
        assert state_of(kept) is HandoffState.AGREED
        author, other = (pair.donor, pair.family) if side == "offer" else (pair.family, pair.donor)
        assert notices(other)[-1] == "handoff_closed"
        assert "handoff_closed" not in notices(author)

    def test_a_proposal_nobody_answers_ends_with_its_window(self, pair):
        public_id = proposed(pair)
        jobs.upkeep(now=END - HOUR)
        assert state_of(public_id) is HandoffState.PROPOSED
        jobs.upkeep(now=END)
        assert history(public_id)[-1] == ("proposed", "cancelled", None, "no_answer")
        assert notices(pair.family) == ["handoff_lapsed"]

    def test_two_days_after_the_window_both_are_asked_once(self, pair):
        agreed(pair)
        jobs.upkeep(now=END + timedelta(hours=47))
        assert "handoff_ask" not in notices(pair.donor)
        for hours in (48, 49, 50):
            jobs.upkeep(now=END + timedelta(hours=hours))
        assert notices(pair.donor).count("handoff_ask") == notices(pair.family).count("handoff_ask") == 1

    def test_a_week_after_the_window_the_milk_is_free_again(self, pair):
        public_id = agreed(pair)
        jobs.upkeep(now=END + 7 * DAY - HOUR)
        assert state_of(public_id) is HandoffState.AGREED
        for _again in range(2):
            jobs.upkeep(now=END + 7 * DAY)
        assert state_of(public_id) is HandoffState.MISSED
        assert balance(pair) == (1000, 0, 0)
        assert history(public_id)[-1] == ("agreed", "missed", None, "not_confirmed")

    @pytest.mark.parametrize(
        ("side", "amount", "given"), [("donor", 350, 350), ("family", 350, 350), ("family", 700, 400)]
    )
    def test_milk_that_one_side_says_was_given_is_never_promised_again(self, pair, side, amount, given):
        public_id = agreed(pair, volume_ml=400)
        who = getattr(pair, side).identity
        services.confirm(who, public_id, amount_ml=amount, condition=FROZEN, now=END)
        jobs.upkeep(now=END + 7 * DAY)
        assert state_of(public_id) is HandoffState.CONFIRMED
        assert balance(pair) == (1000, 0, given)
        assert history(public_id)[-1][3] == "one_side_only"


class TestReading:
    def test_ones_handoffs_come_soonest_first_then_those_that_are_over(self, pair, stranger):
        later = proposed(pair, volume_ml=100, start=START + DAY)
        sooner = agreed(pair, volume_ml=100)
        over = proposed(pair, volume_ml=100)
        services.decline(pair.donor.identity, over, now=NOW)
        for who in (pair.donor, pair.family):
            found = queries.handoffs_of(who.identity, now=NOW)
            assert [view.public_id for view in found] == [sooner, later, over]
        assert queries.handoffs_of(stranger.identity, now=NOW) == ()

    def test_a_card_is_shown_to_the_two_and_left_out_for_others(self, pair, stranger):
        public_id = proposed(pair)
        view = queries.card(public_id, pair.donor.identity, now=NOW)
        assert (view.step, view.can_agree, view.other_name) == (Step.ANSWER, True, "Fatima")
        assert queries.card(public_id, pair.family.identity, now=NOW).other_name == "Dana"
        assert queries.card(public_id, stranger.identity, now=NOW) is None
        assert queries.cards(pair.donor.identity, [], now=NOW) == {}

    def test_a_handoff_that_does_not_exist_is_not_found(self, donor):
        with pytest.raises(NotFound):
            queries.handoff_for(donor.identity, "no-such-handoff", now=NOW)
        with pytest.raises(NotFound):
            services.agree(donor.identity, "no-such-handoff", now=NOW)

    def test_the_view_shows_what_is_free_beside_a_proposal(self, pair):
        waiting = proposed(pair, volume_ml=300)
        assert queries.handoff_for(pair.donor.identity, waiting, now=NOW).free_ml == 1000
        agreed(pair, volume_ml=400)
        view = queries.handoff_for(pair.donor.identity, waiting, now=NOW)
        assert (view.free_ml, view.period, view.is_over) == (600, "all", False)
