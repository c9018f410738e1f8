"""The operations on proposals: what a round chose, what was looked at, and what is not for one."""

from datetime import datetime

from app.infra.clock import utcnow
from app.kernel.access import Identity
from app.matching import services
from app.matching.api.answers import matches_out, side_of
from app.matching.api.matches import blueprint
from app.matching.api.models import PassIn, ProposalOut, ProposalPage, SeenIn, SeenOut
from app.matching.permissions import SEE_MATCHES, SEE_PAIR
from app.matching.queries import Match
from app.matching.queries.proposals import desk_of_offer, page_of_request
from app.posts.queries import PostView, own_posts
from app.posts.rules import PostState
from app.web.access import requires
from app.web.api import PageQuery, api_limited, page_of
from app.web.login import member


@blueprint.get("/proposals")
@requires(SEE_MATCHES)
@blueprint.input(PageQuery, location="query")
@blueprint.output(ProposalPage)
@api_limited("120/minute")
def proposals(query_data: PageQuery) -> ProposalPage:
    """What was chosen for one's own live posts, the newest post first."""
    actor, now = member(), utcnow()
    live = [post for post in own_posts(actor) if post.state is PostState.LIVE]
    live.sort(key=lambda post: (post.created_at, post.id), reverse=True)
    chosen = [(post, *_chosen(actor, post, now)) for post in live]
    found = [
        ProposalOut(own_post_id=post.public_id, match=match)
        for post, matches, _new in chosen
        for match in matches_out(matches, side_of(post))
    ]
    part, following = page_of(found, query_data, lambda one: f"{one.own_post_id}.{one.match.post_id}")
    return ProposalPage(items=list(part), next=following, new=sum(new for _post, _matches, new in chosen))


def _chosen(actor: Identity, post: PostView, now: datetime) -> tuple[tuple[Match, ...], int]:
    """What stands before one live post, and how much of it was never looked at."""
    if post.offer is not None:
        return desk_of_offer(actor, post.public_id, now=now).suggestions, 0
    page = page_of_request(actor, post.public_id, now=now)
    return page.shown, page.new


@blueprint.post("/proposals/seen")
@requires(SEE_MATCHES)
@blueprint.input(SeenIn)
@blueprint.output(SeenOut)
@api_limited()
def mark_seen(json_data: SeenIn) -> SeenOut:
    """Note that the page of one's own request was looked at; what is not looked at goes to others after a while."""
    return SeenOut(new=services.mark_seen(member(), json_data.request_id, now=utcnow()))


@blueprint.post("/proposals/pass")
@requires(SEE_PAIR)
@blueprint.input(PassIn)
@blueprint.output({}, status_code=204)
@api_limited()
def pass_on(json_data: PassIn) -> str:
    """Pass on a pair quietly."""
    services.pass_on(member(), json_data.offer_id, json_data.request_id, now=utcnow())
    return ""
