"""A family's milk as it stands: what its request says, and the handoffs that brought some or are to bring some."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select

from app.handoffs.models import Handoff, HandoffChange
from app.handoffs.queries.after import received_in, withdrawn_of
from app.handoffs.queries.joined import Donor
from app.handoffs.rules.runway import Delivery, Runway, Standing, Stock, runway, standing_of
from app.handoffs.rules.states import HELD, UNMET, HandoffState
from app.infra.transaction import session
from app.kernel.access import Identity
from app.kernel.errors import NotFound
from app.kernel.quantities import Millilitres
from app.posts.models import Offer
from app.posts.queries import PostView, live_posts_of, own_post, stock_said_at
from app.posts.rules import PostState

SHOWN: Final = frozenset({PostState.LIVE, PostState.PAUSED, PostState.MATCHED, PostState.EXPIRED})
"""States of a request whose milk is reckoned; of one its family took back nothing is asked or shown."""


@dataclass(frozen=True, slots=True)
class Coming:
    """Milk that is agreed and not confirmed; ``weekly`` when the donor gives each week."""

    handoff_public_id: str
    donor_name: str
    volume: Millilitres
    at: datetime
    late: bool
    weekly: bool


@dataclass(frozen=True, slots=True)
class RunwayView:
    """
    How long the milk of one request lasts, and on what that rests.

    ``is_news`` says that it became short since the family last said how much it has: one that asked because it has
    nothing knows that.
    """

    request_public_id: str
    state: PostState
    need_per_day: Millilitres
    said: datetime
    reckoned: Runway
    coming: tuple[Coming, ...]
    is_news: bool

    @property
    def is_weekly(self) -> bool:
        """Whether some of what comes is of a weekly offer, of which later weeks are not agreed on yet."""
        return any(one.weekly for one in self.coming)


def runway_for(actor: Identity, request_public_id: str, *, now: datetime) -> RunwayView:
    """The milk of one's own request; :class:`NotFound` for another's, for an offer, and for one that was taken back."""
    found = own_post(actor, request_public_id)
    if found.state not in SHOWN:
        raise NotFound
    return _view(found, now=now)


def runway_of(actor: Identity, request_public_id: str, *, now: datetime) -> RunwayView | None:
    """The same, or None where there is nothing to see: for a page that shows it below something else."""
    try:
        return runway_for(actor, request_public_id, now=now)
    except NotFound:
        return None


def short_runways(actor: Identity, *, now: datetime) -> list[RunwayView]:
    """The milk of each live request of somebody that came to last for less than three days."""
    views = (_view(one, now=now) for one in live_posts_of(actor.person_id, "request") if one.request)
    return [view for view in views if view.reckoned.is_short and view.is_news]


def _view(found: PostView, *, now: datetime) -> RunwayView:
    if found.request is None:
        raise NotFound
    need = found.request.need_ml_per_day
    said = stock_said_at(found.id) or found.updated_at
    rows = _handoffs(found.id)
    stock, deliveries = Stock(found.request.stock_ml, said, need), [_delivery(row, now) for row in rows]
    reckoned, then = runway(stock, deliveries, now=now), runway(stock, [], now=said)
    coming = [_coming(row, now) for row in rows if row[0].state in UNMET]
    coming.sort(key=lambda one: one.at)
    is_news = reckoned.is_short and (bool(rows) or not then.is_short)
    return RunwayView(found.public_id, found.state, need, said, reckoned, tuple(coming), is_news)


def _handoffs(request_id: int) -> Sequence[Any]:
    """The handoffs of a request that brought milk or are to bring some, each with the moment of the meeting."""
    met = (
        select(func.min(HandoffChange.changed_at))
        .where(HandoffChange.handoff_id == Handoff.id, HandoffChange.new_state == HandoffState.MET.value)
        .scalar_subquery()
        .label("met_at")
    )
    wanted = (
        select(Handoff, met, Donor.display_name, Offer.supply, withdrawn_of(Handoff.holder).label("withdrawn"))
        .join(Donor, Donor.id == Handoff.donor_id)
        .join(Offer, Offer.post_id == Handoff.offer_id)
        .where(Handoff.request_id == request_id, Handoff.state.in_(HELD | {HandoffState.CONFIRMED}))
        .order_by(Handoff.id)
        .execution_options(populate_existing=True)
    )
    return session().execute(wanted).all()


def _delivery(row: Any, now: datetime) -> Delivery:  # noqa: ANN401 - a row of _handoffs().
    """
    Milk that changed hands came at the meeting, or by the end of its window where that was told later.

    What was withdrawn since feeds nobody and does not count.
    """
    handoff = row[0]
    met = row.met_at or handoff.confirmed_at
    if met is None:
        return Delivery(handoff.window_end, received_in(handoff), standing_of(handoff.window_end, now=now))
    came = min(met, handoff.window_end, now)
    return Delivery(came, Millilitres(max(0, received_in(handoff) - row.withdrawn)), Standing.RECEIVED)


def _coming(row: Any, now: datetime) -> Coming:  # noqa: ANN401 - a row of _handoffs().
    handoff = row[0]
    late = standing_of(handoff.window_end, now=now) is Standing.LATE
    return Coming(handoff.public_id, row[2], received_in(handoff), handoff.window_end, late, row[3] == "weekly")
