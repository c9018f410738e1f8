"""The operations around the meeting: where, who comes, on the way, late, the code, the amounts, that it was missed."""

from app.handoffs import services
from app.handoffs.api.handoffs import blueprint, done
from app.handoffs.api.models import AmountIn, CodeIn, CodeOut, DelegateIn, HandoffOut, LateIn, MissedIn, PlaceIn
from app.handoffs.permissions import CHANGE, CONFIRM
from app.handoffs.rules.absences import Said
from app.handoffs.rules.amounts import Condition
from app.infra.clock import utcnow
from app.kernel.quantities import Millilitres
from app.web.access import requires
from app.web.api import api_limited
from app.web.login import member


@blueprint.put("/handoffs/<public_id>/place")
@requires(CHANGE)
@blueprint.input(PlaceIn)
@blueprint.output(HandoffOut)
@api_limited("60/hour")
def place(public_id: str, json_data: PlaceIn) -> HandoffOut:
    """Say where exactly to meet, for the two alone, while the meeting is agreed and still to come."""
    return done(public_id, lambda: services.set_place_note(member(), public_id, json_data.place, now=utcnow()))


@blueprint.put("/handoffs/<public_id>/delegate")
@requires(CHANGE)
@blueprint.input(DelegateIn)
@blueprint.output(HandoffOut)
@api_limited("60/hour")
def delegate(public_id: str, json_data: DelegateIn) -> HandoffOut:
    """Say who comes in one's place; one's code becomes another one, to be given to who comes."""
    return done(public_id, lambda: services.name_delegate(member(), public_id, json_data.name, now=utcnow()))


@blueprint.post("/handoffs/<public_id>/on-the-way")
@requires(CHANGE)
@blueprint.output(HandoffOut)
@api_limited("60/hour")
def on_the_way(public_id: str) -> HandoffOut:
    """Tell the other that one has left, in the hours before the meeting."""
    return done(public_id, lambda: services.say_on_the_way(member(), public_id, now=utcnow()))


@blueprint.post("/handoffs/<public_id>/late")
@requires(CHANGE)
@blueprint.input(LateIn)
@blueprint.output(HandoffOut)
@api_limited("60/hour")
def late(public_id: str, json_data: LateIn) -> HandoffOut:
    """Tell the other that one is late, in the hours before the meeting."""
    return done(public_id, lambda: services.say_late(member(), public_id, json_data.minutes, now=utcnow()))


@blueprint.post("/handoffs/<public_id>/code")
@requires(CHANGE)
@blueprint.input(CodeIn)
@blueprint.output(CodeOut)
@api_limited("60/hour")
def code(public_id: str, json_data: CodeIn) -> CodeOut:
    """
    Say by the other's six digits that the two met.

    A wrong code is no error: the answer says so in ``fits``. After five of one person no further one is looked at.
    """
    answer = services.enter_code(member(), public_id, json_data.code, now=utcnow())
    return CodeOut(fits=answer.fits, tries_left=answer.tries_left, handoff=done(public_id, lambda: None))


@blueprint.post("/handoffs/<public_id>/amounts")
@requires(CONFIRM)
@blueprint.input(AmountIn)
@blueprint.output(HandoffOut)
@api_limited("60/hour")
def amounts(public_id: str, json_data: AmountIn) -> HandoffOut:
    """Enter what was really given or received; when both have, the handoff is done."""
    condition = Condition(json_data.condition) if json_data.condition else None
    amount = Millilitres(json_data.amount_ml)
    return done(
        public_id, lambda: services.confirm(member(), public_id, amount_ml=amount, condition=condition, now=utcnow())
    )


@blueprint.post("/handoffs/<public_id>/missed")
@requires(CHANGE)
@blueprint.input(MissedIn)
@blueprint.output(HandoffOut)
@api_limited("60/hour")
def missed(public_id: str, json_data: MissedIn) -> HandoffOut:
    """
    Say that the meeting did not happen, once its window is over and while nobody entered an amount.

    When the other has said so already, this is one's own side of it.
    """
    said, came_up = Said(json_data.said), json_data.came_up
    return done(
        public_id, lambda: services.report_missed(member(), public_id, said=said, came_up=came_up, now=utcnow())
    )
