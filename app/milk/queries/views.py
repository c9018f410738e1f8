"""Lots as small frozen views: for their donor, and the ledger's lines without a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, select

from app.infra.database import db
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.kernel.quantities import Millilitres
from app.milk.models import CustodyEntry, CustodyLot, Lot, LotBags, Statement
from app.milk.permissions import KEEP, LIST
from app.milk.rules.clock import SOON, Deadline, days_left, deadline
from app.milk.rules.keeping import FROZEN, Heat, Kept, NotGiven, why_not_given
from app.milk.rules.ledger import Arrival, Balance, Entry
from app.milk.rules.policy import HOME


@dataclass(frozen=True, slots=True)
class BagsView:
    """Bags of one size: how many there were, how many are still there, and how many of these are promised."""

    size_ml: Millilitres
    count: int
    left: int
    promised: int = 0

    @property
    def free(self) -> int:
        """How many are there and promised to nobody."""
        return self.left - self.promised


@dataclass(frozen=True, slots=True)
class StatementView:
    """The version of what the donor stated that held for a lot, and since when she states it."""

    version: int
    stated_at: datetime
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class LotView:
    """A lot for its donor, with the clock as it stands on ``today``, her own calendar day."""

    id: int
    public_id: str
    donor_id: int
    custody_id: int
    code: str
    pumped_from: date
    pumped_to: date
    kept: Kept
    heat: Heat
    thawed_on: date | None
    withdrawn: bool
    excluded: bool
    balance: Balance
    bags: tuple[BagsView, ...]
    statement: StatementView | None
    today: date

    @property
    def clock(self) -> Deadline:
        """Best-by and use-by, by the source everything is reckoned by."""
        return deadline(self.kept, self.pumped_from, thawed_on=self.thawed_on)

    @property
    def clocks(self) -> tuple[Deadline, ...]:
        """The same by every source for homes that speaks of this place."""
        found = (deadline(self.kept, self.pumped_from, thawed_on=self.thawed_on, policy=each) for each in HOME)
        return tuple(each for each in found if not each.is_borrowed)

    @property
    def days_left(self) -> int:
        """Days after today until it is past; negative when it is."""
        return days_left(self.clock.use_by, today=self.today)

    @property
    def is_soon(self) -> bool:
        """Whether it is time to use it."""
        return 0 <= self.days_left <= SOON

    @property
    def not_given(self) -> NotGiven | None:
        """Why none of it can be given to another family today; None when it can."""
        return self.not_given_on(self.today)

    def not_given_on(self, day: date, *, also_promised: bool = False) -> NotGiven | None:
        """The same on the day of a meeting; ``also_promised`` counts what is promised as there to give."""
        return why_not_given(
            thawed=self.thawed_on is not None,
            withdrawn=self.withdrawn,
            excluded=self.excluded,
            days_left=days_left(self.clock.use_by, today=day),
            free_ml=self.balance.left_ml if also_promised else self.balance.free_ml,
        )

    @property
    def is_frozen(self) -> bool:
        """Whether it lies in a freezer and has not thawed."""
        return self.kept in FROZEN and self.thawed_on is None

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is at the donor's any more."""
        return self.balance.left_ml <= 0

    @property
    def bags_left(self) -> int:
        """How many bags are still there."""
        return sum(each.left for each in self.bags)


@dataclass(frozen=True, slots=True)
class EntryView:
    """
    A line of the ledger; ``other_code`` is the code of the lot split off, or of the one split off from.

    ``happened_at`` is when milk was handed over, where that is known to be earlier than it was written down (``at``).
    """

    kind: Entry
    volume_ml: Millilitres
    holder: str | None
    condition: Arrival | None
    kept: Kept | None
    other_code: str | None
    at: datetime
    happened_at: datetime | None = None


_COLUMNS: Final = (
    Lot.id, Lot.public_id, Lot.donor_id, Lot.custody_id, Lot.kept, Lot.heat, Lot.thawed_on, CustodyLot.code,
    CustodyLot.pumped_from, CustodyLot.pumped_to, CustodyLot.withdrawn, CustodyLot.excluded, CustodyLot.made_ml,
    CustodyLot.reserved_ml, CustodyLot.given_ml, CustodyLot.ended_ml, Statement.version, Statement.stated_at,
    Statement.fingerprint,
)  # fmt: skip
_OLDEST_FIRST: Final = (CustodyLot.pumped_from, CustodyLot.pumped_to, Lot.id)


