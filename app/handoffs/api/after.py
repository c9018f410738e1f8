"""The operations on what follows a handoff: how it went, days shared, thanks, and all that one gave."""

from app.handoffs import queries, services
from app.handoffs.api.after_models import AfterOut, AfterWishesIn, AfterWishesOut, GivenOut, ShareIn, ThanksIn, WentIn
from app.handoffs.api.handoffs import blueprint
from app.handoffs.permissions import AFTER, CHOOSE_AFTER, LIST
from app.handoffs.rules.after import Went
from app.infra.clock import utcnow
from app.web.access import requires
from app.web.api import api_limited
from app.web.login import member


@blueprint.get("/handoffs/<public_id>/after")
@requires(AFTER)
@blueprint.output(AfterOut)
@api_limited()
def after(public_id: str) -> AfterOut:
    """What follows a confirmed handoff, for either of its two."""
    return _after(public_id)


@blueprint.put("/handoffs/<public_id>/after/went")
@requires(AFTER)
@blueprint.input(WentIn)
@blueprint.output(AfterOut)
@api_limited("60/hour")
def how_it_went(public_id: str, json_data: WentIn) -> AfterOut:
    """Say, as the family, how it went; no answer is wrong, and the donor never reads it."""
    services.say_how_it_went(member(), public_id, Went(json_data.went), now=utcnow())
    return _after(public_id)


@blueprint.put("/handoffs/<public_id>/after/days")
@requires(AFTER)
@blueprint.input(ShareIn)
@blueprint.output(AfterOut)
@api_limited("60/hour")
def share_days(public_id: str, json_data: ShareIn) -> AfterOut:
    """Let the donor know, as the family, for how many days it feeds, or no longer."""
    services.share_days(member(), public_id, shares=json_data.share, now=utcnow())
    return _after(public_id)


@blueprint.post("/handoffs/<public_id>/after/thanks")
@requires(AFTER)
@blueprint.input(ThanksIn)
@blueprint.output(AfterOut)
@api_limited("60/hour")
def thank(public_id: str, json_data: ThanksIn) -> AfterOut:
    """Thank the donor, as the family; the first thanks stand, so that twice is once."""
    services.thank(member(), public_id, json_data.note, now=utcnow())
    return _after(public_id)


@blueprint.post("/handoffs/<public_id>/after/open")
@requires(AFTER)
@blueprint.output(AfterOut)
@api_limited("60/hour")
def open_thanks(public_id: str) -> AfterOut:
    """Open, as the donor, thanks that waited."""
    services.open_thanks(member(), public_id, now=utcnow())
    return _after(public_id)


@blueprint.get("/given")
@requires(LIST)
@blueprint.output(GivenOut)
@api_limited()
def given() -> GivenOut:
    """What one gave over all confirmed handoffs."""
    found = queries.given_in_all(member().person_id)
    return GivenOut(volume_ml=found.volume, handoffs=found.handoffs, typical_days=found.typical_days)


@blueprint.get("/after/wishes")
@requires(CHOOSE_AFTER)
@blueprint.output(AfterWishesOut)
@api_limited()
def wishes() -> AfterWishesOut:
    """What one wants of afterwards: to be asked how it went, and to be told of thanks and days at once."""
    return _wishes()


@blueprint.patch("/after/wishes")
@requires(CHOOSE_AFTER)
@blueprint.input(AfterWishesIn)
@blueprint.output(AfterWishesOut)
@api_limited("60/hour")
def wish(json_data: AfterWishesIn) -> AfterWishesOut:
    """Choose it for every handoff; what is left out stays as it was."""
    services.wish(member(), questions=json_data.questions, thanks=json_data.thanks, now=utcnow())
    return _wishes()


def _wishes() -> AfterWishesOut:
    found = queries.wishes_of(member().person_id)
    return AfterWishesOut(questions=found.questions, thanks=found.thanks)


def _after(public_id: str) -> AfterOut:
    found = queries.after_for(member(), public_id)
    return AfterOut(
        handoff_id=found.public_id, role=found.side, other=found.other_name, amount_ml=found.amount_ml, days=found.days,
        typical_days=found.typical_days, shares_days=found.shares_days, went=found.went, thanks=found.thanks,
        thanked_at=found.thanked_at, thanks_wait=found.thanks_wait,
    )  # fmt: skip
