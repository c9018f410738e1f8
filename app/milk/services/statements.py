"""Versions of what a donor states about herself: only a fingerprint of the words is kept, and since when they hold."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

from app.infra.transaction import transaction
from app.milk.models import Statement


def note_statement(donor_id: int, said: Iterable[Sequence[object]], *, now: datetime) -> int | None:
    """
    Keep that a donor states ``said`` from now on, and return the version of it; the same as before is the same version.

    ``said`` are (attribute, state, since, level), in any order; what was said itself is not kept here. None for one
    who states nothing and never did.
    """
    words = [tuple(each) for each in said]
    made = fingerprint(donor_id, words)
    with transaction() as session:
        wanted = select(Statement).where(Statement.donor_id == donor_id).order_by(Statement.version.desc()).limit(1)
        last = session.scalar(wanted)
        if last is None and not words:
            return None
        if last is not None and last.fingerprint == made:
            return last.version
        version = last.version + 1 if last else 1
        session.add(Statement(donor_id=donor_id, version=version, fingerprint=made, stated_at=now))
        session.flush()
        return version


def fingerprint(donor_id: int, said: Iterable[Sequence[object]]) -> str:
    """What a donor states as a digest: the same for the same answers in any order."""
    words = sorted(tuple(str(part) for part in each) for each in said)
    return hashlib.sha256(f"{donor_id}|{words!r}".encode()).hexdigest()
