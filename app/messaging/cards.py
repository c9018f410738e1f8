"""
Cards of other capabilities inside a conversation.

Messaging stands below the capabilities that post cards, so it cannot ask them: the factory registers one loader per
kind of card, and the card's template (``handoffs/_card.html`` for the kind ``handoff``) is included by name.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from flask import Flask, current_app

from app.kernel.access import Identity
from app.messaging.queries import MessageView
from app.messaging.rules import Kind

CardLoader = Callable[[Identity, Sequence[str]], Mapping[str, Any]]
"""Given the reader and public ids, the view of each that the reader may see; the others are left out."""

_EXTENSION: Final = "milkbridge_cards"


def register(app: Flask, kind: str, loader: CardLoader) -> None:
    """Let ``loader`` supply the cards whose payload has the key ``kind``."""
    app.extensions.setdefault(_EXTENSION, {})[kind] = loader


def cards_of(reader: Identity, messages: Iterable[MessageView]) -> dict[str, Any]:
    """The views of all cards among ``messages`` by public id, one call per kind of card."""
    loaders: Mapping[str, CardLoader] = current_app.extensions.get(_EXTENSION, {})
    payloads = [message.payload for message in messages if message.kind is Kind.CARD and message.payload]
    found: dict[str, Any] = {}
    for kind, loader in loaders.items():
        wanted = list(dict.fromkeys(str(payload[kind]) for payload in payloads if kind in payload))
        if wanted:
            found.update(loader(reader, wanted))
    return found
