"""How much to suggest for a meeting of two who agreed, knowing who else waits; the rule is in the rules' ``shares``."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.infra.database import db
from app.kernel.quantities import Millilitres
from app.matching.models import Interest
from app.matching.queries.sides import fed_before
from app.matching.queries.standing import arrivals, chosen_at
from app.matching.rules.life import InterestState, Origin
from app.matching.rules.shares import suggested_share
from app.matching.rules.stock import milk_left
from app.posts.queries import post, stock_said_at


@dataclass(frozen=True, slots=True)
class Share:
    """What to suggest; ``divided`` when it is less than the family misses because others without milk wait."""

    volume: Millilitres
    divided: bool


def share_for(offer_id: int, request_id: int, *, free: Millilitres, now: datetime) -> Share:
    """
    What to suggest to the two for a meeting when ``free`` is there; all of it while one of the posts is unfinished.

    Milk is divided only where the donor would have more families than she chose by now.
    """
    offer, request = post(offer_id).offer, post(request_id)
    if offer is None or request.request is None:
        return Share(free, divided=False)
    asked, came = request.request, arrivals([request_id]).get(request_id, [])
    left = milk_left(
        asked.stock_ml,
        said=stock_said_at(request_id) or request.updated_at,
        need_per_day=asked.need_ml_per_day,
        arrivals=came,
        now=now,
    )
    room = chosen_at([offer_id], now=now).get(offer_id, 0) < offer.max_families
    whole, share = (
        suggested_share(
            free=free,
            missing=Millilitres(max(0, round(asked.need_ml_per_day * asked.days - left))),
            need_per_day=asked.need_ml_per_day,
            others_wait=others,
            smallest=offer.smallest_handoff_ml,
        )
        for others in (False, room and _others_without_milk(offer_id, request_id))
    )
    return Share(share, divided=share < whole)


def _others_without_milk(offer_id: int, request_id: int) -> bool:
    """Whether another family whose first milk this would be waits for the donor's answer."""
    waiting = select(Interest.request_id, Interest.family_id).where(
        Interest.offer_id == offer_id,
        Interest.request_id != request_id,
        Interest.state == InterestState.OPEN,
        Interest.origin == Origin.YES,
    )
    rows = db.session.execute(waiting).all()
    came, fed = arrivals([row.request_id for row in rows]), fed_before([row.family_id for row in rows])
    return any(row.request_id not in came and row.family_id not in fed for row in rows)
