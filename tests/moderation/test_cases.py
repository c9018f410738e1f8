"""A case is claimed by one moderator, decided once, with reasons, and never by somebody who is party to it."""

from datetime import timedelta

import pytest

from app.accounts.models import User
from app.infra.database import db
from app.infra.event_bus import EventBus, record
from app.infra.transaction import transaction
from app.kernel.access import Role
from app.kernel.errors import Forbidden, Invalid, NotFound
from app.messaging.events import HeldTakenBack, MessageChanged, MessageHeld
from app.milk.events import GivingRested
from app.moderation import services
from app.moderation.models import Case, Decision
from app.moderation.queries import cases, outcomes
from app.moderation.rules import Action, AlreadyDecided, HeldByAnother, Rule
from app.moderation.services.cases import _decide_once
from app.notifications.models import Notice
from app.posts.events import PostClosed, PostSubmitted
from app.posts.models import Post
from tests.at_once import at_once, raised
from tests.moderation.conftest import the_case

pytestmark = pytest.mark.both_databases

WHY = "Please take the price out; milk is given here."
MINUTE = timedelta(minutes=1)


@pytest.fixture
def second(person):
    """Another moderator."""
    return person("Milo", roles=[Role.MODERATOR])


def decline(who, case, now):
    services.decide(who.identity, case, "decline", "no_money", WHY, now=now)


def submitted(post: Post, now, *, needs_review: bool = True) -> None:
    with transaction():
        record(
            PostSubmitted(at=now, post_id=post.id, author_id=post.author_id, kind="offer", needs_review=needs_review)
        )


def closed(post: Post, now, state: str) -> None:
    with transaction():
        record(PostClosed(at=now, post_id=post.id, author_id=post.author_id, kind="offer", state=state))


@pytest.mark.usefixtures("in_app")
class TestOpening:
    def test_a_post_that_needs_review_opens_a_case(self, offer_of, donor, now):
        post = offer_of(donor)
        submitted(post, now)
        case = the_case(post.id)
        assert (case.cause, case.harm, case.about_id, case.opened_at) == ("first_post", 1, donor.id, now)

    def test_a_post_that_needs_none_opens_none(self, offer_of, donor, now):
        submitted(offer_of(donor), now, needs_review=False)
        assert db.session.query(Case).count() == 0

    def test_handing_it_in_twice_does_not_double_the_case(self, offer_of, donor, now):
        post = offer_of(donor)
        submitted(post, now)
        submitted(post, now + MINUTE)
        assert db.session.query(Case).count() == 1
        assert the_case(post.id).opened_at == now

    def test_an_undone_submission_leaves_no_case(self, offer_of, donor, now):
        post = offer_of(donor)

        def submitted_in_vain() -> None:
            with transaction():
                submitted(post, now)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            submitted_in_vain()
        assert db.session.query(Case).count() == 0

    def test_a_post_sent_back_returns_as_edited(self, offer_of, donor, moderator, now):
        post = offer_of(donor)
        services.open_review(post.id, donor.id, now=now)
        services.decide(moderator.identity, the_case(post.id).public_id, "ask_edit", "no_money", WHY, now=now)
        submitted(post, now + MINUTE)
        assert (the_case(post.id).cause, the_case(post.id).state) == ("edited", "open")

    @pytest.mark.parametrize(
        ("state", "case_state"), [("withdrawn", "closed"), ("expired", "closed"), ("paused", "open")]
    )
    def test_a_post_taken_back_needs_no_review(self, state, case_state, offer_of, donor, now):
        post = offer_of(donor)
        submitted(post, now)
        closed(post, now, state)
        assert the_case(post.id).state == case_state

    def test_withdrawing_a_reported_post_does_not_end_the_case(self, offer_of, donor, family, now):
        post = offer_of(donor, state="live")
        services.report(family.identity, "post", post.public_id, "selling", "", now=now)
        closed(post, now, "withdrawn")
        assert the_case(post.id).state == "open"

    def test_the_subscriber_listens_inside_the_transaction(self):
        from app.moderation import subscribers

        bus = EventBus()
        subscribers.subscribe(bus)
        assert set(bus._within) == {PostSubmitted, PostClosed, MessageHeld, HeldTakenBack, MessageChanged, GivingRested}
        assert not bus._after


