"""The codes that bags of a lot may still carry: those of the lots it was split off from."""

from collections.abc import Collection

from sqlalchemy import select

from app.infra.transaction import session
from app.milk.models import CustodyEntry, CustodyLot
from app.milk.rules.ledger import Entry


def older_codes(lot_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """The codes of all lots that each of these was split off from, the nearest first; a lot split off from none is
    left out.
    """
    born = (CustodyEntry.kind == Entry.CREATED, CustodyEntry.other_lot_id.is_not(None))
    line = select(CustodyEntry.lot_id, CustodyEntry.other_lot_id.label("parent"))
    above = line.where(*born, CustodyEntry.lot_id.in_(lot_ids)).cte("above", recursive=True)
    higher = select(above.c.lot_id, CustodyEntry.other_lot_id).where(*born, CustodyEntry.lot_id == above.c.parent)
    above = above.union(higher)
    codes = select(above.c.lot_id, CustodyLot.code).join(CustodyLot, CustodyLot.id == above.c.parent)
    found: dict[int, tuple[str, ...]] = {}
    for lot_id, code in session().execute(codes.order_by(CustodyLot.id.desc())):
        found[lot_id] = (*found.get(lot_id, ()), code)
    return found
