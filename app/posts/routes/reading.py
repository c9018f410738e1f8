"""The list of one's own posts, a post's page, and the steps of its life."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as people
from app.infra.areas.storage import load_catalogue
from app.infra.clock import utcnow
from app.kernel.access import Identity
from app.kernel.errors import Conflict, Invalid
from app.kernel.words import N_
from app.milk.queries import giving_rests
from app.posts import queries, services
from app.posts.permissions import CHANGE_POST, SEE_POST, WRITE_POSTS
from app.posts.queries import PostView
from app.posts.routes.blueprint import blueprint
from app.posts.rules import (
    BABY_AGE_BANDS,
    EDITABLE,
    LIPASE,
    PREFERENCES,
    REPLACE_BAGS,
    SHOWN_TO_ALL,
    STORAGE,
    TRAVEL_KM,
    TRAVEL_MILES,
    PostState,
    may_withdraw,
)
from app.web.access import requires
from app.web.login import member
from app.web.templating import reader

Step = Callable[..., PostState]
STEPS: Final[dict[str, tuple[Step, str]]] = {
    "submit": (services.submit, N_("Your post is handed in.")),
    "pause": (services.pause, N_("Your post is paused. Nobody finds it until you resume it.")),
    "resume": (services.resume, N_("Your post is live again.")),
    "renew": (services.renew, N_("Your post is renewed for 60 days.")),
    "withdraw": (services.withdraw, N_("Your post is withdrawn.")),
}


@blueprint.get("/posts")
@requires(WRITE_POSTS)
def mine() -> ResponseReturnValue:
    """Everything one has posted or begun, where each stands, and what happens next."""
    actor = member()
    own = queries.own_posts(actor)
    asked = {post.id: queries.reason_of(post.id) for post in own if post.state in _WITH_REASON}
    return render_template("posts/mine.html", posts=own, reasons=asked, may=_may)


_WITH_REASON: Final = frozenset({PostState.EDIT_ASKED, PostState.DECLINED})


def _may(post: PostView) -> set[str]:
    """The steps that a post's author may take now, for the buttons of the page."""
    steps = {
        "edit": post.state in EDITABLE,
        "pause": post.state is PostState.LIVE,
        "resume": post.state is PostState.PAUSED and not (post.offer and giving_rests(post.author_id)),
        "renew": post.state in {PostState.LIVE, PostState.PAUSED, PostState.EXPIRED},
        "withdraw": may_withdraw(post.state),
    }
    return {step for step, allowed in steps.items() if allowed}


@blueprint.get("/posts/new")
@requires(WRITE_POSTS)
def choose() -> ResponseReturnValue:
    """Ask whether one has milk to give or needs some."""
    return render_template("posts/choose.html")


@blueprint.get("/posts/<public_id>")
@requires(SEE_POST)
def show(public_id: str) -> ResponseReturnValue:
    """A post: one's own in any state, another's while it is live."""
    actor = member()
    found = queries.visible_post(actor, public_id)
    if not found.is_complete:
        return redirect(url_for(f"posts.new_{found.kind}", draft=found.public_id))
    own = found.author_id == actor.person_id
    return render_template(
        "posts/show.html", post=found, own=own, may=_may(found) if own else set(), where=_where(found),
        near=None if own else _nearness(actor, found), author=people.person(found.author_id),
        reason=queries.reason_of(found.id) if own and found.state in _WITH_REASON else None,
        facts=found.stated if own else [fact for fact in found.facts if fact.attribute in SHOWN_TO_ALL],
        trail=queries.changes(found.id) if own else [], travel=_travel(found),
        storage=STORAGE, lipase=LIPASE, bags=REPLACE_BAGS, bands=BABY_AGE_BANDS,
        preferences=PREFERENCES,
    )  # fmt: skip


def _where(post: PostView) -> str:
    return load_catalogue().area(post.area_id).name


def _travel(post: PostView) -> str:
    """The radius in the reader's unit."""
    if not post.travel_km:
        return str(_("cannot travel"))
    if reader().distance_unit == "km":
        return str(_("up to %(n)s km", n=f"{post.travel_km:g}"))
    return str(_("up to %(n)s miles", n=TRAVEL_MILES[TRAVEL_KM.index(int(post.travel_km))]))


def _nearness(actor: Identity, post: PostView) -> str | None:
    """How far the post's area is from one's own, as a band; None for somebody without a place."""
    own = people.person(actor.person_id).area_id
    if own is None:
        return None
    band = load_catalogue().band(own, post.area_id)
    if band.code == "same_area":
        return str(_("in your area"))
    return band.label_km if reader().distance_unit == "km" else band.label_miles


@blueprint.post("/posts/<public_id>/act")
@requires(CHANGE_POST)
def act(public_id: str) -> ResponseReturnValue:
    """Take one step in the life of one's own post: hand in, pause, resume, renew, withdraw."""
    chosen = STEPS.get(request.form.get("step", ""))
    if chosen is None:
        abort(400)
    _take(chosen, member(), public_id, now=utcnow())
    return redirect(url_for("posts.show", public_id=public_id))


def _take(chosen: tuple[Step, str], actor: Identity, public_id: str, *, now: datetime) -> None:
    step, done = chosen
    try:
        step(actor, public_id, now=now)
    except (Conflict, Invalid) as error:
        flash(_(error.message), "error")
    else:
        flash(_(done), "success")
