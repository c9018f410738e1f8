"""The operations on matches: what fits one's own post, and the disclosure of a pair."""

from app.infra.clock import utcnow
from app.matching import queries
from app.matching.api.answers import disclosure_out, matches_out, side_of
from app.matching.api.models import DisclosureOut, MatchPage
from app.matching.permissions import SEE_MATCHES, SEE_PAIR
from app.posts.queries import own_post
from app.web.access import requires
from app.web.api import PageQuery, api_blueprint, api_limited, page_of
from app.web.login import member

blueprint = api_blueprint("matching", __name__, tag="Matches and interests")


@blueprint.get("/posts/<public_id>/matches")
@requires(SEE_MATCHES)
@blueprint.input(PageQuery, location="query")
@blueprint.output(MatchPage)
@api_limited("120/minute")
def matches(public_id: str, query_data: PageQuery) -> MatchPage:
    """The best 25 that fit one's own live post, with reasons and what would have to be asked."""
    found = queries.matches_for(member(), public_id, now=utcnow())
    side = side_of(found.own)
    part, following = page_of(found.matches, query_data, lambda match: match.card.public_id)
    return MatchPage(
        items=matches_out(part, side), next=following, outside=matches_out(found.outside, side), hint=found.hint,
        only_search=found.only_search, asking_would_add=found.asking_would_add,
    )  # fmt: skip


@blueprint.get("/posts/<public_id>/matches/<other_id>")
@requires(SEE_PAIR)
@blueprint.output(DisclosureOut)
@api_limited("120/minute")
def disclosure(public_id: str, other_id: str) -> DisclosureOut:
    """What the donor states in full, what it means for the family's wishes, and what is not known."""
    actor = member()
    own = own_post(actor, public_id)
    pair = (public_id, other_id) if own.kind == "offer" else (other_id, public_id)
    return disclosure_out(queries.pair(actor, *pair, now=utcnow()))
