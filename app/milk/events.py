"""What happened to milk: ids and tokens only, never a cause."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MilkExcluded(Event):
    """
    A donor keeps a lot back; nothing of it may be promised or handed over until she says otherwise.

    ``holders`` are the random tokens to which milk of it was promised; nothing of it is promised to them any more, and
    where their meeting had begun it counts as handed over. Why is hers.
    """

    lot_public_id: str
    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisesTakenBack(Event):
    """Milk was withdrawn that was promised to these holders (tokens of handoffs): it is promised no more."""

    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalOpened(Event):
    """Milk was withdrawn; ``must_be_looked_at`` when families are told only after a moderator has looked."""

    withdrawal_id: int
    must_be_looked_at: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MilkCleared(Event):
    """A withdrawal that waited has ended, and nothing holds these lots (by the ledger's ids) any more."""

    custody_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalEscalated(Event):
    """Families could not be reached, or did not answer after three tries: somebody has to look."""

    withdrawal_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalClosed(Event):
    """Every family has answered, or was tried three times."""

    withdrawal_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FamiliesTold(Event):
    """Families were told of a withdrawal for the first time: those behind these holders (tokens of handoffs)."""

    withdrawal_id: int
    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyAnswered(Event):
    """A family has said that it knows of a withdrawal, or more about its milk; ``holders`` are its own."""

    person_id: int
    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LotMoved(Event):
    """A lot is kept somewhere else now, so that it keeps for another time."""

    custody_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GivingRested(Event):
    """A donor gives nothing new until a moderator has looked; recorded again for each further reason to look."""

    rest_id: int
    person_id: int
