"""The operations around the meeting: where, who comes, on the way, late, the code, the amounts, that it was missed."""

from app.handoffs import services
from app.handoffs.api.handoffs import blueprint, done
from app.handoffs.api.lot_models import GivenIn, NewLotIn
from app.handoffs.api.lots import chosen_of
from app.handoffs.api.models import CodeIn, CodeOut, DelegateIn, HandoffOut, LateIn, MissedIn, PlaceIn
from app.handoffs.permissions import CHANGE, CONFIRM
from app.handoffs.rules.absences import Said
from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.lots import NewLot
from app.infra.clock import utcnow
from app.kernel.errors import Invalid
from app.kernel.quantities import Millilitres
from app.milk.rules.keeping import Heat, Kept
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
@blueprint.input(GivenIn)
@blueprint.output(HandoffOut)
@api_limited("60/hour")
def amounts(public_id: str, json_data: GivenIn) -> HandoffOut:
    """Enter what was really given or received; when both have, the handoff is done."""
    sent = json_data
    condition = Condition(sent.condition) if sent.condition else None
    bags = chosen_of(sent.bags) if sent.bags else None
    others = chosen_of(sent.from_others) if sent.from_others else None
    lot = _lot(sent.lot) if sent.lot else None

    def enter() -> None:
        services.confirm(
            member(), public_id, amount_ml=Millilitres(sent.amount_ml), condition=condition, bags=bags,
            from_others=others, lot=lot, now=utcnow(),
        )  # fmt: skip

    try:
        return done(public_id, enter)
    except Invalid as error:
        raise Invalid({_of_lot(name, named=lot is not None): said for name, said in error.fields.items()}) from None


def _lot(sent: NewLotIn) -> NewLot:
    return NewLot(sent.pumped_from, sent.pumped_to, Kept(sent.kept), Heat(sent.heat), as_stated=sent.as_stated)


def _of_lot(place: str, *, named: bool) -> str:
    """Where in the body a field of the new lot stands: in ``lot``, or that itself when none was sent."""
    if place not in {"pumped_from", "pumped_to", "kept", "heat"}:
        return place
    return f"/lot/{place}" if named else "/lot"


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


@blueprint.post("/handoffs/<public_id>/met-after-all")
@requires(CHANGE)
@blueprint.output(HandoffOut)
@api_limited("60/hour")
def met_after_all(public_id: str) -> HandoffOut:
    """Say, once and within 30 days, that a missed meeting was held; both then enter amounts."""
    return done(public_id, lambda: services.say_met(member(), public_id, now=utcnow()))


@blueprint.post("/handoffs/<public_id>/not-met")
@requires(CHANGE)
@blueprint.output(HandoffOut)
@api_limited("60/hour")
def not_met(public_id: str) -> HandoffOut:
    """Say that it was not held, although the other says so after all; it is missed as before."""
    return done(public_id, lambda: services.say_not_met(member(), public_id, now=utcnow()))
