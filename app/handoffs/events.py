"""What happened to a handoff: ids and quantities only."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffProposed(Event):
    """One side proposed a window and a volume."""

    handoff_id: int
    conversation_id: int
    offer_id: int
    request_id: int
    actor_id: int
    other_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffAgreed(Event):
    """The other side agreed; the volume is reserved."""

    handoff_id: int
    conversation_id: int
    offer_id: int
    request_id: int
    actor_id: int
    other_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffCancelled(Event):
    """A proposed or agreed handoff will not happen; the milk is free again."""

    handoff_id: int
    conversation_id: int
    offer_id: int
    request_id: int
    actor_id: int
    other_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffConfirmed(Event):
    """Both sides said what was really given."""

    handoff_id: int
    conversation_id: int
    offer_id: int
    request_id: int
    actor_id: int
    other_id: int
    given_ml: int
