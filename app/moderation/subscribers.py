"""What moderation does when something happens elsewhere."""

from app.infra.event_bus import EventBus


def subscribe(bus: EventBus) -> None:
    """Listen to submitted posts."""
    del bus
