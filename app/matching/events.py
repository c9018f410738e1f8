"""What happened between a donor and a family: ids and quantities only."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestShown(Event):
    """A family said yes to an offer."""

    interest_id: int
    offer_id: int
    request_id: int
    donor_id: int
    family_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationSent(Event):
    """A donor invited a family."""

    interest_id: int
    offer_id: int
    request_id: int
    donor_id: int
    family_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestAccepted(Event):
    """The other side accepted: both may talk now."""

    interest_id: int
    offer_id: int
    request_id: int
    donor_id: int
    family_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestDeclined(Event):
    """The other side declined; nobody has to say why."""

    interest_id: int
    offer_id: int
    request_id: int
    donor_id: int
    family_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestClosed(Event):
    """An open interest ended because the milk or the need is gone, or was taken back."""

    interest_id: int
    offer_id: int
    request_id: int
    donor_id: int
    family_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchesShown(Event):
    """A round put something new on the page of a family's request."""

    request_id: int
    family_id: int
    offers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PairPassedOn(Event):
    """Somebody quietly passed on a pair; it is never proposed again."""

    offer_id: int
    request_id: int
    passed_by_id: int
