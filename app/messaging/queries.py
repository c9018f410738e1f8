"""The read side of conversations: small frozen views, each loaded together with the check that its reader may."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Block, User
from app.infra.database import db
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.matching import queries as matching
from app.matching.models import Interest
from app.messaging.models import Conversation, Message, ReadMark
from app.messaging.permissions import READ_CONVERSATION
from app.messaging.rules import Kind
from app.posts.models import Post

PAGE: Final = 50
"""Messages on one page of history."""

CATCH_UP: Final = 200
"""Most messages in one answer to a phone that catches up; it asks again while there are more."""


@dataclass(frozen=True, slots=True)
class ConversationView:
    """
    A conversation as its two people may know it.

    ``closed`` is true when nobody can write any more: it ended, or one of them blocked the other. Which of the two it
    is, is not said.
    """

    id: int
    public_id: str
    interest_id: int
    offer_id: int
    request_id: int
    donor_id: int
    family_id: int
    last_seq: int
    created_at: datetime
    closed: bool
    blocked: bool

    def other_than(self, person_id: int) -> int:
        """The other one of the two."""
        return self.family_id if person_id == self.donor_id else self.donor_id


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message; ``body`` is empty for cards and questions, whose ``payload`` says what they stand for."""

    conversation_id: int
    seq: int
    sender_id: int
    client_id: str
    kind: Kind
    body: str
    payload: Mapping[str, Any] | None
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class OtherPerson:
    """The one somebody talks with: what the head of a conversation shows."""

    id: int
    public_id: str
    display_name: str
    locale: str
    active: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """What a conversation grew out of: the two posts, and the note that came with the first contact ("" for none)."""

    offer_public_id: str
    request_public_id: str
    note: str
    note_by: int
    interest_public_id: str


@dataclass(frozen=True, slots=True)
class InboxLine:
    """A conversation in somebody's list; ``last`` is None while nobody has written, ``unread`` counts the other's."""

    conversation: ConversationView
    other: OtherPerson
    last: MessageView | None
    unread: int


def between_blocked() -> ColumnElement[bool]:
    """A condition on :class:`Conversation`: one of its two people has blocked the other."""
    there = and_(Block.blocker_id == Conversation.donor_id, Block.blocked_id == Conversation.family_id)
    back = and_(Block.blocker_id == Conversation.family_id, Block.blocked_id == Conversation.donor_id)
    return exists().where(or_(there, back)).correlate(Conversation)


def _conversations() -> Select[Conversation, bool]:
    return select(Conversation, between_blocked())


def _conversation(row: Conversation, *, blocked: bool) -> ConversationView:
    return ConversationView(
        id=row.id,
        public_id=row.public_id,
        interest_id=row.interest_id,
        offer_id=row.offer_id,
        request_id=row.request_id,
        donor_id=row.donor_id,
        family_id=row.family_id,
        last_seq=row.last_seq,
        created_at=row.created_at,
        closed=blocked or row.closed_at is not None,
        blocked=blocked,
    )


def message_view(row: Message) -> MessageView:
    """The view of a stored message."""
    kind = Kind(row.kind)
    return MessageView(
        row.conversation_id, row.seq, row.sender_id, row.client_id, kind, row.body, row.payload, row.sent_at
    )


def conversation(conversation_id: int) -> ConversationView:
    """A conversation by its id, for use-cases that checked the actor themselves; NotFound when there is none."""
    row = db.session.execute(_conversations().where(Conversation.id == conversation_id)).one_or_none()
    if row is None:
        raise NotFound
    return _conversation(row[0], blocked=row[1])


