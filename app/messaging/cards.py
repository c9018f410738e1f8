"""
Cards of other capabilities inside a conversation.

Messaging stands below the capabilities that post cards, so it cannot ask them: each registers one loader per kind of
card and names the template that draws it. A kind nobody registered is shown as a calm line.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, current_app

from app.kernel.access import Identity
from app.messaging.queries import MessageView
from app.messaging.rules import Kind

CardLoader = Callable[[Identity, Sequence[str]], Mapping[str, Any]]
"""Given the reader and public ids, the view of each that the reader may see; the others are left out."""

_EXTENSION: Final = "milkbridge_cards"


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the cards of one kind come from, and what draws them."""

    loader: CardLoader
    template: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One card as it is drawn: its kind, the template, and the view (None when the reader may not see it)."""

    kind: str
    template: str
    view: Any


def register(app: Flask, kind: str, loader: CardLoader, template: str = "") -> None:
    """
    Let ``loader`` supply the cards whose payload has the key ``kind``.

    ``template`` draws one with its view as ``card``; unless given it is ``<kind>s/_card.html``.
    """
    app.extensions.setdefault(_EXTENSION, {})[kind] = _Source(loader, template or f"{kind}s/_card.html")


def _sources() -> Mapping[str, _Source]:
    found: Mapping[str, _Source] = current_app.extensions.get(_EXTENSION, {})
    return found


def cards_of(reader: Identity, messages: Iterable[MessageView]) -> dict[str, Any]:
    """The views of all cards among ``messages`` by public id, one call per kind of card."""
    payloads = [message.payload for message in messages if message.kind is Kind.CARD and message.payload]
    found: dict[str, Any] = {}
    for kind, source in _sources().items():
        wanted = list(dict.fromkeys(str(payload[kind]) for payload in payloads if kind in payload))
        if wanted:
            found.update(source.loader(reader, wanted))
    return found


def drawn(message: MessageView, views: Mapping[str, Any]) -> Drawn | None:
    """How to draw a card with the ``views`` of :func:`cards_of`; None for a kind nobody here knows."""
    payload = message.payload or {}
    for kind, source in _sources().items():
        if kind in payload:
            return Drawn(kind, source.template, views.get(str(payload[kind])))
    return None
