"""Socket events of conversations, each authorised afresh and acknowledged after the commit."""

import time
from dataclasses import asdict
from typing import Any

from flask_babel import gettext as _

from app.infra.clock import utcnow
from app.kernel.access import Claim, Identity
from app.messaging import catching_up, queries, services, signs, words
from app.messaging.permissions import READ_CONVERSATION, SEE_CONVERSATIONS, WRITE_CONVERSATION
from app.messaging.queries import ConversationView, HeldView, MessageView
from app.messaging.rules import LARGEST_SEQ, clean_seq
from app.messaging.services import Nudge, OutOfOrder
from app.web.realtime import Payload, on, push


def _live(actor: Identity, public_id: object) -> ConversationView:
    """The conversation for a live page of one of its two people; refused like an ended one when they are blocked."""
    found = queries.conversation_for(actor, _text(public_id))
    if found.blocked:
        raise services.closed()
    return found


@on("conversation.open", READ_CONVERSATION)
def open_(actor: Identity, payload: Payload) -> dict[str, Any]:
    """
    Answer what follows ``after_seq``, which of the messages before changed after ``changes_after``, how far the other
    has read, what of one's own waits for a moderator, and whether there is more to ask for.
    """
    after = clean_seq(payload.get("after_seq", 0), field="after_seq")
    changes_after = clean_seq(payload.get("changes_after", LARGEST_SEQ), field="changes_after")
    return catching_up.answer(_live(actor, payload.get("id")), actor, after=after, changes_after=changes_after)


@on("heads", SEE_CONVERSATIONS)
def heads(actor: Identity, _payload: Payload) -> dict[str, Any]:
    """Answer how far each of one's own conversations has come."""
    return {"conversations": [asdict(head) for head in queries.heads(actor)]}


def _send_claimed(actor: Claim, payload: Payload) -> dict[str, Any] | None:
    """Store plain words of somebody whose account is read by the statement that stores them; None to go on as usual."""
    stored = services.send_claimed(actor, _text(payload.get("conversation")), **_said(payload), now=utcnow())
    return None if stored is None else _placed(payload, stored, actor.person_id)


def _said(payload: Payload) -> dict[str, Any]:
    """What a phone sends of a message, as the use-case takes it."""
    parts = ("client_id", "body", "payload", "reply_to", "after")
    return {"kind": payload.get("kind", "text"), **{part: payload.get(part) for part in parts}}


def _placed(payload: Payload, stored: MessageView, reader_id: int) -> dict[str, Any]:
    return {"seq": stored.seq, "message": words.data_in(_text(payload.get("conversation")), stored, reader_id)}


@on("message.send", WRITE_CONVERSATION, claimed=_send_claimed)
def send(actor: Identity, payload: Payload) -> dict[str, Any]:
    """
    Store a message and answer with its place; the same ``client_id`` is answered with the first one's.

    What waits for a moderator is answered as ``held``, what the screen asks about as the error ``nudge``, and one that
    came before the message written before it as ``out_of_order``, to be sent again.
    """
    try:
        stored = services.send(
            actor,
            _text(payload.get("conversation")),
            **_said(payload),
            confirmed=payload.get("confirmed") is True,
            now=utcnow(),
        )
    except OutOfOrder as early:
        return {"ok": False, "retry": True, "error": {"code": early.code, "message": _(early.message)}}
    except Nudge as nudge:
        return _nudged(nudge)
    if isinstance(stored, HeldView):
        return {"held": words.held_as_data(queries.conversation(stored.conversation_id), stored)}
    return _placed(payload, stored, actor.person_id)


@on("message.edit", WRITE_CONVERSATION)
def edit(actor: Identity, payload: Payload) -> dict[str, Any]:
    """Change the words of one's own text and answer with it as it stands."""
    try:
        changed = services.edit(
            actor,
            _text(payload.get("conversation")),
            payload.get("seq"),
            body=payload.get("body"),
            confirmed=payload.get("confirmed") is True,
            now=utcnow(),
        )
    except Nudge as nudge:
        return _nudged(nudge)
    return {"message": words.as_data(queries.conversation(changed.conversation_id), changed, actor.person_id)}


@on("message.delete", WRITE_CONVERSATION)
def delete(actor: Identity, payload: Payload) -> dict[str, Any]:
    """Take back what one said and answer with what is left of it."""
    gone = services.delete_message(actor, _text(payload.get("conversation")), payload.get("seq"), now=utcnow())
    return {"message": words.as_data(queries.conversation(gone.conversation_id), gone, actor.person_id)}


def _text(raw: object) -> str:
    """An id from outside; what can be none of ours is like nothing, which nothing is called."""
    return raw if isinstance(raw, str) and "\0" not in raw else ""


def _nudged(nudge: Nudge) -> dict[str, Any]:
    told = {"labels": list(nudge.labels), "spans": [list(span) for span in nudge.spans]}
    return {"ok": False, "error": {"code": nudge.code, "message": _(nudge.message), **told}}


@on("message.read", READ_CONVERSATION)
def read(actor: Identity, payload: Payload) -> dict[str, Any]:
    """Move the reader's mark forward and answer where it stands."""
    known = _text(payload.get("conversation"))
    return {"seq": services.mark_read(actor, known, payload.get("seq"), now=utcnow())}


@on("typing", WRITE_CONVERSATION)
def typing(actor: Identity, payload: Payload) -> dict[str, Any]:
    """Show the other that one writes, at most each :data:`~app.messaging.signs.TYPING_EVERY` s; nothing is stored."""
    conversation = _live(actor, payload.get("conversation"))
    if conversation.closed:
        raise services.closed()
    due = signs.of_typing().due(actor.person_id, conversation.id, time.monotonic())
    other = queries.people_of(conversation)[conversation.other_than(actor.person_id)]
    if due and other.active:
        push(other.id, "typing", {"conversation": conversation.public_id})
    return {"shown": due}


@on("here", WRITE_CONVERSATION)
def here(actor: Identity, payload: Payload) -> dict[str, Any]:
    """
    Show the other that somebody looks at the conversation, and answer whether the other does; nothing is stored.

    Only while both allow it, asked anew each time. A no says neither who allows what nor that nobody is there: the
    other may be on a page of another process, which is told by its own signs.
    """
    conversation = _live(actor, payload.get("conversation"))
    if conversation.closed:
        raise services.closed()
    if not queries.both_show(conversation):
        signs.of_being_here().forget(actor.person_id, conversation.id)
        return {"here": False}
    now, other_id = time.monotonic(), conversation.other_than(actor.person_id)
    there = signs.of_being_here()
    there.note(actor.person_id, conversation.id, now)
    push(other_id, "presence", {"conversation": conversation.public_id, "here": True})
    return {"here": there.is_here(other_id, conversation.id, now)}
