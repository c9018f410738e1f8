"""
What a case can be about, as its reporter may reach it and as a moderator sees it.

A reporter reaches only what they have seen themselves; anything else is not found. A moderator sees a reported message
with the few around it, never the whole conversation.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, or_, select

from app.accounts.models import User
from app.infra.database import db
from app.kernel.access import Identity
from app.kernel.errors import NotFound
from app.matching.models import Interest
from app.messaging.models import Conversation, Message
from app.messaging.queries import (
    HeldView,
    MessageView,
    PictureView,
    earlier_versions,
    earlier_waiting,
    held,
    message_view,
)
from app.messaging.rules import OF_THE_SITE, is_of_the_site
from app.moderation.models import Case
from app.moderation.queries.pictures import picture_of_message
from app.moderation.rules import TargetKind
from app.posts.models import Post

MESSAGES_BEFORE: Final = 4
MESSAGES_AFTER: Final = 2
MESSAGES_BEFORE_HELD: Final = 3

Wanted = Select[*tuple[Any, ...]]
"""A query for (id, about_id, about_name, words)."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something that can be reported, and whom it is about; ``words`` is what the person wrote there, maybe empty."""

    kind: TargetKind
    id: int
    about_id: int
    about_name: str
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """
    One message beside a reported one; ``reported`` marks that one.

    ``sender_id`` and ``sender`` are None for a card of the site: its row stands under somebody, and nobody said it.

    ``said`` is the message as it stands; ``before`` as it was before it was edited or deleted, the oldest first, and
    ``picture`` what it shows or showed, None when it is gone: both of the reported one alone.
    """

    sender_id: int | None
    sender: str | None
    said: MessageView
    reported: bool
    before: tuple[MessageView, ...] = ()
    picture: PictureView | None = None


def reportable(actor: Identity, kind: str, address: str) -> Target:
    """
    What ``kind`` and ``address`` name, as ``actor`` may report it.

    The address is a public id; for a message ``<conversation's public id>.<number of the message>``. Raises
    :class:`NotFound` for what does not exist, is none of the actor's business, or is the actor's own.
    """
    if kind not in _FINDERS:
        raise NotFound
    wanted = _FINDERS[TargetKind(kind)](actor.person_id, address)
    found = db.session.execute(wanted).one_or_none() if wanted is not None else None
    if found is None or found.about_id == actor.person_id:
        raise NotFound
    return Target(TargetKind(kind), found.id, found.about_id, found.about_name, found.words)


def reported_message(conversation_id: int, seq: int) -> int | None:
    """The id of the message at ``seq`` when somebody reported it, else None."""
    reported = (
        select(Message.id)
        .join(Case, Case.target_id == Message.id)
        .where(
            Case.target_kind == TargetKind.MESSAGE, Message.conversation_id == conversation_id, Message.seq == seq
        )
    )  # fmt: skip
    return db.session.scalar(reported.limit(1))


def messages_around(message_id: int) -> tuple[Line, ...]:
    """The reported message with at most four before and two after it, in order."""
    reported = db.session.get_one(Message, message_id)
    near = (
        select(Message, User.display_name)
        .join(User, User.id == Message.sender_id)
        .where(
            Message.conversation_id == reported.conversation_id,
            Message.seq.between(reported.seq - MESSAGES_BEFORE, reported.seq + MESSAGES_AFTER),
        )
        .order_by(Message.seq)
    )
    versions = earlier_versions([message_id]).get(message_id, ())
    as_it_was = message_view(reported)
    before = tuple(replace(as_it_was, body=one.body, payload=one.payload, deleted_at=None) for one in versions)
    lines = [_line(row, name, reported=row.id == message_id) for row, name in db.session.execute(near)]
    picture = picture_of_message(message_id)
    return tuple(replace(line, before=before, picture=picture) if line.reported else line for line in lines)


def _line(row: Message, name: str, *, reported: bool = False) -> Line:
    said = message_view(row)
    nobody = is_of_the_site(said.kind, said.payload)
    return Line(None if nobody else row.sender_id, None if nobody else name, said, reported)


