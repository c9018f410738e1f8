"""Sending by form, and marking as read."""

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.infra.clock import utcnow
from app.messaging import queries, services
from app.messaging.forms import MessageForm
from app.messaging.permissions import READ_CONVERSATION, WRITE_CONVERSATION
from app.messaging.queries import HeldView, MessageView
from app.messaging.routes.blueprint import blueprint
from app.messaging.routes.outcome import outcome
from app.messaging.routes.shown import is_number, page
from app.web.access import requires
from app.web.errors import wants_json
from app.web.limits import limited
from app.web.login import member


@blueprint.post("/messages/<public_id>")
@requires(WRITE_CONVERSATION)
@limited("120/minute")
def write(public_id: str) -> ResponseReturnValue:
    """Send what was typed, or show it again with the reason why not."""
    me, form = member(), MessageForm()
    conversation = queries.conversation_for(me, public_id)

    def send() -> MessageView | HeldView:
        seen = form.seen.data or ""
        if is_number(seen):
            services.mark_read(me, public_id, min(int(seen), conversation.last_seq), now=utcnow())
        return services.send(me, public_id, **form.sent(), now=utcnow())

    return outcome(public_id, send, lambda refusal: page(conversation, form, refusal))


@blueprint.post("/messages/<public_id>/read")
@requires(READ_CONVERSATION)
def mark_read(public_id: str) -> ResponseReturnValue:
    """Mark a conversation as read up to the number the page showed."""
    seq = request.form.get("seq", "", str)
    marked = services.mark_read(member(), public_id, int(seq) if is_number(seq) else None, now=utcnow())
    if wants_json():
        return jsonify(ok=True, seq=marked)
    return redirect(url_for("messaging.thread", public_id=public_id), 303)