@pytest.mark.usefixtures("in_app")
class TestQueue:
    def test_it_is_ordered_by_harm_then_age(self, offer_of, case_of, donor, family, moderator, now):
        younger = case_of(donor)
        with transaction() as session:
            session.query(Case).filter_by(public_id=younger).update({"opened_at": now + MINUTE})
        older = case_of(donor)
        urgent = offer_of(donor, state="live")
        services.report(family.identity, "post", urgent.public_id, "harassment", "", now=now + 2 * MINUTE)
        lines, waiting = cases.queue(moderator.identity, now=now)
        assert [line.public_id for line in lines] == [the_case(urgent.id).public_id, older, younger]
        assert waiting == 3

    def test_it_says_who_holds_a_case_while_the_lease_lasts(self, case_of, donor, moderator, second, now):
        services.claim(moderator.identity, case_of(donor), now=now)
        (line,), _ = cases.queue(second.identity, now=now + 14 * MINUTE)
        assert (line.holder, line.held_until) == ("Mona", now + 15 * MINUTE)
        (line,), _ = cases.queue(second.identity, now=now + 15 * MINUTE)
        assert (line.holder, line.held_until) == (None, None)

    def test_a_decided_case_has_left_it(self, case_of, donor, moderator, now):
        services.decide(moderator.identity, case_of(donor), "approve", "", "", now=now)
        assert cases.queue(moderator.identity, now=now) == ((), 0)

    def test_a_moderator_does_not_see_a_case_about_herself(self, case_of, moderator, second, now):
        case = case_of(moderator)
        assert cases.queue(moderator.identity, now=now) == ((), 0)
        assert cases.queue(second.identity, now=now)[1] == 1
        with pytest.raises(NotFound):
            cases.case_view(moderator.identity, case, now=now)
        for act in (services.claim, decline):
            with pytest.raises(NotFound):
                act(moderator.identity if act is services.claim else moderator, case, now=now)


@pytest.mark.usefixtures("in_app")
class TestClaim:
    def test_one_moderator_holds_a_case(self, case_of, donor, moderator, second, now):
        case = case_of(donor)
        services.claim(moderator.identity, case, now=now)
        with pytest.raises(HeldByAnother) as refused:
            services.claim(second.identity, case, now=now + MINUTE)
        assert (refused.value.moderator, refused.value.until) == ("Mona", now + 15 * MINUTE)

    def test_the_lease_runs_out(self, case_of, donor, moderator, second, now):
        case = case_of(donor)
        services.claim(moderator.identity, case, now=now)
        services.claim(second.identity, case, now=now + 15 * MINUTE)
        assert cases.case_view(second.identity, case, now=now + 15 * MINUTE).mine

    def test_claiming_again_makes_the_lease_longer(self, case_of, donor, moderator, now):
        case = case_of(donor)
        services.claim(moderator.identity, case, now=now)
        services.claim(moderator.identity, case, now=now + 10 * MINUTE)
        assert cases.case_view(moderator.identity, case, now=now).held_until == now + 25 * MINUTE

    def test_a_case_given_back_is_free_at_once(self, case_of, donor, moderator, second, now):
        case = case_of(donor)
        services.claim(moderator.identity, case, now=now)
        services.give_back(moderator.identity, case)
        services.claim(second.identity, case, now=now)

    def test_giving_back_what_another_holds_changes_nothing(self, case_of, donor, moderator, second, now):
        case = case_of(donor)
        services.claim(moderator.identity, case, now=now)
        services.give_back(second.identity, case)
        assert cases.case_view(moderator.identity, case, now=now).mine

    def test_a_decided_case_cannot_be_claimed(self, case_of, donor, moderator, second, now):
        case = case_of(donor)
        services.decide(moderator.identity, case, "approve", "", "", now=now)
        with pytest.raises(AlreadyDecided) as refused:
            services.claim(second.identity, case, now=now)
        assert (refused.value.moderator, refused.value.action) == ("Mona", "approve")

    @pytest.mark.parametrize("who", ["donor", "stranger"])
    def test_a_member_cannot_claim_or_decide(self, who, request, case_of, donor, now):
        case, member = case_of(donor), request.getfixturevalue(who)
        for attempt in (lambda: services.claim(member.identity, case, now=now), lambda: decline(member, case, now)):
            with pytest.raises(NotFound):
                attempt()

    def test_a_case_that_does_not_exist_is_not_found(self, moderator, now):
        with pytest.raises(NotFound):
            services.claim(moderator.identity, "nothing", now=now)


