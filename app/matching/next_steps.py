"""What is next between two posts: to choose among those who said yes, to answer an invitation."""

from collections.abc import Iterator
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.kernel.access import Identity
from app.matching.queries import to_answer, turns_to_answer
from app.posts.queries import posts_by_id
from app.web.next_steps import NextStep, Rank


def next_steps(person: Identity, now: datetime) -> Iterator[NextStep]:
    """Who waits for an answer: families at one's own offers, donors who invite; then one's own yeses."""
    asked = to_answer(person)
    if turns_to_answer(person, now=now):
        words = _("The milk you said yes to is free again. Would you still like it?")
        yield NextStep(Rank.ANSWER, words, _("Answer"), url_for("matching.mine"), "gift")
    yeses = sum(asked.yeses.values())
    if yeses:
        words = ngettext(
            "%(num)s family said yes to your milk and waits for your choice.",
            "%(num)s families said yes to your milk and wait for your choice.",
            yeses,
        )
        label = ngettext("Read the yes and choose", "Read them and choose", yeses)
        yield NextStep(Rank.ANSWER, words, label, _line(list(asked.yeses)), "hand-raised")
    invitations = sum(asked.invitations.values())
    if invitations:
        words = ngettext("A donor offers you milk.", "%(num)s donors offer you milk.", invitations)
        label = ngettext("Read the offer and answer", "Read the offers and answer", invitations)
        yield NextStep(Rank.ANSWER, words, label, url_for("matching.mine"), "gift")
    if asked.said:
        words = ngettext(
            "You said yes to %(num)s offer. You hear from us either way.",
            "You said yes to %(num)s offers. You hear from us either way.",
            asked.said,
        )
        yield NextStep(Rank.WAIT, words, _("See your place in line"), url_for("matching.mine"), "queue-list")


def _line(offer_ids: list[int]) -> str:
    """The line of the one offer somebody waits at; the overview when there are several."""
    if len(offer_ids) > 1:
        return url_for("matching.overview")
    (offer,) = posts_by_id(offer_ids).values()
    return url_for("matching.matches", public_id=offer.public_id)
