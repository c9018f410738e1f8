"""The life of a post as a table: which state may follow which, and what an edit or a newcomer's trust makes of it."""

from enum import StrEnum
from typing import Final

from app.kernel.errors import Conflict
from app.kernel.states import TransitionTable
from app.kernel.words import N_


class PostState(StrEnum):
    """Where a post stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    EDIT_ASKED = "edit_asked"
    LIVE = "live"
    PAUSED = "paused"
    MATCHED = "matched"
    FULFILLED = "fulfilled"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"


_S = PostState

CHANGES: Final = TransitionTable(
    {
        _S.DRAFT: frozenset({_S.IN_REVIEW, _S.LIVE, _S.WITHDRAWN}),
        _S.IN_REVIEW: frozenset({_S.LIVE, _S.EDIT_ASKED, _S.DECLINED, _S.EXPIRED, _S.WITHDRAWN}),
        _S.EDIT_ASKED: frozenset({_S.IN_REVIEW, _S.DECLINED, _S.EXPIRED, _S.WITHDRAWN}),
        _S.LIVE: frozenset(
            {
                _S.IN_REVIEW, _S.EDIT_ASKED, _S.DECLINED, _S.PAUSED, _S.MATCHED, _S.FULFILLED, _S.EXPIRED,
                _S.WITHDRAWN,
            }
        ),
        _S.PAUSED: frozenset(
            {_S.IN_REVIEW, _S.EDIT_ASKED, _S.DECLINED, _S.LIVE, _S.MATCHED, _S.FULFILLED, _S.EXPIRED, _S.WITHDRAWN}
        ),
        _S.MATCHED: frozenset({_S.LIVE, _S.PAUSED, _S.FULFILLED, _S.DECLINED, _S.WITHDRAWN}),
        _S.EXPIRED: frozenset({_S.LIVE, _S.DECLINED, _S.WITHDRAWN}),
    }
)  # fmt: skip
"""
Fulfilled, withdrawn and declined are final.

A matched post does not expire: its milk is promised, and the promise ends it or gives it back, paused where its
donor's giving rests.
"""

FINDABLE: Final = frozenset({PostState.LIVE, PostState.PAUSED, PostState.MATCHED})
"""States of a post that others have met; leaving them tells whoever waits for it."""

WAITING: Final = frozenset({PostState.IN_REVIEW, PostState.EDIT_ASKED})
"""States of a post that a moderator has on the desk."""

GIVEN_UP: Final = frozenset({PostState.WITHDRAWN, PostState.EXPIRED})
"""Ends by the author or by time, which take a waiting post off the desk."""

EDITABLE: Final = frozenset(
    {PostState.DRAFT, PostState.IN_REVIEW, PostState.EDIT_ASKED, PostState.LIVE, PostState.PAUSED}
)
"""States in which the author may change the words and figures."""

STATE_WORDS: Final = {
    PostState.DRAFT: (N_("Draft"), N_("Only you see it. Go on whenever you like.")),
    PostState.IN_REVIEW: (
        N_("Waiting for a moderator"),
        N_(
            "A moderator reads it before others do: because you are new here, or because the words name a price, a "
            "phone number or an address. We tell you as soon as it is live."
        ),
    ),
    PostState.EDIT_ASKED: (
        N_("Please change something"),
        N_("A moderator asks for a change. Edit the post, and it goes back to the moderator."),
    ),
    PostState.LIVE: (
        N_("Live"),
        N_("Others can find it. We look every time someone posts within your reach, and we tell you."),
    ),
    PostState.PAUSED: (N_("Paused"), N_("Nobody finds it until you resume it.")),
    PostState.MATCHED: (N_("Promised"), N_("All of it is promised. It comes back if a meeting falls through.")),
    PostState.FULFILLED: (N_("Done"), N_("Thank you. Nothing more to do.")),
    PostState.EXPIRED: (N_("Ended"), N_("Its last day is over. Renew it if it still holds.")),
    PostState.WITHDRAWN: (N_("Withdrawn"), N_("You took it back. Nothing more to do.")),
    PostState.DECLINED: (N_("Not shown"), N_("A moderator decided that it cannot be shown. The reason stands below.")),
}
"""Where a post stands, and what happens next, in words for its author."""

_NEWCOMER: Final = 0
_NOT_EDITABLE: Final = N_("This post can no longer be changed. You can start a new one from it.")


def needs_review(trust: int, note: str) -> bool:
    """
    Whether a moderator looks at a post before anyone else does.

    At trust 0 always; from then on when its words ask for money, or hold a phone number, an e-mail or an address, which
    must not stand in the open.
    """
    if trust <= _NEWCOMER:
        return True
    # Not above, because they know the phone numbers of the world: who matches posts of a file has no words to judge.
    from app.screen.masking import mask_contacts
    from app.screen.money import asks_money

    return asks_money(note) or bool(mask_contacts(note).found)


def state_after_edit(state: PostState, *, trust: int, note: str, words_changed: bool) -> PostState:
    """
    The state an edited post has.

    What a moderator sent back goes to the moderator again. A live or paused post does so when its words changed and
    :func:`needs_review`; figures and facts alone leave it where it stands. Raises :class:`Conflict` for a post past
    editing.
    """
    if state not in EDITABLE:
        raise Conflict(_NOT_EDITABLE, code=f"{state}_not_editable")
    if state is PostState.EDIT_ASKED:
        return PostState.IN_REVIEW
    if state in {PostState.LIVE, PostState.PAUSED} and words_changed and needs_review(trust, note):
        return PostState.IN_REVIEW
    return state


def may_withdraw(state: PostState) -> bool:
    """Whether the author may still take the post back."""
    return CHANGES.allows(state, PostState.WITHDRAWN)


class GivingRests(Conflict):
    """The donor's giving rests until a moderator has looked, so that no offer of hers is shown."""

    code = "giving_rests"
    default_message = N_("This offer rests until somebody of our team has looked. It can be shown after that.")