@pytest.mark.usefixtures("in_app")
class TestDecision:
    @pytest.mark.parametrize(
        ("action", "state", "kind"),
        [
            ("approve", "live", "post_live"),
            ("ask_edit", "edit_asked", "post_edit_asked"),
            ("decline", "declined", "post_declined"),
        ],
    )
    def test_a_first_post_is_approved_sent_back_or_declined(self, action, state, kind, offer_of, donor, moderator, now):
        post = offer_of(donor)
        services.open_review(post.id, donor.id, now=now)
        services.decide(moderator.identity, the_case(post.id).public_id, action, "no_money", WHY, now=now)
        assert db.session.get_one(Post, post.id).state == state
        (notice,) = db.session.query(Notice).filter_by(user_id=donor.id, kind=kind).all()
        assert notice.path == f"/posts/{post.public_id}"

    def test_the_author_reads_the_statement_of_reasons_and_nobody_else_does(
        self, case_of, donor, moderator, stranger, now
    ):
        case = case_of(donor)
        decline(moderator, case, now)
        stated = outcomes.statement(donor.identity, case)
        assert (stated.action, stated.rule, stated.reason, stated.cause) == ("decline", "no_money", WHY, "first_post")
        for other in (stranger, moderator):
            with pytest.raises(NotFound):
                outcomes.statement(other.identity, case)

    def test_a_reported_post_is_hidden(self, offer_of, donor, family, moderator, now):
        post = offer_of(donor, state="live")
        services.report(family.identity, "post", post.public_id, "selling", "", now=now)
        services.decide(moderator.identity, the_case(post.id).public_id, "hide", "no_money", WHY, now=now)
        assert db.session.get_one(Post, post.id).state == "declined"

    @pytest.mark.parametrize("action", ["dismiss", "warn"])
    def test_a_reported_post_stays_when_it_is_dismissed_or_its_author_told(
        self, action, offer_of, donor, family, moderator, now
    ):
        post = offer_of(donor, state="live")
        services.report(family.identity, "post", post.public_id, "selling", "", now=now)
        services.decide(moderator.identity, the_case(post.id).public_id, action, "no_money", WHY, now=now)
        assert db.session.get_one(Post, post.id).state == "live"
        told = [(notice.kind, notice.path) for notice in db.session.query(Notice).filter_by(user_id=donor.id)]
        statement = ("rules_told", f"/reviews/{the_case(post.id).public_id}")
        assert told == ([statement] if action == "warn" else [])
        assert len(outcomes.own_statements(donor.identity)) == len(told)

    def test_nobody_learns_of_a_report_that_was_dismissed(self, offer_of, donor, family, moderator, now):
        post = offer_of(donor, state="live")
        services.report(family.identity, "post", post.public_id, "selling", "", now=now)
        case = the_case(post.id).public_id
        services.decide(moderator.identity, case, "dismiss", "", "", now=now)
        with pytest.raises(NotFound):
            outcomes.statement(donor.identity, case)

    def test_a_decision_that_loses_the_race_for_the_row_is_told_the_first(self, case_of, donor, moderator, second, now):
        case = case_of(donor)
        row = db.session.query(Case).filter_by(public_id=case).one()
        services.decide(moderator.identity, case, "approve", "", "", now=now)
        with pytest.raises(AlreadyDecided) as refused, transaction() as session:
            _decide_once(session, row, second.identity, Action.DECLINE, Rule.HONEST, WHY, now=now)
        assert (refused.value.moderator, refused.value.action) == ("Mona", "approve")

    @pytest.mark.parametrize(("action", "trust"), [("dismiss", 1), ("warn", 0), ("hide", 0)])
    def test_an_upheld_report_puts_the_person_back_among_the_newcomers(
        self, action, trust, offer_of, donor, family, moderator, now
    ):
        post = offer_of(donor, state="live")
        services.report(family.identity, "post", post.public_id, "selling", "", now=now)
        services.decide(moderator.identity, the_case(post.id).public_id, action, "no_money", WHY, now=now)
        assert db.session.get_one(User, donor.id).trust == trust

    def test_a_first_post_sent_back_is_no_strike(self, case_of, donor, moderator, now):
        services.decide(moderator.identity, case_of(donor), "ask_edit", "no_money", WHY, now=now)
        assert db.session.get_one(User, donor.id).trust == 1

    def test_nobody_decides_what_they_reported(self, offer_of, donor, moderator, second, now):
        post = offer_of(donor, state="live")
        services.report(moderator.identity, "post", post.public_id, "selling", "", now=now)
        case = the_case(post.id).public_id
        for attempt in (
            lambda: services.decide(moderator.identity, case, "dismiss", "", "", now=now),
            lambda: services.claim(moderator.identity, case, now=now),
        ):
            with pytest.raises(Forbidden):
                attempt()
        services.decide(second.identity, case, "dismiss", "", "", now=now)

    def test_a_case_another_holds_is_not_decided(self, case_of, donor, moderator, second, now):
        case = case_of(donor)
        services.claim(moderator.identity, case, now=now)
        with pytest.raises(HeldByAnother):
            decline(second, case, now + MINUTE)
        decline(moderator, case, now + MINUTE)

    def test_the_second_decider_is_told_the_first_decision(self, case_of, donor, moderator, second, now):
        case = case_of(donor)
        decline(moderator, case, now)
        with pytest.raises(AlreadyDecided) as refused:
            services.decide(second.identity, case, "approve", "", "", now=now)
        assert (refused.value.moderator, refused.value.action) == ("Mona", "decline")
        assert db.session.query(Decision).count() == 1

    @pytest.mark.parametrize(
        ("action", "rule", "reason", "field"),
        [
            ("decline", "", WHY, "rule"), ("decline", "no_money", "", "reason"), ("hide", "no_money", WHY, "action"),
            ("", "", "", "action"), ("ask_edit", "no_money", "x" * 1001, "reason"),
        ],
    )  # fmt: skip
    def test_a_decision_that_says_too_little_changes_nothing(
        self, action, rule, reason, field, case_of, donor, moderator, now
    ):
        case = case_of(donor)
        with pytest.raises(Invalid) as refused:
            services.decide(moderator.identity, case, action, rule, reason, now=now)
        assert list(refused.value.fields) == [field]
        assert cases.case_view(moderator.identity, case, now=now).state == "open"

    def test_a_case_closed_by_its_author_cannot_be_decided(self, offer_of, donor, moderator, now):
        post = offer_of(donor)
        submitted(post, now)
        closed(post, now, "withdrawn")
        with pytest.raises(AlreadyDecided) as refused:
            services.decide(moderator.identity, the_case(post.id).public_id, "approve", "", "", now=now)
        assert refused.value.action == "closed"


