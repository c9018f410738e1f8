"""All of one's own posts at a glance: how many fit, the best of them, and who waits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.infra.clock import utcnow
from app.kernel.access import Identity
from app.matching import queries
from app.matching.permissions import SEE_MATCHES
from app.matching.queries import MatchList, MyInterest, MyInterests, ToAnswer
from app.matching.routes.blueprint import blueprint
from app.posts.queries import PostView, own_posts
from app.posts.rules import FINDABLE, PostState
from app.web.access import requires
from app.web.login import member

MOST_LISTS: Final = 4
"""So many live posts, those touched last, get their list worked out on this page; the others have a link to it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """
    Where one own post stands: what fits it, and who waits.

    ``found`` is None where the list is only linked. ``asked`` counts families that said yes to an offer, or donors who
    invite to a request; ``said`` are the family's own open yeses with this request.
    """

    own: PostView
    found: MatchList | None
    asked: int
    said: tuple[MyInterest, ...]


@blueprint.get("/matches")
@requires(SEE_MATCHES)
def overview() -> ResponseReturnValue:
    """Every post of one's own that others can meet; with a single live one and nobody waiting, its list at once."""
    actor, now = member(), utcnow()
    posts = own_posts(actor)
    met = [post for post in posts if post.state in FINDABLE]
    waiting, mine = queries.to_answer(actor), queries.my_interests(actor, now=now)
    nothing_waits = not (waiting.yeses or waiting.invitations or mine.yeses)
    if len(met) == 1 and met[0].state is PostState.LIVE and nothing_waits:
        return redirect(url_for("matching.matches", public_id=met[0].public_id))
    return render_template(
        "matching/overview.html",
        standings=_standings(actor, met, waiting, mine, now=now),
        others=len(posts) - len(met),
        has_said=bool(mine.yeses or mine.invitations or mine.answered),
    )


def _standings(
    actor: Identity, posts: list[PostView], waiting: ToAnswer, mine: MyInterests, *, now: datetime
) -> list[Standing]:
    worked_out = [post.id for post in posts if post.state is PostState.LIVE][:MOST_LISTS]
    return [
        Standing(
            own=post,
            found=queries.matches_for(actor, post.public_id, now=now) if post.id in worked_out else None,
            asked=waiting.yeses.get(post.id, 0) + waiting.invitations.get(post.id, 0),
            said=tuple(one for one in mine.yeses if one.request_public_id == post.public_id),
        )
        for post in posts
    ]
