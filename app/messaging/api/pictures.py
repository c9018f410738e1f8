"""The operations on pictures: send one as a form with a file, and fetch it."""

import hashlib
import uuid
from contextlib import closing
from typing import Any, Final

from flask import Response, request

from app.infra.clock import utcnow
from app.infra.pictures import LARGEST_BYTES
from app.messaging import queries, services
from app.messaging.api.answers import made, place_of
from app.messaging.api.conversations import blueprint
from app.messaging.api.models import MessageMade, PictureIn
from app.messaging.permissions import READ_CONVERSATION, WRITE_CONVERSATION
from app.web.access import requires
from app.web.api import api_limited, created, gives
from app.web.files import sandboxed, stored_picture
from app.web.login import member

_GIVEN: Final[dict[int | str, dict[str, str | dict[str, dict[str, Any]]]]] = {
    200: {"description": "The picture.", "content": {"image/jpeg": {"schema": {}}}}
}
_LARGEST_REQUEST: Final = LARGEST_BYTES + 1024 * 1024
"""A picture of the largest size with the form around it; every other body is far smaller."""


@blueprint.before_request
def take_more() -> None:
    """Let a member's picture in; this stands behind the question who calls, so nobody else may send that much."""
    if request.endpoint == "api_messaging.send_picture":
        request.max_content_length = _LARGEST_REQUEST


@blueprint.post("/conversations/<public_id>/pictures")
@requires(WRITE_CONVERSATION)
@blueprint.input(PictureIn, location="form_and_files")
@blueprint.output(MessageMade, status_code=201)
@api_limited("60/hour")
def send_picture(public_id: str, form_and_files_data: PictureIn) -> Response:
    """Send a picture with what it shows in words, once for each ``client_id``; not as a newcomer."""
    sent = form_and_files_data
    with closing(sent.picture) as chosen:
        data = chosen.read()
    # Before the key is claimed: nobody waits for a writer that decodes a picture.
    encoded = services.encode_picture(member(), public_id, data)

    def make() -> MessageMade:
        sent_id = sent.client_id or str(uuid.uuid4())
        stored = services.send_picture(
            member(), public_id, client_id=sent_id, data=encoded, description=sent.description, now=utcnow()
        )
        return made(public_id, stored)

    parts = (data, sent.description.encode(), (sent.client_id or "").encode())
    return created(make, place_of, same=b"".join(hashlib.sha256(part).digest() for part in parts))


@blueprint.get("/pictures/<public_id>")
@sandboxed
@requires(READ_CONVERSATION)
@blueprint.doc(responses=_GIVEN)
@api_limited()
@gives("image/jpeg")
def picture(public_id: str) -> Response:
    """The picture named in a message's ``payload``, as JPEG, to the two people of its conversation."""
    return stored_picture(queries.picture(member(), public_id).name)
