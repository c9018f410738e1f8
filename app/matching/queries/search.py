"""Search near a place, also for members who have not posted: what is live, within reach, and not contradicted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from app.accounts.queries import blocked_ids
from app.geo.areas import AreaId
from app.kernel.access import Identity, authorise
from app.kernel.quantities import Kilometres
from app.matching.configuration import matching_rules
from app.matching.permissions import SEARCH
from app.matching.queries.cards import MapArea, Match, card_of, on_map
from app.matching.queries.crowd import Crowd
from app.matching.queries.known import offers_near
from app.matching.queries.nearby import Filters, crowd_near
from app.matching.queries.openness import full_among, open_among
from app.matching.queries.sides import milk_of
from app.matching.queries.standing import spoken_for
from app.matching.rules.fit import fit
from app.matching.rules.many.against import answered
from app.matching.rules.many.answers import ASK_CODE, CONFLICTS_CODE
from app.matching.rules.many.columns import Bools
from app.matching.rules.reasons import TELLABLE, asks_on_card, tellable
from app.matching.rules.sides import Strength, Wish, Wishes
from app.posts.queries import JudgedPost, told_offers, told_requests
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
    first :data:`MOST_JUDGED` are held against them. ``only_open`` keeps the offers on the open map: live
    for a day and a half, with no meeting to come. Order: band of distance, then fewest things to ask, then newest.
    Own posts and those of blocked people never appear.
    """
    authorise(actor, SEARCH)
    hidden = blocked_ids(actor.person_id) | {actor.person_id}
    if kind == "offer" and only_open:
        near = _on_open_map(area, radius, hidden, now)
    else:
        near = crowd_near(kind, area, radius, hidden=hidden)
    if not wishes:
        return _listed(kind, near, page, area, now)
    near = near.take(slice(MOST_JUDGED))
    return _narrowed(near, wishes, page, area, now) if kind == "offer" else _listed(kind, near, page, area, now)


def _on_open_map(area: AreaId, radius: Kilometres, hidden: frozenset[int], now: datetime) -> Crowd:
    """The offers nearby that have been live for long enough, with milk that waits for no meeting."""
    latest = now - matching_rules().rounds.open_map_after
    # The index leaves out the very moment of its limit, which is still on the map.
    filters = Filters(published_before=latest + timedelta(seconds=1))
    near = crowd_near("offer", area, radius, hidden=hidden, filters=filters)
    near = near.take((near.published > 0) & (near.published <= latest.timestamp()))
    return near.take(~np.isin(near.post, list(spoken_for(near.post.tolist()))))


def _listed(kind: str, near: Crowd, page: int, area: AreaId, now: datetime) -> Found:
    """Everybody nearby: only the posts of the page asked for are read."""
    page, pages = _page_of(len(near), page)
    part = near.take(_rows_of(page)).posts()
    posts = told_offers(part, TELLABLE) if kind == "offer" else told_requests(part)
    found = {each.post_id: posts[each.post_id] for each in part if each.post_id in posts}
    matches = _marked({key: Match(card=card_of(post, area)) for key, post in found.items()}, now)
    return _found(matches, len(near), page, pages, None)


def _narrowed(near: Crowd, wishes: tuple[Wish, ...], page: int, area: AreaId, now: datetime) -> Found:
    """
    Those nearby whom no wish contradicts; inside a band the fewest things to ask come first.

    All are looked at in columns of numbers; only the posts of the page asked for are read and answered in full.
    """
    stand, offers = offers_near(near, today=now.date(), about=[wish.attribute for wish in wishes])
    codes = answered(offers, wishes, today=now.date())
    against, told = codes == CONFLICTS_CODE, [wish.attribute in TELLABLE for wish in wishes]
    contradicted = against[:, [wish.strength is Strength.MUST for wish in wishes]].any(axis=1)
    fitting = np.flatnonzero(~contradicted)
    asks = (codes[:, told] == ASK_CODE).sum(axis=1)
    fitting = fitting[np.lexsort((asks[fitting], stand.band[fitting]))]
    page, pages = _page_of(len(fitting), page)
    part = stand.take(fitting[_rows_of(page)]).posts()
    posts = told_offers(part, TELLABLE | {wish.attribute for wish in wishes})
    listed = {each.post_id: _match(posts[each.post_id], wishes, area, now) for each in part if each.post_id in posts}
    matches = _marked({key: match for key, match in listed.items() if match is not None}, now)
    return _found(matches, len(fitting), page, pages, _hint(against[contradicted], wishes))


def _rows_of(page: int) -> slice:
    return slice((page - 1) * CARDS_A_PAGE, page * CARDS_A_PAGE)


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


def _match(post: JudgedPost, wishes: tuple[Wish, ...], area: AreaId, now: datetime) -> Match | None:
    """An offer of the page; None when it changed meanwhile and a wish contradicts it now."""
    if post.offer is None:
        return None
    answers = fit(milk_of(post, post.offer, today=now.date()), Wishes(wishes), today=now.date())
    if answers.impossible:
        return None
    return Match(card=card_of(post, area), meets=tellable(answers.meets), asks=asks_on_card(answers))


def _hint(against: Bools, wishes: tuple[Wish, ...]) -> str | None:
    """
    The food or way of eating that alone stands against the most offers, or None when fewer than five share it.

    ``against`` are the contradicted offers row by row, and which wishes stand against each. Substances, caffeine among
    them, and medicines are never hinted at.
    """
    alone = against[against.sum(axis=1) == 1].sum(axis=0).tolist()
    counts = Counter[str]()
    for wish, count in zip(wishes, alone, strict=True):
        if wish.attribute in HINTED:
            counts[wish.attribute] += count
    return most_hinted(counts)


def most_hinted(alone: Mapping[str, int]) -> str | None:
    """Of how many offers each attribute alone keeps away: the one with the most, None when fewer than five."""
    attribute, count = max(alone.items(), key=lambda pair: (pair[1], pair[0]), default=("", 0))
    return attribute if count >= FEWEST_FOR_A_HINT else None
