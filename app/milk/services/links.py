"""Links with which a kept address is deleted: each mail has its own, and only its digest is kept."""

import hashlib
import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from app.milk.models import RecallContactLink


def new_link(session: Session, leaver: str, *, now: datetime) -> str:
    """A fresh random token that stands for all that is kept of ``leaver``; it is told here and nowhere kept."""
    token = secrets.token_urlsafe(24)
    session.add(RecallContactLink(digest=digest_of(token), leaver=leaver, made_at=now))
    session.flush()
    return token


def digest_of(token: str) -> str:
    """What is kept of a link, whatever was sent as its token."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
