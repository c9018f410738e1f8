"""Leave a notice, open one, open all."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError

from app.infra import event_bus
from app.infra.transaction import attempt, transaction, violated
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.kernel.ids import new_public_id
from app.notifications.events import NoticeLeft, NoticesRead
from app.notifications.models import Notice
from app.notifications.permissions import SEE_OWN_NOTICES
from app.notifications.rules import leads_within_site
from app.notifications.services.outward import lay_out
from app.notifications.words import words_for

NOTHING: Final[Mapping[str, Any]] = {}


def notify(  # noqa: PLR0913 - one notice: what it says, where it leads, and how far it goes.
    person_id: int,
    kind: str,
    *,
    item: str,
    path: str,
    params: Mapping[str, Any] = NOTHING,
    mail: bool = False,
    urgent: bool = False,
    inbox_only: bool = False,
    joins: Collection[str] = (),
    now: datetime,
) -> None:
    """
    Leave a notice in somebody's inbox, in the transaction of its cause.

    With ``mail`` it also leaves the site, by mail and push, as its reader wishes; without, only when the reader chose
    that for its group. ``urgent`` (something of the reader's own today) goes at once, also in quiet hours. With
    ``inbox_only`` it never leaves: its reader muted what it is about. ``item``
    names the thing it is about ("interest:…"): a second notice on one item is dropped. ``params`` may hold ``name``,
    the other person's display name, and a moment or minutes that a sentence has a gap for (``when``,
    ``minutes``). ``joins`` are items of the same cause: when the reader was left one of them at this very moment, this
    is said behind it and its link is this one's, so that one cause is one notice. Raises
    :class:`~app.notifications.words.UnknownKind` for a kind without words, and :class:`ValueError` for a ``path`` that
    leads off this site.
    """
    words_for(kind, params)
    if not leads_within_site(path):
        msg = f"a notice leads to a path of this site, not to {path!r}"
        raise ValueError(msg)
    with transaction():
        if joins and _joined(person_id, kind, joins, path=path, params=params, now=now):
            return
        row = Notice(
            public_id=new_public_id(), user_id=person_id, kind=kind, params=dict(params), path=path, item=item,
            urgent=urgent, created_at=now,
        )  # fmt: skip
        if not _is_new(row):
            return
        event_bus.record(NoticeLeft(at=now, person_id=person_id, notice_id=row.id))
        if not inbox_only:
            lay_out(row, asked_only=not mail, now=now)


def _joined(
    person_id: int, kind: str, joins: Collection[str], *, path: str, params: Mapping[str, Any], now: datetime
) -> bool:  # fmt: skip
    """Say this behind what the reader was told of the same cause at the same moment; whether there was such a thing."""
    of_this_cause = select(Notice).where(Notice.user_id == person_id, Notice.item.in_(joins))
    with transaction() as session:
        row = session.scalar(of_this_cause.where(Notice.created_at == now, Notice.read_at.is_(None)))
        if row is None:
            return False
        row.params = {**row.params, "then": kind, "then_name": params.get("name", "")}
        row.path = path
        session.flush()
        return True


def _is_new(row: Notice) -> bool:
    with transaction() as session:
        try:
            with attempt(session):
                session.add(row)
        except IntegrityError as error:
            if violated(error, "notices.user_id, notices.item") or violated(error, "uq_notices_item"):
                return False
            raise
    return True


def open_notice(actor: Identity, public_id: str, *, now: datetime) -> str:
    """Mark one of ``actor``'s notices as read and return where it leads; raises :class:`NotFound` for another's."""
    authorise(actor, SEE_OWN_NOTICES)
    with transaction() as session:
        row = session.scalars(
            select(Notice).where(Notice.public_id == public_id, Notice.user_id == actor.person_id)
        ).one_or_none()
        if row is None:
            raise NotFound
        if row.read_at is None:
            row.read_at = now
            event_bus.record(NoticesRead(at=now, person_id=actor.person_id))
        return row.path


def settle(person_id: int, kind: str, path: str, *, now: datetime) -> None:
    """What the notices of this kind asked is answered: those that lead to ``path`` are read, buttons and all."""
    _mark_read(Notice.user_id == person_id, Notice.kind == kind, Notice.path == path, person_id=person_id, now=now)


def open_all(actor: Identity, *, now: datetime) -> None:
    """Mark every notice of ``actor`` as read."""
    authorise(actor, SEE_OWN_NOTICES)
    _mark_read(Notice.user_id == actor.person_id, person_id=actor.person_id, now=now)


def _mark_read(*which: ColumnElement[bool], person_id: int, now: datetime) -> None:
    asked = update(Notice).where(*which, Notice.read_at.is_(None)).values(read_at=now)
    with transaction() as session:
        if session.execute(asked).rowcount:  # type: ignore[attr-defined]
            event_bus.record(NoticesRead(at=now, person_id=person_id))
