"""What follows when sessions end: the open pages hang up."""

from app.accounts.events import SessionsEnded
from app.infra.event_bus import EventBus
from app.web.realtime import end_sockets


def _hang_up(happened: SessionsEnded) -> None:
    end_sockets(happened.person_id)


def subscribe(bus: EventBus) -> None:
    """Listen after the commit, because a page that connects again must find its old session gone."""
    bus.after(SessionsEnded, _hang_up)
