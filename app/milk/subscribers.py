"""What milk does when something happens elsewhere."""

from app.accounts.events import ConsentWithdrawn
from app.accounts.rules.consents import Purpose
from app.infra.event_bus import EventBus
from app.milk import services


def _forget(happened: ConsentWithdrawn) -> None:
    if happened.purpose == Purpose.HEALTH_DAYS:
        services.forget_days_of(happened.person_id)


def subscribe(bus: EventBus) -> None:
    """Listen inside the person's own transaction: no day is kept for a moment longer than its consent."""
    bus.within(ConsentWithdrawn, _forget)
