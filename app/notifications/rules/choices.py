"""
Which notices leave the site, by which channel, and how fast.

Every notice stands in the inbox; that cannot be switched off. By mail and by push each plain group of kinds goes out
at once, in the summary of the day, or not at all, as the reader wishes.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Channel(StrEnum):
    """A way out of the site."""

    MAIL = "mail"
    PUSH = "push"


class Choice(StrEnum):
    """How a group leaves by a channel."""

    INSTANT = "instant"
    DIGEST = "digest"
    OFF = "off"


class Group(StrEnum):
    """What a notice is about, in the few words somebody chooses by; the order is that of the page."""

    MESSAGES = "messages"
    ANSWERS = "answers"
    HANDOFFS = "handoffs"
    MATCHES = "matches"
    POSTS = "posts"
    MODERATION = "moderation"


class UnknownGroup(KeyError):  # noqa: N818 - reads as what is wrong.
    """A kind of notice belongs to no group: an error in the program, not in what a person did."""


KINDS: Final[Mapping[Group, frozenset[str]]] = {
    Group.MESSAGES: frozenset({"message_waiting", "answer_waited_for"}),
    Group.ANSWERS: frozenset({
        "interest_received", "invitation_received", "interest_accepted", "invitation_declined", "next_in_line",
        "talk_rests", "you_are_next", "turn_planned", "turn_asked", "turn_taken", "turn_stopped",
    }),
    Group.HANDOFFS: frozenset({
        "handoff_proposed", "handoff_agreed", "handoff_cancelled", "handoff_confirmed", "handoff_declined",
        "handoff_amount", "handoff_ask", "handoff_missed", "handoff_lapsed", "handoff_closed", "handoff_tomorrow",
        "handoff_soon", "handoff_late", "handoff_on_the_way", "handoff_delegate", "handoff_delegate_off",
        "handoff_went", "handoff_fed", "handoff_thanked", "milk_withdrawn_hold", "milk_withdrawn_medium",
        "milk_withdrawn_high", "milk_withdrawn_urgent", "milk_withdrawal_closed", "milk_withdrawal_ended",
        "milk_withdrawal_ended_held",
        "handoff_missed_said", "handoff_missed_answered", "excuse_asked", "excuse_given", "excuse_decided",
        "handoff_lots", "handoff_lots_off", "handoff_lots_given", "handoff_lot_wanted", "handoff_after_all",
        "handoff_not_met", "handoff_over",
    }),
    Group.MATCHES: frozenset({
        "matches_new", "interest_declined", "interest_lapsed", "need_over", "milk_gone", "chosen_other", "queue_full",
    }),
    Group.POSTS: frozenset({
        "post_live", "post_edit_asked", "post_declined", "post_expiring", "still_milk", "offer_paused",
        "giving_rests", "giving_goes_on",
    }),
    Group.MODERATION: frozenset({"rules_told", "report_decided", "milk_withdrawal_waits"}),
}  # fmt: skip
"""Which kinds each group holds; a test holds it against the words."""

MUST_REACH: Final = frozenset(
    {"milk_withdrawn_hold", "milk_withdrawn_medium", "milk_withdrawn_high", "milk_withdrawn_urgent"}
)
"""Kinds that leave at once by every way, whatever their reader chose: a baby's health hangs on them."""

_GROUPS: Final = {kind: group for group, kinds in KINDS.items() for kind in kinds}

_USUAL: Final = {group: Choice.DIGEST if group is Group.MATCHES else Choice.INSTANT for group in Group}


def group_of(kind: str) -> Group:
    """The group of a kind of notice; raises :class:`UnknownGroup`."""
    try:
        return _GROUPS[kind]
    except KeyError as error:
        raise UnknownGroup(kind) from error


def usual(group: Group) -> Choice:
    """
    How a group leaves while its reader has chosen nothing, by either channel.

    At once where somebody waits for the reader; what merely may be of use comes once a day.
    """
    return _USUAL[group]


def leaves_as(group: Group, chosen: Choice | None, *, urgent: bool, asked_only: bool) -> Choice:
    """
    How one notice leaves by one channel.

    ``chosen`` is what the reader chose for its group there, None for nothing. ``urgent`` makes a summary at once, but
    what is off stays off. ``asked_only`` keeps it in the inbox unless the reader chose otherwise.
    """
    wanted = chosen or (Choice.OFF if asked_only else usual(group))
    return Choice.INSTANT if urgent and wanted is Choice.DIGEST else wanted
