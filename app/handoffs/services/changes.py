"""What every use-case of a handoff does alike: load and lock it, move its state with a row of history, say so."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.queries import person
from app.handoffs import queries
from app.handoffs.events import HandoffCancelled, HandoffEvent
from app.handoffs.models import Handoff, HandoffChange
from app.handoffs.permissions import SEE
from app.handoffs.rules.amounts import held_amount
from app.handoffs.rules.local_time import is_today, zone_named
from app.handoffs.rules.meeting import REMINDERS
from app.handoffs.rules.states import HELD, LIFE, OPEN, HandoffState, other_of
from app.handoffs.services import balances, lots
from app.handoffs.services.sides import forget_sides, forget_windows
from app.infra import event_bus
from app.infra.lifecycle import LifeCycle
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.kernel.quantities import Millilitres
from app.notifications.services import notify, settle
from app.posts.rules.states import FINDABLE, PostState
from app.posts.services import fulfil, mark_matched, reopen

OF_TODAY: Final = frozenset({
    "handoff_proposed", "handoff_agreed", "handoff_cancelled", "handoff_declined", "handoff_closed",
    "handoff_delegate", "handoff_delegate_off",
})  # fmt: skip
"""News that changes where somebody goes, and so cannot wait when it is about today."""

OF_THE_HOUR: Final = frozenset({"handoff_soon", "handoff_late", "handoff_on_the_way"})
"""News that is of use in the next hours or not at all."""

ENDS: Final = ("handoff_cancelled", "handoff_missed", "handoff_missed_said", "handoff_lapsed", "handoff_not_met")
"""News that a handoff came to nothing."""

BEFORE_MEETING: Final = (*REMINDERS, "handoff_late", "handoff_on_the_way")
"""What is of no use once the meeting is off or over."""

FURTHER: Final = frozenset({"minutes", "at"})
"""What makes news of the same kind about the same handoff news again: another delay, another moment."""

NOTHING_MORE: Final[Mapping[str, str]] = {}


def load(session: Session, public_id: str) -> Handoff:
    """The handoff, locked until the transaction ends; :class:`NotFound` when there is none."""
    wanted = select(Handoff).where(Handoff.public_id == public_id).with_for_update()
    row = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    return row


def load_for(session: Session, actor: Identity, public_id: str) -> Handoff:
    """The same for one of its two people; :class:`NotFound` for everybody else."""
    row = load(session, public_id)
    authorise(actor, SEE, row)
    return row


def held_of(row: Handoff) -> Millilitres:
    """What the offer's balance keeps for an agreed handoff."""
    return held_amount(Millilitres(row.volume_ml), queries.entries_of(row))


def _enters(row: Handoff, wanted: HandoffState, now: datetime) -> None:
    """A place is kept no longer than the handoff is open."""
    if wanted is HandoffState.CONFIRMED:
        row.confirmed_at = now
    if wanted not in OPEN:
        row.place_note = ""


_HANDOFFS: Final = LifeCycle(HandoffState, LIFE, HandoffChange, "handoff_id", _enters)
note_change, move = _HANDOFFS.note, _HANDOFFS.move


def end(
    session: Session, row: Handoff, wanted: HandoffState, *, actor_id: int | None, reason: str | None,
    tells: Callable[[], None] | None = None, now: datetime,
) -> bool:  # fmt: skip
    """
    End a handoff without milk: release what it held and publish it; False when it had ended that way already.

    ``tells`` leaves the notices about it. It is called first: what the end means for the line is said in the same one.
    """
    held = held_of(row) if row.state in HELD else Millilitres(0)
    forget_windows(session, row)
    if not move(session, row, wanted, actor_id=actor_id, reason=reason, now=now):
        return False
    if tells is not None:
        tells()
    if held:
        balances.change(session, row.offer_id, row.period, reserved=-held)
        reflect_in_offer(session, row, now=now)
        forget_meeting(session, row, now=now)
    lots.let_go(session, row, now=now)
    event_bus.record(happened(HandoffCancelled, row, actor_id=actor_id, now=now))
    return True


def forget_meeting(session: Session, row: Handoff, *, now: datetime) -> None:
    """A meeting that is off or over leaves nothing of its hours, and no reminder of it still leaves the site."""
    forget_sides(session, row)
    for person_id in (row.donor_id, row.family_id):
        for kind in BEFORE_MEETING:
            settle(person_id, kind, path_of(row), now=now)


