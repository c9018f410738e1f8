"""What happened in a conversation: ids and quantities only."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationOpened(Event):
    """Two people may talk."""

    conversation_id: int
    interest_id: int
    donor_id: int
    family_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(Event):
    """A message was stored."""

    conversation_id: int
    seq: int
    sender_id: int
    recipient_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRead(Event):
    """Somebody has read up to ``seq``."""

    conversation_id: int
    seq: int
    reader_id: int
    other_id: int