@dataclass(frozen=True, slots=True)
class HeldWords:
    """
    A message the screen held: its words in pieces, each with whether it was what the screen saw, and its labels.

    ``earlier`` is the open case of what the same person wrote there before, which is decided first; None for none.
    """

    pieces: tuple[tuple[str, bool], ...]
    labels: tuple[str, ...]
    earlier: str | None


def held_words(held_id: int) -> HeldWords | None:
    """The words of a held message; of one that was let go none are left. None when it was taken back or forgotten."""
    try:
        found = held(held_id)
    except NotFound:
        return None
    pieces, place = [], 0
    for start, end in found.spans:
        pieces += [(found.body[place : max(start, place)], False), (found.body[max(start, place) : end], True)]
        place = max(place, end)
    pieces.append((found.body[place:], False))
    return HeldWords(tuple(piece for piece in pieces if piece[0]), found.labels, _case_before(found))


def _case_before(held: HeldView) -> str | None:
    before = earlier_waiting(held.id) if held.state == "waiting" else None
    wanted = select(Case.public_id).filter_by(target_kind=TargetKind.HELD, target_id=before, state="open")
    return None if before is None else db.session.scalar(wanted)


def messages_before_held(held_id: int) -> tuple[Line, ...]:
    """
    At most three messages that stood there when something was held, in order; what was deleted since is empty.

    None once its author took back what was held.
    """
    try:
        waiting = held(held_id)
    except NotFound:
        return ()
    near = (
        select(Message, User.display_name)
        .join(User, User.id == Message.sender_id)
        .where(Message.conversation_id == waiting.conversation_id, Message.sent_at <= waiting.held_at)
        .order_by(Message.seq.desc())
        .limit(MESSAGES_BEFORE_HELD)
    )
    lines = [_line(row, name) for row, name in db.session.execute(near)]
    return tuple(reversed(lines))


def note_of(interest_id: int) -> str:
    """The note that came with a yes or an invitation."""
    return db.session.scalars(select(Interest.note).where(Interest.id == interest_id)).one()


def author_of_note() -> Any:  # noqa: ANN401 - a column expression, whose type is SQLAlchemy's own.
    """Who wrote an interest's note: the family with a yes, the donor with an invitation."""
    return case((Interest.origin == "yes", Interest.family_id), else_=Interest.donor_id)


def _post(_person_id: int, address: str) -> Wanted:
    return (
        select(
            Post.id, Post.author_id.label("about_id"), User.display_name.label("about_name"), Post.note.label("words")
        )
        .join(User, User.id == Post.author_id)
        .where(Post.public_id == address, Post.published_at.is_not(None))
    )


def of_the_site() -> ColumnElement[bool]:
    """A condition on :class:`Message`: a card that neither of the two posted; it is about nobody."""
    return or_(*(Message.payload[kind].as_string().is_not(None) for kind in OF_THE_SITE))


def _message(person_id: int, address: str) -> Wanted | None:
    conversation, _, number = address.partition(".")
    if not (number.isascii() and number.isdecimal() and len(number) <= 9):  # noqa: PLR2004 - fits every integer column.
        return None
    return (
        select(
            Message.id,
            Message.sender_id.label("about_id"),
            User.display_name.label("about_name"),
            Message.body.label("words"),
        )
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(User, User.id == Message.sender_id)
        .where(
            Conversation.public_id == conversation,
            Message.seq == int(number),
            ~of_the_site(),
            or_(Conversation.donor_id == person_id, Conversation.family_id == person_id),
        )
    )


def _interest(person_id: int, address: str) -> Wanted:
    author = author_of_note()
    return (
        select(
            Interest.id, author.label("about_id"), User.display_name.label("about_name"), Interest.note.label("words")
        )
        .join(User, User.id == author)
        .where(
            Interest.public_id == address,
            Interest.note != "",
            or_(Interest.donor_id == person_id, Interest.family_id == person_id),
        )
    )


def _member(_person_id: int, address: str) -> Wanted:
    return select(
        User.id, User.id.label("about_id"), User.display_name.label("about_name"), User.display_name.label("words")
    ).where(User.public_id == address, User.active)


_FINDERS: Final = {
    TargetKind.POST: _post,
    TargetKind.MESSAGE: _message,
    TargetKind.INTEREST: _interest,
    TargetKind.MEMBER: _member,
}
