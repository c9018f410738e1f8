"""
Editing and deleting what was sent.

Every change takes the next number of its conversation, so that a phone asks for the changes it has not seen as it asks
for messages. The words before are kept for a while as evidence.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.words import N_
from app.messaging import queries, rules
from app.messaging.events import MessageChanged
from app.messaging.models import Conversation, EarlierVersion, Message
from app.messaging.queries import ConversationView, MessageView
from app.messaging.rules import Kind
from app.messaging.services.pictures import end_picture, keep_picture
from app.messaging.services.refusals import Nudge, closed
from app.messaging.services.storing import may_write
from app.screen.judge import Action, Context, Place, judge


def edit(
    actor: Identity,
    conversation_public_id: str,
    seq: object,
    *,
    body: object,
    confirmed: bool = False,
    now: datetime,
) -> MessageView:
    """
    Change the words of one's own text, at most :data:`rules.EDIT_FOR` after it was sent; it keeps its place and a mark.

    The same words once more change nothing. Raises NotFound for another's message, :class:`Conflict` when it is too
    late (``too_late``), deleted, or nobody can write there; :class:`Invalid` and :class:`Nudge` as sending does, and
    ``Invalid`` for words that would have been held.
    """
    place, text = rules.clean_seq(seq), rules.clean_text(body)
    with transaction() as session:
        conversation = queries.conversation_for(actor, conversation_public_id)
        if not _lock(session, conversation, actor.person_id, writing=True):
            raise closed()
        row = _own(session, conversation, actor, place)
        if row.body == text and row.deleted_at is None:
            return queries.message_view(row)
        if row.deleted_at is not None or not rules.may_edit(Kind(row.kind), row.sent_at, now=now):
            raise Conflict(
                N_("This can no longer be edited. You can delete it, or write a new message."), code="too_late"
            )
        _require_sound(text, conversation, actor, confirmed=confirmed)
        return _change(session, row, now=now, body=text, edited_at=now)


def delete_message(actor: Identity, conversation_public_id: str, seq: object, *, now: datetime) -> MessageView:
    """
    Take back what one said: its words go, its place stays. Deleting twice is deleting once.

    Possible at any time, in an ended conversation too. Raises NotFound for another's message, :class:`Conflict` for a
    card or a line of the system.
    """
    place = rules.clean_seq(seq)
    with transaction() as session:
        conversation = queries.conversation_for(actor, conversation_public_id)
        _lock(session, conversation, actor.person_id, writing=False)
        row = _own(session, conversation, actor, place)
        if row.deleted_at is not None:
            return queries.message_view(row)
        if not rules.may_delete(Kind(row.kind)):
            raise Conflict(N_("A card cannot be deleted."), code="not_deletable")
        shown = row.payload if row.kind == Kind.PICTURE else None
        gone = _change(session, row, now=now, body="", payload=None, deleted_at=now)
        # After those who keep what was reported heard of it.
        end_picture(session, shown, now=now)
        return gone


def keep_evidence(message_id: int, *, now: datetime) -> None:
    """Keep what a reported message said before, and its picture, for as long as its case and an appeal may last."""
    until = now + rules.KEEP_REPORTED
    with transaction() as session:
        of_it = EarlierVersion.message_id == message_id
        session.execute(update(EarlierVersion).where(of_it).values(keep_until=until))
        said = session.scalars(select(Message.payload).where(Message.id == message_id)).all()
        before = session.scalars(select(EarlierVersion.payload).where(of_it)).all()
        keep_picture(session, [*said, *before], until=until)


def forget_versions(*, now: datetime) -> int:
    """Drop the words before an edit or a deletion whose time is over, at most 500 at once; returns how many went."""
    with transaction() as session:
        due = select(EarlierVersion.id).where(EarlierVersion.keep_until <= now).limit(500)
        gone = session.execute(delete(EarlierVersion).where(EarlierVersion.id.in_(due)).returning(EarlierVersion.id))
        return len(gone.all())


def _lock(session: Session, conversation: ConversationView, person_id: int, *, writing: bool) -> bool:
    """Take the conversation's row, as sending does, so that changes and messages follow one another."""
    allowed = may_write(conversation.id, person_id) if writing else Conversation.id == conversation.id
    taken = select(Conversation.id).where(allowed).with_for_update(of=Conversation)
    return session.scalar(taken) is not None


def _own(session: Session, conversation: ConversationView, actor: Identity, seq: int) -> Message:
    wanted = select(Message).filter_by(conversation_id=conversation.id, seq=seq, sender_id=actor.person_id)
    row = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    return row


def _require_sound(text: str, conversation: ConversationView, actor: Identity, *, confirmed: bool) -> None:
    standing = queries.standing(conversation.id, actor.person_id)
    verdict = judge(text, context=Context(Place.MESSAGE, newcomer=standing.newcomer))
    if verdict.action in {Action.HOLD, Action.BLOCK}:
        raise Invalid({"body": [N_("We cannot change it to that. Please send it as a new message.")]})
    if verdict.action is Action.NUDGE and not confirmed:
        raise Nudge(verdict)


def _change(session: Session, row: Message, *, now: datetime, **to: Any) -> MessageView:  # noqa: ANN401 - columns.
    keep_until = now + rules.KEEP_VERSIONS
    session.add(EarlierVersion(message_id=row.id, body=row.body, payload=row.payload, until=now, keep_until=keep_until))
    number = session.execute(
        update(Conversation)
        .where(Conversation.id == row.conversation_id)
        .values(change_no=Conversation.change_no + 1)
        .returning(Conversation.change_no)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    for column, value in to.items():
        setattr(row, column, value)
    row.change_no = number
    session.flush()
    event_bus.record(MessageChanged(at=now, conversation_id=row.conversation_id, seq=row.seq, change_no=number))
    return queries.message_view(row)