def reflect_in_offer(session: Session, row: Handoff, *, now: datetime) -> None:
    """
    Let a single offer say where its milk stands.

    All promised: nobody else finds it. Free again: it is found again. All given: it ends well, and by that end
    (:class:`~app.posts.events.PostClosed`) whoever still waits is told kindly. A weekly offer is left alone, and so is
    one that is withdrawn or in review; a paused one stays paused until its milk is given.
    """
    plan = queries.plan_of(row.conversation_id)
    if plan.is_weekly or plan.offer_state not in FINDABLE:
        return
    balance = balances.look(session, row.offer_id, row.period)
    # The books may hold more than the offer says, when milk was given that was another's: that is no free milk.
    balance = replace(balance, total_ml=min(balance.total_ml, plan.volume_ml))
    if balance.is_all_given:
        fulfil(row.offer_id, now=now)
    elif balance.free_ml == 0 and plan.offer_state is PostState.LIVE:
        mark_matched(row.offer_id, now=now)
    elif balance.free_ml > 0 and plan.offer_state is PostState.MATCHED:
        reopen(row.offer_id, now=now)


def about(row: Handoff, *, actor_id: int | None, now: datetime) -> dict[str, Any]:
    """The fields every event of this handoff carries."""
    return {
        "at": now,
        "handoff_id": row.id,
        "conversation_id": row.conversation_id,
        "offer_id": row.offer_id,
        "request_id": row.request_id,
        "donor_id": row.donor_id,
        "family_id": row.family_id,
        "actor_id": actor_id,
    }


def happened(kind: type[HandoffEvent], row: Handoff, *, actor_id: int | None, now: datetime) -> HandoffEvent:
    """The event of that kind about this handoff."""
    return kind(**about(row, actor_id=actor_id, now=now))


def tell(  # noqa: PLR0913 - one notice: about what, to whom, which words, and where it leads.
    row: Handoff,
    person_id: int,
    kind: str,
    *,
    name: str = "",
    said: Mapping[str, str] = NOTHING_MORE,
    now: datetime,
    mail: bool = False,
    item: str = "",
    path: str = "",
) -> None:
    """
    Tell one of the two, once for each kind of news about this handoff; ``name`` is the other's, when she acted.

    With ``item`` it is news about something larger, told once a person; ``path`` leads elsewhere than to its page.

    ``said`` fills the sentence further (``when``, ``minutes``). What is said otherwise under one of :data:`FURTHER` is
    further news. What changes a meeting of the reader's own today goes at once, also in the reader's quiet hours.
    """
    own = ":".join((item_of(row.public_id, kind), *(said[key] for key in said if key in FURTHER)))
    params = {**({"name": name} if name else {}), **said}
    today = kind in OF_TODAY and is_today(row.window_start, zone_named(person(person_id).timezone), now=now)
    urgent = today or kind in OF_THE_HOUR
    where = path or path_of(row)
    notify(person_id, kind, item=item or own, path=where, params=params, mail=mail, urgent=urgent, now=now)


def tell_other(
    row: Handoff, actor: Identity, kind: str, *, said: Mapping[str, str] = NOTHING_MORE, now: datetime,
    mail: bool = False,
) -> None:  # fmt: skip
    """Tell the other one of the two what ``actor`` did."""
    name = person(actor.person_id).display_name
    tell(row, other_of(row, actor.person_id), kind, name=name, said=said, now=now, mail=mail)


def tell_both(
    row: Handoff, kind: str, *, said: Mapping[str, str] = NOTHING_MORE, now: datetime, mail: bool = False
) -> None:  # fmt: skip
    """Tell donor and family."""
    for person_id in (row.donor_id, row.family_id):
        tell(row, person_id, kind, said=said, now=now, mail=mail)


def item_of(handoff_public_id: str, kind: str) -> str:
    """The item of a notice of that kind about this handoff."""
    return f"handoff:{handoff_public_id}:{kind}"


def news_of_end(handoff_public_id: str, *, now: datetime) -> tuple[str, ...]:
    """The items of all notices that say just now that this handoff came to nothing, for the first time or again."""
    items = [item_of(handoff_public_id, kind) for kind in ENDS]
    return (*items, *(f"{item}:{now.isoformat()}" for item in items))


def path_of(row: Handoff) -> str:
    """Where the page of a handoff stands."""
    return f"/handoffs/{row.public_id}"
