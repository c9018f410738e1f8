"""Allowing others to see that one is here, and taking that back."""

from datetime import datetime

from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.messaging.events import PresenceHidden
from app.messaging.models import PresenceChoice


def show_presence(actor: Identity, *, on: bool, now: datetime) -> None:
    """Allow those who allow it too to see when one looks at their conversation, or hide it again at once."""
    with transaction() as session:
        chosen = session.get(PresenceChoice, actor.person_id, with_for_update=True)
        if on and chosen is None:
            session.add(PresenceChoice(user_id=actor.person_id, allowed_at=now))
        elif not on and chosen is not None:
            session.delete(chosen)
            event_bus.record(PresenceHidden(person_id=actor.person_id, at=now))
