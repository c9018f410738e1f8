"""Planning a handoff, its page, and what its two people do with it."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.handoffs import queries, services
from app.handoffs.forms import (
    CancelForm,
    ConfirmForm,
    GivenForm,
    PlaceForm,
    PlanForm,
    attach,
    bags_typed,
    suggested,
    words_of,
)
from app.handoffs.permissions import ANSWER, CHANGE, CONFIRM, LIST, PLAN, SEE
from app.handoffs.queries import HandoffView, Plan
from app.handoffs.routes.blueprint import blueprint
from app.handoffs.routes.ground import ground_parts
from app.handoffs.routes.page import act, handoff_page, in_unit
from app.handoffs.rules.local_time import zone_named
from app.handoffs.rules.states import CancelReason, Side, side_of
from app.infra.clock import utcnow
from app.kernel.errors import Conflict, Invalid, LimitReached
from app.web.access import requires
from app.web.limits import limited
from app.web.login import member
from app.web.templating import reader


@blueprint.get("/handoffs")
@requires(LIST)
def mine() -> ResponseReturnValue:
    """One's handoffs: those to come, then those that are over."""
    found = queries.handoffs_of(member(), now=utcnow())
    coming = [view for view in found if not view.is_over]
    past = [view for view in found if view.is_over]
    return render_template("handoffs/mine.html", coming=coming, past=past)


@blueprint.route("/conversations/<public_id>/handoff", methods=["GET", "POST"])
@requires(PLAN)
@limited("60/hour", methods=("POST",))
def propose(public_id: str) -> ResponseReturnValue:
    """Plan a handoff with the other one of a conversation."""
    plan = queries.plan_for(member(), public_id)
    form = _plan_form(plan)
    if form.validate_on_submit() and (made := _proposed(form, plan)):
        return redirect(url_for("handoffs.show", public_id=made))
    return _plan_page(form, plan)


@blueprint.route("/handoffs/<public_id>/other-time", methods=["GET", "POST"])
@requires(CHANGE)
@limited("60/hour", methods=("POST",))
def counter(public_id: str) -> ResponseReturnValue:
    """Propose another time or amount in place of one that waits for an answer."""
    view = queries.handoff_for(member(), public_id, now=utcnow())
    plan = queries.plan_for(member(), view.conversation_public_id)
    form = _plan_form(plan, view)
    if form.validate_on_submit() and (made := _proposed(form, plan, instead=public_id)):
        return redirect(url_for("handoffs.show", public_id=made))
    return _plan_page(form, plan, instead=view)


def _plan_form(plan: Plan, instead: HandoffView | None = None) -> PlanForm:
    now, zone, unit = utcnow(), zone_named(reader().timezone), reader().volume_unit
    amount = instead.volume_ml if instead else queries.suggestion(plan, now=now).volume
    typed = {"unit": unit, "amount": in_unit(amount, unit), **suggested(now, zone)}
    if instead and instead.window_start > now:
        start, end = instead.window_start.astimezone(zone), instead.window_end.astimezone(zone)
        typed |= {"day": start.date(), "starts": start.time(), "ends": end.time()}
    return PlanForm(zone=zone, now=now, data=typed)


def _proposed(form: PlanForm, plan: Plan, instead: str | None = None) -> str | None:
    """Propose, or put the reasons at the fields; what stands against it as a whole is said above the form."""
    token = form.submit_token.data or None
    try:
        if instead:
            return services.counter_propose(member(), instead, form.draft(), submit_token=token, now=utcnow())
        conversation = plan.conversation_public_id
        return services.propose(member(), conversation, form.draft(), submit_token=token, now=utcnow())
    except Invalid as error:
        attach(form, error.fields)
    except (Conflict, LimitReached) as error:
        flash(_(error.message), "error")
    return None


def _plan_page(form: PlanForm, plan: Plan, instead: HandoffView | None = None) -> ResponseReturnValue:
    start = form.windows[0][0] if form.windows else utcnow()
    page = render_template(
        "handoffs/propose.html",
        form=form,
        plan=plan,
        instead=instead,
        other_name=plan.other_name(member().person_id),
        free=queries.free_volume(plan, at=start),
        divided=instead is None and queries.suggestion(plan, now=utcnow()).divided,
        **ground_parts(plan.conversation_public_id, side_of(plan, member().person_id)),
    )
    return page, 422 if request.method == "POST" else 200


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
        said |= {"bags": bags_typed(request.form), "lot": form.new_lot()}
    try:
        return act(public_id, lambda: services.confirm(member(), public_id, **said, now=utcnow()))
    except Invalid as error:
        attach(form, error.fields)
        reasons = words_of(error.fields, "bags")
        return handoff_page(public_id, 422, confirm_form=form, asked="given", bag_reasons=reasons, typed=request.form)
