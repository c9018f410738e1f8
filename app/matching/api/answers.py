"""Matches and interests as the API gives them; the words are those of the pages."""

from collections.abc import Iterable
from typing import Any, Literal

from app.geo.areas import AreaId
from app.geo.distance import DistanceBand
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
from app.matching.rules.reasons import Kind, Reason
from app.posts.queries import PostView
from app.posts.routes.wording import fact_words
from app.posts.rules import Fact
from app.web.templating import said_once


def side_of(own: PostView) -> Literal["donor", "family"]:
    """The side on which the author of ``own`` stands."""
    return "donor" if own.kind == "offer" else "family"


def matches_out(matches: Iterable[Match], side: str) -> list[MatchOut]:
    """Matches as somebody on ``side`` (``donor`` or ``family``) reads them, in their order."""
    return _Lines(side).matches(matches)


class _Lines:
    """
    The words of one list: who reads is found out once, because a list says hundreds of them.

    Two lists that say the same of a wish or a fact hold the same frozen line.
    """

    def __init__(self, side: str) -> None:
        self._side = side
        self._place = _place.aloud()
        self._stated = _stated.aloud()
        self._reason = _reason.aloud()
        self._answer = _answer.aloud()

    def matches(self, matches: Iterable[Match]) -> list[MatchOut]:
        return [self._match(match) for match in matches]

    def _match(self, match: Match) -> MatchOut:
        card = match.card
        return MatchOut.model_validate(
            {
                "post_id": card.public_id, "kind": card.kind, "place": self.place(card), "weekly": card.weekly,
                "volume_ml": card.volume, "pumped_from": card.pumped_from, "pumped_to": card.pumped_to,
                "storage": card.storage, "lipase": card.lipase, "need_ml_per_day": card.need_per_day,
                "days": card.days, "baby_age_band": card.baby_age_band, "replace_bags": card.replace_bags,
                "published_at": card.published_at, "facts": self.facts(card.facts),
                "reasons": self.reasons(match.reasons), "meets": self.answers(match.meets),
                "asks": self.answers(match.asks), "said": match.said,
            }
        )  # fmt: skip

    def place(self, card: Card) -> PlaceOut:
        """A card's area and band."""
        return self._place(card.area_id, card.place, card.band)

    def facts(self, facts: Iterable[Fact]) -> dict[str, StatedOut]:
        """What a donor reports, by attribute."""
        return {fact.attribute: self._stated(fact) for fact in facts}

    def reasons(self, reasons: Iterable[Reason]) -> list[ReasonOut]:
        """Reasons in their order, without what each is worth."""
        return [
            self._reason(each.kind, self._side, each.band, each.explained, each.moved, each.wanted, each.day)
            for each in reasons
        ]

    def answers(self, items: Iterable[Explained]) -> list[AnswerOut]:
        """Answers to wishes, in their order."""
        return [self._answer(item) for item in items]


@said_once
def _place(area_id: AreaId, name: str, band: DistanceBand) -> PlaceOut:
    return PlaceOut(area_id=area_id, name=name, band=band.code, words=band_words(band))


@said_once
def _stated(fact: Fact) -> StatedOut:
    return StatedOut(state=fact.state, since=fact.since, level=fact.level, words=fact_words(fact))


@said_once
def _reason(kind: Kind, side: str, *quantities: Any) -> ReasonOut:  # noqa: ANN401 - those of a reason, in its order.
    return ReasonOut(code=kind.value, words=reason_words(Reason(kind, 0.0, *quantities), side))


@said_once
def _answer(item: Explained) -> AnswerOut:
    return AnswerOut(attribute=item.wish.attribute, code=item.why.value, words=fit_words(item))


def disclosure_out(seen: PairView) -> DisclosureOut:
    """The disclosure of a pair."""
    lines = _Lines(seen.mine)
    return DisclosureOut(
        offer_id=seen.offer.public_id, request_id=seen.request.public_id,
        role="donor" if seen.mine == "donor" else "family", other=seen.other_name, place=lines.place(seen.other),
        version=seen.offer.version, facts=lines.facts(seen.facts), reasons=lines.reasons(seen.reasons),
        meets=lines.answers(seen.fit.meets), asks=lines.answers(seen.fit.asks),
        conflicts=lines.answers(seen.fit.conflicts),
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
