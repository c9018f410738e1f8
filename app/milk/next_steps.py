"""What is next with somebody's own milk: the lot whose last day is near, and offers that rest."""

from collections.abc import Iterator
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from app.kernel.access import Identity
from app.milk import words
from app.milk.queries import lots_of, rest_of
from app.milk.services import today_of
from app.web.next_steps import NextStep, Rank


def next_steps(person: Identity, now: datetime) -> Iterator[NextStep]:
    """That offers rest; the one lot that ends first, when its time is near and something of it is left."""
    resting = rest_of(person.person_id)
    if resting:
        path = url_for("milk.withdrawal", token=resting.withdrawal_token)
        said = _("Your offers rest until somebody of our team has looked.")
        yield NextStep(Rank.WAIT, said, _("What that means"), path, "clock")
    near = [lot for lot in lots_of(person, today=today_of(person.person_id, now)) if lot.is_soon and not lot.is_over]
    if near:
        lot = min(near, key=lambda each: each.days_left)
        said = _("Lot %(code)s: %(left)s.", code=words.code(lot), left=words.days_left(lot))
        yield NextStep(Rank.LATER, said, _("Open the lot"), url_for("milk.show", public_id=lot.public_id), "beaker")
