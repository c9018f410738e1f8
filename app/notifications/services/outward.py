"""
What leaves the site: laid out with the notice, decided at the very moment of leaving, written down afterwards.

The effect outside comes before the job's transaction (a mail server's answer must hold no lock) and is at least once;
what is written down lets none leave twice that a worker lived to tell of. One item leaves by one way: when a push
service took it, the mail about it waits for the summary of the day, and goes only if it is still unread.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import update

from app.accounts.queries import may_be_reached
from app.infra import jobs
from app.infra.transaction import transaction
from app.notifications import queries
from app.notifications.models import Notice, Sending
from app.notifications.queries import DeviceView, NoticeView, WaitingView
from app.notifications.rules import MUST_REACH, Channel, Choice, departure, group_of, leaves_as, next_digest
from app.notifications.rules.choices import Group
from app.notifications.services.devices import drop_devices

SEND_NOTICE: Final = "notifications.send"
"""The job that lets one notice leave at once."""

SEND_DIGEST: Final = "notifications.digest_of"
"""The job that sends one person the summary of a day."""

GRACE: Final = timedelta(minutes=2)
"""Somebody who is on the site reads a notice there first; then nothing else is sent about it."""

UNREAD_ON_THE_PHONE: Final = timedelta(minutes=15)
"""After so long an urgent notice that was pushed and not read goes by mail as well."""

WAITED_ALREADY: Final = frozenset({"message_waiting"})
"""Kinds that are left only after their own time of waiting."""


@dataclass(frozen=True, slots=True)
class NoticePlan:
    """
    What is to be done about one notice now: ``wait_until`` says when to ask again (None: no waiting).

    ``mail`` and ``devices`` are where it goes; a mail only when no push service took it. ``over`` are the sendings that
    have no reason any more.
    """

    notice: NoticeView
    wait_until: datetime | None = None
    mail: bool = False
    devices: tuple[DeviceView, ...] = ()
    over: tuple[int, ...] = ()
    going: tuple[WaitingView, ...] = ()


@dataclass(frozen=True, slots=True)
class DigestPlan:
    """What one summary holds, by mail and (whatever is not in the mail) by push; ``over`` as for a notice."""

    person_id: int
    wait_until: datetime | None = None
    mailed: tuple[WaitingView, ...] = ()
    pushed: tuple[WaitingView, ...] = ()
    devices: tuple[DeviceView, ...] = ()
    over: tuple[int, ...] = field(default=())


def lay_out(row: Notice, *, asked_only: bool, now: datetime) -> None:
    """Write down by which channels a new notice will leave, in its transaction."""
    group = group_of(row.kind)
    chosen = queries.choices_of(row.user_id)
    if asked_only and not chosen:
        return
    ways = {
        channel: leaves_as(group, chosen.get((group, channel)), urgent=row.urgent, asked_only=asked_only)
        for channel in _channels(row.user_id)
    }
    going = {channel: mode for channel, mode in ways.items() if mode is not Choice.OFF}
    if not going:
        return
    grace = timedelta() if row.urgent or row.kind in WAITED_ALREADY else GRACE
    due = {Choice.INSTANT: now + grace, Choice.DIGEST: next_digest(queries.pace_of(row.user_id), now)}
    with transaction() as session:
        session.add_all(
            Sending(notice_id=row.id, channel=channel, mode=mode, asked_only=asked_only, due_at=due[mode])
            for channel, mode in going.items()
        )
    if Choice.INSTANT in going.values():
        jobs.enqueue(SEND_NOTICE, {"notice_id": row.id}, now=now, delay=grace, unique_key=f"{SEND_NOTICE}:{row.id}")


def _channels(person_id: int) -> tuple[Channel, ...]:
    return (Channel.MAIL, Channel.PUSH) if queries.devices_of(person_id) else (Channel.MAIL,)


def plan_notice(notice_id: int, *, now: datetime) -> NoticePlan:
    """Decide about what still waits of a notice, by how things stand now; writes nothing."""
    notice = queries.notice(notice_id)
    waiting = queries.waiting_instant(notice_id)
    wanted = _still_wanted(notice.person_id, waiting)
    over = tuple(each.id for each in waiting if each not in wanted)
    if not wanted:
        return NoticePlan(notice, over=over)
    leaves_at = departure(queries.pace_of(notice.person_id), urgent=notice.urgent, now=now)
    if leaves_at > now:
        return NoticePlan(notice, wait_until=leaves_at, over=over)
    channels = {each.channel for each in wanted}
    devices = queries.devices_of(notice.person_id) if Channel.PUSH in channels else []
    return NoticePlan(notice, mail=Channel.MAIL in channels, devices=tuple(devices), over=over, going=tuple(wanted))


def _still_wanted(person_id: int, waiting: Iterable[WaitingView]) -> list[WaitingView]:
    """Those nobody has read, to somebody who may be reached, in a group that has not been switched off meanwhile."""
    if not may_be_reached(person_id):
        return []
    chosen = queries.choices_of(person_id)
    return [each for each in waiting if each.notice.read_at is None and _is_on(each, chosen)]


def _is_on(each: WaitingView, chosen: queries.Choices) -> bool:
    if each.notice.kind in MUST_REACH:
        return True
    group: Group = group_of(each.notice.kind)
    wanted = chosen.get((group, each.channel))
    way = leaves_as(group, wanted, urgent=each.notice.urgent, asked_only=each.asked_only)
    return way is not Choice.OFF


def record_notice(plan: NoticePlan, *, accepted: bool, mailed: bool, gone: Iterable[int], now: datetime) -> None:
    """Write down what came of a plan: ``accepted`` by a push service, ``mailed``, and the browsers ``gone``."""
    with transaction():
        _end(plan.over, "dropped", now=now)
        drop_devices(gone)
        if plan.wait_until is not None:
            _ask_again(SEND_NOTICE, {"notice_id": plan.notice.id}, plan.notice.id, plan.wait_until, now=now)
            return
        for each in plan.going:
            if each.channel is Channel.MAIL and accepted:
                _put_off(each, plan.notice, now=now)
            else:
                left = accepted if each.channel is Channel.PUSH else mailed
                _end((each.id,), "sent" if left else "dropped", now=now)


def _put_off(each: WaitingView, notice: NoticeView, *, now: datetime) -> None:
    """
    The item has left by push: its mail is part of the next summary, unless it is read by then.

    What is urgent cannot wait so long for a phone that may be off: its mail goes a little later.
    """
    if notice.urgent:
        later = now + UNREAD_ON_THE_PHONE
        _ask_again(SEND_NOTICE, {"notice_id": notice.id}, notice.id, later, now=now)
    else:
        due = next_digest(queries.pace_of(notice.person_id), now)
        _change((each.id,), mode=Choice.DIGEST.value, due_at=due)


def _end(sendings: Iterable[int], state: str, *, now: datetime) -> None:
    _change(sendings, state=state, ended_at=now)


def _change(sendings: Iterable[int], **values: object) -> None:
    ids = tuple(sendings)
    if ids:
        with transaction() as session:
            session.execute(update(Sending).where(queries.still_waiting(ids)).values(**values))


def _ask_again(kind: str, payload: dict[str, int], about: int, at: datetime, *, now: datetime) -> None:
    jobs.enqueue(kind, payload, now=now, delay=at - now, unique_key=f"{kind}:{about}:{int(at.timestamp())}")


def due_digests(*, now: datetime) -> list[tuple[int, str]]:
    """For whom a summary is due, each with the key of the person's own calendar day: there is one summary a day."""
    return [
        (person_id, f"{SEND_DIGEST}:{person_id}:{now.astimezone(ZoneInfo(queries.pace_of(person_id).zone)).date()}")
        for person_id in queries.due_readers(now=now)
    ]


