"""The site with one event more: ``bare.send`` stores and pushes what ``message.send`` does and asks nobody anything."""

from typing import Any

from sqlalchemy import insert, update

from app.infra.clock import utcnow
from app.infra.database import WRITES, db
from app.messaging.models import Conversation, Message
from app.web.live import room_of, socketio, sockets
from app.web.live_door import sid
from wsgi import app

__all__ = ["app"]

_TALK, _MESSAGE = Conversation.__table__, Message.__table__
_NEXT = (
    update(_TALK)
    .values(last_seq=_TALK.c.last_seq + 1)
    .returning(_TALK.c.id, _TALK.c.last_seq, _TALK.c.donor_id, _TALK.c.family_id)
)


@socketio.on("bare.send")
def send(payload: dict[str, Any]) -> dict[str, Any]:
    """Take the next number, store the row, commit, push to both."""
    holder, now = sockets().holder(sid()), utcnow()
    assert holder is not None
    with db.engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        talk, seq, donor, family = connection.execute(_NEXT.where(_TALK.c.public_id == payload["conversation"])).one()
        connection.execute(
            insert(_MESSAGE).values(
                conversation_id=talk, seq=seq, sender_id=holder.person_id, client_id=payload["client_id"],
                kind="text", body=payload["body"], sent_at=now, change_no=0,
            )
        )  # fmt: skip
    told = {
        "conversation": payload["conversation"], "seq": seq, "kind": "text", "body": payload["body"],
        "sent_at": now.isoformat(), "payload": None, "reply_to": None, "edited_at": None, "deleted": False,
        "change_no": 0,
    }  # fmt: skip
    for person in (donor, family):
        socketio.emit("message.new", {**told, "mine": person == holder.person_id}, to=room_of(person))
    return {"ok": True, "seq": seq, "message": told}
