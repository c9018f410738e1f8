"""What is next for a moderator: the cases that wait."""

from collections.abc import Iterator
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.kernel.access import Identity, Role
from app.moderation.queries import cases
from app.web.next_steps import NextStep, Rank


def next_steps(person: Identity, now: datetime) -> Iterator[NextStep]:
    """How many cases wait; nothing for anybody else."""
    if not person.has(Role.MODERATOR):
        return
    _lines, waiting = cases.queue(person, now=now)
    if waiting:
        words = ngettext("%(num)s case waits for a moderator.", "%(num)s cases wait for a moderator.", waiting)
        yield NextStep(Rank.DUTY, words, _("Open the queue"), url_for("moderation.queue"), "scale")
