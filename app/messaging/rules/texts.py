"""The text of a message, put in order or refused with its reason."""

import unicodedata
from typing import Final

from app.kernel.errors import Invalid
from app.kernel.text import plain_text
from app.kernel.words import N_

MAX_BODY_BYTES: Final = 8000
"""Longest text of one message in UTF-8, after it was put in order."""

MAX_ADDRESS: Final = 300
"""Code points of an address, with what one needs to find the door."""


MAX_DESCRIPTION: Final = 300
"""Code points of a picture's description."""


def _says_nothing(text: str) -> bool:
    """Whether only blanks and invisible signs (joiners, marks without a letter) are left."""
    return all(character.isspace() or unicodedata.category(character) in {"Cf", "Mn"} for character in text)


def clean_text(raw: object) -> str:
    """
    The text as it is stored: NFC, one kind of line end, no control or bidi signs, no blanks around it.

    Raises :class:`Invalid` at ``body`` when it is no text, says nothing, or is longer than :data:`MAX_BODY_BYTES`.
    """
    if not isinstance(raw, str):
        raise Invalid({"body": [N_("We could not read that.")]})
    text = plain_text(raw)
    if _says_nothing(text):
        raise Invalid({"body": [N_("Write something first.")]})
    if len(text.encode()) > MAX_BODY_BYTES:
        raise Invalid({"body": [N_("That is too long for one message. Please send it in parts.")]})
    return text


def clean_address(raw: object) -> str:
    """
    An address as it is kept: like a text, at most :data:`MAX_ADDRESS` code points.

    Raises :class:`Invalid` at ``address``.
    """
    text = plain_text(raw) if isinstance(raw, str) else ""
    if _says_nothing(text):
        raise Invalid({"address": [N_("Write where to come first.")]})
    if len(text) > MAX_ADDRESS:
        raise Invalid({"address": [N_("That is too long. Please keep it under 300 characters.")]})
    return text


def clean_description(raw: object) -> str:
    """
    What a picture shows, in one line, for who cannot see it: like a text, at most :data:`MAX_DESCRIPTION` code points.

    "" for none. Raises :class:`Invalid` at ``description``.
    """
    text = " ".join(plain_text(raw).split()) if isinstance(raw, str) else ""
    if len(text) > MAX_DESCRIPTION:
        raise Invalid({"description": [N_("That is too long. Please keep it under 300 characters.")]})
    return "" if _says_nothing(text) else text
