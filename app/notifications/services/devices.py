"""The browsers that take pushes: turn one on, turn one off, forget them all."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select

from app.infra.push import service_of, sound_keys
from app.infra.transaction import transaction
from app.kernel.access import Identity, authorise
from app.kernel.errors import Invalid, LimitReached, NotFound
from app.kernel.ids import new_public_id
from app.kernel.words import N_
from app.notifications.models import PushDevice
from app.notifications.permissions import CHOOSE_OWN_NOTICES
from app.notifications.services.storing import put

MOST_DEVICES: Final = 10
UNKNOWN_SERVICE: Final = N_("We do not know the push service of this browser, so we cannot send news to it.")
UNREADABLE: Final = N_("This browser's answer could not be read. Please try once more.")
TOO_MANY: Final = N_("You have turned on ten browsers already. Please turn one off first.")


def remember_device(actor: Identity, *, endpoint: str, p256dh: str, auth: str, now: datetime) -> str:
    """
    Let pushes for ``actor`` go to a browser, by the address and keys it gave, and return the device's public id.

    A browser belongs to the last who turned it on. Raises :class:`Invalid` for an address of no push service we know
    and for unreadable keys, :class:`LimitReached` above :data:`MOST_DEVICES`. The consent is the caller's to record.
    """
    authorise(actor, CHOOSE_OWN_NOTICES)
    if service_of(endpoint) is None:
        raise Invalid({"endpoint": [UNKNOWN_SERVICE]}, UNKNOWN_SERVICE)
    if not sound_keys(p256dh, auth):
        raise Invalid({"p256dh": [UNREADABLE]}, UNREADABLE)
    digest = hashlib.sha256(endpoint.encode()).hexdigest()
    keys = {"user_id": actor.person_id, "endpoint": endpoint, "p256dh": p256dh, "auth": auth, "created_at": now}
    with transaction() as session:
        _refuse_too_many(actor.person_id, digest)
        put(PushDevice, {"digest": digest}, keys | {"public_id": new_public_id()})
        return str(session.scalars(select(PushDevice.public_id).where(PushDevice.digest == digest)).one())


def _refuse_too_many(person_id: int, digest: str) -> None:
    others = select(func.count()).where(PushDevice.user_id == person_id, PushDevice.digest != digest)
    with transaction() as session:
        if (session.scalar(others) or 0) >= MOST_DEVICES:
            raise LimitReached(TOO_MANY, code="push_devices")


def forget_device(actor: Identity, public_id: str) -> None:
    """Send no more pushes to one of ``actor``'s browsers; raises :class:`NotFound` for another's."""
    authorise(actor, CHOOSE_OWN_NOTICES)
    own = delete(PushDevice).where(PushDevice.public_id == public_id, PushDevice.user_id == actor.person_id)
    with transaction() as session:
        if not session.execute(own).rowcount:  # type: ignore[attr-defined]
            raise NotFound


def forget_devices(person_id: int) -> None:
    """Send no more pushes to any browser of this person: the sessions ended, or the consent was taken back."""
    with transaction() as session:
        session.execute(delete(PushDevice).where(PushDevice.user_id == person_id))


def drop_devices(ids: Iterable[int]) -> None:
    """Forget the browsers their push services no longer know."""
    wanted = tuple(ids)
    if wanted:
        with transaction() as session:
            session.execute(delete(PushDevice).where(PushDevice.id.in_(wanted)))
