"""
The words of each kind of notice.

A kind has a plain sentence, which tells nothing private and also stands in mails, and may have one with the other
person's display name for the inbox. They lead to the page where the rest stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _

from app.kernel.words import N_
from app.notifications.rules import Choice, Group


@dataclass(frozen=True, slots=True)
class Answer:
    """A question's answer by one press: its words, and what follows the notice's address to make the one it goes to."""

    words: str
    way: str


@dataclass(frozen=True, slots=True)
class Words:
    """
    What a kind says: ``named`` is used when the notice carries a ``name``, ``plain`` otherwise.

    ``answers`` stand beside an unread notice that asks something.
    """

    plain: str
    named: str | None = None
    answers: tuple[Answer, ...] = ()


WORDS: Final[Mapping[str, Words]] = {
    "post_live": Words(N_("Your post is live. Others can find it now.")),
    "post_edit_asked": Words(N_("A moderator asks you to change something in your post.")),
    "post_declined": Words(N_("Your post cannot be shown. The reason stands beside it.")),
    "post_expiring": Words(N_("Your post ends soon. Renew it if it still holds.")),
    "interest_received": Words(
        N_("A family said yes to your milk. You can look and choose."), N_("%(name)s said yes to your milk.")
    ),
    "invitation_received": Words(
        N_("A donor invites you. You can look and say yes or no."), N_("%(name)s offers you milk.")
    ),
    "interest_accepted": Words(N_("It is a yes. You can talk now."), N_("%(name)s said yes. You can talk now.")),
    "interest_declined": Words(
        N_("This time it goes to somebody else. Here are the next ones that may fit you."),
    ),
    "invitation_declined": Words(N_("A family you invited said no, thank you. Here is who else may fit.")),
    "interest_lapsed": Words(N_("There was no answer to your yes. Here are the next ones that may fit you.")),
    "need_over": Words(N_("A family you invited needs no more milk. Here is who else may fit.")),
    "milk_gone": Words(N_("The milk you asked about is gone. Here are the next ones that may fit you.")),
    "message_waiting": Words(N_("You have a new message."), N_("%(name)s wrote to you.")),
    "answer_waited_for": Words(
        N_("Somebody waits for your answer. A short word is enough."),
        N_("%(name)s waits for your answer. A short word is enough."),
    ),
    "handoff_proposed": Words(N_("A time to meet is proposed."), N_("%(name)s proposes a time to meet.")),
    "handoff_agreed": Words(N_("Your meeting is agreed."), N_("%(name)s agreed to the meeting.")),
    "handoff_cancelled": Words(N_("A meeting is called off."), N_("%(name)s called the meeting off.")),
    "handoff_confirmed": Words(N_("A handoff is confirmed on both sides. Thank you.")),
    "rules_told": Words(N_("A moderator wrote to you about our rules. The reason stands there.")),
    "handoff_declined": Words(
        N_("That time does not suit. Propose another if you like."),
        N_("That time does not suit %(name)s. Propose another if you like."),
    ),
    "handoff_amount": Words(
        N_("An amount was entered for your handoff. Please enter yours."),
        N_("%(name)s entered an amount. Please enter yours."),
    ),
    "handoff_ask": Words(N_("Did your handoff happen? Please say so on its page.")),
    "handoff_missed": Words(N_("A handoff did not happen. Its milk is free again.")),
    "handoff_missed_said": Words(
        N_("A meeting of yours did not happen. How was it for you? One word is enough."),
        N_("%(name)s says that your meeting did not happen. How was it for you? One word is enough."),
    ),
    "handoff_missed_answered": Words(
        N_("There is an answer about the meeting that did not happen."),
        N_("%(name)s answered about the meeting that did not happen."),
    ),
    "excuse_asked": Words(
        N_("Somebody asks you to let a meeting go that went wrong."),
        N_("%(name)s asks you to let a meeting go that went wrong."),
    ),
    "excuse_given": Words(
        N_("A meeting that went wrong no longer counts."), N_("%(name)s let it go: that meeting no longer counts.")
    ),
    "excuse_decided": Words(N_("A moderator looked at the meeting you asked about.")),
    "handoff_lapsed": Words(N_("A time you proposed went by without an answer. You can propose another.")),
    "handoff_closed": Words(N_("A planned handoff is off, because the post is closed. Thank you for your patience.")),
    "handoff_tomorrow": Words(N_("Your handoff is a day away: %(when)s."), N_("You meet %(name)s in a day: %(when)s.")),
    "handoff_soon": Words(N_("Your handoff is in about two hours: %(when)s."), N_("You meet %(name)s soon: %(when)s.")),
    "handoff_late": Words(
        N_("The other is running about %(minutes)s minutes late."),
        N_("%(name)s is running about %(minutes)s minutes late."),
    ),
    "handoff_on_the_way": Words(N_("The other is on the way to your handoff."), N_("%(name)s is on the way.")),
    "handoff_delegate": Words(N_("Somebody else comes to your handoff. The page says who.")),
    "handoff_delegate_off": Words(
        N_("Nobody else comes to your handoff after all: the other comes in person."),
        N_("%(name)s comes to your handoff in person after all."),
    ),
    "handoff_went": Words(
        N_("How did it go with the milk? One press is enough, and only you see it."),
        answers=(
            Answer(N_("All fine"), "fine"),
            Answer(N_("The baby did not take it"), "not-taken"),
            Answer(N_("Not used yet"), "not-used"),
            Answer(N_("A problem with the milk"), "problem"),
        ),
    ),
    "handoff_fed": Words(
        N_("A family lets you know for how long your milk feeds."),
        N_("%(name)s lets you know for how long your milk feeds."),
    ),
    "handoff_thanked": Words(N_("A family thanks you."), N_("%(name)s thanks you.")),
    "handoff_lots": Words(N_("The bags for your handoff are others now. Please look at them again.")),
    "handoff_lots_off": Words(
        N_("Bags you promised for a handoff are not passed on. Please choose others, or say if the family has them.")
    ),
    "handoff_lots_given": Words(
        N_("Bags you promised for this handoff were given at another. It has others now: please look before you pack.")
    ),
    "handoff_after_all": Words(
        N_("Your missed meeting was held after all, it is said. Please enter the amount, or say that it was not."),
        N_("%(name)s says that you met after all. Please enter the amount, or say that you did not."),
    ),
    "handoff_not_met": Words(
        N_("The other says that you did not meet after all."), N_("%(name)s says that you did not meet after all.")
    ),
    "handoff_over": Words(
        N_("You gave milk that you had promised again meanwhile. Please look at your other meetings.")
    ),
    "handoff_lot_wanted": Words(N_("Please say which milk you gave at your handoff, so that it can be traced.")),
    "report_decided": Words(N_("We looked at what you reported. Here is what we decided.")),
    "matches_new": Words(N_("Something new may fit you. Have a look when you have a moment.")),
    "chosen_other": Words(
        N_("The donor talks with another family first. You keep your place, and here is what else may fit you.")
    ),
    "next_in_line": Words(
        N_("A promise fell through. The next family in line waits for your word."),
        N_("A promise fell through. %(name)s is next in line and waits for your word."),
    ),
    "talk_rests": Words(
        N_("A week went by without a meeting. The next family in line waits for your word."),
        N_("A week went by without a meeting. %(name)s is next in line and waits for your word."),
    ),
    "you_are_next": Words(N_("The milk you said yes to is free again, and you are first in line. The donor knows.")),
    "turn_planned": Words(
        N_("A promise lapsed. We ask the next family in line soon, unless you stop it."),
        N_("A promise lapsed. Next in line is %(name)s: we ask soon, unless you stop it."),
    ),
    "turn_asked": Words(
        N_("The milk you said yes to is free again. Would you still like it? Please answer within two days.")
    ),
    "turn_taken": Words(
        N_("The next family in line says yes. You can talk now."), N_("%(name)s says yes. You can talk now.")
    ),
    "turn_stopped": Words(N_("The donor has other plans for the milk just now. You keep your place in line.")),
    "still_milk": Words(
        N_("Two families had no answer from you. Do you still have milk? One press tells us."),
        answers=(Answer(N_("Yes, still here"), "still-there"), Answer(N_("No, it is gone"), "gone")),
    ),
    "offer_paused": Words(N_("We paused your offer, since we heard nothing. Resume it whenever you like.")),
    "milk_withdrawn_urgent": Words(
        N_(
            "Please do not feed this milk: lot %(codes)s. Keep the bags apart and closed, and call your baby's "
            "clinician today."
        )
    ),
    "milk_withdrawn_high": Words(
        N_("Please do not feed this milk: lot %(codes)s. Keep the bags, and ask your baby's clinician what to do.")
    ),
    "milk_withdrawn_medium": Words(
        N_("Please do not feed this milk: lot %(codes)s. Pour it away, or ask your baby's clinician first.")
    ),
    "milk_withdrawn_hold": Words(
        N_("Please do not feed this milk for now: lot %(codes)s. Keep the bags closed and cold. We will write again.")
    ),
    "milk_withdrawal_closed": Words(N_("A withdrawal of your milk is done. Its page says how it went.")),
    "milk_withdrawal_ended": Words(
        N_("Somebody of our team looked at milk of yours that was held. No family is told, and you can give it again.")
    ),
    "milk_withdrawal_ended_held": Words(
        N_(
            "Somebody of our team looked at milk of yours that was held. No family is told because of that report. "
            "Some of the milk stays held, because something else was said about it."
        )
    ),
    "giving_rests": Words(
        N_(
            "Your offers rest until somebody of our team has looked at milk of yours that was withdrawn. That says "
            "nothing against you. Here is what comes next."
        )
    ),
    "giving_goes_on": Words(N_("Somebody of our team has looked. You can show your offers again whenever you like.")),
    "milk_withdrawal_waits": Words(N_("A withdrawal of milk needs somebody to look at it.")),
    "queue_full": Words(N_("This offer has many families waiting. Here is how to hear of others.")),
}


@dataclass(frozen=True, slots=True)
class GroupWords:
    """What a group is called, what it holds, and its picture."""

    title: str
    holds: str
    picture: str


GROUPS: Final[Mapping[Group, GroupWords]] = {
    Group.MESSAGES: GroupWords(N_("Messages"), N_("Somebody wrote to you."), "chat-bubble-left-right"),
    Group.ANSWERS: GroupWords(
        N_("Answers"), N_("A family says yes, a donor invites you, or you were chosen."), "hand-raised"
    ),
    Group.HANDOFFS: GroupWords(
        N_("Handoffs"), N_("A meeting is proposed, agreed, changed or called off."), "archive-box"
    ),
    Group.MATCHES: GroupWords(
        N_("Matches"), N_("Something new may fit you, or milk you asked about went elsewhere."), "sparkles"
    ),
    Group.POSTS: GroupWords(N_("Your posts"), N_("Your post is live, ends soon, or needs a change."), "document-text"),
    Group.MODERATION: GroupWords(
        N_("Moderators"), N_("A moderator wrote to you, or looked at what you reported."), "scale"
    ),
}
"""In the order of the settings page."""

CHOICES: Final[Mapping[Choice, str]] = {
    Choice.INSTANT: N_("At once"),
    Choice.DIGEST: N_("Once a day"),
    Choice.OFF: N_("Off"),
}


class UnknownKind(KeyError):  # noqa: N818 - reads as what is wrong.
    """Somebody sends a notice that has no words: an error in the program, not in what a person did."""


def words_for(kind: str, params: Mapping[str, Any]) -> str:
    """The English sentence of a notice, still with ``%(name)s`` in it; raises :class:`UnknownKind`."""
    try:
        words = WORDS[kind]
    except KeyError as error:
        raise UnknownKind(kind) from error
    return words.named if words.named and params.get("name") else words.plain


def plain_words(kind: str) -> str:
    """The English sentence that tells nothing private, for mails; raises :class:`UnknownKind`."""
    return words_for(kind, {})


def sentence(kind: str, params: Mapping[str, Any], *, named: bool = True) -> str:
    """
    What a notice says, in the language at hand; unless ``named`` without anybody's name.

    A notice that something further was joined to (``then`` in its ``params``) says that behind it.
    """
    parts = [(kind, params)]
    if then := params.get("then"):
        parts.append((str(then), {"name": params.get("then_name", "")}))
    return " ".join(
        _(words_for(each, known), **filling(known))
        for each, given in parts
        for known in [given if named else {**given, "name": ""}]
    )


def filling(params: Mapping[str, Any]) -> dict[str, str]:
    """What fills a sentence's gaps: a name, a moment by the reader's clock, minutes, codes of lots; empty if unsaid."""
    return {gap: str(params.get(gap, "")) for gap in ("name", "when", "minutes", "codes")}
