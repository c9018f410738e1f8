"""What each of the two has for one meeting: made at the agreement, gone when the handoff ends."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.handoffs.models import Handoff, HandoffSide, HandoffWindow
from app.handoffs.rules.cooler import new_code
from app.handoffs.rules.states import Side


def side_row(session: Session, row: Handoff, side: Side) -> HandoffSide:
    """One side's row of a handoff whose own row is locked, so that two cannot make it at once."""
    found = session.get(HandoffSide, (row.id, side.value), populate_existing=True)
    if found is None:
        found = HandoffSide(handoff_id=row.id, side=side.value, code=new_code())
        session.add(found)
        session.flush()
    return found


def forget_sides(session: Session, row: Handoff) -> None:
    """Keep nothing of the meeting itself once a handoff has ended."""
    session.execute(delete(HandoffSide).where(HandoffSide.handoff_id == row.id))


def forget_windows(session: Session, row: Handoff) -> None:
    """Keep no other window of a proposal that was answered."""
    session.execute(delete(HandoffWindow).where(HandoffWindow.handoff_id == row.id))
