"""One's handoffs, the page of each, and what its two people do with it."""

from typing import Any

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.handoffs import queries, services
from app.handoffs.forms import OTHERS, CancelForm, ConfirmForm, GivenForm, PlaceForm, attach, bags_typed, words_of
from app.handoffs.permissions import ANSWER, CHANGE, CONFIRM, LIST, SEE
from app.handoffs.routes.blueprint import blueprint
from app.handoffs.routes.page import act, handoff_page
from app.handoffs.rules.states import CancelReason, Side
from app.infra.clock import utcnow
from app.kernel.errors import Invalid
from app.web.access import requires
from app.web.login import member


@blueprint.get("/handoffs")
@requires(LIST)
def mine() -> ResponseReturnValue:
    """One's handoffs: those to come, then those that are over."""
    found = queries.handoffs_of(member(), now=utcnow())
    coming = [view for view in found if not view.is_over]
    past = [view for view in found if view.is_over]
    return render_template("handoffs/mine.html", coming=coming, past=past)


@blueprint.get("/handoffs/<public_id>")
@requires(SEE)
def show(public_id: str) -> ResponseReturnValue:
    """Where a handoff stands and what comes next."""
    return handoff_page(public_id)


@blueprint.get("/handoffs/<public_id>/card")
@requires(SEE)
def card(public_id: str) -> ResponseReturnValue:
    """The card alone, for a thread that is told that it changed."""
    view = queries.handoff_for(member(), public_id, now=utcnow())
    return render_template("handoffs/_card.html", card=view)


@blueprint.post("/handoffs/<public_id>/agree")
@requires(ANSWER)
def agree(public_id: str) -> ResponseReturnValue:
    """Agree, and so reserve the milk."""
    window = request.form.get("window", 0, type=int)
    return act(public_id, lambda: services.agree(member(), public_id, window=window, now=utcnow()))


@blueprint.post("/handoffs/<public_id>/decline")
@requires(ANSWER)
def decline(public_id: str) -> ResponseReturnValue:
    """Decline without a reason."""
    return act(public_id, lambda: services.decline(member(), public_id, now=utcnow()))


@blueprint.post("/handoffs/<public_id>/cancel")
@requires(CHANGE)
def cancel(public_id: str) -> ResponseReturnValue:
    """Call it off with a reason."""
    form = CancelForm()
    queries.handoff_for(member(), public_id, now=utcnow())
    if not form.validate():
        return handoff_page(public_id, 422, cancel_form=form)
    reason = CancelReason(form.reason.data)
    return act(public_id, lambda: services.cancel(member(), public_id, reason=reason, now=utcnow()))


@blueprint.post("/handoffs/<public_id>/place")
@requires(CHANGE)
def place(public_id: str) -> ResponseReturnValue:
    """Say where exactly to meet."""
    form = PlaceForm()
    queries.handoff_for(member(), public_id, now=utcnow())
    if not form.validate():
        return handoff_page(public_id, 422, place_form=form)
    note = form.place.data or ""
    return act(public_id, lambda: services.set_place_note(member(), public_id, note, now=utcnow()))


@blueprint.post("/handoffs/<public_id>/confirm")
@requires(CONFIRM)
def confirm(public_id: str) -> ResponseReturnValue:
    """Enter what was really given or received; the donor also says which bags, and writes down what was in no lot."""
    view = queries.handoff_for(member(), public_id, now=utcnow())
    form = GivenForm() if view.side is Side.DONOR else ConfirmForm()
    if not form.validate():
        return handoff_page(public_id, 422, confirm_form=form, asked="given", typed=request.form)
    said: dict[str, Any] = {"amount_ml": form.millilitres(), "condition": form.arrived()}
    if isinstance(form, GivenForm):
        said |= {"bags": bags_typed(request.form), "from_others": bags_typed(request.form, OTHERS)}
        said |= {"lot": form.new_lot()}

    def enter() -> None:
        if not services.confirm(member(), public_id, **said, now=utcnow()):
            flash(_("You have entered that already. Nothing has changed."), "info")

    try:
        return act(public_id, enter)
    except Invalid as error:
        attach(form, error.fields)
        reasons = words_of(error.fields, "bags")
        return handoff_page(public_id, 422, confirm_form=form, asked="given", bag_reasons=reasons, typed=request.form)