def enqueue_digests(due: Iterable[tuple[int, str]], *, now: datetime) -> None:
    """Enqueue the summary of each person, once for each key."""
    with transaction():
        for person_id, key in due:
            jobs.enqueue(SEND_DIGEST, {"person_id": person_id}, now=now, unique_key=key)


def plan_digest(person_id: int, *, now: datetime) -> DigestPlan:
    """Decide what a person's summary holds, by how things stand now; writes nothing."""
    waiting = queries.waiting_digest(person_id, now=now)
    wanted = _still_wanted(person_id, waiting)
    mailed = tuple(each for each in wanted if each.channel is Channel.MAIL)
    told = {each.notice.id for each in mailed}
    pushed = tuple(each for each in wanted if each.channel is Channel.PUSH and each.notice.id not in told)
    going = {each.id for each in (*mailed, *pushed)}
    over = tuple(each.id for each in waiting if each.id not in going)
    leaves_at = departure(queries.pace_of(person_id), urgent=False, now=now)
    if going and leaves_at > now:
        return DigestPlan(person_id, wait_until=leaves_at, over=over)
    devices = tuple(queries.devices_of(person_id)) if pushed else ()
    return DigestPlan(person_id, mailed=mailed, pushed=pushed, devices=devices, over=over)


def record_digest(plan: DigestPlan, *, accepted: bool, gone: Iterable[int], now: datetime) -> None:
    """Write down what came of a summary: what was mailed has left, what was pushed if it was ``accepted``."""
    with transaction():
        _end(plan.over, "dropped", now=now)
        drop_devices(gone)
        if plan.wait_until is not None:
            _ask_again(SEND_DIGEST, {"person_id": plan.person_id}, plan.person_id, plan.wait_until, now=now)
            return
        _end((each.id for each in plan.mailed), "sent", now=now)
        _end((each.id for each in plan.pushed), "sent" if accepted else "dropped", now=now)
