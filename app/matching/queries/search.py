"""Search near a place, also for members who have not posted: what is live, within reach, and not contradicted."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from app.accounts.queries import blocked_ids
from app.geo.areas import AreaId
from app.kernel.access import Identity, authorise
from app.kernel.quantities import Kilometres
from app.matching.permissions import SEARCH
from app.matching.queries.cards import Card, MapArea, Match, cards_of, on_map
from app.matching.queries.configuration import matching_rules
from app.matching.queries.crowd import Near
from app.matching.queries.nearby import Filters, posts_near
from app.matching.queries.openness import full_among, open_among
from app.matching.queries.sides import milk_of
from app.matching.rules.fit import Fit, fit
from app.matching.rules.reasons import asks_on_card, tellable
from app.matching.rules.sides import Wish, Wishes
from app.posts.queries import JudgedPost, live_offers, live_requests
from app.posts.rules import ATTRIBUTES
from app.posts.rules.attributes import DIET, FOOD

CARDS_A_PAGE: Final = 20
MOST_JUDGED: Final = 400
"""So many posts, nearest bands first and newest first inside a band, are held against the filters of one search."""

FEWEST_FOR_A_HINT: Final = 5
"""A hint about what others state is given only when so many offers share it, so that it points at nobody."""

HINTED: Final = frozenset(each.key for each in ATTRIBUTES if each.kind in {FOOD, DIET})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """
    One page of a search.

    ``total`` counts all pages. ``points`` are the areas of this page's cards. ``hint`` names a food or way of eating
    that kept at least five offers from the list, or is None.
    """

    matches: tuple[Match, ...]
    total: int
    page: int
    pages: int
    points: tuple[MapArea, ...]
    hint: str | None


def search_nearby(
    actor: Identity,
    area: AreaId,
    radius: Kilometres,
    kind: str,
    *,
    wishes: tuple[Wish, ...] = (),
    only_open: bool = False,
    page: int = 1,
    now: datetime,
) -> Found:
    """
    Live posts of ``kind`` that somebody in ``area`` who travels ``radius`` can meet.

    ``wishes`` narrow offers: a contradicted must hides an offer, an unknown is listed as something to ask; at most the
    first :data:`MOST_JUDGED` are held against them. ``only_open`` keeps the offers on the open map, which nobody booked
    for a day and a half. Order: band of distance, then fewest things to ask, then newest.
    Own posts and those of blocked people never appear.
    """
    authorise(actor, SEARCH)
    hidden = blocked_ids(actor.person_id) | {actor.person_id}
    if kind == "request":
        near = posts_near(kind, area, radius, hidden=hidden)
        return _listed(kind, near[:MOST_JUDGED] if wishes else near, page, area, now)
    near = _on_open_map(area, radius, hidden, now) if only_open else posts_near(kind, area, radius, hidden=hidden)
    return _narrowed(near[:MOST_JUDGED], wishes, page, area, now) if wishes else _listed(kind, near, page, area, now)


def _on_open_map(area: AreaId, radius: Kilometres, hidden: frozenset[int], now: datetime) -> list[Near]:
    """The offers nearby that have been live for long enough and that nobody booked."""
    # The index leaves out the very moment of its limit, which is still on the map.
    since = now - matching_rules().rounds.open_map_after + timedelta(seconds=1)
    near = posts_near("offer", area, radius, hidden=hidden, filters=Filters(published_before=since))
    free = open_among({each.post_id: datetime.fromtimestamp(each.published, UTC) for each in near}, now=now)
    return [each for each in near if each.post_id in free]


def _listed(kind: str, near: list[Near], page: int, area: AreaId, now: datetime) -> Found:
    """Everybody nearby: only the posts of the page asked for are read."""
    page, pages = _page_of(len(near), page)
    part = near[(page - 1) * CARDS_A_PAGE : page * CARDS_A_PAGE]
    posts = live_offers(part, ()) if kind == "offer" else live_requests(part)
    cards = cards_of(posts.values(), area)
    matches = _marked({each.post_id: Match(card=cards[each.post_id]) for each in part if each.post_id in cards}, now)
    return _found(matches, len(near), page, pages, None)


def _narrowed(near: list[Near], wishes: tuple[Wish, ...], page: int, area: AreaId, now: datetime) -> Found:
    """Those nearby whom no wish contradicts; inside a band the fewest things to ask come first."""
    offers = live_offers(near, (wish.attribute for wish in wishes))
    judged = [(each, _answers(offers[each.post_id], wishes, now)) for each in near if each.post_id in offers]
    fitting = [(each, answers) for each, answers in judged if not answers.impossible]
    fitting.sort(key=lambda one: (one[0].band, len(asks_on_card(one[1]))))
    page, pages = _page_of(len(fitting), page)
    part = fitting[(page - 1) * CARDS_A_PAGE : page * CARDS_A_PAGE]
    cards = cards_of((offers[each.post_id] for each, _ in part), area)
    listed = {each.post_id: _match(cards[each.post_id], answers) for each, answers in part if each.post_id in cards}
    matches = _marked(listed, now)
    return _found(matches, len(fitting), page, pages, diet_hint(answers for _, answers in judged))


def _marked(listed: Mapping[int, Match], now: datetime) -> tuple[Match, ...]:
    """The cards of one page, with what a family should know before it opens an offer: full, or free for long."""
    offers = {key: match.card.published_at for key, match in listed.items() if match.card.kind == "offer"}
    full, free = full_among(offers), open_among(offers, now=now)
    return tuple(replace(match, full=key in full, open_map=key in free) for key, match in listed.items())


def _page_of(total: int, asked: int) -> tuple[int, int]:
    """The page nearest to the one asked for, and how many there are (at least one)."""
    pages = max(1, -(-total // CARDS_A_PAGE))
    return min(max(1, asked), pages), pages


def _found(matches: tuple[Match, ...], total: int, page: int, pages: int, hint: str | None) -> Found:
    points = on_map(match.card for match in matches)
    return Found(matches=matches, total=total, page=page, pages=pages, points=points, hint=hint)


def _answers(post: JudgedPost, wishes: tuple[Wish, ...], now: datetime) -> Fit:
    if post.offer is None:
        return Fit()
    return fit(milk_of(post, post.offer, today=now.date()), Wishes(wishes), today=now.date())


def _match(card: Card, answers: Fit) -> Match:
    return Match(card=card, meets=tellable(answers.meets), asks=asks_on_card(answers))


def diet_hint(fits: Iterable[Fit]) -> str | None:
    """
    The food or way of eating that alone stands against the most offers, or None when fewer than five share it.

    Substances, caffeine among them, and medicines are never hinted at.
    """
    alone = Counter(
        item.wish.attribute
        for answers in fits
        if answers.impossible
        for item in answers.conflicts
        if item.wish.attribute in HINTED and len(answers.conflicts) == 1
    )
    return most_hinted(alone)


def most_hinted(alone: Mapping[str, int]) -> str | None:
    """Of how many offers each attribute alone keeps away: the one with the most, None when fewer than five."""
    attribute, count = max(alone.items(), key=lambda pair: (pair[1], pair[0]), default=("", 0))
    return attribute if count >= FEWEST_FOR_A_HINT else None
