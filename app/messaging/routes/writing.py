"""Sending by form, and marking as read."""

from typing import Any

from flask import Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.infra.clock import utcnow
from app.kernel.errors import DomainError
from app.messaging import queries, services, words
from app.messaging.forms import MessageForm
from app.messaging.permissions import READ_CONVERSATION, WRITE_CONVERSATION
from app.messaging.queries import HeldView
from app.messaging.routes.blueprint import blueprint
from app.messaging.routes.shown import is_number, page
from app.messaging.services import Nudge
from app.web.access import requires
from app.web.errors import problem, wants_json
from app.web.limits import limited
from app.web.login import member


@blueprint.post("/messages/<public_id>")
@requires(WRITE_CONVERSATION)
@limited("120/minute")
def write(public_id: str) -> ResponseReturnValue:
    """Send what was typed, or show it again with the reason why not."""
    me, form = member(), MessageForm()
    conversation = queries.conversation_for(me, public_id)
    try:
        seen = form.seen.data or ""
        if is_number(seen):
            services.mark_read(me, public_id, min(int(seen), conversation.last_seq), now=utcnow())
        stored = services.send(me, public_id, **form.sent(), now=utcnow())
    except DomainError as refusal:
        if wants_json():
            return refused(refusal)
        return page(conversation, form, refusal), refusal.status
    if isinstance(stored, HeldView):
        told: dict[str, Any] = {"held": words.held_as_data(conversation, stored)}
        place = "held"
    else:
        told = {"seq": stored.seq, "message": words.as_data(conversation, stored, me.person_id)}
        place = f"m{stored.seq}"
    if wants_json():
        return jsonify(ok=True, **told)
    return redirect(url_for("messaging.thread", public_id=public_id, _anchor=place), 303)


def refused(refusal: DomainError) -> Response:
    """A refusal for a script: as everywhere, and a nudge with what was seen and where."""
    if not isinstance(refusal, Nudge):
        raise refusal
    spans = [list(span) for span in refusal.spans]
    return problem(refusal.status, refusal.code, _(refusal.message), labels=list(refusal.labels), spans=spans)


@blueprint.post("/messages/<public_id>/read")
@requires(READ_CONVERSATION)
def mark_read(public_id: str) -> ResponseReturnValue:
    """Mark a conversation as read up to the number the page showed."""
    seq = request.form.get("seq", "", str)
    marked = services.mark_read(member(), public_id, int(seq) if is_number(seq) else None, now=utcnow())
    if wants_json():
        return jsonify(ok=True, seq=marked)
    return redirect(url_for("messaging.thread", public_id=public_id), 303)
