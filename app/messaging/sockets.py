"""Socket events of conversations, each authorised afresh and acknowledged after the commit."""

import time
from threading import Lock
from typing import Any, Final

from app.infra.clock import utcnow
from app.kernel.access import Identity
from app.messaging import queries, services, words
from app.messaging.permissions import READ_CONVERSATION, WRITE_CONVERSATION
from app.messaging.queries import CATCH_UP, ConversationView
from app.messaging.rules import clean_seq
from app.web.realtime import Payload, on, push

TYPING_EVERY: Final = 2.0
"""Seconds between two signs of typing that one person may send into one conversation."""

_REMEMBERED: Final = 2000


class _Typing:
    """When somebody last showed typing; forgotten with the process, which harms nobody."""

    def __init__(self) -> None:
        self._last: dict[tuple[int, int], float] = {}
        self._lock = Lock()

    def due(self, person_id: int, conversation_id: int, now: float) -> bool:
        """Whether another sign may go out ``now``; if so it counts as sent."""
        key = (person_id, conversation_id)
        with self._lock:
            if now - self._last.get(key, -TYPING_EVERY) < TYPING_EVERY:
                return False
            if len(self._last) >= _REMEMBERED:
                self._last = {known: at for known, at in self._last.items() if now - at < TYPING_EVERY}
            self._last[key] = now
            return True


_typing = _Typing()


def _live(actor: Identity, public_id: object) -> ConversationView:
    """The conversation for a live page of one of its two people; refused like an ended one when they are blocked."""
    found = queries.conversation_for(actor, public_id if isinstance(public_id, str) else "")
    if found.blocked:
        raise services.closed()
    return found


@on("conversation.open", READ_CONVERSATION)
def open_(actor: Identity, payload: Payload) -> dict[str, Any]:
    """Answer what follows ``after_seq``, how far the other has read, and whether there is more to ask for."""
    after = clean_seq(payload.get("after_seq", 0), field="after_seq")
    conversation = _live(actor, payload.get("id"))
    messages = queries.messages_after(conversation.id, after, CATCH_UP)
    other = conversation.other_than(actor.person_id)
    return {
        "messages": [words.as_data(conversation, message, actor.person_id) for message in messages],
        "last_seq": conversation.last_seq,
        "read_seq": queries.read_up_to(conversation.id, other),
        "more": len(messages) == CATCH_UP,
    }


@on("message.send", WRITE_CONVERSATION)
def send(actor: Identity, payload: Payload) -> dict[str, Any]:
    """Store a message and answer with its place; the same ``client_id`` is answered with the first one's."""
    public_id = payload.get("conversation")
    stored = services.send(
        actor,
        public_id if isinstance(public_id, str) else "",
        client_id=payload.get("client_id"),
        kind=payload.get("kind", "text"),
        body=payload.get("body"),
        payload=payload.get("payload"),
        now=utcnow(),
    )
    conversation = queries.conversation(stored.conversation_id)
    return {"seq": stored.seq, "message": words.as_data(conversation, stored, actor.person_id)}


@on("message.read", READ_CONVERSATION)
def read(actor: Identity, payload: Payload) -> dict[str, Any]:
    """Move the reader's mark forward and answer where it stands."""
    public_id = payload.get("conversation")
    known = public_id if isinstance(public_id, str) else ""
    return {"seq": services.mark_read(actor, known, payload.get("seq"), now=utcnow())}


@on("typing", WRITE_CONVERSATION)
def typing(actor: Identity, payload: Payload) -> dict[str, Any]:
    """Show the other that somebody is writing, at most every :data:`TYPING_EVERY` seconds; nothing is stored."""
    conversation = _live(actor, payload.get("conversation"))
    if conversation.closed:
        raise services.closed()
    due = _typing.due(actor.person_id, conversation.id, time.monotonic())
    other = queries.people_of(conversation)[conversation.other_than(actor.person_id)]
    if due and other.active:
        push(other.id, "typing", {"conversation": conversation.public_id})
    return {"shown": due}
