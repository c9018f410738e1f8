"""What happened to a handoff: ids and quantities only."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffEvent(Event):
    """What every event of a handoff carries; ``actor_id`` is None for what time did."""

    handoff_id: int
    conversation_id: int
    offer_id: int
    request_id: int
    donor_id: int
    family_id: int
    actor_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffProposed(HandoffEvent):
    """One side proposed a window and a volume."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffAgreed(HandoffEvent):
    """The other side agreed; the volume is reserved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffCancelled(HandoffEvent):
    """A proposed or agreed handoff will not happen (declined, cancelled or missed); its milk is free again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffMetAfterAll(HandoffEvent):
    """One of the two says that a missed meeting was held; its milk is promised again until both say how much it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffUpdated(HandoffEvent):
    """The two changed something without changing the state: the place, or one side's number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffConfirmed(HandoffEvent):
    """The handoff is done; ``given_ml`` is what counts as given."""

    given_ml: int
