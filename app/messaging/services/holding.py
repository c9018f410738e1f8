"""
What the screen holds back: it waits as a row of its own until a moderator releases or refuses it.

It has no place in the conversation before it is released, so that nobody can tell from a missing number that
somebody's words were held.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.infra import event_bus
from app.infra.transaction import attempt, transaction, violated
from app.kernel.access import Identity
from app.kernel.errors import Conflict, DomainError
from app.kernel.words import N_
from app.messaging import queries, rules
from app.messaging.events import HeldRefused, HeldTakenBack, MessageHeld
from app.messaging.models import Conversation, HeldMessage
from app.messaging.queries import ConversationView, HeldView, MessageView
from app.messaging.rules import Draft
from app.messaging.services.refusals import closed, other_words
from app.messaging.services.storing import append, may_write, same
from app.screen.judge import Verdict

_ALREADY_HELD: Final = ("uq_held_messages_client", "held_messages.writer_id, held_messages.client_id")
"""The unique id of a held message, as PostgreSQL and as SQLite name it."""


def same_held(earlier: HeldView, conversation: ConversationView, draft: Draft) -> HeldView:
    """Return what was held before, provided that it says the same in the same place; what was released is not here."""
    said = (earlier.conversation_id, earlier.kind, earlier.reply_to, earlier.body, earlier.payload)
    if said != (conversation.id, draft.kind, draft.reply_to, draft.body, draft.payload):
        raise other_words()
    return earlier


def hold(
    session: Session, conversation: ConversationView, writer_id: int, draft: Draft, verdict: Verdict, *, now: datetime
) -> MessageView | HeldView:
    """
    Keep a message back, once for each ``client_id``, and say so; raises Conflict where nobody can write.

    The conversation's row is locked first, as in sending, so that of two at once one finds what the other left.
    """
    mine = select(Conversation.id).where(may_write(conversation.id, writer_id)).with_for_update(of=Conversation)
    if session.scalar(mine) is None:
        raise closed()
    sent = queries.message_of_client(writer_id, draft.client_id)
    if sent is not None:
        return same(sent, conversation, draft)
    row = HeldMessage(
        conversation_id=conversation.id,
        writer_id=writer_id,
        client_id=draft.client_id,
        kind=draft.kind.value,
        body=draft.body,
        payload=None if draft.payload is None else dict(draft.payload),
        reply_to=draft.reply_to,
        labels=[label.value for label in verdict.labels],
        spans=[list(span) for span in verdict.spans],
        state="waiting",
        held_at=now,
    )
    try:
        with attempt(session):
            session.add(row)
    except IntegrityError as error:
        earlier = queries.held_of_client(writer_id, draft.client_id)
        if earlier is None or not any(violated(error, name) for name in _ALREADY_HELD):
            raise
        return same_held(earlier, conversation, draft)
    event_bus.record(MessageHeld(at=now, held_id=row.id, conversation_id=conversation.id, writer_id=writer_id))
    return queries.held_view(row)


def release_held(held_id: int, *, now: datetime) -> MessageView | None:
    """
    Send what was held, now, at the end of its conversation; for the capability that decides cases.

    Releasing twice sends once. None when it was decided before, or when nobody can write there any more: then its
    writer keeps her words, as not sent.
    """
    with transaction() as session:
        if not _decide(session, held_id, "released", now=now):
            return None
        if queries.earlier_waiting(held_id) is not None:
            raise Conflict(N_("An earlier message of this person waits. Decide that one first."), code="earlier_waits")
        found = queries.held(held_id)
        draft = Draft(found.client_id, found.kind, found.body, found.payload, found.reply_to)
        row = session.get_one(HeldMessage, held_id)
        try:
            sent = append(session, queries.conversation(found.conversation_id), found.writer_id, draft, now=now)
        except DomainError:
            row.state = "refused"
            _tell_refused(found, now=now)
            return None
        row.body, row.payload = "", None
        return sent


def refuse_held(held_id: int, *, now: datetime) -> None:
    """Decide that what was held is not sent, and tell its writer's pages; the first decision stands."""
    with transaction() as session:
        if _decide(session, held_id, "refused", now=now):
            _tell_refused(queries.held(held_id), now=now)


def take_back(actor: Identity, conversation_public_id: str, client_id: object, *, now: datetime) -> None:
    """
    Remove one's own words that wait for a moderator, case and all, or that were not sent.

    What is gone already, or was sent meanwhile, stays as it is: twice is once. Of what was refused the row is left
    without its words, so that removing it hides nothing from the screen. Raises NotFound for another's conversation.
    """
    wanted = rules.clean_client_id(client_id)
    with transaction() as session:
        conversation = queries.conversation_for(actor, conversation_public_id)
        mine = (
            HeldMessage.conversation_id == conversation.id,
            HeldMessage.writer_id == actor.person_id,
            HeldMessage.client_id == wanted,
        )
        waited = delete(HeldMessage).where(*mine, HeldMessage.state == "waiting").returning(HeldMessage.id)
        refused = (
            update(HeldMessage)
            .where(*mine, HeldMessage.state == "refused")
            .values(body="", payload=None, spans=[])
            .returning(HeldMessage.id)
        )
        for held_id in (*session.scalars(waited), *session.scalars(refused)):
            event_bus.record(
                HeldTakenBack(
                    at=now, held_id=held_id, conversation_id=conversation.id, writer_id=actor.person_id,
                    client_id=wanted,
                )
            )  # fmt: skip


def forget_held(*, now: datetime) -> int:
    """Drop what was decided :data:`rules.KEEP_HELD` ago, at most 500 at once; returns how many went."""
    decided = HeldMessage.state != "waiting"
    due = select(HeldMessage.id).where(decided, HeldMessage.decided_at <= now - rules.KEEP_HELD).limit(500)
    with transaction() as session:
        gone = session.execute(delete(HeldMessage).where(HeldMessage.id.in_(due)).returning(HeldMessage.id))
        return len(gone.all())


def _tell_refused(held: HeldView, *, now: datetime) -> None:
    event_bus.record(
        HeldRefused(at=now, held_id=held.id, conversation_id=held.conversation_id, writer_id=held.writer_id)
    )


def _decide(session: Session, held_id: int, state: str, *, now: datetime) -> bool:
    decided = session.execute(
        update(HeldMessage)
        .where(HeldMessage.id == held_id, HeldMessage.state == "waiting")
        .values(state=state, decided_at=now)
        .returning(HeldMessage.id)
    )
    return decided.scalar_one_or_none() is not None