@pytest.mark.usefixtures("in_app")
class TestEvidence:
    def test_the_history_shows_earlier_posts_and_decisions(self, case_of, donor, moderator, now):
        first = case_of(donor, note="2 $ an ounce")
        decline(moderator, first, now)
        view = cases.case_view(moderator.identity, case_of(donor), now=now)
        assert [past.note for past in view.history.posts] == ["2 $ an ounce"]
        assert [(past.action, past.reason) for past in view.history.decisions] == [("decline", WHY)]
        assert (view.history.name, view.history.trust) == ("Dana", 1)

    def test_a_case_of_a_member_hides_no_post_of_theirs(self, offer_of, donor, family, moderator, now):
        offer_of(donor, state="live", note="The first post")
        public_id = db.session.get_one(User, donor.id).public_id
        services.report(family.identity, "member", public_id, "spam", "rude", now=now)
        view = cases.case_view(moderator.identity, the_case(donor.id, "member").public_id, now=now)
        assert [past.note for past in view.history.posts] == ["The first post"]
        assert [(line.reporter, line.words) for line in view.reports] == [("Fatima", "rude")]

    def test_the_first_decision_is_shown(self, case_of, donor, moderator, second, now):
        case = case_of(donor)
        decline(moderator, case, now)
        view = cases.case_view(second.identity, case, now=now)
        assert view.decision is not None
        assert (view.decision.moderator, view.decision.action, view.state) == ("Mona", "decline", "decided")

    def test_a_moderator_who_reported_is_told_so(self, offer_of, donor, moderator, now):
        post = offer_of(donor, state="live")
        services.report(moderator.identity, "post", post.public_id, "selling", "", now=now)
        assert cases.case_view(moderator.identity, the_case(post.id).public_id, now=now).reported_by_me


def test_two_moderators_deciding_at_the_same_time_make_one_decision(app, case_of, donor, moderator, second, now):
    with app.app_context():
        posts = [case_of(donor) for _ in range(5)]
    for case in posts:
        results = at_once(
            app,
            lambda case=case: services.decide(moderator.identity, case, "approve", "no_money", WHY, now=now),
            lambda case=case: services.decide(second.identity, case, "decline", "no_money", WHY, now=now),
        )
        assert results.count(None) == 1
        assert [type(each) for each in raised(results)] == [AlreadyDecided]
    with app.app_context():
        assert db.session.query(Decision).count() == len(posts)
        declined = {row.case_id for row in db.session.query(Decision).filter_by(action="decline")}
        states = {case.id: db.session.get_one(Post, case.target_id).state for case in db.session.query(Case)}
        assert all((state == "declined") is (case in declined) for case, state in states.items())


def test_two_reports_at_the_same_time_make_one_case(app, offer_of, donor, family, stranger, now):
    with app.app_context():
        post = offer_of(donor, state="live")
    receipts = at_once(
        app,
        *(
            lambda who=who: services.report(who.identity, "post", post.public_id, "spam", "", now=now)
            for who in (family, stranger)
        ),
    )
    assert raised(receipts) == []
    with app.app_context():
        assert len(set(receipts)) == 2
        assert db.session.query(Case).count() == 1
