"""The operations on a family's milk: how long it lasts, what is at home, the bridge, and what came beside the need."""

from app.handoffs import queries
from app.handoffs.api.after_models import ComingOut, ReceivedOut, RunwayOut, SpanOut, StockIn
from app.handoffs.api.handoffs import blueprint
from app.handoffs.permissions import SEE_RUNWAY
from app.handoffs.queries.runway import Coming
from app.handoffs.rules.received import Received
from app.infra.clock import utcnow
from app.kernel.quantities import Millilitres
from app.posts import services as posts
from app.web.access import requires
from app.web.api import api_limited, at_places
from app.web.login import member


@blueprint.get("/posts/<public_id>/runway")
@requires(SEE_RUNWAY)
@blueprint.output(RunwayOut)
@api_limited()
def runway(public_id: str) -> RunwayOut:
    """How long the milk of one's own request lasts, and on what that rests."""
    return _runway(public_id)


@blueprint.put("/posts/<public_id>/stock")
@requires(SEE_RUNWAY)
@blueprint.input(StockIn)
@blueprint.output(RunwayOut)
@api_limited("60/hour")
def restock(public_id: str, json_data: StockIn) -> RunwayOut:
    """Say how much milk is at home now; it counts from now on."""
    _runway(public_id)
    stock = Millilitres(json_data.stock_ml)
    at_places(lambda: posts.restock(member(), public_id, stock, now=utcnow()), {"amount": "/stock_ml"}.get)
    return _runway(public_id)


@blueprint.post("/posts/<public_id>/bridge")
@requires(SEE_RUNWAY)
@blueprint.output(RunwayOut)
@api_limited("20/hour")
def bridge(public_id: str) -> RunwayOut:
    """Ask for milk for the next days, with what is reckoned to be left; twice is once."""
    left = queries.runway_for(member(), public_id, now=utcnow()).reckoned.left
    posts.raise_bridge(member(), public_id, left, now=utcnow())
    return _runway(public_id)


@blueprint.get("/received")
@requires(SEE_RUNWAY)
@blueprint.output(ReceivedOut)
@api_limited()
def received() -> ReceivedOut:
    """What one's own household received, beside the need one stated."""
    return ReceivedOut(spans=[_span(each) for each in queries.received_by(member().person_id, now=utcnow())])


def _span(one: Received) -> SpanOut:
    return SpanOut(
        days=one.days, volume_ml=one.volume, handoffs=one.handoffs, donors=one.donors, needed_ml=one.needed,
        percent=one.percent,
    )  # fmt: skip


def _runway(public_id: str) -> RunwayOut:
    found = queries.runway_for(member(), public_id, now=utcnow())
    reckoned = found.reckoned
    return RunwayOut(
        request_id=found.request_public_id, state=found.state, need_ml_per_day=found.need_per_day, said_at=found.said,
        left_ml=reckoned.left, runs_out=reckoned.runs_out, earliest=reckoned.earliest, latest=reckoned.latest,
        without=reckoned.without, short=reckoned.is_short, coming=[_coming(each) for each in found.coming],
    )  # fmt: skip


def _coming(one: Coming) -> ComingOut:
    return ComingOut(
        handoff_id=one.handoff_public_id, donor=one.donor_name, volume_ml=one.volume, at=one.at, late=one.late,
        weekly=one.weekly,
    )  # fmt: skip
