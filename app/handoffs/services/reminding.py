"""What the two hear before they meet: a day ahead, two hours ahead, and that one of them is late."""

from datetime import datetime
from typing import Final

from babel.dates import format_datetime

from app.accounts.queries import person
from app.handoffs.events import HandoffUpdated
from app.handoffs.models import Handoff
from app.handoffs.rules.local_time import zone_named
from app.handoffs.rules.meeting import LATE_MINUTES, is_near, reminders_due
from app.handoffs.rules.states import UNMET, HandoffState, other_of, side_of
from app.handoffs.services.changes import happened, load, load_for, tell
from app.handoffs.services.sides import side_row
from app.infra import event_bus, jobs
from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.kernel.errors import Conflict, Invalid
from app.kernel.words import N_

REMIND: Final = "handoffs.remind"


def remind_later(row: Handoff, *, now: datetime) -> None:
    """Plan the reminders of a handoff that is being agreed, in the transaction of the agreement."""
    for kind, wait in reminders_due(row.window_start, now=now).items():
        payload = {"handoff": row.public_id, "kind": kind}
        jobs.enqueue(REMIND, payload, now=now, unique_key=f"{REMIND}:{row.public_id}:{kind}", delay=wait)


def remind(public_id: str, kind: str, *, now: datetime) -> None:
    """
    Call a meeting to mind for both, each in her own zone and language; repeated, it is one reminder.

    Nothing is said about a meeting that is off or over, nor once its window has begun.
    """
    with transaction() as session:
        row = load(session, public_id)
        if row.state not in UNMET or now >= row.window_start:
            return
        for person_id in (row.donor_id, row.family_id):
            name = person(other_of(row, person_id)).display_name
            tell(row, person_id, kind, name=name, mail=True, said={"when": _when(row, person_id)}, now=now)


def _when(row: Handoff, person_id: int) -> str:
    """The beginning of the window, by the clock and in the words of one of the two."""
    reader = person(person_id)
    start = row.window_start.astimezone(zone_named(reader.timezone))
    return str(format_datetime(start, "EEE d MMM, HH:mm", locale=reader.locale))


def say_late(actor: Identity, handoff_public_id: str, minutes: int, *, now: datetime) -> None:
    """
    Tell the other that ``actor`` is about so many minutes late; the same again tells nothing new.

    Raises :class:`Invalid` for a number that is not among :data:`LATE_MINUTES`, :class:`Conflict` when no meeting is
    near.
    """
    with transaction() as session:
        row = load_for(session, actor, handoff_public_id)
        if minutes not in LATE_MINUTES:
            raise Invalid({"minutes": [N_("Please choose how many minutes.")]})
        if not is_near(HandoffState(row.state), row.window_start, row.window_end, now=now):
            raise Conflict(N_("This can be said in the hours before you meet."), code="not_near")
        mine = side_row(session, row, side_of(row, actor.person_id))
        if mine.late_minutes == minutes:
            return
        mine.late_minutes = minutes
        session.flush()
        event_bus.record(happened(HandoffUpdated, row, actor_id=actor.person_id, now=now))
        name, said = person(actor.person_id).display_name, {"minutes": str(minutes)}
        tell(row, other_of(row, actor.person_id), "handoff_late", name=name, mail=True, said=said, now=now)
