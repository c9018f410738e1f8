"""A conversation to take along: for programs, and for people to read."""

from typing import Any, Final

from flask import Response, json, render_template
from flask.typing import ResponseReturnValue

from app.infra.clock import utcnow
from app.kernel.errors import NotFound
from app.messaging import exporting, queries
from app.messaging.permissions import READ_CONVERSATION
from app.messaging.routes.blueprint import blueprint
from app.web.access import requires
from app.web.limits import limited
from app.web.login import member

_FORMS: Final = {"json": "application/json", "html": "text/html"}


@blueprint.get("/messages/<public_id>/copy.<form>")
@requires(READ_CONVERSATION)
@limited("20/hour", key=lambda: f"copy:{member().person_id}")
def export(public_id: str, form: str) -> ResponseReturnValue:
    """Download the conversation as JSON or as a page that needs nothing else; no cache keeps it."""
    conversation = queries.conversation_for(member(), public_id)
    if form not in _FORMS:
        raise NotFound
    copy = exporting.copy_of(conversation, member(), now=utcnow())
    headers = {
        "Content-Disposition": f"attachment; filename=conversation-{public_id}.{form}",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(_written(copy, form), mimetype=_FORMS[form], headers=headers)


def _written(copy: dict[str, Any], form: str) -> str:
    if form == "json":
        return json.dumps(copy, ensure_ascii=False, indent=2)
    return render_template("messaging/copy.html", copy=copy)
