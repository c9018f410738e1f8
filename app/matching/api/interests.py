"""The operations on interests: speak first, answer, take back, and where each stands."""

from collections.abc import Callable
from typing import Final

from flask import Response

from app.infra.clock import utcnow
from app.kernel.errors import Invalid
from app.kernel.words import N_
from app.matching import queries, services
from app.matching.api.answers import line_out, my_interest_out
from app.matching.api.matches import blueprint
from app.matching.api.models import InterestIn, InterestMade, InterestPage
from app.matching.permissions import ANSWER, SEE_MATCHES, SPEAK_FIRST, TAKE_BACK
from app.posts.queries import own_posts, post_by_public_id
from app.posts.rules import FINDABLE
from app.web.access import requires
from app.web.api import PREFIX, Answered, PageQuery, api_limited, created, page_of
from app.web.login import member

READ_FIRST: Final = N_("Please read the offer's disclosure first, and send its version with the yes.")


@blueprint.get("/interests")
@requires(SEE_MATCHES)
@blueprint.input(PageQuery, location="query")
@blueprint.output(InterestPage)
@api_limited("120/minute")
def interests(query_data: PageQuery) -> InterestPage:
    """One's own yeses and invitations, said and received, newest first."""
    actor, now = member(), utcnow()
    mine = queries.my_interests(actor, now=now)
    offers = [post.public_id for post in own_posts(actor) if post.offer is not None and post.state in FINDABLE]
    lines = [queries.interests_for_offer(actor, each, now=now) for each in offers]
    found = [my_interest_out(each) for each in (*mine.yeses, *mine.invitations, *mine.answered)]
    found += [each for line in lines for each in line_out(line)]
    found.sort(key=lambda each: (each.created_at, each.id), reverse=True)
    part, following = page_of(found, query_data, lambda each: each.id)
    return InterestPage(items=list(part), next=following, waiting_behind=sum(line.others for line in lines))


@blueprint.post("/interests")
@requires(SPEAK_FIRST)
@blueprint.input(InterestIn)
@blueprint.output(InterestMade, status_code=201)
@api_limited("60/hour")
def speak_first(json_data: InterestIn) -> Response:
    """Say yes to an offer with one's own request, or invite a family to one's own offer; saying it twice is once."""

    def make() -> InterestMade:
        actor = member()
        if post_by_public_id(json_data.request_id).author_id != actor.person_id:
            said = services.invite(actor, json_data.offer_id, json_data.request_id, note=json_data.note, now=utcnow())
        elif json_data.version is None:
            raise Invalid({"/version": [READ_FIRST]})
        else:
            said = services.say_yes(
                actor, json_data.offer_id, json_data.request_id, note=json_data.note,
                disclosure_version=json_data.version, now=utcnow(),
            )  # fmt: skip
        return _now(said)

    return created(make, _where)


def _where(_made: Answered) -> str:
    return f"{PREFIX}/interests"


@blueprint.post("/interests/<public_id>/accept")
@requires(ANSWER)
@blueprint.output(InterestMade)
@api_limited()
def accept(public_id: str) -> InterestMade:
    """Choose the family, or take the invitation: a conversation opens."""
    return _step(services.accept, public_id)


@blueprint.post("/interests/<public_id>/decline")
@requires(ANSWER)
@blueprint.output(InterestMade)
@api_limited()
def decline(public_id: str) -> InterestMade:
    """Say no, without having to say why; the two are never proposed to each other again."""
    return _step(services.decline, public_id)


@blueprint.post("/interests/<public_id>/take-back")
@requires(TAKE_BACK)
@blueprint.output(InterestMade)
@api_limited()
def take_back(public_id: str) -> InterestMade:
    """Take back one's own open yes or invitation."""
    return _step(services.take_back, public_id)


def _step(step: Callable[..., int], public_id: str) -> InterestMade:
    step(member(), public_id, now=utcnow())
    return _now(public_id)


def _now(public_id: str) -> InterestMade:
    """How the interest stands after what was just done."""
    said = queries.interest_by_public_id(member(), public_id)
    return InterestMade(id=said.public_id, state=said.state)
