"""At the meeting: on the way, somebody who comes in one's place, and the code that says that the two met."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.accounts.queries import person
from app.handoffs.events import HandoffUpdated
from app.handoffs.models import Handoff
from app.handoffs.rules.cooler import LONGEST_NAME, MOST_TRIES, fits, is_code, new_code
from app.handoffs.rules.meeting import is_near
from app.handoffs.rules.states import HELD, UNMET, HandoffState, MetBy, Side, other_of, side_of
from app.handoffs.services.changes import happened, load_for, move, path_of, tell
from app.handoffs.services.completing import meet
from app.handoffs.services.sides import side_row
from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.kernel.errors import Conflict, Invalid
from app.kernel.text import one_line
from app.kernel.words import N_
from app.notifications.queries import unread_paths
from app.notifications.services import settle

NAMED: Final = "handoff_delegate"
"""The notice that somebody else comes."""

TAKEN_BACK: Final = "handoff_delegate_off"
"""The notice that the other of the two comes herself after all."""


@dataclass(frozen=True, slots=True)
class CodeAnswer:
    """Whether what was typed was the other's code, and how often more somebody may try."""

    fits: bool
    tries_left: int


def say_on_the_way(actor: Identity, handoff_public_id: str, *, now: datetime) -> None:
    """
    Tell the other that ``actor`` has left; each of the two may, and saying it twice is saying it once.

    Raises :class:`Conflict` when no meeting is near.
    """
    with transaction() as session:
        row = load_for(session, actor, handoff_public_id)
        state = HandoffState(row.state)
        if not is_near(state, row.window_start, row.window_end, now=now):
            raise Conflict(N_("This can be said in the hours before you meet."), code="not_near")
        mine = side_row(session, row, side_of(row, actor.person_id))
        if mine.left_at is not None:
            return
        mine.left_at = now
        session.flush()
        move(session, row, HandoffState.ON_THE_WAY, actor_id=actor.person_id, now=now)
        event_bus.record(happened(HandoffUpdated, row, actor_id=actor.person_id, now=now))
        name = person(actor.person_id).display_name
        tell(row, other_of(row, actor.person_id), "handoff_on_the_way", name=name, mail=True, now=now)


def enter_code(actor: Identity, handoff_public_id: str, typed: str, *, now: datetime) -> CodeAnswer:
    """
    Say by the other's code that the two met, at once or later, on either phone.

    A wrong one counts, and after :data:`MOST_TRIES` of them no further one is looked at; what cannot be a code at all
    is :class:`Invalid` and does not count. Once the two have met, any further code changes nothing. Raises
    :class:`Conflict` when nothing is agreed.
    """
    with transaction() as session:
        row = load_for(session, actor, handoff_public_id)
        if row.state not in HELD:
            raise Conflict(N_("A code is entered once a meeting is agreed."), code="not_agreed")
        if not is_code(typed):
            raise Invalid({"code": [N_("A code has six digits.")]})
        side = side_of(row, actor.person_id)
        mine, theirs = side_row(session, row, side), side_row(session, row, _other(side))
        if row.state == HandoffState.MET:
            return CodeAnswer(fits=True, tries_left=MOST_TRIES - mine.wrong_tries)
        if mine.wrong_tries >= MOST_TRIES:
            return CodeAnswer(fits=False, tries_left=0)
        if not fits(typed, theirs.code):
            mine.wrong_tries += 1
            session.flush()
            return CodeAnswer(fits=False, tries_left=MOST_TRIES - mine.wrong_tries)
        meet(session, row, MetBy.CODE, actor_id=actor.person_id, now=now)
        event_bus.record(happened(HandoffUpdated, row, actor_id=actor.person_id, now=now))
        return CodeAnswer(fits=True, tries_left=MOST_TRIES - mine.wrong_tries)


def _other(side: Side) -> Side:
    return Side.FAMILY if side is Side.DONOR else Side.DONOR


def name_delegate(actor: Identity, handoff_public_id: str, name: str, *, now: datetime) -> None:
    """
    Say who comes in ``actor``'s place, or, with an empty name, that she comes herself.

    Each time her code is another one, so that the one given to somebody before is worth nothing, and the other is told:
    whom to expect is hers to know before she drives. The name is for the eyes of the two alone and goes when the
    handoff ends.
    """
    with transaction() as session:
        row = load_for(session, actor, handoff_public_id)
        if row.state not in UNMET:
            raise Conflict(N_("Somebody can come in your place once a meeting is agreed."), code="not_agreed")
        plain = one_line(name)
        if len(plain) > LONGEST_NAME:
            raise Invalid({"name": [N_("That is too long. A first name is enough.")]})
        mine = side_row(session, row, side_of(row, actor.person_id))
        if (plain or None) == mine.delegate_name:
            return
        mine.delegate_name, mine.code = plain or None, new_code()
        session.flush()
        event_bus.record(happened(HandoffUpdated, row, actor_id=actor.person_id, now=now))
        _tell_who_comes(row, actor, NAMED if plain else TAKEN_BACK, now=now)


def _tell_who_comes(row: Handoff, actor: Identity, kind: str, *, now: datetime) -> None:
    """
    Each time a notice, and what was said before and is so no more is read by itself.

    No further mail while the same, told before, was not opened: it says nobody's name who comes instead, the page does.
    """
    other_id, path = other_of(row, actor.person_id), path_of(row)
    settle(other_id, TAKEN_BACK if kind == NAMED else NAMED, path, now=now)
    unopened = (other_id, path) in unread_paths([other_id], kind)
    name = person(actor.person_id).display_name if kind == TAKEN_BACK else ""
    tell(row, other_id, kind, name=name, said={"at": now.isoformat()}, mail=not unopened, now=now)
