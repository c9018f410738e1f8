"""Something was added to milk: its donor's offers rest until a moderator has looked, and nothing accuses her."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.queries import person as person_of
from app.handoffs import services as handoffs
from app.handoffs.rules.states import CancelReason
from app.infra.database import db
from app.kernel.access import Role
from app.kernel.errors import Conflict, NotFound
from app.matching import services as matching
from app.matching.models import Interest
from app.milk import queries as milk
from app.milk.models import GivingRest, Withdrawal
from app.milk.rules.withdrawals import Draft, GivesNothingNow, Reason
from app.milk.services import holders, make_lot, recall, withdrawals
from app.moderation import services
from app.moderation.models import Case
from app.moderation.queries import cases
from app.notifications.models import Notice
from app.posts import queries as posts
from app.posts import services as post_services
from app.posts.models import PostIndex
from app.posts.rules import GivingRests, PostState
from tests.conftest import NOW
from tests.handoffs.factories import agreed, draft, offer_of, proposed, request_of, row, talk
from tests.milk.factories import draft as lot_draft
from tests.milk.factories import lot, view

LATER = NOW + timedelta(hours=1)
WHY = "Please write to us first, we could not read what happened."


def tell(donor, reason=Reason.ADULTERATION) -> str:
    return withdrawals.withdraw(donor.identity, Draft(reason), now=NOW)


def public_id_of(who) -> str:
    return person_of(who.id).public_id


def state(offer: str) -> PostState:
    db.session.rollback()
    return posts.post_by_public_id(offer).state


def kinds(who) -> list[str]:
    return list(db.session.scalars(select(Notice.kind).where(Notice.user_id == who.id).order_by(Notice.id)))


def the_case() -> str:
    return db.session.scalars(select(Case).where(Case.state == "open", Case.target_kind == "giving")).one().public_id


def leave(who) -> None:
    accounts.deactivate(who.id, now=NOW)
    holders.part(who.id, email=who.email, locale="en", now=NOW)


def found() -> set[int]:
    return set(db.session.scalars(select(PostIndex.post_id)))


@pytest.fixture
def resting(in_app, donor) -> str:
    """A donor with a lot and a live offer, who said that something was added; the offer."""
    lot(donor)
    offer = offer_of(donor)
    tell(donor)
    return offer


@pytest.mark.both_databases
class TestItsBeginning:
    def test_her_offers_are_out_of_sight_a_case_waits_before_all_others_and_she_is_told(
        self, resting, donor, family, moderator
    ):
        request = request_of(family)
        assert state(resting) is PostState.PAUSED
        assert posts.post_by_public_id(resting).id not in found()
        assert posts.post_by_public_id(request).id in found()
        assert "giving_rests" in kinds(donor)
        (line, *_others), _waiting = cases.queue(moderator.identity, now=NOW)
        assert (line.target_kind, line.harm, line.cause, line.about) == ("giving", 3, "withdrawal", "Dana")

    def test_for_no_other_reason(self, in_app, donor):
        lot(donor)
        offer = offer_of(donor)
        tell(donor, Reason.POSITIVE_TEST)
        assert (state(offer), milk.giving_rests(donor.id)) == (PostState.LIVE, False)

    def test_by_a_recall_code_too(self, in_app, donor):
        lot(donor)
        ((lot_code, code),) = recall.make_codes(donor.identity, now=NOW)
        recall.start(lot_code, code, Reason.ADULTERATION, now=NOW)
        assert milk.giving_rests(donor.id)

    def test_a_second_one_meanwhile_joins_the_rest_and_its_case(self, resting, donor):
        tomorrow = NOW + timedelta(days=1)
        new = lot_draft(pumped_from=tomorrow.date(), pumped_to=tomorrow.date())
        make_lot(donor.identity, new, now=tomorrow)
        withdrawals.withdraw(donor.identity, Draft(Reason.ADULTERATION), now=tomorrow)
        assert len(db.session.scalars(select(GivingRest)).all()) == 1
        assert the_case()

    @pytest.mark.parametrize("action", ["approve", "decline"])
    def test_who_leaves_is_named_no_more_and_her_case_waits_and_lifts_nothing(self, resting, donor, moderator, action):
        leave(donor)
        assert db.session.scalars(select(GivingRest.person_id)).one() is None
        reason = ("careful_handling", WHY) if action == "decline" else ("", "")
        services.decide(moderator.identity, the_case(), action, *reason, now=LATER)
        assert kinds(donor).count("giving_goes_on") == 0

    def test_the_case_of_who_left_is_not_that_of_the_next(self, resting, donor, family, moderator):
        """The next rest must not get the number of one that is gone, and with it its case."""
        hers = the_case()
        leave(donor)
        lot(family)
        tell(family)
        assert len(db.session.scalars(select(Case).where(Case.state == "open")).all()) == 2
        services.decide(moderator.identity, hers, "approve", "", "", now=LATER)
        assert milk.giving_rests(family.id)

    def test_a_goodbye_to_an_open_account_lifts_nothing(self, resting, donor):
        holders.part(donor.id, email=donor.email, locale="en", now=NOW)
        assert milk.giving_rests(donor.id)
        with pytest.raises(GivingRests):
            post_services.resume(donor.identity, resting, now=LATER)

    def test_a_moderator_who_leaves_undoes_nothing_she_decided(self, resting, donor, moderator):
        services.decide(moderator.identity, the_case(), "approve", "", "", now=LATER)
        leave(moderator)
        assert not milk.giving_rests(donor.id)
        assert db.session.scalars(select(GivingRest.lifted_by_id)).one() is None


class TestMeanwhile:
    def test_she_cannot_show_an_offer_and_is_told_why_in_plain_words(self, resting, donor):
        for act in (
            lambda: post_services.resume(donor.identity, resting, now=LATER),
            lambda: offer_of(donor),
        ):
            with pytest.raises(GivingRests) as refused:
                act()
            assert "rests until somebody of our team has looked" in refused.value.message

    def test_a_request_of_hers_goes_on(self, resting, donor):
        assert state(request_of(donor)) is PostState.LIVE

    def test_no_new_meeting_is_proposed_or_agreed_from_either_side(self, in_app, donor, family):
        where = talk(donor, family)
        waiting = proposed(where)
        tell(donor)
        for act in (
            lambda: proposed(where),
            lambda: proposed(where, by=donor),
            lambda: handoffs.counter_propose(family.identity, waiting, draft(300), now=NOW),
            lambda: handoffs.agree(donor.identity, waiting, now=NOW),
        ):
            with pytest.raises(GivesNothingNow):
                act()
        assert row(waiting).state == "proposed"

    def test_what_was_agreed_stays_and_falling_through_leaves_the_offer_out_of_sight(self, in_app, donor, family):
        where = talk(donor, family, volume_ml=400)
        planned = agreed(where, volume_ml=400)
        assert state(where.offer_public_id) is PostState.MATCHED
        tell(donor)
        assert row(planned).state == "agreed"
        with pytest.raises(GivesNothingNow):
            handoffs.choose_lots(donor.identity, planned, {lot(donor): {100: 1}}, now=NOW)
        handoffs.cancel(donor.identity, planned, reason=CancelReason.PLANS_CHANGED, now=NOW)
        assert state(where.offer_public_id) is PostState.PAUSED

    def test_she_cannot_choose_a_family_and_the_family_waits_on(self, in_app, donor, family):
        where = talk(donor, family)
        said = db.session.scalars(select(Interest).where(Interest.offer_id == where.offer_id)).one()
        said.state, said.answered_at, public_id = "open", None, said.public_id
        db.session.commit()
        tell(donor)
        with pytest.raises(GivesNothingNow):
            matching.accept(donor.identity, public_id, now=NOW)
        assert db.session.scalars(select(Interest.state)).one() == "open"

    def test_saying_that_there_is_still_milk_shows_nothing(self, resting, donor):
        matching.still_there(donor.identity, resting, now=LATER)
        assert state(resting) is PostState.PAUSED


class TestItsEnd:
    def test_approved_she_may_show_her_offers_again_herself(self, resting, donor, moderator):
        services.decide(moderator.identity, the_case(), "approve", "", "", now=LATER)
        assert "giving_goes_on" in kinds(donor)
        assert state(resting) is PostState.PAUSED
        post_services.resume(donor.identity, resting, now=LATER)
        assert state(resting) is PostState.LIVE
        assert view(donor, milk.lots_of(donor.identity, today=NOW.date())[0].public_id).withdrawn

    def test_declined_it_goes_on_with_a_reason_and_is_lifted_later_from_her_page(self, resting, donor, moderator):
        services.decide(moderator.identity, the_case(), "decline", "careful_handling", WHY, now=LATER)
        assert milk.giving_rests(donor.id)
        assert "rules_told" in kinds(donor)
        services.let_give(moderator.identity, public_id_of(donor), now=LATER)
        assert not milk.giving_rests(donor.id)
        with pytest.raises(Conflict):
            services.let_give(moderator.identity, public_id_of(donor), now=LATER)

    def test_while_its_case_waits_the_case_is_decided_and_nothing_else(self, resting, donor, moderator):
        with pytest.raises(Conflict):
            services.let_give(moderator.identity, public_id_of(donor), now=LATER)
        assert milk.giving_rests(donor.id)

    def test_only_a_moderator_and_never_her_own(self, in_app, person, stranger, donor):
        mona = person("Mo", roles=(Role.MODERATOR,))
        lot(mona)
        tell(mona)
        for who in (mona, stranger):
            with pytest.raises(NotFound):
                services.let_give(who.identity, public_id_of(mona), now=LATER)
            with pytest.raises(NotFound):
                services.decide(who.identity, the_case(), "approve", "", "", now=LATER)
        assert milk.giving_rests(mona.id)


class TestThePages:
    @pytest.fixture
    def told(self, app, donor) -> str:
        with app.app_context():
            lot(donor)
            offer = offer_of(donor)
            tell(donor)
        return offer

    def test_she_reads_what_it_means_and_what_comes_next_and_no_accusation(self, app, donor, family, sign_in, told):
        with time_machine.travel(NOW, tick=False):
            hers = sign_in(donor)
            for address in ("/milk", f"/posts/{told}"):
                page = hers.get(address).text
                assert "Your offers rest" in page
                assert "says nothing against you" in page
                assert "What comes next" in page
            assert "Resume" not in hers.get(f"/posts/{told}").text
            assert "Your offers rest until somebody of our team has looked." in hers.get("/").text
            assert "Your offers rest" not in sign_in(family).get("/milk").text

    def test_a_moderator_reads_who_said_it_decides_and_it_is_over(self, app, donor, moderator, sign_in, told):
        with time_machine.travel(NOW, tick=False):
            desk = sign_in(moderator)
            with app.app_context():
                case, address = the_case(), f"/moderation/members/{public_id_of(donor)}"
            page = desk.get(f"/moderation/cases/{case}").text
            assert "its donor" in page
            assert "Most often a donor tells this herself" in page
            assert "Let her give again" in desk.get(address).text
            assert desk.post(f"{address}/let-give").status_code == 409
            assert desk.post(f"/moderation/cases/{case}/decide", data={"action": "approve"}).status_code == 302
            assert "Let her give again" not in desk.get(address).text
            assert "Your offers rest" not in sign_in(donor).get("/milk").text

    def test_of_who_has_left_a_moderator_still_reads_what_was_said_and_where(
        self, app, donor, moderator, sign_in, told
    ):
        with app.app_context():
            leave(donor)
            case, token = the_case(), db.session.scalars(select(Withdrawal.token)).one()
        with time_machine.travel(NOW, tick=False):
            desk = sign_in(moderator)
            page = desk.get(f"/moderation/cases/{case}").text
            assert "Something was added to the milk" in page
            assert "Its donor has left" in page
            assert "Let her give again" not in page
            assert f"/milk/withdrawals/{token}" in page
            assert desk.get(f"/milk/withdrawals/{token}").status_code == 200

    def test_nobody_else_lets_her_give_again(self, app, donor, stranger, sign_in, told):
        with app.app_context():
            address = f"/moderation/members/{public_id_of(donor)}/let-give"
        for who in (donor, stranger):
            assert sign_in(who).post(address).status_code == 404
