"""
The same urgent news to many people at once: rows in bulk, and one job for many mails.

For what must reach its readers (:data:`~app.notifications.rules.MUST_REACH`) whatever they chose and at any hour. What
one server refuses falls back to a job of its own, with its own patience.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Table, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.accounts.queries import reachable
from app.infra import event_bus, jobs
from app.infra.reading import among, read
from app.infra.transaction import transaction
from app.kernel.ids import new_public_id
from app.notifications import queries
from app.notifications.events import NoticesLeft
from app.notifications.models import Notice, Sending
from app.notifications.rules import MUST_REACH, Channel, Choice
from app.notifications.services.outward import SEND_NOTICE, NoticePlan, record_notice

_NOTICE: Final = cast("Table", Notice.__table__)
_SENDING: Final = cast("Table", Sending.__table__)
_ADDED: Final = {
    "sqlite": sqlite_insert(_NOTICE).on_conflict_do_nothing(index_elements=["user_id", "item"]),
    "postgresql": postgresql_insert(_NOTICE).on_conflict_do_nothing(index_elements=["user_id", "item"]),
}
SEND_MANY: Final = "notifications.send_many"
"""The job that lets several notices leave."""


@dataclass(frozen=True, slots=True)
class News:
    """One notice among many, as :func:`~app.notifications.services.notify` takes one."""

    person_id: int
    kind: str
    item: str
    path: str
    params: Mapping[str, Any]


def notify_many(news: Sequence[News], *, now: datetime) -> None:
    """
    Leave a notice with each person, in the transaction of their cause; a second one on one item is dropped.

    Only for kinds that must reach their readers, or :class:`ValueError`; a few hundred at once at most.
    """
    if any(each.kind not in MUST_REACH for each in news):
        msg = "many at once are told only what must reach everybody"
        raise ValueError(msg)
    if not news:
        return
    with transaction() as session:
        rows = [
            {
                "public_id": new_public_id(), "user_id": each.person_id, "kind": each.kind,
                "params": dict(each.params), "path": each.path, "item": each.item, "urgent": True, "created_at": now,
            }
            for each in news
        ]  # fmt: skip
        # One statement said for each row: it is worked out once, and not anew for every number of rows.
        session.connection().execute(_ADDED[session.get_bind().dialect.name], rows)
        mine = select(_NOTICE.c.id, _NOTICE.c.user_id).where(among(_NOTICE.c.public_id))
        left = {row[0]: row[1] for row in read(mine, ids=[row["public_id"] for row in rows])}
        if left:
            _lay_out(left, now=now)


def _lay_out(left: Mapping[int, int], *, now: datetime) -> None:
    """Write down the ways out of these notices (id → person), and enqueue the job that goes them."""
    pushed = queries.people_with_devices(left.values())
    ways = [(notice_id, Channel.MAIL) for notice_id in left]
    ways += [(notice_id, Channel.PUSH) for notice_id, person_id in left.items() if person_id in pushed]
    rows = [
        {
            "notice_id": notice_id, "channel": channel.value, "mode": Choice.INSTANT.value, "asked_only": False,
            "state": "waiting", "due_at": now,
        }
        for notice_id, channel in ways
    ]  # fmt: skip
    with transaction() as session:
        session.connection().execute(insert(_SENDING), rows)
    jobs.enqueue(SEND_MANY, {"notice_ids": sorted(left)}, now=now, unique_key=f"{SEND_MANY}:{min(left)}")
    event_bus.record(NoticesLeft(at=now, notice_ids=tuple(sorted(left))))


def plan_many(notice_ids: Collection[int]) -> list[NoticePlan]:
    """Decide about what still waits of these notices, by how things stand now; writes nothing."""
    waiting = queries.waiting_of(notice_ids)
    by_notice: dict[int, list[queries.WaitingView]] = defaultdict(list)
    for each in waiting:
        by_notice[each.notice.id].append(each)
    people = {each.notice.person_id for each in waiting}
    may, devices = reachable(people), queries.devices_of_many(people)
    return [_plan(some, may, devices) for some in by_notice.values()]


def _plan(
    waiting: Sequence[queries.WaitingView], may: Collection[int], devices: Mapping[int, list[queries.DeviceView]]
) -> NoticePlan:
    notice = waiting[0].notice
    if notice.read_at is not None or notice.person_id not in may:
        return NoticePlan(notice, over=tuple(each.id for each in waiting))
    channels = {each.channel for each in waiting}
    browsers = devices.get(notice.person_id, []) if Channel.PUSH in channels else []
    return NoticePlan(notice, mail=Channel.MAIL in channels, devices=tuple(browsers), going=tuple(waiting))


@dataclass(frozen=True, slots=True)
class Went:
    """What came of one plan: taken by a push service, taken by the mail server, or ``failed`` and to be tried again."""

    plan: NoticePlan
    accepted: bool = False
    mailed: bool = False
    failed: bool = False
    gone: tuple[int, ...] = ()


def record_many(done: Iterable[Went], *, now: datetime) -> None:
    """Write down what left; what failed gets a job of its own."""
    with transaction() as session:
        plain: list[int] = []
        for each in done:
            if each.failed:
                key = f"{SEND_NOTICE}:{each.plan.notice.id}"
                jobs.enqueue(SEND_NOTICE, {"notice_id": each.plan.notice.id}, now=now, unique_key=key)
            elif each.plan.devices or not each.mailed:
                record_notice(each.plan, accepted=each.accepted, mailed=each.mailed, gone=each.gone, now=now)
            else:
                plain += [going.id for going in each.plan.going if going.channel is Channel.MAIL]
        if plain:
            left = update(Sending).where(queries.still_waiting(plain))
            session.execute(left.values(state="sent", ended_at=now))
