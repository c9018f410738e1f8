"""What somebody sends, checked: only some kinds may come from people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.kernel.errors import Invalid
from app.kernel.words import N_
from app.messaging.rules.kinds import Kind
from app.messaging.rules.numbers import LARGEST_SEQ, clean_client_id
from app.messaging.rules.phrases import PHRASES
from app.messaging.rules.texts import clean_text

_UNREADABLE = N_("We could not read that.")


@dataclass(frozen=True, slots=True)
class Draft:
    """
    A message somebody wants to send, in order and not yet stored.

    Only a text carries words of its own. ``payload`` names the attribute of a question or an answer, the key of a
    phrase; each reader sees it in their own language. ``reply_to`` is the place of the question an answer is to.
    """

    client_id: str
    kind: Kind
    body: str
    payload: Mapping[str, Any] | None
    reply_to: int | None = None


def draft(client_id: object, kind: object, body: object, payload: object = None, reply_to: object = None) -> Draft:
    """
    What somebody sends, checked: texts, questions, phrases and answers may come from people.

    For a question the attribute's key, for a phrase its key, stands in ``payload`` or, as phones send it, in ``body``.
    What an answer says is read later, when its question is known.
    """
    sent_id = clean_client_id(client_id)
    if kind == Kind.TEXT:
        return Draft(sent_id, Kind.TEXT, clean_text(body), None)
    if kind == Kind.QUESTION:
        return Draft(sent_id, Kind.QUESTION, "", {"attribute": _key(body, payload, "attribute")})
    if kind == Kind.PHRASE:
        return Draft(sent_id, Kind.PHRASE, "", {"phrase": _phrase(_key(body, payload, "phrase"))})
    if kind == Kind.ANSWER:
        return Draft(sent_id, Kind.ANSWER, "", payload if isinstance(payload, Mapping) else {}, _place(reply_to))
    raise Invalid({"kind": [_UNREADABLE]})


def _key(body: object, payload: object, name: str) -> str:
    key = payload.get(name) if isinstance(payload, Mapping) else body
    if not isinstance(key, str):
        raise Invalid({"body": [_UNREADABLE]})
    return key


def _phrase(key: str) -> str:
    if key not in PHRASES:
        raise Invalid({"body": [N_("That sentence is not on our list.")]})
    return key


def _place(raw: object) -> int:
    """The place of the question; a form sends it as text."""
    if isinstance(raw, str) and raw.isascii() and raw.isdecimal() and len(raw) <= len(str(LARGEST_SEQ)):
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 < raw <= LARGEST_SEQ:
        raise Invalid({"reply_to": [N_("There is no such question.")]})
    return raw
