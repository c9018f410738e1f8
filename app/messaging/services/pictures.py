"""
Sending a picture, and its end.

The file is stored before the message and removed after it: a file that belongs to nothing harms nobody and is swept up.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from app.infra import jobs, storage
from app.infra.pictures import Encoded, encode
from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.kernel.errors import Forbidden, Invalid, LimitReached
from app.kernel.ids import new_public_id
from app.kernel.words import N_
from app.messaging import queries, rules
from app.messaging.models import Conversation, Picture
from app.messaging.queries import ConversationView, MessageView
from app.messaging.rules import Draft, Kind
from app.messaging.services.refusals import closed, other_words
from app.messaging.services.storing import append, may_write
from app.screen.judge import Action, Context, Place, judge

DROP_FILE: Final = "messaging.drop_file"
ORPHANED_AFTER: Final = timedelta(days=1)
"""How old a file must be before it is swept up for belonging to nothing."""


def encode_picture(actor: Identity, conversation_public_id: str, data: bytes) -> Encoded:
    """
    The picture in ``data``, encoded anew and without data about it, for a face that must not do so while others wait.

    Raises NotFound for anybody but the two people, and :class:`Invalid` at ``picture``.
    """
    queries.conversation_for(actor, conversation_public_id)
    return encode(data)


def send_picture(
    actor: Identity,
    conversation_public_id: str,
    *,
    client_id: object,
    data: bytes | Encoded,
    description: object,
    now: datetime,
) -> MessageView:
    """
    Send the picture in ``data`` with what it shows in words ("" for none), encoded anew unless it was already.

    Sent again under the same ``client_id``, the first message is returned and nothing is stored. Raises NotFound for
    anybody but the two people, Conflict where nobody can write, :class:`Forbidden` for a newcomer,
    :class:`LimitReached` when somebody keeps too many here, :class:`Invalid` at ``picture`` or ``description``.
    """
    sent_id, words = rules.clean_client_id(client_id), rules.clean_description(description)
    if isinstance(data, Encoded):
        encoded = data
    else:
        # Asked before the work of decoding and again with the row locked.
        with transaction() as session:
            _require_allowed(session, actor, queries.conversation_for(actor, conversation_public_id), words)
        encoded = encode(data)
    name = storage.put(encoded.data, "jpg")
    stored = False
    try:
        with transaction() as session:
            conversation = queries.conversation_for(actor, conversation_public_id)
            _require_allowed(session, actor, conversation, words)
            earlier = queries.message_of_client(actor.person_id, sent_id)
            if earlier is not None:
                return _same_picture(earlier, conversation, encoded, words)
            message = _store(
                session, actor, conversation, Draft(sent_id, Kind.PICTURE, words, None), encoded, name, now
            )
        stored = True
        return message
    finally:
        if not stored:
            storage.remove(name)


def _require_allowed(session: Session, actor: Identity, conversation: ConversationView, words: str) -> None:
    """Lock the conversation as sending does, and refuse who may not send a picture there now."""
    mine = select(Conversation.id).where(may_write(conversation.id, actor.person_id))
    if session.scalar(mine.with_for_update(of=Conversation)) is None:
        raise closed()
    standing = queries.standing(conversation.id, actor.person_id)
    if not rules.may_send_pictures(newcomer=standing.newcomer, previous_held=standing.previous_held):
        raise Forbidden(N_("New members cannot send pictures yet."), code="no_pictures_yet")
    if judge(words, context=Context(Place.MESSAGE)).action is not Action.ALLOW:
        raise Invalid({"description": [N_("Only what the picture shows belongs here.")]})


def _same_picture(earlier: MessageView, conversation: ConversationView, encoded: Encoded, words: str) -> MessageView:
    if earlier.conversation_id != conversation.id or earlier.kind is not Kind.PICTURE:
        raise other_words()
    if earlier.deleted_at is None:
        kept = queries.digest_of_picture(str((earlier.payload or {}).get("picture")))
        if (kept, earlier.body) != (_digest(encoded), words):
            raise other_words()
    return earlier


def _store(
    session: Session,
    actor: Identity,
    conversation: ConversationView,
    draft: Draft,
    encoded: Encoded,
    name: str,
    now: datetime,
) -> MessageView:
    if not rules.fits(queries.bytes_kept(actor.person_id), len(encoded.data)):
        raise LimitReached(N_("You have sent many pictures. Please delete some first."), code="too_many_pictures")
    row = Picture(
        public_id=new_public_id(), conversation_id=conversation.id, owner_id=actor.person_id, name=name,
        digest=_digest(encoded), size=len(encoded.data), width=encoded.width, height=encoded.height, added_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    told = Draft(draft.client_id, draft.kind, draft.body, {"picture": row.public_id})
    return append(session, conversation, actor.person_id, told, now=now)


def _digest(encoded: Encoded) -> str:
    return hashlib.sha256(encoded.data).hexdigest()


def end_picture(session: Session, payload: Any, *, now: datetime) -> None:  # noqa: ANN401 - a message's payload.
    """
    Take a deleted message's picture away: neither of the two is shown it from here on.

    A job removes the file at once, or, of a message that was reported, :func:`forget_pictures` when its time is over.
    """
    this = Picture.public_id == (payload.get("picture") if payload else None)
    # In the statement itself, so that a report which comes at the same moment is seen.
    _drop(session, this & or_(Picture.keep_until.is_(None), Picture.keep_until <= now), now=now)
    session.execute(update(Picture).where(this).values(ended_at=now))


def keep_picture(session: Session, payloads: Iterable[Any], *, until: datetime) -> None:
    """Keep the picture a reported message shows, or showed before it was deleted, as evidence until then."""
    shown = {payload["picture"] for payload in payloads if payload and "picture" in payload}
    session.execute(update(Picture).where(Picture.public_id.in_(shown)).values(keep_until=until))


def forget_pictures(*, now: datetime) -> int:
    """Drop deleted pictures that were kept as evidence and whose time is over, at most 500; returns how many went."""
    with transaction() as session:
        due = select(Picture.id).where(Picture.ended_at.is_not(None), Picture.keep_until <= now).limit(500)
        return _drop(session, Picture.id.in_(due), now=now)


def _drop(session: Session, which: ColumnElement[bool], *, now: datetime) -> int:
    gone = session.execute(delete(Picture).where(which).returning(Picture.name)).scalars().all()
    for name in gone:
        jobs.enqueue(DROP_FILE, {"name": name}, now=now, unique_key=f"{DROP_FILE}:{name}")
    return len(gone)


def drop_file(name: str) -> None:
    """Remove the file of a picture that is there no longer."""
    storage.remove(name)


def sweep_files(*, now: datetime) -> int:
    """Remove files that have belonged to nothing for :data:`ORPHANED_AFTER`; returns how many."""
    orphans = queries.names_without_row(storage.written_before(now - ORPHANED_AFTER)[:500])
    for name in orphans:
        storage.sweep(name)
    return len(orphans)
