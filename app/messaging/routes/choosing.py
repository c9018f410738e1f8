"""Muting, putting away, and the one kind reminder, by form."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.infra.clock import utcnow
from app.messaging import services
from app.messaging.permissions import READ_CONVERSATION, WRITE_CONVERSATION
from app.messaging.routes.blueprint import blueprint
from app.web.access import requires
from app.web.limits import limited
from app.web.login import member


@blueprint.post("/messages/<public_id>/mute")
@requires(READ_CONVERSATION)
def mute(public_id: str) -> ResponseReturnValue:
    """Stop mail and push about this conversation (``on`` is 1), or allow them again."""
    services.mute(member(), public_id, on=request.form.get("on") == "1")
    return redirect(url_for("messaging.thread", public_id=public_id), 303)


@blueprint.post("/messages/<public_id>/archive")
@requires(READ_CONVERSATION)
def archive(public_id: str) -> ResponseReturnValue:
    """Put this conversation away until its next message (``on`` is 1), or back into the list."""
    away = request.form.get("on") == "1"
    services.archive(member(), public_id, on=away)
    flash(_("Put away. The next message brings it back.") if away else _("It is in your list again."), "success")
    return redirect(url_for("messaging.inbox"), 303)


@blueprint.post("/messages/<public_id>/remind")
@requires(WRITE_CONVERSATION)
@limited("30/hour")
def remind_kindly(public_id: str) -> ResponseReturnValue:
    """Tell the other one, once, that an answer is waited for."""
    services.remind_kindly(member(), public_id, now=utcnow())
    return redirect(url_for("messaging.thread", public_id=public_id), 303)