def conversation_for(actor: Identity, public_id: str) -> ConversationView:
    """The conversation at this address for one of its two people; NotFound for everybody else."""
    row = db.session.execute(_conversations().where(Conversation.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound
    found = _conversation(row[0], blocked=row[1])
    authorise(actor, READ_CONVERSATION, found)
    return found


def conversation_of_interest(interest_id: int) -> ConversationView | None:
    """The conversation an accepted interest opened, or None while there is none."""
    row = db.session.execute(_conversations().where(Conversation.interest_id == interest_id)).one_or_none()
    return None if row is None else _conversation(row[0], blocked=row[1])


def message(conversation_id: int, seq: int) -> MessageView:
    """One message by its place; NotFound when there is none."""
    row = db.session.scalars(select(Message).filter_by(conversation_id=conversation_id, seq=seq)).one_or_none()
    if row is None:
        raise NotFound
    return message_view(row)


def message_of_client(sender_id: int, client_id: str) -> MessageView | None:
    """The message somebody's phone already sent under this id, or None."""
    row = db.session.scalars(select(Message).filter_by(sender_id=sender_id, client_id=client_id)).one_or_none()
    return None if row is None else message_view(row)


def messages_after(conversation_id: int, seq: int, limit: int = CATCH_UP) -> list[MessageView]:
    """The messages that follow ``seq``, oldest first, at most ``limit``."""
    rows = select(Message).where(Message.conversation_id == conversation_id, Message.seq > seq)
    return [message_view(row) for row in db.session.scalars(rows.order_by(Message.seq).limit(limit))]


def messages_before(conversation_id: int, seq: int | None = None, limit: int = PAGE) -> list[MessageView]:
    """The last ``limit`` messages before ``seq`` (None: the newest), oldest first."""
    rows = select(Message).where(Message.conversation_id == conversation_id)
    if seq is not None:
        rows = rows.where(Message.seq < seq)
    found = db.session.scalars(rows.order_by(Message.seq.desc()).limit(limit))
    return [message_view(row) for row in reversed(found.all())]


def read_up_to(conversation_id: int, person_id: int) -> int:
    """The sequence number up to which somebody has read; 0 for nothing yet."""
    mark = select(ReadMark.seq).filter_by(conversation_id=conversation_id, user_id=person_id)
    return db.session.scalar(mark) or 0


def waits_unread(conversation_id: int, person_id: int) -> bool:
    """Whether the other one wrote words that this person has not read; cards and notes of the system do not count."""
    words = (Kind.TEXT.value, Kind.QUESTION.value)
    waiting = select(Message.id).where(
        Message.conversation_id == conversation_id,
        Message.sender_id != person_id,
        Message.kind.in_(words),
        Message.seq > read_up_to(conversation_id, person_id),
    )
    return db.session.scalar(waiting.limit(1)) is not None


def _other(user: User) -> OtherPerson:
    return OtherPerson(user.id, user.public_id, user.display_name, user.locale, user.active)


def people_of(conversation: ConversationView) -> dict[int, OtherPerson]:
    """The two people of a conversation by id."""
    rows = select(User).where(User.id.in_((conversation.donor_id, conversation.family_id)))
    return {user.id: _other(user) for user in db.session.scalars(rows)}


def opening(conversation: ConversationView) -> Opening:
    """What the conversation grew out of."""
    offer, request = aliased(Post), aliased(Post)
    row = db.session.execute(
        select(offer.public_id, request.public_id, Interest.note, Interest.origin, Interest.public_id)
        .select_from(Interest)
        .join(offer, offer.id == Interest.offer_id)
        .join(request, request.id == Interest.request_id)
        .where(Interest.id == conversation.interest_id)
    ).one()
    wrote = conversation.family_id if row.origin == "yes" else conversation.donor_id
    return Opening(row[0], row[1], row.note, wrote, row[4])


def asks_of(interest_id: int) -> tuple[str, ...]:
    """The attributes the donor has not spoken of though the family asks for them, in the match's order."""
    return matching.interest(interest_id).asks


def ready_questions(conversation: ConversationView) -> tuple[str, ...]:
    """The attributes still worth asking: unknown in the match, and not yet asked here."""
    asked = select(Message.payload).where(
        Message.conversation_id == conversation.id, Message.kind == Kind.QUESTION.value
    )
    done = {payload["attribute"] for payload in db.session.scalars(asked) if payload}
    return tuple(key for key in asks_of(conversation.interest_id) if key not in done)


def _mine(person_id: int) -> ColumnElement[bool]:
    return or_(Conversation.donor_id == person_id, Conversation.family_id == person_id)


def _unread_by(person_id: int) -> ColumnElement[int]:
    """How many messages of a :class:`Conversation` the other one wrote after what ``person_id`` has read."""
    mark = (
        select(ReadMark.seq)
        .where(ReadMark.conversation_id == Conversation.id, ReadMark.user_id == person_id)
        .correlate(Conversation)
        .scalar_subquery()
    )
    unread = select(func.count()).where(
        Message.conversation_id == Conversation.id,
        Message.sender_id != person_id,
        Message.seq > func.coalesce(mark, 0),
    )
    return unread.correlate(Conversation).scalar_subquery()


def inbox(actor: Identity) -> list[InboxLine]:
    """The conversations of ``actor``, the newest message first; one without a message stands by its opening."""
    me = actor.person_id
    other_id = case((Conversation.donor_id == me, Conversation.family_id), else_=Conversation.donor_id)
    newest = and_(Message.conversation_id == Conversation.id, Message.seq == Conversation.last_seq)
    rows = (
        select(Conversation, between_blocked(), User, Message, _unread_by(me))
        .join(User, User.id == other_id)
        .outerjoin(Message, newest)
        .where(_mine(me))
        .order_by(func.coalesce(Conversation.last_message_at, Conversation.created_at).desc(), Conversation.id.desc())
    )
    return [
        InboxLine(_conversation(row, blocked=blocked), _other(user), message_view(last) if last else None, unread)
        for row, blocked, user, last, unread in db.session.execute(rows)
    ]


def unread_total(person_id: int) -> int:
    """How many messages wait for somebody, over all conversations that are still open to them."""
    waiting = select(func.sum(_unread_by(person_id))).where(_mine(person_id), ~between_blocked())
    return db.session.scalar(waiting) or 0
