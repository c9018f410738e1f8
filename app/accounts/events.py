"""What happened to a person: ids only, never an address or a place with coordinates."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaChosen(Event):
    """Somebody lives in another published area now, or chose the first one."""

    person_id: int
    area_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnded(Event):
    """Every session of somebody has ended, on every device: signed out, a new password, or a closed account."""

    person_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensRevoked(Event):
    """Some or all tokens of somebody open no doors any more."""

    person_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountShut(Event):
    """Somebody's account was shut; nobody meets them here any more."""

    person_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(Event):
    """Somebody agreed; ``purpose`` is one of :class:`app.accounts.rules.consents.Purpose`."""

    person_id: int
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(Event):
    """Somebody took a consent back; ``purpose`` is one of :class:`app.accounts.rules.consents.Purpose`."""

    person_id: int
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonBlocked(Event):
    """Somebody blocked somebody; the other is not told."""

    person_id: int
    other_id: int
