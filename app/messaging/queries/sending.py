"""
What sending asks of the database, each in one statement that is built when this module is loaded.

A message costs the server mostly what it takes to ask: building statements anew and loading whole objects took ten
times what the database needed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import BindParameter, ColumnElement, String, Table, bindparam, case, literal_column, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.infra.database import Moment
from app.infra.direct import Direct
from app.kernel.access import Claim, Identity, authorise
from app.kernel.errors import NotFound
from app.messaging.models import Conversation, HeldMessage, Message
from app.messaging.permissions import READ_CONVERSATION
from app.messaging.queries.conversations import between_blocked
from app.messaging.queries.messages import message
from app.messaging.queries.reading import LOOK_AHEAD, looked_after, mark_of
from app.messaging.queries.views import ConversationView, MessageView, OtherPerson, conversation_view

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
    ``all_read``: the sender's mark stands at the last message. ``looked_after``: words of the sender wait unread, and a
    look at that is due later than this message can be stored. ``listeners``: who may hear of what is written.
    """

    conversation: ConversationView
    known: bool
    follows: bool
    newcomer: bool
    suspect: bool
    all_read: bool
    looked_after: bool
    listeners: tuple[OtherPerson, ...]


def _sent_as(name: str) -> Any:  # noqa: ANN401 - a condition that reads either table.
    """The conversations in which the sender sent or had held something under the id given as ``name``."""
    wanted: BindParameter[str] = bindparam(name)
    sent = select(Message.conversation_id).where(Message.sender_id == _ME, Message.client_id == wanted)
    waits = select(HeldMessage.conversation_id).where(HeldMessage.writer_id == _ME, HeldMessage.client_id == wanted)
    return sent.union_all(waits)


_RELEASED: Final = literal_column("'released'", String)
_DONOR: Final = User.__table__.alias("donor")
_FAMILY: Final = User.__table__.alias("family")
_PERSON: Final = ("public_id", "display_name", "locale", "active")
_PEOPLE: Final = (
    *(_DONOR.c[name].label(f"donor_{name}") for name in _PERSON),
    *(_FAMILY.c[name].label(f"family_{name}") for name in _PERSON),
)
_THEIRS: Final = (_DONOR.c.id == _TALK.c.donor_id) & (_FAMILY.c.id == _TALK.c.family_id)

MET: Final = select(
    *_HERE,
    *_PEOPLE,
    between_blocked().label("blocked"),
    _sent_as("client").exists().label("known"),
    _TALK.c.id.in_(_sent_as("before")).label("follows"),
    case((_DONOR.c.id == _ME, _DONOR.c.trust), else_=_FAMILY.c.trust).label("trust"),
    select(HeldMessage.id)
    .where(HeldMessage.conversation_id == _TALK.c.id, HeldMessage.writer_id == _ME, HeldMessage.state != _RELEASED)
    .correlate(_TALK)
    .exists()
    .label("suspect"),
    mark_of(_ME).label("own_mark"),
).where(_TALK.c.public_id == bindparam("public_id"), _THEIRS)
"""All that a sender meets in a conversation; but whether a look is due; the values it needs are :func:`values`."""


def proven() -> ColumnElement[bool]:
    """
    A column for :data:`MET`: whether the sender's account is open and the session known as ``account`` is not over.

    The account of a sender who is one of the two people is read there anyway; of anybody else it says nothing.
    """
    account: BindParameter[str] = bindparam("account", type_=User.__table__.c.fs_uniquifier.type)
    donor, family = (person.c.active & (person.c.fs_uniquifier == account) for person in (_DONOR, _FAMILY))
    return case((_DONOR.c.id == _ME, donor), else_=family)


LATER: Final[BindParameter[datetime]] = bindparam("later", type_=Moment())
_MEETS: Final = MET.add_columns(looked_after(_ME, LATER).label("looked_after"))
_GATE: Final = Direct(_MEETS)
_GATE_CLAIMED: Final = Direct(_MEETS.add_columns(proven().label("proven")))


def values(
    actor: Identity | Claim, public_id: str, *, client_id: str, before: str | None, now: datetime
) -> dict[str, Any]:
    """What :data:`MET` is to be given."""
    return {
        "me": actor.person_id, "public_id": public_id, "client": client_id, "before": before or "",
        "later": now + LOOK_AHEAD,
    }  # fmt: skip


def gate(
    session: Session, actor: Identity | Claim, public_id: str, *, client_id: str, before: str | None, now: datetime
) -> Gate:
    """
    What ``actor`` meets who sends into a conversation; NotFound for anybody but its two people.

    And for whoever only claims to be one of them, when the account is shut or the session over.
    """
    asked = values(actor, public_id, client_id=client_id, before=before, now=now)
    if isinstance(actor, Claim):
        rows = [row for row in _GATE_CLAIMED(session, **asked, account=actor.account) if row.proven]
        actor = Identity(actor.person_id)
    else:
        rows = list(_GATE(session, **asked))
    if not rows:
        raise NotFound
    row: Any = rows[0]
    found = conversation_view(row, blocked=row.blocked)
    authorise(actor, READ_CONVERSATION, found)
    return Gate(
        conversation=found,
        known=row.known,
        follows=before is None or row.follows,
        newcomer=row.trust == 0,
        suspect=row.suspect,
        all_read=(row.own_mark or 0) == found.last_seq,
        looked_after=row.looked_after,
        listeners=listeners(row),
    )


def listeners(row: Any) -> tuple[OtherPerson, ...]:  # noqa: ANN401 - a row with :data:`_PEOPLE`.
    """A closed account hears nothing, and neither of the two when one has blocked the other."""
    people = (
        OtherPerson(row.donor_id, row.donor_public_id, row.donor_display_name, row.donor_locale, row.donor_active),
        OtherPerson(row.family_id, row.family_public_id, row.family_display_name, row.family_locale, row.family_active),
    )
    return () if row.blocked else tuple(person for person in people if person.active)


@dataclass(frozen=True, slots=True)
class Said:
    """A message as its two people are to be told of it; ``listeners`` are those of them who may hear of it."""

    conversation: ConversationView
    message: MessageView
    listeners: tuple[OtherPerson, ...]


_TOLD: Final = Direct(
    select(*_HERE, *_PEOPLE, between_blocked().label("blocked")).where(_TALK.c.id == bindparam("talk"), _THEIRS)
)


def said(conversation_id: int, seq: int) -> Said:
    """A message with who may hear of it as the database has them now; NotFound when there is none."""
    stored = message(conversation_id, seq)
    row: Any = _TOLD.alone(talk=conversation_id)[0]
    return Said(conversation_view(row, blocked=row.blocked), stored, listeners(row))
