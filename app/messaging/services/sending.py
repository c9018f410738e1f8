"""
Sending what somebody wrote: in written order, once, and after the screen has read it.

What comes of it is a message, or a row that waits for a moderator; the writer's phone is told which.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.queries import person
from app.infra.transaction import transaction
from app.kernel.access import Claim, Identity
from app.kernel.errors import Invalid, NotFound
from app.kernel.words import N_
from app.messaging import queries, rules
from app.messaging.queries import ConversationView, Gate, HeldView, MessageView
from app.messaging.rules import Draft, Kind
from app.messaging.services.at_once import send_at_once
from app.messaging.services.holding import hold, same_held
from app.messaging.services.refusals import Nudge, OutOfOrder
from app.messaging.services.storing import append, same
from app.posts.services import today_of
from app.screen.judge import Action, Context, Place, judge


def send(  # noqa: PLR0913 - the message as a phone sends it, field by field.
    actor: Identity,
    conversation_public_id: str,
    *,
    client_id: object,
    kind: object,
    body: object,
    payload: object = None,
    reply_to: object = None,
    after: object = None,
    confirmed: bool = False,
    now: datetime,
) -> MessageView | HeldView:
    """
    Store what ``actor`` sends and return it with its place in the conversation; or what waits for a moderator.

    ``after`` is the ``client_id`` of the sender's message before, when that one was on its way too: while it is not
    stored, :class:`OutOfOrder` is raised and nothing is stored. ``confirmed`` sends what the screen asked about
    (:class:`Nudge`). Sent again under the same ``client_id``, the first one is returned and nothing is stored; with
    another content it is :class:`Invalid`. Raises NotFound for anybody but the two people, Conflict when the
    conversation has ended.
    """
    draft = rules.draft(client_id, kind, body, payload, reply_to)
    before = None if after is None else rules.clean_client_id(after, field="after")
    at_once = send_at_once(actor, conversation_public_id, draft, before=before, now=now)
    if at_once is not None:
        return at_once
    with transaction() as session:
        gate = queries.gate(session, actor, conversation_public_id, client_id=draft.client_id, before=before, now=now)
        known = _sent_before(actor, gate.conversation, draft, now=now) if gate.known else None
        if known is not None:
            return known
        if not gate.follows:
            raise OutOfOrder
        draft = _finished(actor, gate.conversation, draft, now=now)
        return _let_through(session, actor, gate, draft, confirmed=confirmed, now=now)


def send_claimed(  # noqa: PLR0913 - as above.
    actor: Claim,
    conversation_public_id: str,
    *,
    client_id: object,
    kind: object,
    body: object,
    payload: object = None,
    reply_to: object = None,
    after: object = None,
    now: datetime,
) -> MessageView | None:
    """
    Store what somebody sends who only claims to be so, where one step can both prove it and store; else None.

    None says nothing: :func:`send` by whoever it turns out to be finds the reason, and refuses what is to be refused.
    """
    try:
        draft = rules.draft(client_id, kind, body, payload, reply_to)
        before = None if after is None else rules.clean_client_id(after, field="after")
    except Invalid:
        return None
    return send_at_once(actor, conversation_public_id, draft, before=before, now=now)


def _sent_before(
    actor: Identity, conversation: ConversationView, draft: Draft, *, now: datetime
) -> MessageView | HeldView | None:
    earlier = queries.message_of_client(actor.person_id, draft.client_id)
    waiting = queries.held_of_client(actor.person_id, draft.client_id) if earlier is None else None
    if earlier is not None:
        return same(earlier, conversation, _with_answer(actor, draft, earlier.payload, now=now))
    if waiting is not None:
        return same_held(waiting, conversation, _with_answer(actor, draft, waiting.payload, now=now))
    return None


def _finished(actor: Identity, conversation: ConversationView, draft: Draft, *, now: datetime) -> Draft:
    """The draft checked against the match: a question must be open, an answer is the donor's to a question there is."""
    if draft.kind is Kind.QUESTION:
        key = "" if draft.payload is None else str(draft.payload["attribute"])
        if not queries.is_open_ask(conversation.interest_id, key):
            raise Invalid({"body": [N_("That is not an open question of this match.")]})
    if draft.kind is Kind.ANSWER:
        return _with_answer(actor, draft, _question_for(actor, conversation, draft.reply_to or 0), now=now)
    return draft


def _question_for(actor: Identity, conversation: ConversationView, seq: int) -> Mapping[str, Any]:
    """The payload of the question at ``seq``; the donor alone answers, and not her own question."""
    try:
        asked = queries.message(conversation.id, seq)
    except NotFound:
        asked = None
    if asked is None or asked.kind is not Kind.QUESTION or asked.payload is None or asked.sender_id == actor.person_id:
        raise Invalid({"reply_to": [N_("There is no such question.")]})
    if actor.person_id != conversation.donor_id:
        raise Invalid({"reply_to": [N_("The donor answers this question.")]})
    return asked.payload


def _with_answer(actor: Identity, draft: Draft, about: Mapping[str, Any] | None, *, now: datetime) -> Draft:
    """The draft of an answer with what it says about the attribute named in ``about``; any other as it is."""
    if draft.kind is not Kind.ANSWER or about is None or "attribute" not in about:
        return draft
    key = str(about["attribute"])
    said = rules.read_answer(draft.payload, key, today=today_of(person(actor.person_id), now))
    return replace(draft, payload=said.payload(key))


def _let_through(
    session: Session, actor: Identity, gate: Gate, draft: Draft, *, confirmed: bool, now: datetime
) -> MessageView | HeldView:
    conversation = gate.conversation
    held = gate.suspect and queries.standing(conversation.id, actor.person_id).previous_held
    context = Context(Place.MESSAGE, newcomer=gate.newcomer, previous_held=held)
    verdict = judge(draft.body, context=context)
    if verdict.action is Action.BLOCK:
        raise Invalid({"body": [verdict.reason]})
    if verdict.action is Action.HOLD:
        return hold(session, conversation, actor.person_id, draft, verdict, now=now)
    if verdict.action is Action.NUDGE and not confirmed:
        raise Nudge(verdict)
    return append(session, conversation, actor.person_id, draft, gate=gate, now=now)
