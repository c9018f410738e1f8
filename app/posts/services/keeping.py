"""
A form typed while the session ran out: kept for a day, given back after signing in.

Without a script nothing but the server can keep it. The row bears no name; the browser gets a random token in its
signed session, the database holds only the token's digest, and the first fetch deletes the row. A cookie alone would be
simpler, but a note of 2,000 characters does not fit into one.
"""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import CursorResult, delete, select

from app.infra.transaction import transaction
from app.posts.models import KeptForm

KEPT_FOR: Final = timedelta(days=1)
MOST_KEPT: Final = 1000
"""The oldest make room: whoever sends forms without end cannot fill the disk."""


def keep_form(kind: str, typed: Mapping[str, list[str]], *, now: datetime) -> str:
    """Keep a form as typed for :data:`KEPT_FOR`, and return the token that gives it back."""
    token = secrets.token_urlsafe(24)
    with transaction() as session:
        session.add(KeptForm(token_digest=_digest(token), kind=kind, typed=dict(typed), kept_at=now))
        session.flush()
        spared = select(KeptForm.id).order_by(KeptForm.id.desc()).limit(MOST_KEPT)
        session.execute(delete(KeptForm).where(KeptForm.id.not_in(spared)))
    return token


def take_kept_form(token: str, kind: str, *, now: datetime) -> Mapping[str, list[str]] | None:
    """Give back, once, what was kept under ``token``, or None when nothing of this kind is left."""
    with transaction() as session:
        row = session.scalars(
            select(KeptForm).where(KeptForm.token_digest == _digest(token), KeptForm.kind == kind)
        ).one_or_none()
        if row is None or row.kept_at + KEPT_FOR < now:
            return None
        typed: Mapping[str, list[str]] = row.typed
        session.delete(row)
        return typed


def forget_old_forms(*, now: datetime) -> int:
    """Delete what nobody came back for, and return how many forms that were."""
    with transaction() as session:
        gone = session.execute(delete(KeptForm).where(KeptForm.kept_at < now - KEPT_FOR))
        return gone.rowcount if isinstance(gone, CursorResult) else 0


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
