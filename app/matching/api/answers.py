"""Matches and interests as the API gives them; the words are those of the pages."""

from collections.abc import Iterable
from typing import Literal

from app.matching.api.models import (
    AnswerOut,
    DisclosureOut,
    InterestMade,
    InterestOut,
    MatchOut,
    PlaceOut,
    ReasonOut,
    StatedOut,
)
from app.matching.queries import InterestView, Match, MyInterest, OfferLine, PairView
from app.matching.queries.cards import Card
from app.matching.routes.wording import band_words, fit_words, reason_words
from app.matching.rules.fit import Explained
from app.matching.rules.reasons import Reason
from app.posts.queries import PostView
from app.posts.routes.wording import fact_words
from app.posts.rules import Fact


def side_of(own: PostView) -> Literal["donor", "family"]:
    """The side on which the author of ``own`` stands."""
    return "donor" if own.kind == "offer" else "family"


def match_out(match: Match, side: str) -> MatchOut:
    """A match as somebody on ``side`` (``donor`` or ``family``) reads it."""
    card = match.card
    same = {name: getattr(card, name) for name in MatchOut.model_fields if hasattr(card, name)}
    return MatchOut.model_validate(
        same | {
            "post_id": card.public_id, "place": place_out(card), "volume_ml": card.volume,
            "need_ml_per_day": card.need_per_day, "facts": facts_out(card.facts),
            "reasons": reasons_out(match.reasons, side), "meets": answers_out(match.meets),
            "asks": answers_out(match.asks), "said": match.said,
        }
    )  # fmt: skip


def place_out(card: Card) -> PlaceOut:
    """A card's area and band."""
    return PlaceOut(area_id=card.area_id, name=card.place, band=card.band.code, words=band_words(card.band))


def facts_out(facts: Iterable[Fact]) -> dict[str, StatedOut]:
    """What a donor reports, by attribute."""
    return {
        fact.attribute: StatedOut(state=fact.state, since=fact.since, level=fact.level, words=fact_words(fact))
        for fact in facts
    }


def reasons_out(reasons: Iterable[Reason], side: str) -> list[ReasonOut]:
    """Reasons in their order, without what each is worth."""
    return [ReasonOut(code=reason.kind.value, words=reason_words(reason, side)) for reason in reasons]


def answers_out(items: Iterable[Explained]) -> list[AnswerOut]:
    """Answers to wishes, in their order."""
    return [AnswerOut(attribute=item.wish.attribute, code=item.why.value, words=fit_words(item)) for item in items]


def disclosure_out(seen: PairView) -> DisclosureOut:
    """The disclosure of a pair."""
    return DisclosureOut(
        offer_id=seen.offer.public_id, request_id=seen.request.public_id,
        role="donor" if seen.mine == "donor" else "family", other=seen.other_name, place=place_out(seen.other),
        version=seen.offer.version, facts=facts_out(seen.facts), reasons=reasons_out(seen.reasons, seen.mine),
        meets=answers_out(seen.fit.meets), asks=answers_out(seen.fit.asks), conflicts=answers_out(seen.fit.conflicts),
        against=[refusal.value for refusal in seen.refusals], full=seen.full,
        interest=InterestMade(id=seen.interest.public_id, state=seen.interest.state) if seen.interest else None,
    )  # fmt: skip


def my_interest_out(mine: MyInterest) -> InterestOut:
    """A family's own yes, or an invitation it received, with its place in line."""
    return _interest(mine.interest, "family", mine.offer_public_id, mine.request_public_id, mine.donor_name).model_copy(
        update={
            "before": mine.before if mine.interest.origin == "yes" else None,
            "fixed_at": mine.fixed_at if mine.before is not None else None,
        }
    )


def line_out(line: OfferLine) -> list[InterestOut]:
    """The families a donor meets at one of her offers: shown, invited, chosen."""
    return [
        _interest(entry.interest, "donor", line.offer.public_id, entry.match.card.public_id, entry.family_name)
        for entry in (*line.shown, *line.invited, *line.talking)
    ]


def _interest(said: InterestView, role: str, offer_id: str, request_id: str, other: str) -> InterestOut:
    return InterestOut.model_validate(
        {
            "id": said.public_id, "role": role, "by_me": (said.origin == "yes") == (role == "family"),
            "origin": said.origin, "state": said.state, "offer_id": offer_id, "request_id": request_id, "other": other,
            "note": said.note, "before": None, "fixed_at": None, "created_at": said.created_at,
            "answered_at": said.answered_at,
        }
    )  # fmt: skip
