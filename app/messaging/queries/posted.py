"""Who may be told of what was put into many conversations at once."""

from collections.abc import Iterable

from sqlalchemy import select

from app.accounts.models import User
from app.infra.database import db


def listening_in(person_ids: Iterable[int]) -> dict[int, str]:
    """The language of each of these people whose account is open; a closed one hears nothing."""
    open_ones = select(User.id, User.locale).where(User.id.in_(set(person_ids)), User.active)
    return {row[0]: row[1] for row in db.session.execute(open_ones)}
