"""The operations on messages: read them, send, edit, take back."""

import uuid
from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Response
from flask_babel import gettext as _

from app.infra.clock import utcnow
from app.kernel.errors import Invalid, NotFound
from app.kernel.words import N_
from app.messaging import catching_up, queries, services
from app.messaging.api.answers import caught_up, history_out, made, message_out, place_of
from app.messaging.api.conversations import blueprint
from app.messaging.api.models import (
    AnswerIn,
    EditIn,
    MessageIn,
    MessageMade,
    MessageOut,
    MessagesOut,
    MessagesQuery,
    PhraseIn,
    QuestionIn,
    TextIn,
)
from app.messaging.permissions import READ_CONVERSATION, WRITE_CONVERSATION
from app.messaging.queries import MessageView
from app.messaging.rules import LARGEST_SEQ
from app.messaging.services import Nudge
from app.web.access import requires
from app.web.api import ACCEPTED, CREATED, Answered, api_limited, created, may_wait
from app.web.errors import problem
from app.web.login import member

Found = TypeVar("Found")
Sent = TextIn | QuestionIn | AnswerIn | PhraseIn
ONE_WAY: Final = N_("Please ask for what follows or for what came before, not for both.")
WITH_AFTER: Final = N_("Changes are told together with what follows: please send after_seq too.")
_NAMES: Final[dict[str, dict[str, str]]] = {
    "text": {}, "question": {"body": "attribute"}, "answer": {}, "phrase": {"body": "phrase"},
}  # fmt: skip
"""What a field of the use-case is called in the bodies of each kind, where it is called otherwise."""


@blueprint.get("/conversations/<public_id>/messages")
@requires(READ_CONVERSATION)
@blueprint.input(MessagesQuery, location="query")
@blueprint.output(MessagesOut)
@api_limited()
def messages(public_id: str, query_data: MessagesQuery) -> MessagesOut:
    """The messages of a conversation: the newest, those before a place, or what one missed after a place."""
    actor, asked = member(), query_data
    found = queries.conversation_for(actor, public_id)
    if asked.after_seq is None:
        if asked.changes_after is not None:
            raise Invalid({"changes_after": [WITH_AFTER]})
        earlier = queries.messages_before(found.id, asked.before_seq, asked.limit)
        return history_out(found, earlier, actor.person_id)
    if asked.before_seq is not None:
        raise Invalid({"before_seq": [ONE_WAY]})
    changes_after = LARGEST_SEQ if asked.changes_after is None else asked.changes_after
    return caught_up(
        catching_up.answer(found, actor, after=asked.after_seq, changes_after=changes_after, limit=asked.limit)
    )


@blueprint.post("/conversations/<public_id>/messages")
@requires(WRITE_CONVERSATION)
@blueprint.input(MessageIn)
@blueprint.output(MessageMade, status_code=201)
@api_limited("120/minute")
@may_wait
def send(public_id: str, json_data: MessageIn) -> Response:
    """
    Send a message, once for each ``client_id``.

    The answer 422 ``nudge`` asks to read the text once more (``labels`` and ``spans`` say why): change it, or send it
    with ``confirmed``.
    """

    def make() -> MessageMade:
        sent = json_data.root
        try:
            stored = services.send(member(), public_id, **_fields(sent), now=utcnow())
        except Invalid as error:
            raise Invalid({_NAMES[sent.kind].get(name, name): told for name, told in error.fields.items()}) from None
        return made(public_id, stored)

    return _or_nudged(lambda: created(make, place_of, status=_status))


def _fields(sent: Sent) -> dict[str, Any]:
    """The body as the use-case takes it."""
    shared = {"client_id": sent.client_id or str(uuid.uuid4()), "kind": sent.kind, "after": sent.after}
    if isinstance(sent, TextIn):
        return {**shared, "body": sent.body, "confirmed": sent.confirmed}
    if isinstance(sent, AnswerIn):
        return {
            **shared, "body": None, "reply_to": sent.reply_to,
            "payload": sent.model_dump(mode="json", include={"state", "since", "level"}),
        }  # fmt: skip
    return {**shared, "body": sent.attribute if isinstance(sent, QuestionIn) else sent.phrase}


def _status(sent: Answered) -> int:
    return CREATED if isinstance(sent, MessageMade) and sent.seq is not None else ACCEPTED


def _or_nudged(act: Callable[[], Found]) -> Found | Response:
    """What ``act`` answers, or the problem that tells what the screen saw and where."""
    try:
        return act()
    except Nudge as nudge:
        spans = [list(span) for span in nudge.spans]
        return problem(nudge.status, nudge.code, _(nudge.message), labels=list(nudge.labels), spans=spans)


@blueprint.get("/conversations/<public_id>/messages/<seq>")
@requires(READ_CONVERSATION)
@blueprint.output(MessageOut)
@api_limited()
def message(public_id: str, seq: str) -> MessageOut:
    """One message by its place."""
    actor = member()
    found = queries.conversation_for(actor, public_id)
    return message_out(found, queries.message(found.id, _place(seq)), actor.person_id)


@blueprint.patch("/conversations/<public_id>/messages/<seq>")
@requires(WRITE_CONVERSATION)
@blueprint.input(EditIn)
@blueprint.output(MessageOut)
@api_limited("60/minute")
def edit(public_id: str, seq: str, json_data: EditIn) -> MessageOut | Response:
    """Change the words of one's own text, for 15 minutes after it was sent; the other one sees that it was edited."""

    def change() -> MessageOut:
        changed = services.edit(
            member(), public_id, _place(seq), body=json_data.body, confirmed=json_data.confirmed, now=utcnow()
        )
        return _as_it_stands(changed)

    return _or_nudged(change)


@blueprint.delete("/conversations/<public_id>/messages/<seq>")
@requires(WRITE_CONVERSATION)
@blueprint.output(MessageOut)
@api_limited("60/minute")
def delete(public_id: str, seq: str) -> MessageOut:
    """Take back what one said, at any time: its words go, its place stays."""
    return _as_it_stands(services.delete_message(member(), public_id, _place(seq), now=utcnow()))


def _as_it_stands(changed: MessageView) -> MessageOut:
    return message_out(queries.conversation(changed.conversation_id), changed, member().person_id)


def _place(seq: str) -> int:
    """The number in an address; what is no number names nothing."""
    if not (seq.isascii() and seq.isdecimal() and len(seq) <= len(str(LARGEST_SEQ))) or int(seq) > LARGEST_SEQ:
        raise NotFound
    return int(seq)
