"""The operations on handoffs as plans: list, read, propose, propose another time, agree, decline, call off."""

from collections.abc import Callable

from flask import Response

from app.handoffs import queries, services
from app.handoffs.api.answers import draft_of, handoffs_out, placed
from app.handoffs.api.models import (
    AgreeIn,
    CancelIn,
    HandoffMade,
    HandoffOut,
    HandoffPage,
    PlanIn,
    ProposalIn,
)
from app.handoffs.permissions import ANSWER, CHANGE, LIST, PLAN, SEE
from app.handoffs.rules.states import CancelReason
from app.infra.clock import utcnow
from app.kernel.errors import Invalid, NotFound
from app.web.access import requires
from app.web.api import (
    GONE,
    PageQuery,
    api_blueprint,
    api_limited,
    at_places,
    created_in,
    cursor_at,
    cursor_read,
)
from app.web.login import member

blueprint = api_blueprint("handoffs", __name__, tag="Handoffs")


@blueprint.get("/handoffs")
@requires(LIST)
@blueprint.input(PageQuery, location="query")
@blueprint.output(HandoffPage)
@api_limited("120/minute")
def handoffs(query_data: PageQuery) -> HandoffPage:
    """One's own handoffs in whatever state, the one proposed last first."""
    actor, wanted, now = member(), query_data.limit, utcnow()
    last = cursor_read(query_data.cursor) if query_data.cursor else None
    try:
        found = queries.latest_handoffs(actor, before=last, limit=wanted + 1, now=now)
    except NotFound:
        raise Invalid({"cursor": [GONE]}) from None
    part = found[:wanted]
    following = cursor_at(part[-1].public_id) if len(found) > wanted else None
    return HandoffPage(items=handoffs_out(part, actor, now=now), next=following)


@blueprint.post("/handoffs")
@requires(PLAN)
@blueprint.input(ProposalIn)
@blueprint.output(HandoffMade, status_code=201)
@api_limited("60/hour")
def propose(json_data: ProposalIn) -> Response:
    """Propose windows and a volume to the other one of a conversation; nothing is reserved before the other agrees."""

    def make() -> str:
        return services.propose(member(), json_data.conversation_id, draft_of(json_data), now=utcnow())

    return _made(make)


@blueprint.post("/handoffs/<public_id>/counter")
@requires(CHANGE)
@blueprint.input(PlanIn)
@blueprint.output(HandoffMade, status_code=201)
@api_limited("60/hour")
def counter(public_id: str, json_data: PlanIn) -> Response:
    """Propose another time or amount in the place of one that waits for an answer; the first one ends."""

    def make() -> str:
        return services.counter_propose(member(), public_id, draft_of(json_data), now=utcnow())

    return _made(make)


def _made(propose_it: Callable[[], str]) -> Response:
    def make() -> HandoffMade:
        public_id = at_places(propose_it, placed("volume_ml"))
        return HandoffMade(id=public_id, state=_as_it_stands(public_id).state)

    return created_in("handoffs", make)


@blueprint.get("/handoffs/<public_id>")
@requires(SEE)
@blueprint.output(HandoffOut)
@api_limited()
def handoff(public_id: str) -> HandoffOut:
    """A handoff of one's own: where it stands, what comes next, and one's own code for the cooler."""
    return _as_it_stands(public_id)


@blueprint.post("/handoffs/<public_id>/agree")
@requires(ANSWER)
@blueprint.input(AgreeIn)
@blueprint.output(HandoffOut)
@api_limited("60/hour")
def agree(public_id: str, json_data: AgreeIn) -> HandoffOut:
    """Agree to the other's proposal in one of its windows, and so reserve the milk; twice is once."""
    return done(public_id, lambda: services.agree(member(), public_id, window=json_data.window, now=utcnow()))


@blueprint.post("/handoffs/<public_id>/decline")
@requires(ANSWER)
@blueprint.output(HandoffOut)
@api_limited("60/hour")
def decline(public_id: str) -> HandoffOut:
    """Say no to the other's proposal, without having to say why."""
    return done(public_id, lambda: services.decline(member(), public_id, now=utcnow()))


@blueprint.post("/handoffs/<public_id>/cancel")
@requires(CHANGE)
@blueprint.input(CancelIn)
@blueprint.output(HandoffOut)
@api_limited("60/hour")
def cancel(public_id: str, json_data: CancelIn) -> HandoffOut:
    """Call off what was proposed or agreed, while nobody entered an amount; its milk is free again."""
    reason = CancelReason(json_data.reason)
    return done(public_id, lambda: services.cancel(member(), public_id, reason=reason, now=utcnow()))


def done(public_id: str, use_case: Callable[[], None]) -> HandoffOut:
    """Do it, and tell how the handoff stands after it."""
    at_places(use_case, placed("amount_ml"))
    return _as_it_stands(public_id)


def _as_it_stands(public_id: str) -> HandoffOut:
    actor, now = member(), utcnow()
    return handoffs_out([queries.handoff_for(actor, public_id, now=now)], actor, now=now)[0]
