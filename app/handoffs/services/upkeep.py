"""What happens without anybody pressing a button: posts close or change, windows pass, nobody answers."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from app.handoffs import queries
from app.handoffs.models import Handoff
from app.handoffs.queries import entries_of
from app.handoffs.rules.amounts import MISSED_AFTER, REMIND_AFTER
from app.handoffs.rules.plan import WHOLE
from app.handoffs.rules.states import HELD, UNMET, EndReason, HandoffState
from app.handoffs.services import balances
from app.handoffs.services.absences import leave_unanswered
from app.handoffs.services.after_all import fall_back
from app.handoffs.services.changes import end, load, tell, tell_both
from app.handoffs.services.closing import tell_closed
from app.handoffs.services.completing import complete
from app.infra.transaction import transaction
from app.kernel.quantities import Millilitres

_PROPOSED: Final = frozenset({HandoffState.PROPOSED})


def end_proposals_of(post_id: int, *, now: datetime) -> int:
    """End the proposals that need a closed post, tell both kindly (:func:`tell_closed`), and return how many; what was
    agreed stays agreed.
    """
    with transaction() as session:
        ended = _still(session, queries.proposed_for_post(post_id), _PROPOSED)
        for row in ended:
            end(session, row, HandoffState.CANCELLED, actor_id=None, reason=EndReason.POST_CLOSED, now=now)
            tell_closed(row, post_id, now=now)
        return len(ended)


def _still(session: Session, public_ids: Iterable[str], states: Collection[HandoffState]) -> list[Handoff]:
    """Those of these handoffs that are in one of ``states`` once they are locked: somebody may have been faster."""
    rows = [load(session, public_id) for public_id in public_ids]
    return [row for row in rows if row.state in states]


def follow_offer(offer_id: int) -> None:
    """
    Let an offer's balances follow its edited volume, never below what is promised and given.

    When a weekly offer became a single one, or the other way round, the balances of the other kind keep exactly what is
    promised and given, so that nothing more is planned from them.
    """
    with transaction() as session:
        terms = queries.offer_terms(offer_id)
        if terms is None:
            return
        weekly, total = terms
        known = balances.periods_of(session, offer_id)
        current = {period for period in known if (period != WHOLE) == weekly}
        balances.follow(session, offer_id, current, total)
        balances.follow(session, offer_id, known - current, Millilitres(0))


def lapse_unanswered(*, now: datetime) -> int:
    """End the proposals whose window went by without an answer, tell who proposed, and return how many."""
    with transaction() as session:
        due = _still(session, queries.unanswerable(now=now), _PROPOSED)
        for row in due:
            end(session, row, HandoffState.CANCELLED, actor_id=None, reason=EndReason.NO_ANSWER, now=now)
            tell(row, row.proposed_by_id, "handoff_lapsed", now=now)
            leave_unanswered(row, now=now)
        return len(due)


def ask_unconfirmed(*, now: datetime) -> int:
    """Ask both people, once, about agreed handoffs whose window ended two days ago, and return how many are open."""
    with transaction() as session:
        due = _still(session, queries.held_since(REMIND_AFTER, now=now), HELD)
        for row in due:
            tell_both(row, "handoff_ask", now=now, mail=True)
        return len(due)


def settle_overdue(*, now: datetime) -> int:
    """
    End agreed handoffs a week after their window, and return how many.

    Nobody said anything: missed, and the milk is free again. One side entered an amount: it stands alone, because milk
    that somebody says was given must not be promised to another family. The two met by their code and nobody counted:
    what was promised stands. One that was met and of which nobody knows which milk it was is not ended: its donor is
    asked once, and it waits for her, because milk without a lot could not be traced.

    A missed meeting that was said to be held, and of which nobody entered anything for as long, is missed again.
    """
    with transaction() as session:
        for row in _still(session, queries.unfounded(MISSED_AFTER, now=now), HELD):
            # Time may have called it missed before: told again, it is news.
            again = partial(tell_both, row, "handoff_missed", said={"at": now.isoformat()}, now=now)
            fall_back(session, row, actor_id=None, tells=again, now=now)
        for row in _still(session, queries.untraced(MISSED_AFTER, now=now), HELD):
            tell(row, row.donor_id, "handoff_lot_wanted", now=now, mail=True)
        due = _still(session, queries.settleable(MISSED_AFTER, now=now), HELD)
        for row in due:
            empty = entries_of(row).is_empty
            if empty and row.state in UNMET:
                tells = partial(tell_both, row, "handoff_missed", now=now)
                why = EndReason.NOT_CONFIRMED
                end(session, row, HandoffState.MISSED, actor_id=None, reason=why, tells=tells, now=now)
            else:
                reason = EndReason.NOT_COUNTED if empty else EndReason.ONE_SIDE_ONLY
                complete(session, row, actor_id=None, reason=reason, now=now)
                tell_both(row, "handoff_confirmed", now=now)
        return len(due)
