"""
What a moderator may do and when: harm, leases, actions, and what a decision must say.

Pure: facts and ``now`` in, an answer or a domain error out. Words for people stand here in English, marked for the
translators; the face translates them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from app.kernel.errors import Conflict, Invalid
from app.kernel.text import plain_text
from app.kernel.words import N_

LEASE: Final = timedelta(minutes=15)
"""How long a claimed case stays with one moderator."""

MAX_WORDS: Final = 1000
"""Code points of a reporter's own words, and of a moderator's reason."""

MIN_REASON: Final = 10
"""Code points below which a reason says nothing to the person it is written for."""

REPORTS_A_DAY: Final = 20
"""Reports one member may send in 24 hours."""

MANY_REPORTERS: Final = 3
"""From so many different people on, a case is urgent whatever the reasons."""


class TargetKind(StrEnum):
    """What a case can be about."""

    POST = "post"
    MESSAGE = "message"
    INTEREST = "interest"
    MEMBER = "member"
    HELD = "held"
    GIVING = "giving"


class Cause(StrEnum):
    """
    Why a case was opened: a newcomer's first post, one that came back edited, a report, the screen held it, or
    something was added to milk that was withdrawn.
    """

    FIRST_POST = "first_post"
    EDITED = "edited"
    REPORT = "report"
    SCREEN = "screen"
    WITHDRAWAL = "withdrawal"


class ReportReason(StrEnum):
    """What a member can say is wrong, in the order in which it is offered."""

    SELLING = "selling"
    HARASSMENT = "harassment"
    UNSAFE_PRACTICE = "unsafe_practice"
    NOT_WHO = "not_who"
    SPAM = "spam"
    OTHER = "other"


class Action(StrEnum):
    """What a moderator can decide."""

    APPROVE = "approve"
    ASK_EDIT = "ask_edit"
    DECLINE = "decline"
    DISMISS = "dismiss"
    WARN = "warn"
    HIDE = "hide"


class Rule(StrEnum):
    """The house rule a decision names; ``NONE`` where nothing is against the rules."""

    NONE = "none"
    NO_MONEY = "no_money"
    KINDNESS = "kindness"
    CAREFUL_HANDLING = "careful_handling"
    HONEST = "honest"
    PRIVATE = "private"
    ON_TOPIC = "on_topic"


REASON_WORDS: Final[Mapping[ReportReason, str]] = {
    ReportReason.SELLING: N_("Asks for money or sells milk"),
    ReportReason.HARASSMENT: N_("Harasses or makes me uncomfortable"),
    ReportReason.UNSAFE_PRACTICE: N_("Handles or describes milk in a risky way"),
    ReportReason.NOT_WHO: N_("Is not who they say they are"),
    ReportReason.SPAM: N_("Spam or advertising"),
    ReportReason.OTHER: N_("Something else"),
}

RULE_WORDS: Final[Mapping[Rule, str]] = {
    Rule.NONE: N_("Nothing here is against our rules"),
    Rule.NO_MONEY: N_("Milk is given, never sold: no price, no payment, no fee"),
    Rule.KINDNESS: N_("Everyone is met with respect; nobody is pressed or harassed"),
    Rule.CAREFUL_HANDLING: N_("What is said about keeping and handling milk must not put a baby at risk"),
    Rule.HONEST: N_("People and posts are what they say they are"),
    Rule.PRIVATE: N_("No phone number, address or health detail stands in the open"),
    Rule.ON_TOPIC: N_("Milkbridge is for sharing milk, not for advertising"),
}

TARGET_WORDS: Final[Mapping[TargetKind, str]] = {
    TargetKind.POST: N_("Post"),
    TargetKind.MESSAGE: N_("Message"),
    TargetKind.INTEREST: N_("Note"),
    TargetKind.MEMBER: N_("Member"),
    TargetKind.HELD: N_("Message not sent yet"),
    TargetKind.GIVING: N_("A donor's offers, which rest"),
}

CAUSE_WORDS: Final[Mapping[Cause, str]] = {
    Cause.FIRST_POST: N_("A newcomer's first post"),
    Cause.EDITED: N_("Came back edited"),
    Cause.REPORT: N_("Reported"),
    Cause.SCREEN: N_("Held by the screen"),
    Cause.WITHDRAWAL: N_("Milk was withdrawn: something was added to it"),
}

HARM_WORDS: Final[Mapping[int, str]] = {3: N_("Urgent"), 2: N_("Reported"), 1: N_("First look")}

ACTION_WORDS: Final[Mapping[Action, str]] = {
    Action.APPROVE: N_("Approved"),
    Action.ASK_EDIT: N_("Sent back for an edit"),
    Action.DECLINE: N_("Declined"),
    Action.DISMISS: N_("Looked at: nothing against our rules"),
    Action.WARN: N_("Against our rules: told the person why"),
    Action.HIDE: N_("Against our rules: taken out of view"),
}

ACTION_LABELS: Final[Mapping[Action, str]] = {
    Action.APPROVE: N_("Approve"),
    Action.ASK_EDIT: N_("Ask for an edit"),
    Action.DECLINE: N_("Decline"),
    Action.DISMISS: N_("Dismiss: nothing against the rules"),
    Action.WARN: N_("Against the rules: tell them why"),
    Action.HIDE: N_("Take out of view"),
}

OUTCOME_WORDS: Final[Mapping[Action, str]] = {
    Action.APPROVE: N_("We looked at it and found nothing against our rules."),
    Action.DISMISS: N_("We looked at it and found nothing against our rules."),
    Action.ASK_EDIT: N_("You were right. We asked the person to change it."),
    Action.WARN: N_("You were right. We told the person what is against our rules."),
    Action.DECLINE: N_("You were right. It is not shown."),
    Action.HIDE: N_("You were right. We took it out of view."),
}
"""What a reporter is told; the reason is for the person concerned alone."""

OWN_TARGET_WORDS: Final[Mapping[TargetKind, str]] = {
    TargetKind.POST: N_("Your post"),
    TargetKind.MESSAGE: N_("A message you sent"),
    TargetKind.INTEREST: N_("A note you sent"),
    TargetKind.MEMBER: N_("Your account"),
    TargetKind.HELD: N_("A message you wrote, which was not sent"),
    TargetKind.GIVING: N_("Your offers, which rest"),
}

LABEL_WORDS: Final[Mapping[str, str]] = {
    "payment": N_("money"),
    "link": N_("a link from a newcomer"),
    "off_platform": N_("a way to reach somebody elsewhere"),
    "after_held": N_("follows one that was held"),
}
"""What the screen saw, by its label."""

ADVERSE: Final = frozenset({Action.ASK_EDIT, Action.DECLINE, Action.WARN, Action.HIDE})
"""Decisions somebody may mind: they name a rule and carry a reason."""

HARM: Final[Mapping[ReportReason, int]] = {
    ReportReason.HARASSMENT: 3,
    ReportReason.UNSAFE_PRACTICE: 3,
    ReportReason.SELLING: 2,
    ReportReason.NOT_WHO: 2,
    ReportReason.SPAM: 2,
    ReportReason.OTHER: 2,
}
"""3 is urgent, 2 is reported; a post that only waits for its first look has 1."""

URGENT: Final = 3
HELD_BACK: Final = 2
FIRST_LOOK: Final = 1
VISIBLE: Final = frozenset({"live", "paused", "matched"})
"""States in which a post, or its author's page of it, is still in somebody's view and can be taken out of it."""


class AlreadyDecided(Conflict):
    """Somebody else's decision came first; it stands."""

    code = "already_decided"
    default_message = N_("This case is decided already. The first decision stands.")

    def __init__(self, moderator: str, action: str) -> None:
        """Keep who decided (display name) and what, so that the second moderator can be told."""
        self.moderator = moderator
        self.action = action
        super().__init__()


