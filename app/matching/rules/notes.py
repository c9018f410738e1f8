"""The note of a yes or an invitation: short, without contacts, without money."""

from typing import Final

from app.kernel.errors import Invalid
from app.kernel.text import plain_text
from app.kernel.words import N_
from app.matching.rules.life import NOTE_LENGTH
from app.screen.masking import mask_contacts
from app.screen.money import asks_money

_TOO_LONG: Final = N_("Please keep this to 500 characters; the rest can be said once you both agreed.")
_NO_MONEY: Final = N_(
    "This reads like money for milk. Milk is given here, never sold or paid for; replacing storage bags is welcome. "
    "Please say it without money."
)


def sound_note(typed: str) -> str:
    """
    The note as it is kept: contacts hidden, control signs gone.

    Raises :class:`Invalid` at ``note`` when it is longer than 500 characters or asks for money.
    """
    note = plain_text(typed)
    if len(note) > NOTE_LENGTH:
        raise Invalid({"note": [_TOO_LONG]})
    if asks_money(note):
        raise Invalid({"note": [_NO_MONEY]})
    return mask_contacts(note).text
