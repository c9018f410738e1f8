"""What happened to milk: ids only, never a cause."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MilkExcluded(Event):
    """
    A donor keeps a lot back; nothing of it may be promised or handed over until she says otherwise.

    ``holders`` are the random tokens to which milk of it was promised; those promises were taken back. Why is hers.
    """

    lot_public_id: str
    holders: tuple[str, ...]