class HeldByAnother(Conflict):
    """Another moderator holds the case until the lease ends."""

    code = "held_by_another"
    default_message = N_("Another moderator is looking at this case right now.")

    def __init__(self, moderator: str, until: datetime) -> None:
        """Keep who holds it (display name) and until when (UTC)."""
        self.moderator = moderator
        self.until = until
        super().__init__()


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """
    What the rules need to know of a case.

    ``reporter_ids`` are the people who reported; ``claimed_until`` is UTC and None when nobody ever claimed;
    ``post_state`` is None when the target is no post.
    """

    about_id: int
    reporter_ids: frozenset[int]
    claimed_by_id: int | None
    claimed_until: datetime | None
    target_kind: TargetKind
    post_state: str | None = None


def is_about(facts: CaseFacts, person_id: int) -> bool:
    """Whether the case is about this person, who must then not even see it."""
    return facts.about_id == person_id


def has_reported(facts: CaseFacts, person_id: int) -> bool:
    """Whether this person reported it and so leaves the decision to somebody else."""
    return person_id in facts.reporter_ids


def holder(facts: CaseFacts, now: datetime) -> int | None:
    """Who holds the case at ``now``; a lease is over at the very moment it ends."""
    if facts.claimed_until is None or facts.claimed_until <= now:
        return None
    return facts.claimed_by_id


