"""
What is to become of a text before others see it: the one question posts, first contacts and messages ask.

Today the answer comes from a few rules over :mod:`app.screen.money` and :mod:`app.screen.masking`. They know what the
texts of HM4HB-like groups ask for, not what is meant; a person decides about whatever is held.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.kernel.words import N_
from app.screen.contacts import find_links
from app.screen.folding import fold
from app.screen.masking import mask_contacts
from app.screen.money import find_money

Span = tuple[int, int]


class Place(StrEnum):
    """Where a text is to be read."""

    POST = "post"
    FIRST_CONTACT = "first_contact"
    MESSAGE = "message"


class Action(StrEnum):
    """What happens to a text: it goes on, its writer is asked again, a person looks first, or it stays where it is."""

    ALLOW = "allow"
    NUDGE = "nudge"
    HOLD = "hold"
    BLOCK = "block"


class Label(StrEnum):
    """What was seen in a text; ``AFTER_HELD`` says that the one before it waits or was refused."""

    PAYMENT = "payment"
    OFF_PLATFORM = "off_platform"
    LINK = "link"
    AFTER_HELD = "after_held"


@dataclass(frozen=True, slots=True)
class Context:
    """
    Who writes where.

    ``newcomer``: nothing is known of the writer yet (trust 0). ``previous_held``: the writer's last text in the same
    place was held.
    """

    kind: Place
    newcomer: bool = False
    previous_held: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What to do with a text, what was seen in it and where (stretches of the original, in order), and the reason as its
    writer reads it ("" when it goes on).
    """

    action: Action
    labels: tuple[Label, ...] = ()
    spans: tuple[Span, ...] = ()
    reason: str = ""


_MONEY: Final = N_(
    "This reads like money for milk. Milk is given here, never sold or paid for; replacing storage bags is welcome. "
    "Please say it without money."
)
_NEWCOMER: Final = N_("A moderator reads this first, because you are new here. It is not sent yet.")
_AFTER_HELD: Final = N_("A moderator reads this first, like the one before it. It is not sent yet.")
_FINE: Final = Verdict(Action.ALLOW)


def judge(text: str, *, context: Context) -> Verdict:
    """
    What is to become of ``text``; no text makes it fail, and it is "" for what carries no words of its own.

    In a first contact contacts are only pointed out, because they are hidden there (:func:`mask_contacts`); in a
    message a phone number or an address is nobody's business but the two people's.
    """
    seen = tuple(_seen(text, context)) if text else ()
    labels = tuple(dict.fromkeys(label for label, _ in seen))
    spans = tuple(sorted(span for _, span in seen))
    if context.kind is Place.MESSAGE:
        return _message(labels, spans, context)
    if Label.PAYMENT in labels:
        action = Action.BLOCK if context.kind is Place.FIRST_CONTACT else Action.NUDGE
        return Verdict(action, labels, spans, _MONEY)
    return Verdict(Action.ALLOW, labels, spans) if labels else _FINE


def _seen(text: str, context: Context) -> Iterator[tuple[Label, Span]]:
    folded = fold(text)
    for span in find_money(folded.text):
        yield Label.PAYMENT, folded.span(*span)
    if context.kind is not Place.MESSAGE:
        for found in mask_contacts(text).found:
            yield Label.OFF_PLATFORM, (found.start, found.end)
    elif context.newcomer:
        for span in find_links(folded.text):
            yield Label.LINK, folded.span(*span)


def _message(labels: tuple[Label, ...], spans: tuple[Span, ...], context: Context) -> Verdict:
    if context.previous_held:
        return Verdict(Action.HOLD, (*labels, Label.AFTER_HELD), spans, _AFTER_HELD)
    if not labels:
        return _FINE
    if context.newcomer:
        return Verdict(Action.HOLD, labels, spans, _NEWCOMER)
    return Verdict(Action.NUDGE, labels, spans, _MONEY)
