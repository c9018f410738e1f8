"""Bags of a donor's that are promised to other meetings of hers: she may have given them at this one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.accounts.models import User
from app.accounts.queries import person
from app.handoffs.models import Handoff
from app.handoffs.permissions import NAME_LOTS, SEE
from app.handoffs.rules.lots import meeting_day
from app.handoffs.rules.states import HELD, UNMET
from app.infra.transaction import session
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.milk import queries as milk
from app.milk.queries import LotView
from app.milk.rules.keeping import NotGiven


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """
    So many bags of one size of a lot, promised to other ``meetings``: with whom and when each begins.

    The latest stands first, and gives its bags up first.
    """

    lot: LotView
    size_ml: int
    count: int
    meetings: tuple[tuple[str, datetime], ...]


def promised_elsewhere(actor: Identity, public_id: str) -> Sequence[Elsewhere]:
    """
    What is promised to other meetings that are still to come, the oldest milk first.

    Empty for the family, and when nothing is given here any more; milk that could not be given here is left out.
    Raises :class:`NotFound` for everybody but the two.
    """
    row = session().scalar(select(Handoff).where(Handoff.public_id == public_id))
    if row is None:
        raise NotFound
    authorise(actor, SEE, row)
    if not NAME_LOTS.allows(actor, row) or row.state not in HELD:
        return ()
    others = (
        select(Handoff, User.display_name)
        .join(User, User.id == Handoff.family_id)
        .where(Handoff.donor_id == row.donor_id, Handoff.id != row.id, Handoff.state.in_(UNMET))
        .order_by(Handoff.window_start.desc(), Handoff.id.desc())
    )
    day = meeting_day(row.window_end, ZoneInfo(person(row.donor_id).timezone))
    found: dict[tuple[str, int], Elsewhere] = {}
    for other, name in session().execute(others):
        for each in milk.promised_to(other.holder, on=day):
            if each.lot.not_given in {None, NotGiven.GONE}:
                for size, count in each.bags.items():
                    key, meeting = (each.lot.public_id, size), (name, other.window_start)
                    before = found.get(key) or Elsewhere(each.lot, size, 0, ())
                    found[key] = Elsewhere(each.lot, size, before.count + count, (*before.meetings, meeting))
    return sorted(found.values(), key=lambda each: (each.lot.pumped_from, each.lot.id, each.size_ml))