def held_by_another(facts: CaseFacts, person_id: int, now: datetime) -> bool:
    """Whether somebody else holds the case at ``now``."""
    return holder(facts, now) not in {None, person_id}


def actions_for(target_kind: TargetKind, post_state: str | None) -> tuple[Action, ...]:
    """
    The decisions open to a moderator, the mildest first.

    A post in review is approved, sent back or declined; a message that was held is let go or not sent; a donor whose
    offers rest may show them again, or they go on resting. A reported post
    that can still be seen may be hidden. A message, a note or a member cannot be hidden: the person is told why it is
    against the rules.
    """
    if target_kind in {TargetKind.HELD, TargetKind.GIVING}:
        return (Action.APPROVE, Action.DECLINE)
    if target_kind is TargetKind.POST and post_state == "in_review":
        return (Action.APPROVE, Action.ASK_EDIT, Action.DECLINE)
    if target_kind is TargetKind.POST and post_state in VISIBLE:
        return (Action.DISMISS, Action.WARN, Action.HIDE)
    return (Action.DISMISS, Action.WARN)


def harm_of(reasons: Iterable[ReportReason], reporters: int) -> int:
    """How urgent a reported case is: the worst of its reasons, or urgent when many people reported it."""
    worst = max((HARM[reason] for reason in reasons), default=FIRST_LOOK)
    return URGENT if reporters >= MANY_REPORTERS else worst


def chosen_action(raw: str, allowed: tuple[Action, ...]) -> Action:
    """The action named ``raw`` when it is among ``allowed``; :class:`Invalid` at field ``action`` otherwise."""
    for action in allowed:
        if action.value == raw:
            return action
    raise Invalid({"action": [N_("This cannot be decided for this case now. Please choose again.")]})


def chosen_rule(action: Action, raw: str) -> Rule:
    """The rule named ``raw``; an adverse action needs a real one, a mild one needs none and gets ``NONE``."""
    if action not in ADVERSE:
        return Rule.NONE
    if raw not in set(Rule) - {Rule.NONE}:
        raise Invalid({"rule": [N_("Say which of our rules this is about.")]})
    return Rule(raw)


def written_reason(action: Action, raw: str) -> str:
    """The reason without outer spaces; an adverse action needs :data:`MIN_REASON` to :data:`MAX_WORDS` code points."""
    reason = plain_text(raw)
    if len(reason) > MAX_WORDS:
        raise Invalid({"reason": [N_("Please keep it under 1,000 characters.")]})
    if action in ADVERSE and len(reason) < MIN_REASON:
        raise Invalid({"reason": [N_("Say in a sentence why, so that the person can understand it.")]})
    return reason


def report_reason(raw: str) -> ReportReason:
    """The report reason named ``raw``; :class:`Invalid` at field ``reason`` otherwise."""
    if raw not in set(ReportReason):
        raise Invalid({"reason": [N_("Choose what is wrong.")]})
    return ReportReason(raw)


def report_words(raw: str) -> str:
    """The reporter's own words without outer spaces, at most :data:`MAX_WORDS` code points; they are never screened."""
    words = plain_text(raw)
    if len(words) > MAX_WORDS:
        raise Invalid({"words": [N_("Please keep it under 1,000 characters.")]})
    return words