def whole_lots() -> Select[*tuple[Any, ...]]:
    """The rows of lots with their record and statement, the oldest milk first."""
    found = select(*_COLUMNS).join(CustodyLot, CustodyLot.id == Lot.custody_id)
    return found.outerjoin(Statement, Statement.id == Lot.statement_id).order_by(*_OLDEST_FIRST)


def lots_of(actor: Identity, *, today: date) -> list[LotView]:
    """Everything the actor keeps a record of, the oldest milk first."""
    authorise(actor, LIST)
    return lot_views(whole_lots().where(Lot.donor_id == actor.person_id), today=today)


def lot_for(actor: Identity, public_id: str, *, today: date) -> LotView:
    """A lot of the actor's own; another's is :class:`NotFound`."""
    found = lot_views(whole_lots().where(Lot.public_id == public_id), today=today)
    if not found:
        raise NotFound
    authorise(actor, KEEP, found[0])
    return found[0]


def own_lot_by_code(actor: Identity, code: str) -> str | None:
    """The public id of the actor's own lot with this code; None when no lot of hers has it."""
    authorise(actor, LIST)
    wanted = select(Lot.public_id).join(CustodyLot, CustodyLot.id == Lot.custody_id)
    return db.session.scalar(wanted.where(CustodyLot.code == code, Lot.donor_id == actor.person_id))


def timeline(lot: LotView) -> list[EntryView]:
    """The ledger's lines about a lot that was loaded for somebody who may see it, oldest first."""
    return entry_views(CustodyEntry.lot_id == lot.custody_id)


def entry_views(which: ColumnElement[bool]) -> list[EntryView]:
    """These lines of the ledger, oldest first."""
    other = select(CustodyLot.code).where(CustodyLot.id == CustodyEntry.other_lot_id).scalar_subquery()
    wanted = select(
        CustodyEntry.kind, CustodyEntry.volume_ml, CustodyEntry.holder, CustodyEntry.condition, CustodyEntry.kept,
        other, CustodyEntry.at, CustodyEntry.happened_at,
    ).where(which).order_by(CustodyEntry.id)  # fmt: skip
    return [
        EntryView(
            Entry(row[0]), Millilitres(row[1]), row[2], Arrival(row[3]) if row[3] else None,
            Kept(row[4]) if row[4] else None, row[5], row[6], row[7],
        )
        for row in db.session.execute(wanted)
    ]  # fmt: skip


def lot_by_token(actor: Identity, submit_token: str) -> str | None:
    """The public id of the actor's own lot that a form with this token made; None when none did."""
    return db.session.scalar(
        select(Lot.public_id).where(Lot.donor_id == actor.person_id, Lot.submit_token == submit_token)
    )


def states_something(actor: Identity) -> bool:
    """Whether the actor has stated something about herself that a new lot can refer to."""
    return db.session.scalar(select(Statement.id).where(Statement.donor_id == actor.person_id).limit(1)) is not None


def lot_views(statement: Select[*tuple[Any, ...]], *, today: date) -> list[LotView]:
    """The views of what a narrowed :func:`whole_lots` finds, as they stand on ``today``."""
    rows = db.session.execute(statement).all()
    bags = _bags([row.id for row in rows])
    return [_view(row, bags.get(row.id, ()), today=today) for row in rows]


def _bags(lot_ids: Sequence[int]) -> dict[int, tuple[BagsView, ...]]:
    found: dict[int, list[BagsView]] = {}
    wanted = select(LotBags).where(LotBags.lot_id.in_(lot_ids)).order_by(LotBags.size_ml)
    for row in db.session.scalars(wanted) if lot_ids else ():
        found.setdefault(row.lot_id, []).append(
            BagsView(Millilitres(row.size_ml), row.count, row.count - row.gone, row.promised)
        )
    return {lot_id: tuple(some) for lot_id, some in found.items()}


def _view(row: Row[*tuple[Any, ...]], bags: tuple[BagsView, ...], *, today: date) -> LotView:
    return LotView(
        id=row.id, public_id=row.public_id, donor_id=row.donor_id, custody_id=row.custody_id, code=row.code,
        pumped_from=row.pumped_from, pumped_to=row.pumped_to, kept=Kept(row.kept), heat=Heat(row.heat),
        thawed_on=row.thawed_on, withdrawn=row.withdrawn, excluded=row.excluded,
        balance=Balance(row.made_ml, row.reserved_ml, row.given_ml, row.ended_ml), bags=bags,
        statement=StatementView(row.version, row.stated_at, row.fingerprint) if row.version else None, today=today,
    )  # fmt: skip
