"""Every kind of notice, left by what really causes it and opened by its reader, leads to the page its words name."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.handoffs import services as handoffs
from app.handoffs.models import Handoff
from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.plan import HandoffDraft
from app.handoffs.rules.states import CancelReason
from app.handoffs.services.changes import tell
from app.infra import jobs
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.quantities import Millilitres
from app.matching import queries as matching_queries
from app.matching import services as matching
from app.messaging import queries as conversations
from app.messaging import services as messaging
from app.milk import services as milk
from app.milk.models import GivingRest
from app.milk.rules.ledger import Arrival
from app.milk.rules.withdrawals import OpenedAs, Reason, Scope
from app.milk.services import holders, looking, rests, withdrawals
from app.moderation import services as moderation
from app.moderation.queries import cases
from app.notifications import queries
from app.notifications.words import WORDS
from app.posts import queries as post_queries
from app.posts import services as posts
from tests.handoffs.factories import bags_of
from tests.matching.conftest import OFFER, REQUEST, post, read
from tests.milk.factories import lot as make_lot

NOW = datetime.now(UTC)
"""The real moment: pages read it themselves."""


class Cast:
    """A donor with an offer and a family with a request that fit, and what may happen between them."""

    def __init__(self, donor, family, other_family, moderator) -> None:
        self.donor, self.family, self.other, self.moderator = donor, family, other_family, moderator
        self.offer, self.request = post(donor, OFFER, now=NOW), post(family, REQUEST, now=NOW)

    def _id(self, public_id: str) -> int:
        return post_queries.post_by_public_id(public_id).id

    def yes(self) -> str:
        return matching.say_yes(self.family.identity, self.offer, self.request, note="Hello.", now=NOW)

    def yes_of_another(self) -> str:
        return matching.say_yes(self.other.identity, self.offer, post(self.other, REQUEST, now=NOW), now=NOW)

    def invitation(self) -> str:
        return matching.invite(self.donor.identity, self.offer, self.request, now=NOW)

    def talk(self) -> str:
        matching.accept(self.donor.identity, self.yes(), now=NOW)
        return conversations.inbox(self.donor.identity)[0].conversation.public_id

    def plan(self) -> str:
        start = NOW + timedelta(days=1)
        draft = HandoffDraft(window_start=start, window_end=start + timedelta(hours=1), volume_ml=Millilitres(500))
        return handoffs.propose(self.donor.identity, self.talk(), draft, now=NOW)

    def post_live(self) -> None:
        waiting = self._in_review()
        posts.approve(waiting, self.moderator.id, now=NOW)

    def _in_review(self) -> int:
        return self._id(post(self.donor, OFFER, note="Only $2 an ounce.", now=NOW))

    def post_edit_asked(self) -> None:
        posts.ask_edit(self._in_review(), self.moderator.id, "No price, please.", now=NOW)

    def post_declined(self) -> None:
        posts.decline(self._in_review(), self.moderator.id, "Milk is never sold.", now=NOW)

    def post_expiring(self) -> None:
        post(self.donor, OFFER, ends_on=(NOW + timedelta(days=2)).date(), now=NOW)
        posts.remind_ending(now=NOW)

    def interest_received(self) -> None:
        self.yes()

    def answer_waited_for(self) -> None:
        public_id, mine = self.talk(), self.donor.identity
        messaging.send(mine, public_id, client_id=str(uuid4()), kind="text", body="Does Saturday suit?", now=NOW)
        messaging.remind_kindly(mine, public_id, now=NOW + timedelta(days=3))

    def invitation_received(self) -> None:
        self.invitation()

    def interest_accepted(self) -> None:
        self.talk()

    def interest_declined(self) -> None:
        matching.decline(self.donor.identity, self.yes(), now=NOW)

    def invitation_declined(self) -> None:
        matching.decline(self.family.identity, self.invitation(), now=NOW)

    def interest_lapsed(self) -> None:
        self.yes()
        matching.lapse_silent(now=NOW + timedelta(days=5))

    def need_over(self) -> None:
        self.invitation()
        posts.withdraw(self.family.identity, self.request, now=NOW)
        jobs.run_due(now=NOW)

    def milk_gone(self) -> None:
        self.yes()
        posts.withdraw(self.donor.identity, self.offer, now=NOW)

    def matches_new(self) -> None:
        matching.run_round(now=NOW)

    def chosen_other(self) -> None:
        self.yes()
        matching.accept(self.donor.identity, self.yes_of_another(), now=NOW)

    def next_in_line(self) -> None:
        self.yes_of_another()
        agreed = self.plan()
        handoffs.agree(self.family.identity, agreed, now=NOW)
        handoffs.cancel(self.donor.identity, agreed, reason=CancelReason.PLANS_CHANGED, now=NOW)

    def you_are_next(self) -> None:
        self.next_in_line()

    def turn_planned(self) -> None:
        self.yes_of_another()
        agreed = self.plan()
        handoffs.agree(self.family.identity, agreed, now=NOW)
        handoffs.cancel(self.family.identity, agreed, reason=CancelReason.PLANS_CHANGED, now=NOW)

    def turn_asked(self) -> None:
        self.turn_planned()
        jobs.run_due(now=NOW + timedelta(hours=4))

    def turn_taken(self) -> None:
        self.turn_asked()
        (turn,) = matching_queries.open_turns(self._id(self.offer))
        matching.take_turn(self.other.identity, turn.public_id, now=NOW + timedelta(hours=5))

    def turn_stopped(self) -> None:
        self.turn_asked()
        matching.ask_nobody(self.donor.identity, self.offer, now=NOW + timedelta(hours=5))

    def talk_rests(self) -> None:
        self.offer = post(self.donor, OFFER, after_loss=True, now=NOW)
        self.yes_of_another()
        matching.accept(self.donor.identity, self.yes(), now=NOW)
        matching.rest_quiet_talks(now=NOW + timedelta(days=7))

    def still_milk(self) -> None:
        self.yes()
        self.yes_of_another()
        matching.lapse_silent(now=NOW + timedelta(days=4))

    def offer_paused(self) -> None:
        self.still_milk()
        matching.pause_unanswered(now=NOW + timedelta(days=6))

    def queue_full(self) -> None:
        from app.matching.queries.pairs import posts_of_pair
        from app.matching.services.notices import tell_full

        with transaction():
            tell_full(self.family.id, *posts_of_pair(self.offer, self.request), now=NOW)

    def handoff_proposed(self) -> None:
        self.plan()

    def handoff_agreed(self) -> None:
        handoffs.agree(self.family.identity, self.plan(), now=NOW)

    def handoff_declined(self) -> None:
        handoffs.decline(self.family.identity, self.plan(), now=NOW)

    def other_news_of_a_handoff(self, kind: str) -> None:
        """What time or both sides cause stands in the handoffs' own tests; all of it is told by one function."""
        planned = self.plan()
        with transaction() as session:
            row = session.query(Handoff).filter_by(public_id=planned).one()
            tell(row, self.family.id, kind, now=NOW)

    def _milk_came(self) -> str:
        bags_of(self.donor)
        planned = self.plan()
        handoffs.agree(self.family.identity, planned, now=NOW)
        for who, arrived in ((self.donor, None), (self.family, Condition.COLD)):
            handoffs.confirm(who.identity, planned, amount_ml=Millilitres(500), condition=arrived, now=NOW)
        return planned

    def handoff_went(self) -> None:
        handoffs.ask_how_it_went(self._milk_came(), now=NOW + timedelta(days=4))

    def handoff_fed(self) -> None:
        handoffs.share_days(self.family.identity, self._milk_came(), shares=True, now=NOW)

    def handoff_thanked(self) -> None:
        handoffs.thank(self.family.identity, self._milk_came(), "", now=NOW)

    def withdrawn(self, reason: Reason, *, given: bool = True, opened_as: OpenedAs = OpenedAs.MODERATOR) -> str | None:
        lot = make_lot(self.donor)
        if given:
            with transaction():
                holders.register("handoff", self.family.id, now=NOW)
                milk.give(lot, "handoff", Millilitres(100), Arrival.FROZEN, now=NOW)
        scope = Scope(lot_public_ids=(lot,))
        return withdrawals.open_withdrawal(
            self.donor.id, reason, opened_as=opened_as, opened_by_id=None, scope=scope, now=NOW
        )

    def milk_withdrawn_hold(self) -> None:
        self.withdrawn(Reason.INFANT_ILL)

    def milk_withdrawn_medium(self) -> None:
        self.withdrawn(Reason.STORAGE)

    def milk_withdrawn_high(self) -> None:
        self.withdrawn(Reason.SUBSTANCE)

    def milk_withdrawn_urgent(self) -> None:
        self.withdrawn(Reason.POSITIVE_TEST)

    def milk_withdrawal_closed(self) -> None:
        self.withdrawn(Reason.STORAGE, given=False)

    def milk_withdrawal_waits(self) -> None:
        self.withdrawn(Reason.INFANT_ILL, opened_as=OpenedAs.DONOR)

    def milk_withdrawal_ended(self) -> None:
        looking.end(self.moderator.identity, self.withdrawn(Reason.INFANT_ILL, opened_as=OpenedAs.DONOR), now=NOW)

    def milk_withdrawal_ended_held(self) -> None:
        first = self.withdrawn(Reason.INFANT_ILL, opened_as=OpenedAs.DONOR)
        withdrawals.open_withdrawal(
            self.donor.id, Reason.INFANT_ILL, opened_as=OpenedAs.CODE, opened_by_id=None, scope=Scope(fed_since=NOW),
            now=NOW,
        )  # fmt: skip
        looking.end(self.moderator.identity, first, now=NOW)

    def giving_rests(self) -> None:
        self.withdrawn(Reason.ADULTERATION, given=False)

    def giving_goes_on(self) -> None:
        self.giving_rests()
        rests.lift(db.session.scalars(select(GivingRest.id)).one(), self.moderator.id, now=NOW)

    def decided(self, action: str) -> None:
        moderation.report(self.other.identity, "post", self.offer, "other", "", now=NOW)
        (line,), _waiting = cases.queue(self.moderator.identity, now=NOW)
        moderation.claim(self.moderator.identity, line.public_id, now=NOW)
        moderation.decide(self.moderator.identity, line.public_id, action, "kindness", "Please stay kind.", now=NOW)


