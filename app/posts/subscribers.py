"""What posts do when something happens elsewhere."""

from app.accounts.events import AreaChosen
from app.infra.event_bus import EventBus
from app.posts import services


def _follow(happened: AreaChosen) -> None:
    services.follow_author(happened.person_id, now=happened.at)


def subscribe(bus: EventBus) -> None:
    """Listen inside the mover's own transaction: no post may stand where its author no longer lives."""
    bus.within(AreaChosen, _follow)
