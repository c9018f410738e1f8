"""The operations on posts."""

from typing import Any, Final

from flask import Response

from app.infra.clock import utcnow
from app.kernel.errors import Conflict, Invalid
from app.kernel.ids import new_public_id
from app.kernel.words import N_
from app.posts import queries, services
from app.posts.api.answers import post_out
from app.posts.api.drafts import at_fields, changed, draft_from
from app.posts.api.models import PostChanges, PostIn, PostMade, PostOut, PostPage
from app.posts.permissions import CHANGE_POST, SEE_POST, WRITE_POSTS
from app.web.access import requires
from app.web.api import (
    MISSING,
    PREFIX,
    Answered,
    PageQuery,
    api_blueprint,
    api_limited,
    checked,
    created,
    matched,
    page_of,
    tagged,
    with_tag,
)
from app.web.login import member

blueprint = api_blueprint("posts", __name__, tag="Posts")
NOT_FINISHED: Final = N_("This draft is not finished. Please finish it on the site.")


@blueprint.get("/posts")
@requires(WRITE_POSTS)
@blueprint.input(PageQuery, location="query")
@blueprint.output(PostPage)
@api_limited()
def own_posts(query_data: PageQuery) -> PostPage:
    """One's own posts in every state, newest first."""
    actor = member()
    own = sorted(queries.own_posts(actor), key=lambda post: (post.created_at, post.id), reverse=True)
    part, following = page_of(own, query_data, lambda post: post.public_id)
    return PostPage(items=[post_out(each, actor) for each in part], next=following)


@blueprint.post("/posts")
@requires(WRITE_POSTS)
@blueprint.input(PostIn)
@blueprint.output(PostMade, status_code=201)
@api_limited("60/hour")
def hand_in(json_data: PostIn) -> Response:
    """Hand in an offer or a request. A newcomer's post waits for a moderator first."""

    def make() -> PostMade:
        actor, draft = member(), draft_from(json_data.root)
        public_id = at_fields(
            draft, lambda: services.submit_new(actor, draft, submit_token=new_public_id(), now=utcnow())
        )
        made = queries.own_post(actor, public_id)
        return PostMade.model_validate(
            {"id": public_id, "kind": made.kind, "state": made.state.value, "version": made.version}
        )

    def where(made: Answered) -> str:
        return f"{PREFIX}/posts/{made.id}" if isinstance(made, PostMade) else ""

    return created(make, where)


@blueprint.get("/posts/<public_id>")
@requires(SEE_POST)
@blueprint.output(PostOut)
@api_limited()
@tagged
def post(public_id: str) -> tuple[PostOut, int, dict[str, str]]:
    """A post: one's own in any state, another's while it is live."""
    actor = member()
    return with_tag(post_out(queries.visible_post(actor, public_id), actor))


@blueprint.patch("/posts/<public_id>")
@requires(CHANGE_POST)
@blueprint.input(PostChanges)
@blueprint.output(PostOut)
@api_limited("60/hour")
@tagged
@checked
def change(
    public_id: str,
    json_data: Any,  # noqa: ANN401 - a model made from the other two.
) -> tuple[PostOut, int, dict[str, str]]:
    """Change one's own post, when nobody changed it since it was read: name its ``version``, or its ``ETag``."""
    actor = member()
    own = queries.own_post(actor, public_id)
    version = json_data.version
    if matched(post_out(own, actor)) and version is None:
        version = own.version
    if version is None:
        raise Invalid({"/version": [MISSING]})
    draft = queries.draft_of(own)
    if draft is None:
        raise Conflict(NOT_FINISHED, code="not_finished")
    wanted = changed(draft, json_data)
    at_fields(wanted, lambda: services.edit(actor, public_id, wanted, version=version, now=utcnow()))
    return with_tag(post_out(queries.own_post(actor, public_id), actor))


@blueprint.post("/posts/<public_id>/pause")
@requires(CHANGE_POST)
@blueprint.output(PostOut)
@api_limited()
def pause(public_id: str) -> PostOut:
    """Take one's live post out of sight for a while."""
    services.pause(member(), public_id, now=utcnow())
    return _own(public_id)


@blueprint.post("/posts/<public_id>/resume")
@requires(CHANGE_POST)
@blueprint.output(PostOut)
@api_limited()
def resume(public_id: str) -> PostOut:
    """Bring one's paused post back."""
    services.resume(member(), public_id, now=utcnow())
    return _own(public_id)


@blueprint.post("/posts/<public_id>/renew")
@requires(CHANGE_POST)
@blueprint.output(PostOut)
@api_limited()
def renew(public_id: str) -> PostOut:
    """Give one's post 60 more days from today; an ended one is live again."""
    services.renew(member(), public_id, now=utcnow())
    return _own(public_id)


@blueprint.post("/posts/<public_id>/withdraw")
@requires(CHANGE_POST)
@blueprint.output(PostOut)
@api_limited()
def withdraw(public_id: str) -> PostOut:
    """Take one's post back for good."""
    services.withdraw(member(), public_id, now=utcnow())
    return _own(public_id)


def _own(public_id: str) -> PostOut:
    actor = member()
    return post_out(queries.own_post(actor, public_id), actor)
