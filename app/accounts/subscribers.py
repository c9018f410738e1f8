"""What follows when sessions end or tokens are revoked: the open sockets hang up."""

from app.accounts.events import SessionsEnded, TokensRevoked
from app.infra.event_bus import EventBus
from app.web.realtime import end_sockets, end_token_sockets


def _hang_up(happened: SessionsEnded) -> None:
    end_sockets(happened.person_id)


def _hang_up_on_programs(happened: TokensRevoked) -> None:
    end_token_sockets(happened.person_id)


def subscribe(bus: EventBus) -> None:
    """Listen after the commit, because who connects again must find the old session or token gone."""
    bus.after(SessionsEnded, _hang_up)
    bus.after(TokensRevoked, _hang_up_on_programs)
