"""What handoffs does when something happens elsewhere."""

from app.infra.event_bus import EventBus


def subscribe(bus: EventBus) -> None:
    """Listen to closed posts."""
    del bus
