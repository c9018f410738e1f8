"""Meetings that did not happen, and what the kept and the broken ones count for."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.handoffs import queries, services
from app.handoffs.forms import ExcuseForm, MissedForm
from app.handoffs.permissions import CHANGE, LIST, REVIEW_EXCUSES
from app.handoffs.routes.blueprint import blueprint
from app.handoffs.routes.page import act, handoff_page
from app.handoffs.rules.promises import ExcuseReason, Kept
from app.handoffs.rules.states import Side
from app.infra.clock import utcnow
from app.kernel.errors import Conflict
from app.web.access import requires
from app.web.limits import limited
from app.web.login import member


@blueprint.post("/handoffs/<public_id>/missed")
@requires(CHANGE)
@limited("60/hour")
def missed(public_id: str) -> ResponseReturnValue:
    """Say that the meeting did not happen, and how it was for oneself."""
    return _said(public_id, services.report_missed)


@blueprint.post("/handoffs/<public_id>/missed/answer")
@requires(CHANGE)
@limited("60/hour")
def answer_missed(public_id: str) -> ResponseReturnValue:
    """Say how it was for oneself, after the other has."""
    return _said(public_id, services.answer_missed)


def _said(public_id: str, use_case: Callable[..., None]) -> ResponseReturnValue:
    """Hand on how it was for oneself; a stranger meets nothing, and what was not chosen is asked for once more."""
    form = MissedForm()
    queries.handoff_for(member(), public_id, now=utcnow())
    if not form.validate():
        return handoff_page(public_id, 422, missed_form=form)
    said, came_up = form.words()
    return act(public_id, lambda: use_case(member(), public_id, said=said, came_up=came_up, now=utcnow()))


@blueprint.post("/handoffs/<public_id>/after-all")
@requires(CHANGE)
@limited("60/hour")
def after_all(public_id: str) -> ResponseReturnValue:
    """Say that a missed meeting was held after all."""
    return act(public_id, lambda: services.say_met(member(), public_id, now=utcnow()))


@blueprint.post("/handoffs/<public_id>/after-all/no")
@requires(CHANGE)
@limited("60/hour")
def not_after_all(public_id: str) -> ResponseReturnValue:
    """Say that it was not, although the other says so."""
    return act(public_id, lambda: services.say_not_met(member(), public_id, now=utcnow()))


@blueprint.post("/handoffs/<public_id>/excuse/ask")
@requires(CHANGE)
@limited("60/hour")
def ask_excuse(public_id: str) -> ResponseReturnValue:
    """Ask the other to let it go."""
    return act(public_id, lambda: services.ask_excuse(member(), public_id, now=utcnow()))


@blueprint.post("/handoffs/<public_id>/excuse")
@requires(CHANGE)
@limited("60/hour")
def excuse(public_id: str) -> ResponseReturnValue:
    """Let the other's late or missed meeting go, or say that it stays."""
    excused = request.form.get("excused") == "yes"
    return act(public_id, lambda: services.answer_excuse(member(), public_id, excused=excused, now=utcnow()))


@blueprint.post("/handoffs/<public_id>/excuse/moderator")
@requires(CHANGE)
@limited("60/hour")
def ask_moderator(public_id: str) -> ResponseReturnValue:
    """Ask a moderator to look at it."""
    return act(public_id, lambda: services.ask_moderator(member(), public_id, now=utcnow()))


@blueprint.get("/handoffs/promises")
@requires(LIST)
def promises() -> ResponseReturnValue:
    """One's own counts, and each meeting behind them."""
    return render_template("handoffs/promises.html", promises=queries.own_promises(member(), now=utcnow()))


@blueprint.get("/handoffs/excuses")
@requires(REVIEW_EXCUSES)
def excuses() -> ResponseReturnValue:
    """What waits for a moderator."""
    return _desk()


def _desk(status: int = 200, **forms: Any) -> ResponseReturnValue:  # noqa: ANN401 - whatever the template gets.
    waiting = queries.excuses_to_review(member(), now=utcnow())
    return render_template("handoffs/excuses.html", waiting=waiting, form=ExcuseForm(formdata=None), **forms), status


@blueprint.post("/handoffs/excuses/<public_id>/<any(donor, family):side>")
@requires(REVIEW_EXCUSES)
@limited("120/hour")
def decide_excuse(public_id: str, side: str) -> ResponseReturnValue:
    """Decide whether it counts."""
    form = ExcuseForm()
    if not form.validate():
        return _desk(422, problem=_("Please choose a reason."))
    reason = ExcuseReason(form.reason.data)
    excused = reason is not ExcuseReason.NOT_ENOUGH
    try:
        services.decide_excuse(member(), public_id, Side(side), excused=excused, reason=reason, now=utcnow())
    except Conflict as error:
        return _desk(409, problem=_(error.message))
    flash(_("Decided. Who asked is told."), "success")
    return redirect(url_for("handoffs.excuses"))


@blueprint.app_template_global("kept_promises")
def _kept_by(person_id: int) -> Kept | None:
    """For the pages on which somebody decides about another."""
    return queries.kept_for(member(), person_id, now=utcnow())
