"""What is next with somebody's own account: to agree, and to say roughly where she is."""

from collections.abc import Iterator
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from app.accounts import queries
from app.kernel.access import Identity
from app.web.next_steps import NextStep, Rank


def next_steps(person: Identity, _now: datetime) -> Iterator[NextStep]:
    """The two things without which nobody can post."""
    if not queries.has_agreed(person.person_id):
        yield NextStep(
            Rank.BEGIN,
            _("Before you begin, read what this place is and is not."),
            _("Read and go on"),
            url_for("accounts.welcome"),
            "book-open",
        )
    elif queries.person(person.person_id).area_id is None:
        yield NextStep(
            Rank.BEGIN,
            _("Where are you, roughly? We look for milk around a wide area, never around your home."),
            _("Choose my area"),
            url_for("accounts.place"),
            "map-pin",
        )
