"""Around the meeting: late, on the way, the code at the cooler, somebody who comes in one's place."""

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.handoffs import queries, services
from app.handoffs.forms import CodeForm, DelegateForm, attach
from app.handoffs.permissions import CHANGE
from app.handoffs.routes.blueprint import blueprint
from app.handoffs.routes.page import act, handoff_page
from app.infra.clock import utcnow
from app.kernel.errors import Conflict, Invalid
from app.web.access import requires
from app.web.limits import limited
from app.web.login import member


@blueprint.post("/handoffs/<public_id>/late")
@requires(CHANGE)
@limited("60/hour")
def late(public_id: str) -> ResponseReturnValue:
    """Tell the other that one is late."""
    minutes = request.form.get("minutes", 0, type=int)
    try:
        return act(public_id, lambda: services.say_late(member(), public_id, minutes, now=utcnow()))
    except Invalid as error:
        return handoff_page(public_id, 422, _(error.fields["minutes"][0]))


@blueprint.post("/handoffs/<public_id>/on-the-way")
@requires(CHANGE)
@limited("60/hour")
def on_the_way(public_id: str) -> ResponseReturnValue:
    """Tell the other that one has left."""
    return act(public_id, lambda: services.say_on_the_way(member(), public_id, now=utcnow()))


@blueprint.post("/handoffs/<public_id>/code")
@requires(CHANGE)
@limited("60/hour")
def code(public_id: str) -> ResponseReturnValue:
    """Enter the other's code."""
    form = CodeForm()
    queries.handoff_for(member(), public_id, now=utcnow())
    if form.validate():
        try:
            answer = services.enter_code(member(), public_id, form.code.data or "", now=utcnow())
        except Invalid as error:
            attach(form, error.fields)
        except Conflict as error:
            return handoff_page(public_id, 409, _(error.message))
        else:
            if answer.fits:
                flash(_("That is the code: you have met."), "success")
                return act(public_id, lambda: None)
            form.code.errors = [_wrong(answer.tries_left)]
    return handoff_page(public_id, 422, code_form=form)


def _wrong(tries_left: int) -> str:
    if tries_left:
        words = ngettext(
            "That is not the code. Please look again; you can try %(num)s more time.",
            "That is not the code. Please look again; you can try %(num)s more times.",
            tries_left,
        )
        return str(words)
    return str(_("That was not the code either. The other can enter yours, or you both just enter the amounts below."))


@blueprint.post("/handoffs/<public_id>/delegate")
@requires(CHANGE)
@limited("60/hour")
def delegate(public_id: str) -> ResponseReturnValue:
    """Say who comes in one's place, or that one comes oneself."""
    form = DelegateForm()
    queries.handoff_for(member(), public_id, now=utcnow())
    if not form.validate():
        return handoff_page(public_id, 422, delegate_form=form)
    name = form.name.data or ""
    return act(public_id, lambda: services.name_delegate(member(), public_id, name, now=utcnow()))
