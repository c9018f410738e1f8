"""Lots for tests."""

from datetime import date

from app.infra.transaction import transaction
from app.milk import queries, services
from app.milk.rules.drafts import Bags, LotDraft
from app.milk.rules.keeping import Heat, Kept
from app.milk.rules.ledger import Arrival
from app.milk.services import holders
from tests.conftest import NOW

TODAY = NOW.date()


def draft(**changed) -> LotDraft:
    """A litre in ten bags, pumped in the first half of November, in a freezer."""
    usual = {
        "pumped_from": date(2026, 11, 1), "pumped_to": date(2026, 11, 14), "kept": Kept.FREEZER, "heat": Heat.NONE,
        "bags": (Bags(10, 100),),
    }  # fmt: skip
    return LotDraft(**usual | changed)


def lot(who, **changed) -> str:
    """A new lot of somebody's; returns its public id."""
    return services.make_lot(who.identity, draft(**changed), now=NOW)


def hand(public_id: str, who, *, holder: str = "handoff", volume: int = 200) -> None:
    """Somebody receives so many millilitres of a lot in one handoff, frozen solid."""
    with transaction():
        holders.register(holder, who.id, now=NOW)
        services.give(public_id, holder, volume, Arrival.FROZEN, now=NOW)


def handed(donor, family, *, holder: str = "handoff", volume: int = 200, **changed) -> str:
    """A lot of which somebody received some in one handoff; returns the lot."""
    public_id = lot(donor, **changed)
    hand(public_id, family, holder=holder, volume=volume)
    return public_id


def view(who, public_id: str, today: date = TODAY) -> queries.LotView:
    """The lot as its donor sees it."""
    return queries.lot_for(who.identity, public_id, today=today)


def kinds(who, public_id: str) -> list[str]:
    """What the ledger says about a lot, in order."""
    return [str(entry.kind) for entry in queries.timeline(view(who, public_id))]
