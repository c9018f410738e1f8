"""Opens a case for a target, or joins the one that is open: a target never has two."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from app.infra import event_bus
from app.infra.database import db
from app.kernel.ids import new_public_id
from app.moderation.events import CaseOpened
from app.moderation.models import Case
from app.moderation.rules import Cause, TargetKind


def open_or_join(
    session: Session, *, kind: TargetKind, target_id: int, about_id: int, cause: Cause, harm: int, now: datetime
) -> Case:
    """
    The open case of the target: a fresh one, or the one that waits already, with the greater of both harms.

    The unique index decides between two who come at once; ``CaseOpened`` is recorded only by the one who was first.
    """
    insert = sqlite_insert if db.engine.dialect.name == "sqlite" else postgresql_insert
    public_id = new_public_id()
    session.execute(
        insert(Case)
        .values(
            public_id=public_id, target_kind=kind, target_id=target_id, about_id=about_id, cause=cause, harm=harm,
            state="open", opened_at=now,
        )
        .on_conflict_do_nothing()
    )  # fmt: skip
    waiting = select(Case).where(Case.target_kind == kind, Case.target_id == target_id, Case.state == "open")
    found = session.scalars(waiting.with_for_update()).one()
    found.harm = max(found.harm, harm)
    if found.public_id == public_id:
        event_bus.record(CaseOpened(at=now, case_id=found.id, about_id=about_id, cause=cause))
    return found
