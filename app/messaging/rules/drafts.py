"""What somebody sends, checked: only some kinds may come from people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.kernel.errors import Invalid
from app.kernel.words import N_
from app.messaging.rules.kinds import Kind
from app.messaging.rules.numbers import clean_client_id
from app.messaging.rules.texts import clean_text


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
