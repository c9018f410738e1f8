"""What the forms of a conversation answer: on to what came of it, or the page again with the reason why not."""

from collections.abc import Callable

from flask import Response, jsonify, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.kernel.errors import DomainError
from app.messaging import queries, words
from app.messaging.queries import HeldView, MessageView
from app.messaging.services import Nudge
from app.web.errors import problem, wants_json
from app.web.login import member


def outcome(
    public_id: str, act: Callable[[], MessageView | HeldView], again: Callable[[DomainError], str]
) -> ResponseReturnValue:
    """
    Answer with what ``act`` made in the conversation at ``public_id``, or with the page that ``again`` draws.

    A script gets the same as JSON, and a refusal as a problem document.
    """
    try:
        made = act()
    except DomainError as refusal:
        if wants_json():
            return _refused(refusal)
        return again(refusal), refusal.status
    return led_to(public_id, made)


def led_to(public_id: str, made: MessageView | HeldView) -> ResponseReturnValue:
    """The way to a message in its conversation, or to what waits below; a script gets the message itself."""
    if wants_json():
        return jsonify(ok=True, **_told(public_id, made))
    place = "held" if isinstance(made, HeldView) else f"m{made.seq}"
    return redirect(url_for("messaging.thread", public_id=public_id, _anchor=place), 303)


def _told(public_id: str, made: MessageView | HeldView) -> dict[str, object]:
    if isinstance(made, HeldView):
        return {"held": words.held_as_data(queries.conversation(made.conversation_id), made)}
    return {"seq": made.seq, "message": words.data_in(public_id, made, member().person_id)}


def _refused(refusal: DomainError) -> Response:
    """A refusal for a script: as everywhere, and a nudge with what was seen and where."""
    if not isinstance(refusal, Nudge):
        raise refusal
    spans = [list(span) for span in refusal.spans]
    return problem(refusal.status, refusal.code, _(refusal.message), labels=list(refusal.labels), spans=spans)
