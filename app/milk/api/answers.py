"""Lots as the API gives them, and bodies as the use-cases take them; the words are those of the pages."""

from collections.abc import Iterable
from typing import Any

from app.kernel.quantities import Millilitres
from app.milk import words
from app.milk.api.models import BagsIn, BagsOut, ClockOut, EntryOut, LifeOut, LotDetail, LotIn, LotOut
from app.milk.queries import EntryView, LifeEvent, LotLife, LotView
from app.milk.rules.codes import shown
from app.milk.rules.drafts import Bags, LotDraft
from app.milk.rules.keeping import Heat, Kept


def lot_out(lot: LotView) -> LotOut:
    """A lot as its list shows it."""
    return LotOut(**_shared(lot))


def detail_out(life: LotLife, entries: Iterable[EntryView]) -> LotDetail:
    """A lot with its life."""
    lot = life.lot
    clocks = [
        ClockOut(source=words.policy(each.policy), best_by=each.best_by, use_by=each.use_by) for each in lot.clocks
    ]
    return LotDetail(
        **_shared(lot), clocks=clocks, timeline=[_entry(each) for each in entries],
        life=[_event(each) for each in life.events],
    )  # fmt: skip


def _shared(lot: LotView) -> dict[str, Any]:
    return {
        "id": lot.public_id, "code": words.code(lot), "pumped_from": lot.pumped_from, "pumped_to": lot.pumped_to,
        "kept": lot.kept, "heat": lot.heat, "thawed_on": lot.thawed_on, "made_ml": lot.balance.made_ml,
        "left_ml": lot.balance.left_ml, "promised_ml": lot.balance.reserved_ml, "given_ml": lot.balance.given_ml,
        "bags": [BagsOut(size_ml=each.size_ml, count=each.count, left=each.left) for each in lot.bags],
        "best_by": lot.clock.best_by, "use_by": lot.clock.use_by, "source": words.policy(lot.clock.policy),
        "days_left": lot.days_left, "not_given": lot.not_given,
        "stated_version": lot.statement.version if lot.statement else None,
    }  # fmt: skip


def _entry(entry: EntryView) -> EntryOut:
    return EntryOut(**_of_ledger(entry), words=words.happened(entry))


def _event(event: LifeEvent) -> LifeOut:
    return LifeOut(
        **_of_ledger(event.entry), words=words.life_line(event), codes=[shown(code) for code in event.codes],
        family=event.family, split_for=event.split_for,
    )  # fmt: skip


def _of_ledger(entry: EntryView) -> dict[str, Any]:
    return {
        "kind": entry.kind, "volume_ml": entry.volume_ml, "condition": entry.condition, "kept": entry.kept,
        "other_code": shown(entry.other_code) if entry.other_code else None, "at": entry.at,
    }  # fmt: skip


def draft_of(sent: LotIn) -> LotDraft:
    """What the donor says of a new lot."""
    bags = tuple(Bags(each.count, Millilitres(each.size_ml)) for each in sent.bags)
    return LotDraft(sent.pumped_from, sent.pumped_to, Kept(sent.kept), Heat(sent.heat), bags, as_stated=sent.as_stated)


def taken_of(bags: Iterable[BagsIn]) -> dict[int, int]:
    """How many bags by their size; a size named twice is both together."""
    taken: dict[int, int] = {}
    for each in bags:
        taken[each.size_ml] = taken.get(each.size_ml, 0) + each.count
    return taken


def place(field: str) -> str:
    """Where in the body a field of the form stands."""
    name, _, row = field.partition("_")
    if name in {"count", "size"} and row.isdecimal():
        return f"/bags/{int(row) - 1}/{'count' if name == 'count' else 'size_ml'}"
    return field
