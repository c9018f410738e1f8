"""The table of jobs."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, CheckConstraint, ColumnElement, Index, String, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.database import Base


class Job(Base):
    """Something to be done later; its payload is emptied when it is done."""

    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    unique_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="queued")
    run_after: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state IN ('queued', 'done', 'dead')", name="state_known"),
        CheckConstraint("(state = 'queued') = (ended_at IS NULL)", name="ended_with_state"),
        Index(
            "ix_jobs_due",
            "run_after",
            "id",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "ix_jobs_waiting_kind",
            "kind",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index("ix_jobs_dead", "id", sqlite_where=text("state = 'dead'"), postgresql_where=text("state = 'dead'")),
        Index("ix_jobs_ended_at", "ended_at"),
    )


def _state_is(state: str) -> ColumnElement[bool]:
    """A literal, because neither database takes a partial index for a parameter."""
    return Job.state == literal_column(f"'{state}'")


QUEUED: Final = _state_is("queued")
DONE: Final = _state_is("done")
DEAD: Final = _state_is("dead")
