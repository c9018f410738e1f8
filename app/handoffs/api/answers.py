"""Handoffs as the API gives them, and the plan of a body as the use-cases take it; the words are those of the pages."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from app.handoffs import queries, words
from app.handoffs.api.models import HandoffOut, PlanIn, SideOut, WindowOut
from app.handoffs.queries import HandoffView, OpenWords
from app.handoffs.rules.plan import HandoffDraft, Window
from app.handoffs.rules.states import HandoffState
from app.handoffs.rules.steps import Step
from app.kernel.access import Identity
from app.kernel.errors import Invalid
from app.kernel.quantities import Millilitres
from app.kernel.words import N_

FAR_AWAY: Final = N_("Please pick a day that is not so far away.")
_FIELDS: Final = {"day": "starts_at", "starts": "starts_at", "ends": "ends_at"}
"""What the rules' fields of a window are called in a body."""


def handoffs_out(views: Sequence[HandoffView], reader: Identity, *, now: datetime) -> list[HandoffOut]:
    """Handoffs for one of the two of each."""
    open_words = queries.words_open(views, now=now)
    return [_handoff_out(view, reader, open_words[view.public_id]) for view in views]


def _handoff_out(view: HandoffView, reader: Identity, open_words: OpenWords) -> HandoffOut:
    return HandoffOut(
        id=view.public_id, conversation_id=view.conversation_public_id, offer_id=view.offer_public_id,
        request_id=view.request_public_id, role=view.side, other=view.other_name,
        proposed_by_me=view.proposed_by_id == reader.person_id, state=view.state, next=view.step,
        words=words.step(view), volume_ml=view.volume_ml, free_ml=view.free_ml, starts_at=view.window_start,
        ends_at=view.window_end,
        windows=[
            WindowOut(number=each.number, starts_at=each.window_start, ends_at=each.window_end, ahead=each.is_ahead)
            for each in view.windows
        ],
        place=view.place_note, mine=_side(view, own=True), others=_side(view, own=False), condition=view.condition,
        tries_left=view.mine.tries_left, confirmed_at=view.confirmed_at, end_reason=view.end_reason or None,
        may=_may(view, open_words),
    )  # fmt: skip


def _side(view: HandoffView, *, own: bool) -> SideOut:
    side = view.mine if own else view.other
    return SideOut(
        code=(side.code or None) if own else None, delegate=side.delegate_name, left_at=side.left_at,
        late_minutes=side.late_minutes, amount_ml=view.my_amount if own else view.other_amount,
    )  # fmt: skip


def _may(view: HandoffView, open_words: OpenWords) -> list[str]:
    """What the page of the handoff offers just now, each by the last word of the operation's address."""
    proposed, over = view.state is HandoffState.PROPOSED, view.can_report_missed
    possible = {
        "agree": view.can_agree, "decline": view.step is Step.ANSWER, "counter": proposed,
        "cancel": view.can_end and not over, "place": view.is_unmet and not over, "delegate": view.is_unmet,
        "on-the-way": view.is_near and view.mine.left_at is None, "late": view.is_near,
        "code": view.is_unmet and view.mine.tries_left > 0, "amounts": view.can_enter,
        "missed": over or open_words.missed, "met-after-all": open_words.met_after_all, "not-met": open_words.not_met,
    }  # fmt: skip
    return [operation for operation, holds in possible.items() if holds]


def draft_of(plan: PlanIn) -> HandoffDraft:
    """What is proposed; raises :class:`Invalid` for a moment outside the calendar."""
    first, *others = [_window(number, plan) for number in range(len(plan.windows))]
    return HandoffDraft(Millilitres(plan.volume_ml), *first, others=tuple(others))


def _window(number: int, plan: PlanIn) -> Window:
    window = plan.windows[number]
    return (
        _utc(f"/windows/{number}/starts_at", window.starts_at),
        _utc(f"/windows/{number}/ends_at", window.ends_at),
    )


def _utc(place: str, moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise Invalid({place: [FAR_AWAY]}) from None


def placed(amount: str) -> Callable[[str], str]:
    """Where in the body a field of a form stands; ``amount`` is what the volume is called there."""

    def place(field: str) -> str:
        if field == "amount":
            return f"/{amount}"
        name, number = (field[:-1], int(field[-1]) - 1) if field[-1:].isdecimal() else (field, 0)
        return f"/windows/{number}/{_FIELDS[name]}" if name in _FIELDS else field

    return place
