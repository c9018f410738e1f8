"""
Sends what is to leave the site: that there is news, what kind and where, never what somebody wrote.

What goes out does so before the job's transaction begins, and is written down in it. A job that is run again finds it
written down; one that died in between sends the same Message-ID and the same topic again, which replace the first.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from app.infra import push
from app.infra.jobs import JobRegistry, idempotency_key
from app.infra.mail import hand_over, hand_over_each
from app.infra.transaction import end_read
from app.notifications import letters, services
from app.notifications.queries import DeviceView
from app.notifications.services import SEND_DIGEST, SEND_MANY, SEND_NOTICE, DigestPlan, NoticePlan, Went

DIGESTS: Final = "notifications.digests"
FORGET: Final = "notifications.forget_sendings"


class NobodyAnswered(Exception):  # noqa: N818 - reads as what happened.
    """No push service took a notice that goes by no other way: the job is tried again later."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What the push services said: whether one took it, and which browsers they no longer know."""

    accepted: bool = False
    gone: tuple[int, ...] = ()
    later: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """What was done about one plan."""

    plan: NoticePlan
    pushed: Pushed = Pushed()
    mailed: bool = False


@dataclass(frozen=True, slots=True)
class SummaryLeft:
    """What was done about one summary."""

    plan: DigestPlan
    pushed: Pushed = Pushed()


def register(registry: JobRegistry) -> None:
    """Name the jobs of notices; every quarter of an hour it is some zone's hour of the summary."""
    registry.register(SEND_NOTICE, notice_sent, prepare=send_notice)
    registry.register(SEND_MANY, many_sent, prepare=send_many)
    registry.register(SEND_DIGEST, digest_sent, prepare=send_digest)
    registry.every(timedelta(minutes=15), DIGESTS, enqueue_digests, prepare=services.due_digests)
    registry.every(timedelta(minutes=10), FORGET, forget_sendings)


def forget_sendings(*, now: datetime) -> None:
    """Drop a batch of what left long ago; often enough that no backlog grows."""
    services.forget_sendings(now=now)


def enqueue_digests(*, prepared: list[tuple[int, str]], now: datetime) -> None:
    """Enqueue the summaries that are due."""
    services.enqueue_digests(prepared, now=now)


def send_notice(*, notice_id: int, now: datetime) -> Left:
    """Let one notice leave: by push, or by mail when no push service took it."""
    plan = services.plan_notice(notice_id, now=now)
    if not plan.going:
        return Left(plan)
    pushed = _push_to(
        plan.devices, lambda: letters.push_letter(plan.notice), plan.notice.public_id, urgent=plan.notice.urgent
    )
    mail = plan.mail and not pushed.accepted
    if mail:
        letter = letters.notice_mail(plan.notice)
        end_read()
        hand_over(letter)
    elif pushed.later and not pushed.accepted:
        raise NobodyAnswered
    return Left(plan, pushed, mail)


def notice_sent(*, notice_id: int, prepared: Left, now: datetime) -> None:
    """Write down what left."""
    del notice_id
    done = prepared
    services.record_notice(done.plan, accepted=done.pushed.accepted, mailed=done.mailed, gone=done.pushed.gone, now=now)


def send_many(*, notice_ids: list[int], now: datetime) -> list[Went]:
    """Let several notices leave: pushes one by one, then all mails over one connection."""
    del now
    plans = services.plan_many(notice_ids)
    pushed = {
        plan.notice.id: _push_to(plan.devices, partial(letters.push_letter, plan.notice), plan.notice.public_id,
                                 urgent=plan.notice.urgent)
        for plan in plans if plan.devices
    }  # fmt: skip
    mailed = [plan for plan in plans if plan.mail and not pushed.get(plan.notice.id, Pushed()).accepted]
    written = letters.notice_mails([plan.notice for plan in mailed])
    end_read()
    taken = dict(zip((plan.notice.id for plan in mailed), hand_over_each(written) if written else (), strict=True))
    return [_went(plan, pushed.get(plan.notice.id, Pushed()), taken) for plan in plans]


def _went(plan: NoticePlan, said: Pushed, taken: Mapping[int, bool]) -> Went:
    mailed = taken.get(plan.notice.id)
    failed = mailed is False or (mailed is None and said.later and not said.accepted)
    return Went(plan, accepted=said.accepted, mailed=bool(mailed), failed=failed, gone=said.gone)


def many_sent(*, notice_ids: list[int], prepared: list[Went], now: datetime) -> None:
    """Write down what left."""
    del notice_ids
    services.record_many(prepared, now=now)


def send_digest(*, person_id: int, now: datetime) -> SummaryLeft:
    """Send one person the summary of the day."""
    plan = services.plan_digest(person_id, now=now)
    day = f"{now:%Y%m%d}"
    pushed = _push_to(
        plan.devices, lambda: letters.push_summary(person_id, len(plan.pushed)), f"digest{day}", urgent=False
    )
    if plan.mailed:
        letter = letters.digest_mail(person_id, [each.notice for each in plan.mailed], once=idempotency_key() or day)
        end_read()
        hand_over(letter)
    return SummaryLeft(plan, pushed)


def digest_sent(*, person_id: int, prepared: SummaryLeft, now: datetime) -> None:
    """Write down what the summary held."""
    del person_id
    pushed = prepared.pushed
    services.record_digest(prepared.plan, accepted=pushed.accepted, gone=pushed.gone, now=now)


def _push_to(
    devices: Iterable[DeviceView], letter: Callable[[], dict[str, str]], topic: str, *, urgent: bool
) -> Pushed:
    browsers = {each.id: push.Browser(each.endpoint, each.p256dh, each.auth) for each in devices}
    if not browsers or not push.is_on():
        return Pushed()
    words = letter()
    end_read()
    said = {key: push.push().send(browser, words, topic=topic, urgent=urgent) for key, browser in browsers.items()}
    return Pushed(
        accepted=push.Result.ACCEPTED in said.values(),
        gone=tuple(key for key, result in said.items() if result is push.Result.GONE),
        later=push.Result.LATER in said.values(),
    )
