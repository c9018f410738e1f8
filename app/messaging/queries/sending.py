"""
What sending asks of the database, each in one statement that is built when this module is loaded.

A message costs the server mostly what it takes to ask: building statements anew and loading whole objects took ten
times what the database needed.
"""

from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import BindParameter, Table, bindparam, select

from app.accounts.models import User
from app.infra.reading import read, read_alone
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.messaging.models import Conversation, HeldMessage, Message
from app.messaging.permissions import READ_CONVERSATION
from app.messaging.queries.conversations import between_blocked
from app.messaging.queries.views import ConversationView, MessageView, OtherPerson, conversation_view
from app.messaging.rules import Kind

_TALK: Final = cast("Table", Conversation.__table__)
_ME: Final[BindParameter[int]] = bindparam("me")
_HERE: Final = (
    _TALK.c.id, _TALK.c.public_id, _TALK.c.interest_id, _TALK.c.offer_id, _TALK.c.request_id, _TALK.c.donor_id,
    _TALK.c.family_id, _TALK.c.last_seq, _TALK.c.change_no, _TALK.c.created_at, _TALK.c.closed_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gate:
    """
    What a sender meets in a conversation.

    ``known``: something was sent or held under this ``client_id`` before. ``follows``: the message named as the one
    before is stored or held here, or none was named. ``suspect``: something the sender wrote here waits or was refused.
    """

    conversation: ConversationView
    known: bool
    follows: bool
    newcomer: bool
    suspect: bool


def _sent_as(name: str) -> Any:  # noqa: ANN401 - a condition that reads either table.
    """The conversations in which the sender sent or had held something under the id given as ``name``."""
    wanted: BindParameter[str] = bindparam(name)
    sent = select(Message.conversation_id).where(Message.sender_id == _ME, Message.client_id == wanted)
    waits = select(HeldMessage.conversation_id).where(HeldMessage.writer_id == _ME, HeldMessage.client_id == wanted)
    return sent.union_all(waits)


_GATE: Final = select(
    *_HERE,
    between_blocked().label("blocked"),
    _sent_as("client").exists().label("known"),
    _TALK.c.id.in_(_sent_as("before")).label("follows"),
    select(User.trust).where(User.id == _ME).scalar_subquery().label("trust"),
    select(HeldMessage.id)
    .where(HeldMessage.conversation_id == _TALK.c.id, HeldMessage.writer_id == _ME, HeldMessage.state != "released")
    .correlate(_TALK)
    .exists()
    .label("suspect"),
).where(_TALK.c.public_id == bindparam("public_id"))


def gate(actor: Identity, public_id: str, *, client_id: str, before: str | None) -> Gate:
    """What ``actor`` meets who sends into a conversation; NotFound for anybody but its two people."""
    rows = read(_GATE, me=actor.person_id, public_id=public_id, client=client_id, before=before or "")
    if not rows:
        raise NotFound
    row: Any = rows[0]
    found = conversation_view(row, blocked=row.blocked)
    authorise(actor, READ_CONVERSATION, found)
    return Gate(
        found, bool(row.known), before is None or bool(row.follows), row.trust == 0, bool(row.suspect),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """A message as its two people are to be told of it; ``listeners`` are those of them who may hear of it now."""

    conversation: ConversationView
    message: MessageView
    listeners: tuple[OtherPerson, ...]


_SAYS: Final = Message.__table__.c
_DONOR: Final = User.__table__.alias()
_FAMILY: Final = User.__table__.alias()
_SAID: Final = select(
    *_HERE,
    between_blocked().label("blocked"),
    *(column.label(f"said_{column.name}") for column in _SAYS),
    *(_DONOR.c[name].label(f"donor_{name}") for name in ("public_id", "display_name", "locale", "active")),
    *(_FAMILY.c[name].label(f"family_{name}") for name in ("public_id", "display_name", "locale", "active")),
).where(
    _TALK.c.id == bindparam("talk"),
    _SAYS.conversation_id == _TALK.c.id,
    _SAYS.seq == bindparam("seq"),
    _DONOR.c.id == _TALK.c.donor_id,
    _FAMILY.c.id == _TALK.c.family_id,
)


def said(conversation_id: int, seq: int) -> Said:
    """
    A message with who may hear of it as the database has them now; NotFound when there is none.

    A closed account hears nothing, and neither of the two when one has blocked the other.
    """
    rows = read_alone(_SAID, talk=conversation_id, seq=seq)
    if not rows:
        raise NotFound
    row: Any = rows[0]
    people = (
        OtherPerson(row.donor_id, row.donor_public_id, row.donor_display_name, row.donor_locale, row.donor_active),
        OtherPerson(row.family_id, row.family_public_id, row.family_display_name, row.family_locale, row.family_active),
    )
    message = MessageView(
        conversation_id=row.said_conversation_id,
        seq=row.said_seq,
        sender_id=row.said_sender_id,
        client_id=row.said_client_id,
        kind=Kind(row.said_kind),
        body=row.said_body,
        payload=row.said_payload,
        sent_at=row.said_sent_at,
        reply_to=row.said_reply_to,
        edited_at=row.said_edited_at,
        deleted_at=row.said_deleted_at,
        change_no=row.said_change_no,
    )
    return Said(
        conversation_view(row, blocked=row.blocked),
        message,
        () if row.blocked else tuple(person for person in people if person.active),
    )
