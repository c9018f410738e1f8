"""Sending a picture by form, and the picture itself."""

from typing import Any, Final

from flask import Response, request
from flask.typing import ResponseReturnValue

from app.infra.clock import utcnow
from app.infra.pictures import LARGEST_BYTES
from app.messaging import queries, services
from app.messaging.forms import MessageForm, PictureForm
from app.messaging.permissions import READ_CONVERSATION, WRITE_CONVERSATION
from app.messaging.routes.blueprint import blueprint
from app.messaging.routes.outcome import outcome
from app.messaging.routes.shown import page
from app.web.access import requires
from app.web.files import sandboxed, stored_picture
from app.web.limits import limited
from app.web.login import member, visitor

_LARGEST_REQUEST: Final = LARGEST_BYTES + 1024 * 1024
"""A picture of the largest size with the form around it; anything else a page takes is far smaller."""


@blueprint.url_value_preprocessor
def take_more(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let a member's picture in, before anything reads the form; nobody else may send that much."""
    if endpoint == "messaging.send_picture" and visitor() is not None:
        request.max_content_length = _LARGEST_REQUEST


@blueprint.post("/messages/<public_id>/pictures")
@requires(WRITE_CONVERSATION)
@limited("60/hour")
def send_picture(public_id: str) -> ResponseReturnValue:
    """Send a picture, or show the page again with the reason why not; the file has to be chosen again then."""
    form = PictureForm()
    conversation = queries.conversation_for(member(), public_id)
    shown, data = {"client_id": form.client_id.data, "description": form.description.data}, form.data_sent()
    return outcome(
        public_id,
        lambda: services.send_picture(member(), public_id, data=data, **shown, now=utcnow()),
        lambda refusal: page(conversation, MessageForm(formdata=None), refusal, picture=form),
    )


@blueprint.get("/messages/pictures/<public_id>")
@sandboxed
@requires(READ_CONVERSATION)
def picture(public_id: str) -> Response:
    """The picture itself, to its two people; opened on its own it is a download and can run nothing."""
    return stored_picture(queries.picture(member(), public_id).name)
