"""The inbox: what somebody was told, newest first, and how much of it is unread."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, select

from app.infra.transaction import session
from app.kernel.access import Identity
from app.kernel.errors import NotFound
from app.notifications.models import Notice
from app.notifications.rules.choices import KINDS, Group

PAGE: Final = 50
"""Notices on one page of the inbox."""


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice in somebody's inbox; ``path`` is an address of this site."""

    id: int
    public_id: str
    person_id: int
    kind: str
    params: Mapping[str, Any]
    path: str
    urgent: bool
    created_at: datetime
    read_at: datetime | None


def view(row: Notice | Row[*tuple[Any, ...]]) -> NoticeView:
    """The row, or its columns, as others may hold it."""
    return NoticeView(
        id=row.id,
        public_id=row.public_id,
        person_id=row.user_id,
        kind=row.kind,
        params=row.params,
        path=row.path,
        urgent=row.urgent,
        created_at=row.created_at,
        read_at=row.read_at,
    )


def unread_count(person_id: int) -> int:
    """How many notices the person has not opened."""
    count = select(func.count()).select_from(Notice).where(Notice.user_id == person_id, Notice.read_at.is_(None))
    return session().scalar(count) or 0


def unread_counts(person_ids: Iterable[int]) -> dict[int, int]:
    """The same for several people at once; somebody who has opened everything is left out."""
    count = select(Notice.user_id, func.count()).where(Notice.user_id.in_(set(person_ids)), Notice.read_at.is_(None))
    return {row[0]: row[1] for row in session().execute(count.group_by(Notice.user_id))}


def notices(notice_ids: Iterable[int]) -> list[NoticeView]:
    """The notices with these ids, for jobs and pushes; one that is gone is left out."""
    return [view(row) for row in session().scalars(select(Notice).where(Notice.id.in_(set(notice_ids))))]


def unread_paths(person_ids: Iterable[int], kind: str) -> frozenset[tuple[int, str]]:
    """Which of these people have an unread notice of this kind, and where it leads: (person, path)."""
    found = select(Notice.user_id, Notice.path).where(
        Notice.user_id.in_(set(person_ids)), Notice.kind == kind, Notice.read_at.is_(None)
    )
    return frozenset((row[0], row[1]) for row in session().execute(found))


def inbox(
    actor: Identity,
    *,
    before: int | None = None,
    unread: bool = False,
    group: Group | None = None,
    limit: int = PAGE,
) -> list[NoticeView]:
    """
    The newest ``limit`` notices of ``actor``, or those older than the notice with the id ``before``.

    ``unread`` leaves out what was opened; ``group`` keeps one group alone.
    """
    found = select(Notice).where(Notice.user_id == actor.person_id).order_by(Notice.id.desc()).limit(limit)
    if before is not None:
        found = found.where(Notice.id < before)
    if unread:
        found = found.where(Notice.read_at.is_(None))
    if group is not None:
        found = found.where(Notice.kind.in_(KINDS[group]))
    return [view(row) for row in session().scalars(found)]


def own_notice(actor: Identity, public_id: str) -> NoticeView:
    """One of ``actor``'s notices; raises :class:`NotFound` for another's."""
    found = select(Notice).where(Notice.public_id == public_id, Notice.user_id == actor.person_id)
    row = session().scalars(found).one_or_none()
    if row is None:
        raise NotFound
    return view(row)


def notice(notice_id: int) -> NoticeView:
    """The notice with this id, for jobs and pushes; raises :class:`NotFound`."""
    row = session().get(Notice, notice_id)
    if row is None:
        raise NotFound
    return view(row)


def was_left(person_id: int, path: str, kinds: Collection[str], *, at: datetime) -> bool:
    """Whether somebody was left a notice of one of these kinds that leads to ``path``, at exactly this moment."""
    found = select(Notice.id).where(Notice.user_id == person_id, Notice.path == path, Notice.created_at == at)
    return session().scalar(found.where(Notice.kind.in_(kinds)).limit(1)) is not None
