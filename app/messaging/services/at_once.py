"""
Plain words against which nothing stands, stored together with whatever else is written at the same moment.

Nearly every message is such a one. What comes in while a group is on its way to the database makes the next group
(:mod:`app.infra.together`): one statement on PostgreSQL, one transaction on SQLite. Whatever else is sent, and whatever
something stands against, is left to the longer way (:mod:`app.messaging.services.sending`), which also says why; both
keep the same rules, and tests hold them beside each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.infra import event_bus
from app.infra.database import db
from app.infra.together import GroupLostError, Together
from app.infra.transaction import end_read, is_open, keeps_connection, one_statement, transaction
from app.kernel.access import Claim, Identity
from app.kernel.errors import DomainError
from app.messaging import queries
from app.messaging.queries import MessageView, sending
from app.messaging.queries.reading import LOOK_AHEAD
from app.messaging.queries.views import conversation_view
from app.messaging.rules import Draft, Kind
from app.messaging.services.reminding import REMIND_AFTER
from app.messaging.services.storing import append, stored_view, told
from app.messaging.services.storing_many import store_many
from app.screen.judge import Action, Context, Place, judge

LANES: Final = {"postgresql": 3, "sqlite": 1}
"""
Groups that may be on their way when some are held up, by somebody's lock above all: of the connections of a process of
gevent one is left to others. SQLite has one writer.
"""

MOST: Final = 50
"""Messages of a group: for so long, some milliseconds, nobody else writes to SQLite."""

_STRICTLY: Final = Context(Place.MESSAGE, newcomer=True)
"""What passes as a newcomer's passes as anybody's."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """What is to be stored; ``before`` is the sender's message before it, when that one was on its way too."""

    actor: Identity | Claim
    conversation: str
    draft: Draft
    before: str | None
    now: datetime


def send_at_once(
    actor: Identity | Claim, conversation_public_id: str, draft: Draft, *, before: str | None, now: datetime
) -> MessageView | None:
    """
    Store a plain text and say that it was sent; None, and nothing is stored, when it has to go the longer way.

    The account of a ``Claim`` is read in the same step: where that is shut, or the session over, nothing is stored.
    That is so for everything but plain words, inside another use-case, for whoever keeps a connection, and where
    anything stands against it: what that is, and the right refusal, is found out there. What became of a message whose
    group was broken off is found out there too.
    """
    if draft.kind is not Kind.TEXT or is_open() or keeps_connection():
        return None
    if judge(draft.body, context=_STRICTLY).action is not Action.ALLOW:
        return None
    sent = _Sent(actor, conversation_public_id, draft, before, now)
    # Who waits for a lane with a connection in hand may be waited for by who has the lane and needs one.
    end_read()
    try:
        stored = _lanes(db.engine)(sent)
    except GroupLostError:
        return None
    return stored if stored is None or isinstance(stored, MessageView) else _told(stored, sent)


_Lanes = Together[_Sent, Any]
_LANES: Final[WeakKeyDictionary[Engine, _Lanes]] = WeakKeyDictionary()


def _lanes(engine: Engine) -> _Lanes:
    """The lanes to one database."""
    found = _LANES.get(engine)
    return _LANES.setdefault(engine, _new_lanes(engine.dialect.name)) if found is None else found


def _new_lanes(database: str) -> _Lanes:
    do = _in_one_statement if database == "postgresql" else _in_one_transaction
    return Together(do, apart=lambda sent: sent.conversation, lanes=LANES[database], most=MOST)


def _in_one_statement(group: Sequence[_Sent]) -> list[Any]:
    """What the statement found of each that it stored; each sender tells of it, in its own context."""
    return store_many([_as_row(sent) for sent in group])


def _as_row(sent: _Sent) -> dict[str, Any]:
    actor, now = sent.actor, sent.now
    return {
        "me": actor.person_id, "account": actor.account if isinstance(actor, Claim) else None,
        "public_id": sent.conversation, "client": sent.draft.client_id, "before": sent.before or "",
        "body": sent.draft.body, "reply_to": sent.draft.reply_to, "now": now.isoformat(),
        "later": (now + LOOK_AHEAD).isoformat(), "due": (now + REMIND_AFTER).isoformat(),
    }  # fmt: skip


def _told(row: Any, sent: _Sent) -> MessageView:  # noqa: ANN401 - of the statement.
    conversation = conversation_view(row, blocked=row.blocked)
    stored = stored_view(conversation, sent.actor.person_id, sent.draft, row.seq, now=sent.now)
    said = None if row.waited else sending.Said(conversation, stored, sending.listeners(row))
    with one_statement():
        event_bus.record(told(conversation, stored, looked_after=True, said=said))
    return stored


def _in_one_transaction(group: Sequence[_Sent]) -> list[MessageView | None]:
    """Each as it was stored, told of at the end by whoever stored it."""
    with transaction() as session:
        return [_unless_refused(session, sent) for sent in group]


def _unless_refused(session: Session, sent: _Sent) -> MessageView | None:
    actor, draft = sent.actor, sent.draft
    try:
        gate = queries.gate(
            session, actor, sent.conversation, client_id=draft.client_id, before=sent.before, now=sent.now
        )
        if gate.known or gate.suspect or not gate.follows:
            return None
        return append(session, gate.conversation, actor.person_id, draft, gate=gate, now=sent.now)
    except DomainError:
        # Each of these is found before anything is written.
        return None
