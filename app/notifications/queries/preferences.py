"""How somebody wants to be reached: choices, quiet hours, and the browsers that take pushes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

from sqlalchemy import Select, select

from app.accounts.queries import active_consent, consenting, person
from app.infra.transaction import session
from app.kernel.access import Identity
from app.notifications.models import NoticeChoice, NoticePace, PushDevice
from app.notifications.rules import DEFAULT_PACE, Channel, Choice, Group, Pace, Quiet, usual

CONSENT = "notifications"
"""The purpose of :class:`app.accounts.rules.consents.Purpose` without which nothing goes through a push service."""

Choices = Mapping[tuple[Group, Channel], Choice]


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A browser that takes pushes; ``endpoint`` names its push service, the keys are those only it can read with."""

    id: int
    public_id: str
    endpoint: str
    p256dh: str
    auth: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Preferences:
    """Everything the settings page shows; ``choices`` holds the usual one where nothing was chosen."""

    choices: Choices
    pace: Pace


def choices_of(person_id: int) -> Choices:
    """What the person chose; a group and channel without a choice is left out."""
    found = session().scalars(select(NoticeChoice).where(NoticeChoice.user_id == person_id))
    return {(Group(row.about), Channel(row.channel)): Choice(row.choice) for row in found}


@cache
def _zones() -> frozenset[str]:
    """Read once: they are the names of some hundred files, and whoever asks may hold the lock of the only writer."""
    return frozenset(available_timezones())


def pace_of(person_id: int) -> Pace:
    """The person's quiet hours and hour of the summary, by the clock of the person's own zone."""
    zone = person(person_id).timezone
    known = zone if zone in _zones() else DEFAULT_PACE.zone
    row = session().get(NoticePace, person_id)
    if row is None:
        return Pace(zone=known)
    quiet = Quiet(row.quiet_start, row.quiet_end) if row.quiet else None
    return Pace(zone=known, quiet=quiet, digest_hour=row.digest_hour)


def preferences(actor: Identity) -> Preferences:
    """How ``actor`` is reached, every group by every channel."""
    chosen = choices_of(actor.person_id)
    pairs = ((group, channel) for group in Group for channel in Channel)
    return Preferences({pair: chosen.get(pair, usual(pair[0])) for pair in pairs}, pace_of(actor.person_id))


def devices_of(person_id: int) -> list[DeviceView]:
    """The browsers pushes may go to now, oldest first; none without the person's consent."""
    if not active_consent(person_id, CONSENT):
        return []
    return _devices(select(PushDevice).where(PushDevice.user_id == person_id).order_by(PushDevice.id))


def _devices(found: Select[PushDevice]) -> list[DeviceView]:
    rows: Iterable[PushDevice] = session().scalars(found)
    return [_device(row) for row in rows]


def _device(row: PushDevice) -> DeviceView:
    return DeviceView(row.id, row.public_id, row.endpoint, row.p256dh, row.auth, row.created_at)


def people_with_devices(person_ids: Iterable[int]) -> frozenset[int]:
    """Those of these people who have a browser that pushes may go to now."""
    return frozenset(devices_of_many(person_ids))


def devices_of_many(person_ids: Iterable[int]) -> dict[int, list[DeviceView]]:
    """The browsers pushes may go to now, by person, oldest first; a person without any is left out."""
    wanted = consenting(person_ids, CONSENT)
    rows = session().scalars(select(PushDevice).where(PushDevice.user_id.in_(wanted)).order_by(PushDevice.id))
    found: dict[int, list[DeviceView]] = {}
    for row in rows if wanted else ():
        found.setdefault(row.user_id, []).append(_device(row))
    return found


def own_devices(actor: Identity) -> list[DeviceView]:
    """The browsers ``actor`` turned on, newest first."""
    return _devices(select(PushDevice).where(PushDevice.user_id == actor.person_id).order_by(PushDevice.id.desc()))
