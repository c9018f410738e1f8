"""The note of a yes or an invitation: short, without contacts, without money."""

from typing import Final

from app.kernel.errors import Invalid
from app.kernel.text import plain_text
from app.kernel.words import N_
from app.matching.rules.life import NOTE_LENGTH
from app.screen.judge import Action, Context, Place, judge
from app.screen.masking import mask_contacts

_TOO_LONG: Final = N_("Please keep this to 500 characters; the rest can be said once you both agreed.")


def sound_note(typed: str) -> str:
    """
    The note as it is kept: contacts hidden, control signs gone.

    Raises :class:`Invalid` at ``note`` when it is longer than 500 characters or asks for money.
    """
    note = plain_text(typed)
    if len(note) > NOTE_LENGTH:
        raise Invalid({"note": [_TOO_LONG]})
    verdict = judge(note, context=Context(Place.FIRST_CONTACT))
    if verdict.action is not Action.ALLOW:
        raise Invalid({"note": [verdict.reason]})
    return mask_contacts(note).text
