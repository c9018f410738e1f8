"""
Hides contact details in a first note: phone numbers, e-mail and web addresses, social handles, street addresses.

Two people who have not yet chosen each other talk here, where both are protected. Amounts, dates, ages and names of
towns stay readable. See :mod:`app.screen.phones` and :mod:`app.screen.contacts` for what is recognised.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.screen.contacts import Span, find_addresses, find_emails, find_handles, find_links
from app.screen.folding import fold
from app.screen.phones import find_phones


class Contact(StrEnum):
    """What was hidden."""

    EMAIL = "email"
    LINK = "link"
    PHONE = "phone"
    ADDRESS = "address"
    HANDLE = "handle"


INSTEAD: Final = {
    Contact.EMAIL: "[e-mail hidden]",
    Contact.LINK: "[link hidden]",
    Contact.PHONE: "[phone number hidden]",
    Contact.ADDRESS: "[address hidden]",
    Contact.HANDLE: "[name on another site hidden]",
}
"""What stands in place of each; none of these texts is itself recognised as a contact."""

_FINDERS: Final[tuple[tuple[Contact, Callable[[str], Iterator[Span]]], ...]] = (
    (Contact.EMAIL, find_emails),
    (Contact.LINK, find_links),
    (Contact.PHONE, find_phones),
    (Contact.ADDRESS, find_addresses),
    (Contact.HANDLE, find_handles),
)
_GONE: Final = "\ufffc"
"""Stands for a sign already hidden while the rest is searched; no pattern reads across it."""


@dataclass(frozen=True, slots=True)
class Found:
    """One contact: its kind and its stretch of the original text."""

    kind: Contact
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Masked:
    """The text with its contacts hidden, and what was found, in the order of the original."""

    text: str
    found: tuple[Found, ...]


def mask_contacts(text: str) -> Masked:
    """Hide every contact detail in ``text``; masking twice changes nothing more, and no text makes it fail."""
    found: list[Found] = []
    rest = text
    while fresh := _first_pass(rest):
        found.extend(fresh)
        rest = _without(rest, fresh)
    found.sort(key=lambda one: one.start)
    return Masked(_written(text, found), tuple(found))


def _first_pass(text: str) -> list[Found]:
    """The contacts of the first kind that is present, so that an e-mail is never half read as a web address."""
    folded = fold(text)
    for kind, finder in _FINDERS:
        spans = sorted({folded.span(*span) for span in finder(folded.text)})
        if spans:
            return [Found(kind, start, end) for start, end in _merged(spans)]
    return []


def _merged(spans: list[Span]) -> list[Span]:
    merged = [spans[0]]
    for start, end in spans[1:]:
        if start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _without(text: str, found: list[Found]) -> str:
    for one in found:
        text = text[: one.start] + _GONE * (one.end - one.start) + text[one.end :]
    return text


def _written(text: str, found: list[Found]) -> str:
    parts: list[str] = []
    place = 0
    for one in found:
        parts += [text[place : one.start], INSTEAD[one.kind]]
        place = one.end
    return "".join([*parts, text[place:]])