@pytest.fixture
def cast(app, donor, family, other_family, moderator) -> Cast:
    """The cast with its offer and its request; nothing has happened between them yet."""
    with read(app):
        return Cast(donor, family, other_family, moderator)


LINE, PAIR, THREAD, HANDOFF, POST = (
    r"/matches/[\w-]+",
    r"/matches/pair/.+",
    r"/messages/.+",
    r"/handoffs/.+",
    "/posts/.+",
)
WITHDRAWN = r"/milk/withdrawn/[\w-]+"

KINDS = {
    "post_live": ("donor", POST, "Live"),
    "post_edit_asked": ("donor", POST, "No price, please."),
    "post_declined": ("donor", POST, "Milk is never sold."),
    "post_expiring": ("donor", POST, "Renew"),
    "interest_received": ("donor", LINE, "Choose Fatima"),
    "answer_waited_for": ("family", THREAD, "Does Saturday suit?"),
    "invitation_received": ("family", PAIR, "Yes, let us talk"),
    "interest_accepted": ("family", THREAD, "Say hello"),
    "interest_declined": ("family", r"/matches/.+", "Who fits"),
    "invitation_declined": ("donor", LINE, "Nobody waits yet"),
    "interest_lapsed": ("family", r"/matches/.+", "Who fits"),
    "need_over": ("donor", LINE, "Nobody waits yet"),
    "milk_gone": ("family", r"/matches/instead/.+", "What else there is"),
    "matches_new": ("family", r"/matches/.+", "Who fits"),
    "chosen_other": ("family", r"/matches/.+", "Who fits"),
    "next_in_line": ("donor", LINE, "Choose Otto"),
    "talk_rests": ("donor", LINE, "Choose Otto"),
    "you_are_next": ("other", r"/matches/pair/.+", "Your yes is with the donor"),
    "turn_planned": ("donor", LINE, "Ask nobody else"),
    "turn_asked": ("other", PAIR, "Your yes is with the donor"),
    "turn_taken": ("donor", THREAD, "Say hello"),
    "turn_stopped": ("other", PAIR, "Your yes is with the donor"),
    "still_milk": ("donor", LINE, "Yes, still here"),
    "offer_paused": ("donor", POST, "Paused"),
    "queue_full": ("family", r"/matches/.+", "Who fits"),
    "handoff_proposed": ("family", HANDOFF, "Agree"),
    "handoff_agreed": ("donor", HANDOFF, "You both agreed"),
    "handoff_declined": ("donor", HANDOFF, "will not happen"),
    "handoff_amount": ("family", HANDOFF, "Dana"),
    "handoff_ask": ("family", HANDOFF, "Dana"),
    "handoff_cancelled": ("family", HANDOFF, "Dana"),
    "handoff_closed": ("family", HANDOFF, "Dana"),
    "handoff_confirmed": ("family", HANDOFF, "Dana"),
    "handoff_lapsed": ("family", HANDOFF, "Dana"),
    "handoff_missed": ("family", HANDOFF, "Dana"),
    "handoff_missed_said": ("family", HANDOFF, "Dana"),
    "handoff_missed_answered": ("family", HANDOFF, "Dana"),
    "excuse_asked": ("family", HANDOFF, "Dana"),
    "excuse_given": ("family", HANDOFF, "Dana"),
    "excuse_decided": ("family", HANDOFF, "Dana"),
    "handoff_tomorrow": ("family", HANDOFF, "Dana"),
    "handoff_soon": ("family", HANDOFF, "Dana"),
    "handoff_on_the_way": ("family", HANDOFF, "Dana"),
    "handoff_delegate": ("family", HANDOFF, "Dana"),
    "handoff_delegate_off": ("family", HANDOFF, "Dana"),
    "handoff_late": ("family", HANDOFF, "Dana"),
    "handoff_lots": ("family", HANDOFF, "Dana"),
    "handoff_lots_off": ("family", HANDOFF, "Dana"),
    "handoff_lots_given": ("family", HANDOFF, "Dana"),
    "handoff_lot_wanted": ("family", HANDOFF, "Dana"),
    "handoff_after_all": ("family", HANDOFF, "Dana"),
    "handoff_not_met": ("family", HANDOFF, "Dana"),
    "handoff_over": ("family", HANDOFF, "Dana"),
    "handoff_went": ("family", HANDOFF, "One press is enough"),
    "handoff_fed": ("donor", HANDOFF, "lets you know"),
    "handoff_thanked": ("donor", HANDOFF, "thanks you"),
    "milk_withdrawn_hold": ("family", WITHDRAWN, "We will write again"),
    "milk_withdrawn_medium": ("family", WITHDRAWN, "Pour it away"),
    "milk_withdrawn_high": ("family", WITHDRAWN, "Keep the bags"),
    "milk_withdrawn_urgent": ("family", WITHDRAWN, "clinician today"),
    "milk_withdrawal_closed": ("donor", r"/milk/withdrawals/[\w-]+", "Families told"),
    "milk_withdrawal_waits": ("moderator", r"/milk/withdrawals/[\w-]+", "Tell the families now"),
    "milk_withdrawal_ended": ("donor", r"/milk/withdrawals/[\w-]+", "no family was told"),
    "milk_withdrawal_ended_held": ("donor", r"/milk/withdrawals/[\w-]+", "no family was told"),
    "giving_rests": ("donor", r"/milk/withdrawals/[\w-]+", "Your offers rest"),
    "giving_goes_on": ("donor", "/posts", "Paused"),
    "rules_told": ("donor", r"/reviews/.+", "Please stay kind."),
    "report_decided": ("other", "/reports", "You were right."),
}

NOT_LEFT_YET = {"message_waiting"}
"""Messages are counted beside their place in the navigation; the notice waits for the mail about them."""


def cause(cast: Cast, kind: str) -> None:
    """Let happen what leaves a notice of this kind, and run the jobs it enqueued."""
    if kind in {"rules_told", "report_decided"}:
        cast.decided("warn")
    elif hasattr(cast, kind):
        getattr(cast, kind)()
    else:
        cast.other_news_of_a_handoff(kind)
    jobs.run_due(now=NOW + timedelta(days=5))


def test_every_kind_of_notice_stands_in_this_table():
    assert set(KINDS) | NOT_LEFT_YET == set(WORDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_notice_leads_its_reader_to_the_right_page(app, sign_in, cast, kind):
    name, address, words = KINDS[kind]
    reader = getattr(cast, name)
    with read(app):
        cause(cast, kind)
        db.session.remove()
        told = queries.inbox(reader.identity)
        (notice,) = [each for each in told if kind in {each.kind, each.params.get("then")}]
    page = sign_in(reader).post(f"/notices/{notice.public_id}/open", follow_redirects=True)
    assert page.status_code == 200
    assert re.fullmatch(address, page.request.path)
    assert words in page.text
