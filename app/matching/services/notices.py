"""Who is told what, and where it leads: everyone who asks gets an answer."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import select

from app.accounts.queries import person
from app.infra import jobs
from app.infra.transaction import transaction
from app.matching.models import Interest
from app.matching.queries.matches import best_match
from app.matching.rules.life import Origin
from app.notifications.queries import was_left
from app.notifications.services import notify
from app.posts.queries import PostView, post
from app.posts.rules import PostState

TELL_NEXT_BEST: Final = "matching.tell_next_best"
"""The job that tells a family that something ended, together with the next best."""

WHO_IS_NEXT: Final = frozenset({"turn_planned", "next_in_line"})
"""Notices that say to a donor who is next in her line."""

TELL_NEED_OVER: Final = "matching.tell_need_over"
"""The job that tells a donor that a family she invited needs no more."""


def line_path(offer: PostView) -> str:
    """Where a donor sees who waits."""
    return f"/matches/{offer.public_id}/line"


def pair_path(offer_public_id: str, request_public_id: str) -> str:
    """Where the disclosure of a pair stands."""
    return f"/matches/pair/{offer_public_id}/{request_public_id}"


def talk_path(row: Interest) -> str:
    """Where the conversation of an accepted interest is found; messaging, further up, leads on to it."""
    return f"/messages/of/{row.public_id}"


def matches_path(own: PostView) -> str:
    """Where what fits a post stands."""
    return f"/matches/{own.public_id}"


def instead_path(interest_public_id: str) -> str:
    """Where a family sees what else there is for it."""
    return f"/matches/instead/{interest_public_id}"


def _item(row: Interest, what: str, now: datetime) -> str:
    """One notice for one thing that happened; an interest taken up again may be told again."""
    return f"interest:{row.public_id}:{what}:{int(now.timestamp())}"


def tell_spoken_first(row: Interest, offer: PostView, request: PostView, *, now: datetime) -> None:
    """Tell the donor of a yes, or the family of an invitation."""
    if row.origin == Origin.YES:
        mail = not is_gentle(offer)
        _tell(row.donor_id, "interest_received", row, line_path(offer), by=row.family_id, mail=mail, now=now)
    else:
        path = pair_path(offer.public_id, request.public_id)
        _tell(row.family_id, "invitation_received", row, path, by=row.donor_id, mail=True, now=now)


def tell_accepted(row: Interest, *, now: datetime) -> None:
    """Tell the one who spoke first that the other agreed."""
    asked, speaker = _asked_and_speaker(row)
    _tell(speaker, "interest_accepted", row, talk_path(row), by=asked, mail=True, now=now)


def tell_declined(row: Interest, *, now: datetime) -> None:
    """Tell the one who spoke first, kindly: a family with its next best, a donor with the line."""
    if row.origin == Origin.YES:
        tell_next_best_later(row, "interest_declined", now=now)
    else:
        _tell(row.donor_id, "invitation_declined", row, line_path(post(row.offer_id)), by=None, now=now)


def tell_need_over_later(row: Interest, *, now: datetime) -> None:
    """Enqueue the notice to a donor whose invited family needs no more, behind what else the same end tells her."""
    item = end_item(post(row.request_id), now=now)
    payload = {
        "donor_id": row.donor_id, "offer_id": row.offer_id, "request_id": row.request_id, "item": item,
        "at": now.isoformat(),
    }  # fmt: skip
    jobs.enqueue(TELL_NEED_OVER, payload, now=now, unique_key=_item(row, "need_over", now))


def tell_need_over(*, donor_id: int, offer_id: int, request_id: int, item: str, at: str, now: datetime) -> None:
    """
    Tell a donor that a family she invited needs no more, unless the same end, ``at`` that moment, told her already: of
    a meeting that is off (on the same ``item``), or who is next in the line of another offer of hers.
    """
    moment = datetime.fromisoformat(at)
    freed = select(Interest.offer_id).where(
        Interest.request_id == request_id, Interest.donor_id == donor_id, Interest.fell_through_at == moment
    )
    with transaction() as session:
        lines = [line_path(post(each)) for each in session.scalars(freed)]
        if not any(was_left(donor_id, path, WHO_IS_NEXT, at=moment) for path in lines):
            notify(donor_id, "need_over", item=item, path=line_path(post(offer_id)), now=now)


def end_item(own: PostView, *, now: datetime) -> str:
    """The item of all that somebody is told because this post has ended: one notice to each person."""
    return f"post-ended:{own.public_id}:{int(now.timestamp())}"


def tell_next_in_line(
    offer: PostView, first: Interest, kind: str, *, news: Collection[str] = (), now: datetime
) -> None:  # fmt: skip
    """
    Tell a donor that a promise came to nothing while others wait, and who is the first of them.

    ``news`` are the items of what she was told of the same cause.
    """
    item = f"next-in-line:{offer.public_id}:{int(now.timestamp())}"
    name = {"name": person(first.family_id).display_name}
    mail = not is_gentle(offer)
    notify(offer.author_id, kind, item=item, path=line_path(offer), params=name, mail=mail, joins=news, now=now)


def tell_you_are_next(offer: PostView, first: Interest, *, now: datetime) -> None:
    """Tell the family at the head of a line that the milk is free again."""
    path = pair_path(offer.public_id, post(first.request_id).public_id)
    _tell(first.family_id, "you_are_next", first, path, by=None, mail=True, now=now)


def tell_full(family_id: int, offer: PostView, request: PostView, *, now: datetime) -> None:
    """Leave a family that came to a full line the way to the others; one notice for each offer and request."""
    item = f"full:{offer.public_id}:{request.public_id}"
    notify(family_id, "queue_full", item=item, path=matches_path(request), now=now)


def tell_next_best_later(row: Interest, kind: str, *, now: datetime) -> None:
    """Enqueue the notice to the family; finding its next best takes too long for somebody else's answer."""
    key = item = _item(row, kind, now)
    if kind == "milk_gone":
        item = end_item(post(row.offer_id), now=now)
    payload = {"family_id": row.family_id, "request_id": row.request_id, "kind": kind, "item": item}
    if kind == "milk_gone":
        payload["instead"] = row.public_id
    jobs.enqueue(TELL_NEXT_BEST, payload, now=now, unique_key=key)


def tell_next_best(
    *, family_id: int, request_id: int, kind: str, item: str, instead: str | None = None, now: datetime
) -> None:
    """
    Tell a family that something ended.

    The notice leads to what there is ``instead`` of that interest, else to its best other match, or to its matches when
    there is none.
    """
    if instead is not None:
        notify(family_id, kind, item=item, path=instead_path(instead), mail=True, now=now)
        return
    request = post(request_id)
    best = best_match(request, now=now) if request.state is PostState.LIVE else None
    path = pair_path(best.card.public_id, request.public_id) if best else matches_path(request)
    notify(family_id, kind, item=item, path=path, mail=True, now=now)


def _asked_and_speaker(row: Interest) -> tuple[int, int]:
    return (row.donor_id, row.family_id) if row.origin == Origin.YES else (row.family_id, row.donor_id)


def is_gentle(offer: PostView) -> bool:
    """Whether the donor gives after a loss: the site does not write to her of itself, unless she chose that."""
    return offer.offer is not None and offer.offer.after_loss


def _tell(to: int, kind: str, row: Interest, path: str, *, by: int | None, mail: bool = False, now: datetime) -> None:
    name = {"name": person(by).display_name} if by is not None else {}
    notify(to, kind, item=_item(row, kind, now), path=path, params=name, mail=mail, now=now)
