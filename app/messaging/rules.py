"""
What may be said: the text of a message, its kinds, the id a phone gave it.

Pure. Every refusal is an :class:`~app.kernel.errors.Invalid` with the reason at its field.
"""

import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from app.kernel.errors import Invalid
from app.kernel.text import plain_text
from app.kernel.words import N_

MAX_BODY_BYTES: Final = 8000
"""Longest text of one message in UTF-8, after it was put in order."""

LARGEST_SEQ: Final = 2**31 - 1
"""The largest sequence number the column holds."""


class Kind(StrEnum):
    """What a message is."""

    TEXT = "text"
    QUESTION = "question"
    CARD = "card"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Draft:
    """
    A message somebody wants to send, in order and not yet stored.

    A question carries no text: ``payload`` names the attribute, and each reader sees it in their own language.
    """

    client_id: str
    kind: Kind
    body: str
    payload: Mapping[str, Any] | None


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


def clean_client_id(raw: object) -> str:
    """
    The id a phone gave its message, as a lower-case UUID with dashes.

    Raises :class:`Invalid` at ``client_id`` for anything else.
    """
    try:
        return str(uuid.UUID(raw if isinstance(raw, str) else ""))
    except ValueError as error:
        raise Invalid({"client_id": [N_("We could not read that.")]}) from error


def clean_seq(raw: object, *, field: str = "seq") -> int:
    """A sequence number from outside: a whole number from 0 to :data:`LARGEST_SEQ`; :class:`Invalid` otherwise."""
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= LARGEST_SEQ:
        raise Invalid({field: [N_("We could not read that.")]})
    return raw


def draft(client_id: object, kind: object, body: object, payload: object = None) -> Draft:
    """
    What somebody sends, checked: only texts and questions may come from people.

    For a question the attribute's key stands in ``payload`` or, as phones send it, in ``body``.
    """
    sent_id = clean_client_id(client_id)
    if kind == Kind.TEXT:
        return Draft(sent_id, Kind.TEXT, clean_text(body), None)
    if kind == Kind.QUESTION:
        key = payload.get("attribute") if isinstance(payload, Mapping) else body
        if not isinstance(key, str):
            raise Invalid({"body": [N_("We could not read that.")]})
        return Draft(sent_id, Kind.QUESTION, "", {"attribute": key})
    raise Invalid({"kind": [N_("We could not read that.")]})
