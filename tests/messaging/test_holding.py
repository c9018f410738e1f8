"""What the screen asks about, what waits for a moderator, and the order in which eight at once are stored."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.errors import Conflict, Invalid, NotFound
from app.messaging import queries, services
from app.messaging.models import Conversation, HeldMessage
from app.messaging.queries import HeldView
from app.messaging.rules import KEEP_HELD
from app.messaging.services import Nudge, OutOfOrder
from app.moderation import services as moderation
from app.moderation.models import Case
from app.moderation.queries import cases, outcomes, targets
from app.moderation.rules import AlreadyDecided
from tests.at_once import at_once, raised
from tests.conftest import NOW
from tests.messaging.conftest import numbered

pytestmark = pytest.mark.both_databases

MONEY = "It is $2 per oz."
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _new_here(trust, donor):
    """The donor of these tests is a newcomer."""
    trust(donor, 0)


def send(who, talk, n, body="Hello", **more):
    return services.send(
        who.identity, talk.public_id, **{"client_id": numbered(n), "kind": "text", "body": body, "now": NOW} | more
    )


def bodies(talk):
    return [message.body for message in queries.messages_after(talk.id, 0)]


def case_of(held):
    return db.session.scalars(select(Case).filter_by(target_kind="held", target_id=held.id)).one()


class TestOrder:
    def test_what_came_before_the_message_before_it_is_sent_again(self, in_app, talk, donor):
        with pytest.raises(OutOfOrder):
            send(donor, talk, 2, "second", after=numbered(1))
        assert bodies(talk) == []
        send(donor, talk, 1, "first")
        send(donor, talk, 2, "second", after=numbered(1).upper())
        assert bodies(talk) == ["first", "second"]

    def test_the_message_before_must_be_ones_own_and_of_this_conversation(
        self, in_app, talk, open_talk, donor, family, other_family
    ):
        send(family, talk, 1)
        send(donor, open_talk(donor, other_family), 2)
        for before in (1, 2):
            with pytest.raises(OutOfOrder):
                send(donor, talk, 3, after=numbered(before))

    def test_a_stored_one_is_answered_whatever_came_before(self, in_app, talk, donor):
        first = send(donor, talk, 1)
        assert send(donor, talk, 1, after=numbered(7)) == first

    @pytest.mark.parametrize("after", ["", "x", 7, ["x"]])
    def test_what_is_no_id_is_refused(self, after, in_app, talk, donor):
        with pytest.raises(Invalid) as refusal:
            send(donor, talk, 1, after=after)
        assert list(refusal.value.fields) == ["after"]

    def test_one_may_follow_another_that_waits_for_a_moderator(self, in_app, talk, donor):
        send(donor, talk, 1, MONEY)
        assert isinstance(send(donor, talk, 2, after=numbered(1)), HeldView)

    def test_eight_at_once_are_stored_in_written_order_or_sent_again(self, app, talk, donor):
        with app.app_context():
            send(donor, talk, 0, "0")
        for _ in range(8):
            found = at_once(app, *(
                lambda n=n: send(donor, talk, n, str(n), after=numbered(n - 1)) for n in range(1, 5)
            ))  # fmt: skip
            assert all(isinstance(each, OutOfOrder) for each in raised(found)), found
        with app.app_context():
            assert bodies(talk) == ["0", "1", "2", "3", "4"]


class TestNudge:
    def test_somebody_known_is_asked_and_may_send_it_as_it_is(self, in_app, talk, donor, trust):
        trust(donor, 1)
        with pytest.raises(Nudge) as asked:
            send(donor, talk, 1, MONEY)
        [(start, end)] = asked.value.spans
        assert (asked.value.labels, MONEY[start:end]) == (("payment",), "$2 per oz")
        assert bodies(talk) == []
        send(donor, talk, 1, MONEY, confirmed=True)
        assert bodies(talk) == [MONEY]

    def test_a_newcomer_cannot_wave_it_through(self, in_app, talk, donor):
        assert isinstance(send(donor, talk, 1, MONEY, confirmed=True), HeldView)
        assert bodies(talk) == []


class TestHolding:
    def test_only_its_writer_sees_it_and_no_number_is_taken(self, in_app, talk, donor, family):
        held = send(donor, talk, 1, MONEY)
        assert (held.state, held.labels, held.body) == ("waiting", ("payment",), MONEY)
        assert [each.id for each in queries.held_of(talk.id, donor.id)] == [held.id]
        assert queries.held_of(talk.id, family.id) == []
        assert queries.conversation(talk.id).last_seq == 0
        assert send(family, talk, 1, "Hello?").seq == 1

    def test_it_opens_one_case_however_often_it_is_sent(self, in_app, talk, donor):
        assert send(donor, talk, 1, MONEY) == send(donor, talk, 1, MONEY)
        assert [case.target_kind for case in db.session.scalars(select(Case))] == ["held"]
        with pytest.raises(Invalid):
            send(donor, talk, 1, "Other words")

    def test_the_next_from_the_same_person_waits_too_and_the_other_goes_on(
        self, in_app, talk, open_talk, donor, family, other_family
    ):
        elsewhere = open_talk(donor, other_family)
        send(donor, talk, 1, MONEY)
        assert send(donor, talk, 2, "Sorry").labels == ("after_held",)
        assert isinstance(send(donor, talk, 3, "thank_you", kind="phrase"), HeldView)
        assert send(family, talk, 1).seq == 1
        assert send(donor, elsewhere, 4).seq == 1

    def test_where_nobody_can_write_nothing_is_held(self, in_app, talk, donor):
        with transaction() as session:
            session.execute(update(Conversation).where(Conversation.id == talk.id).values(closed_at=NOW))
        with pytest.raises(Conflict):
            send(donor, talk, 1, MONEY)
        assert db.session.scalars(select(HeldMessage)).all() == []

    def test_the_same_held_message_twice_at_once_is_one(self, app, talk, donor):
        found = at_once(app, *[lambda: send(donor, talk, 1, MONEY)] * 4)
        assert {each.client_id for each in found} == {numbered(1)}
        with app.app_context():
            assert len(db.session.scalars(select(HeldMessage)).all()) == 1
            assert len(db.session.scalars(select(Case)).all()) == 1

    def test_the_same_message_twice_at_once_is_one(self, app, talk, donor):
        found = at_once(app, *[lambda: send(donor, talk, 1, "Hello")] * 4)
        assert {each.seq for each in found} == {1}
        with app.app_context():
            assert bodies(talk) == ["Hello"]


class TestDeciding:
    def test_let_go_it_takes_the_next_place(self, in_app, talk, donor, family, moderator):
        held = send(donor, talk, 1, MONEY)
        send(family, talk, 1, "Hello?")
        moderation.decide(moderator.identity, case_of(held).public_id, "approve", "", "", now=LATER)
        assert bodies(talk) == ["Hello?", MONEY]
        assert queries.message(talk.id, 2).sent_at == LATER
        assert queries.held_of(talk.id, donor.id) == []
        assert queries.held(held.id).body == ""
        assert send(donor, talk, 1, MONEY).seq == 2
        assert send(donor, talk, 2, "Good").seq == 3

    def test_declined_it_is_not_sent_and_its_writer_hears_why(self, in_app, talk, donor, moderator):
        held = send(donor, talk, 1, MONEY)
        reason = "Milk is given here, never sold."
        moderation.decide(moderator.identity, case_of(held).public_id, "decline", "no_money", reason, now=LATER)
        assert bodies(talk) == []
        assert [each.state for each in queries.held_of(talk.id, donor.id)] == ["refused"]
        assert [each.reason for each in outcomes.own_statements(donor.identity)] == [reason]

    def test_after_a_refusal_the_next_is_read_first_and_then_it_is_as_before(self, in_app, talk, donor, moderator):
        moderation.decide(
            moderator.identity,
            case_of(send(donor, talk, 1, MONEY)).public_id,
            "decline",
            "no_money",
            "Never sold.",
            now=LATER,
        )
        nice = send(donor, talk, 2, "Sorry, of course not.", now=LATER)
        assert isinstance(nice, HeldView)
        moderation.decide(moderator.identity, case_of(nice).public_id, "approve", "", "", now=LATER)
        assert send(donor, talk, 3, "See you", now=LATER).seq == 2

    def test_what_was_written_first_is_let_go_first(self, in_app, talk, open_talk, donor, other_family, moderator):
        elsewhere = send(donor, open_talk(donor, other_family), 9, MONEY)
        first, second = send(donor, talk, 1, MONEY), send(donor, talk, 2, "second")
        earlier = case_of(first).public_id
        assert [targets.held_words(held.id).earlier for held in (first, second, elsewhere)] == [None, earlier, None]
        with pytest.raises(Conflict) as refusal:
            moderation.decide(moderator.identity, case_of(second).public_id, "approve", "", "", now=LATER)
        assert (refusal.value.code, case_of(second).state, bodies(talk)) == ("earlier_waits", "open", [])
        for held in (first, second):
            moderation.decide(moderator.identity, case_of(held).public_id, "approve", "", "", now=LATER)
        assert bodies(talk) == [MONEY, "second"]

    def test_once_the_first_is_declined_the_second_may_go(self, in_app, talk, donor, moderator):
        first, second = send(donor, talk, 1, MONEY), send(donor, talk, 2, "second")
        moderation.decide(moderator.identity, case_of(first).public_id, "decline", "no_money", "Never sold.", now=LATER)
        moderation.decide(moderator.identity, case_of(second).public_id, "approve", "", "", now=LATER)
        assert bodies(talk) == ["second"]

    def test_deciding_twice_is_deciding_once(self, in_app, talk, donor):
        held = send(donor, talk, 1, MONEY)
        assert services.release_held(held.id, now=LATER).seq == 1
        assert services.release_held(held.id, now=LATER) is None
        services.refuse_held(held.id, now=LATER)
        assert queries.held(held.id).state == "released"

    def test_a_moderator_sees_what_the_screen_saw(self, in_app, talk, donor, moderator, family):
        held = send(donor, talk, 1, MONEY)
        seen = targets.held_words(held.id)
        assert seen.pieces == (("It is ", False), ("$2 per oz", True), (".", False))
        assert seen.labels == ("payment",)
        view = cases.case_view(moderator.identity, case_of(held).public_id, now=NOW)
        assert [action.value for action in view.actions] == ["approve", "decline"]
        with pytest.raises(NotFound):
            cases.case_view(family.identity, view.public_id, now=NOW)
        with pytest.raises(NotFound):
            queries.held(held.id + 1)

    def test_a_moderator_sees_three_lines_before_it_and_none_after(self, in_app, talk, donor, family):
        for n in range(1, 6):
            send(family, talk, n, str(n))
        services.delete_message(family.identity, talk.public_id, 4, now=NOW)
        held = send(donor, talk, 1, MONEY, now=NOW + timedelta(minutes=1))
        send(family, talk, 6, "6", now=LATER)
        seen = targets.messages_before_held(held.id)
        assert [(line.said.body, line.said.deleted_at is not None) for line in seen] == [
            ("3", False),
            ("", True),
            ("5", False),
        ]
        assert {line.sender for line in seen} == {"Fatima"}
        assert not any(line.reported for line in seen)

    def test_nobody_can_report_what_was_not_sent(self, in_app, talk, donor, family):
        held = send(donor, talk, 1, MONEY)
        with pytest.raises(NotFound):
            moderation.report(family.identity, "held", str(held.id), "spam", "", now=NOW)


class TestTakingBack:
    def test_what_waits_is_gone_with_its_case_and_the_next_is_free(self, in_app, talk, donor, moderator):
        held = send(donor, talk, 1, MONEY)
        for _ in range(2):
            services.take_back(donor.identity, talk.public_id, numbered(1), now=LATER)
        assert db.session.scalars(select(HeldMessage)).all() == []
        assert (case_of(held).state, targets.held_words(held.id)) == ("closed", None)
        with pytest.raises(AlreadyDecided):
            moderation.decide(moderator.identity, case_of(held).public_id, "approve", "", "", now=LATER)
        assert send(donor, talk, 2).seq == 1

    def test_what_was_not_sent_is_removed_and_the_screen_remembers(self, in_app, talk, donor, moderator):
        held = send(donor, talk, 1, MONEY)
        moderation.decide(moderator.identity, case_of(held).public_id, "decline", "no_money", "Never sold.", now=LATER)
        services.take_back(donor.identity, talk.public_id, numbered(1), now=LATER)
        assert queries.held_of(talk.id, donor.id) == []
        assert (queries.held(held.id).body, case_of(held).state) == ("", "decided")
        assert isinstance(send(donor, talk, 2, now=LATER), HeldView)

    def test_what_was_sent_meanwhile_stays(self, in_app, talk, donor):
        services.release_held(send(donor, talk, 1, MONEY).id, now=LATER)
        services.take_back(donor.identity, talk.public_id, numbered(1), now=LATER)
        assert bodies(talk) == [MONEY]

    def test_nobody_takes_back_anothers_words(self, in_app, talk, donor, family, stranger):
        send(donor, talk, 1, MONEY)
        services.take_back(family.identity, talk.public_id, numbered(1), now=LATER)
        with pytest.raises(NotFound):
            services.take_back(stranger.identity, talk.public_id, numbered(1), now=LATER)
        assert [line.body for line in queries.held_of(talk.id, donor.id)] == [MONEY]


@pytest.mark.parametrize(
    ("decide", "age", "stays"),
    [
        (services.refuse_held, KEEP_HELD, False),
        (services.refuse_held, KEEP_HELD - timedelta(seconds=1), True),
        (services.release_held, KEEP_HELD, False),
        (lambda *_, **_more: None, 10 * KEEP_HELD, True),
    ],
)
def test_what_was_decided_goes_after_a_month_and_what_waits_never_does(decide, age, stays, in_app, talk, donor):
    decide(send(donor, talk, 1, MONEY).id, now=NOW)
    assert services.forget_held(now=NOW + age) == (not stays)
    assert len(db.session.scalars(select(HeldMessage)).all()) == stays


def test_released_where_nobody_can_write_any_more_its_writer_keeps_the_words(in_app, talk, donor):
    held = send(donor, talk, 1, MONEY)
    with transaction() as session:
        session.execute(update(Conversation).values(closed_at=NOW))
    assert services.release_held(held.id, now=LATER) is None
    assert [(line.body, line.state) for line in queries.held_of(talk.id, donor.id)] == [(MONEY, "refused")]
    assert bodies(talk) == []
