"""What happened in a conversation: ids and quantities; the words of a message only to be handed on at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.kernel.events import Event

if TYPE_CHECKING:
    from app.messaging.queries import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationOpened(Event):
    """Two people may talk."""

    conversation_id: int
    interest_id: int
    donor_id: int
    family_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(Event):
    """
    A message was stored.

    ``looked_after``: a look at what waits unread for the recipient is due already, later than this is stored.
    ``said``: what is to be told and to whom, as the transaction that stored it has found them; None where it has to be
    read. It is in no log.
    """

    conversation_id: int
    seq: int
    sender_id: int
    recipient_id: int
    looked_after: bool = False
    said: "Said | None" = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRead(Event):
    """Somebody has read up to ``seq``."""

    conversation_id: int
    seq: int
    reader_id: int
    other_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChanged(Event):
    """A message was edited or deleted; ``change_no`` is the conversation's count after it."""

    conversation_id: int
    seq: int
    change_no: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHeld(Event):
    """Something written waits for a moderator before the other one sees it."""

    held_id: int
    conversation_id: int
    writer_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRefused(Event):
    """A moderator decided that something held is not sent; what is released is told as ``MessageSent``."""

    held_id: int
    conversation_id: int
    writer_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTakenBack(Event):
    """Somebody took back what waited for a moderator, or removed what was not sent: its words are gone."""

    held_id: int
    conversation_id: int
    writer_id: int
    client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressEnded(Event):
    """An address is shown no longer."""

    conversation_id: int
    address_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceHidden(Event):
    """Somebody no longer allows others to see when they are here."""

    person_id: int


@dataclass(frozen=True, slots=True)
class Posted:
    """A card of the site itself: where it stands, between whom, and the ids it holds."""

    conversation_id: int
    conversation_public_id: str
    seq: int
    donor_id: int
    family_id: int
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardsPosted(Event):
    """Cards of the site itself were stored where neither of the two had blocked the other."""

    cards: tuple[Posted, ...]
