"""
The forms of an offer and of a request: new, from a draft, and edited.

They are open to a visitor whose session has ended: what was typed is kept, and signing in leads back to it. They check
their own CSRF token for the same reason, because the general check would answer before anything is kept; a form from a
foreign origin is refused first.
"""

from collections.abc import Mapping
from datetime import UTC
from typing import Final

from flask import abort, flash, jsonify, redirect, render_template, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as people
from app.accounts import services as accounts
from app.accounts.forms import words_shown
from app.accounts.rules.consents import TEXTS, Purpose, is_outdated
from app.infra.clock import utcnow
from app.kernel.access import Identity
from app.kernel.errors import Conflict, Invalid
from app.kernel.ids import new_public_id
from app.kernel.words import N_
from app.posts import queries, services
from app.posts.forms import OfferForm, PostForm, Reader, RequestForm, by_group, leaves, typed_of
from app.posts.forms.offer import STATED
from app.posts.permissions import WRITE_POSTS
from app.posts.queries import PostView
from app.posts.routes.blueprint import blueprint
from app.posts.rules import (
    EDITABLE,
    GROUPS,
    SOUGHT,
    SOURCES,
    Attribute,
    OfferDraft,
    PostState,
    RequestDraft,
    named_since,
    tells_health,
)
from app.web.access import public, requires
from app.web.limits import limited
from app.web.login import member, visitor
from app.web.templating import reader as preferences

KEPT: Final = "kept_post_form"
FORMS: Final[dict[str, type[OfferForm] | type[RequestForm]]] = {"offer": OfferForm, "request": RequestForm}
TOKEN_LENGTH: Final = 64
CONSENTS_OF_POSTS: Final = (Purpose.HEALTH_COLLECT, Purpose.HEALTH_SHARE, Purpose.NEED_SHARE)
"""What the forms ask to agree to beside their questions, while it is not agreed yet."""
STALE_PAGE: Final = N_("This page was open for too long. Everything you typed is still here: please send it once more.")


@blueprint.route("/posts/new/offer", methods=["GET", "POST"])
@public
@limited("60/hour", methods=("POST",))
def new_offer() -> ResponseReturnValue:
    """The form of an offer, empty or from a draft; sent, it is posted or kept as a draft."""
    return _new("offer")


@blueprint.route("/posts/new/request", methods=["GET", "POST"])
@public
@limited("60/hour", methods=("POST",))
def new_request() -> ResponseReturnValue:
    """The form of a request, empty or from a draft; sent, it is posted or kept as a draft."""
    return _new("request")


@blueprint.route("/posts/<public_id>/edit", methods=["GET", "POST"])
@public
@limited("60/hour", methods=("POST",))
def edit(public_id: str) -> ResponseReturnValue:
    """The form of one's own post as it stands; sent, it replaces what the post says."""
    actor = visitor()
    if actor is None:
        return _sign_in_first(None)
    post = queries.own_post(actor, public_id)
    if post.state is PostState.DRAFT:
        return redirect(url_for(f"posts.new_{post.kind}", draft=public_id))
    if post.state not in EDITABLE:
        flash(_("This post can no longer be changed."), "error")
        return redirect(url_for("posts.show", public_id=public_id))
    return _change(actor, post) if request.method == "POST" else _form_page(_edit_form(actor, post), post)


@blueprint.post("/posts/new/<any(offer, request):kind>/draft")
@requires(WRITE_POSTS)
@limited("600/hour")
def autosave(kind: str) -> ResponseReturnValue:
    """Keep the form as it stands, for the page's own script; answers with the draft's public id."""
    form = FORMS[kind](_reader(member()))
    public_id = services.save_typed(
        member(), kind, typed_of(request.form, form), submit_token=_token(form), now=utcnow()
    )
    return jsonify(saved=True, public_id=public_id)


def _own_csrf(state: BlueprintSetupState) -> None:
    protect = state.app.extensions["csrf"]
    for view in (new_offer, new_request, edit):
        protect.exempt(f"{__name__}.{view.__name__}")


blueprint.record_once(_own_csrf)


def _new(kind: str) -> ResponseReturnValue:
    actor = visitor()
    if actor is None:
        return _sign_in_first(kind)
    if people.person(actor.person_id).area_id is None:
        return _place_first(kind)
    if request.method == "GET":
        return _begin(actor, kind)
    form = FORMS[kind](_reader(actor))
    if request.form.get("step") == "save":
        return _save(actor, kind, form)
    return _post(actor, form)


def _begin(actor: Identity, kind: str) -> ResponseReturnValue:
    """The form from a kept one, from a draft, or empty."""
    kept = _take_kept(kind)
    if kept is not None:
        flash(_("Welcome back. Everything you typed is still here."), "success")
        form = FORMS[kind](_reader(actor), kept)
        form.submit_token.data = _token(form)
        return _form_page(form)
    public_id = request.args.get("draft")
    return _form_page(_from_draft(actor, kind, public_id) if public_id else _empty(actor, kind))


def _empty(actor: Identity, kind: str) -> PostForm:
    form = FORMS[kind](_reader(actor))
    form.submit_token.data = new_public_id()
    form.travel.data = "25"
    if isinstance(form, OfferForm) and request.args.get("after_loss"):
        form.after_loss.data = "1"
    return form


def _from_draft(actor: Identity, kind: str, public_id: str) -> PostForm:
    post = queries.own_post(actor, public_id)
    if post.state is not PostState.DRAFT or post.kind != kind:
        abort(404)
    typed = queries.typed_of(actor, public_id)
    form = FORMS[kind](_reader(actor), typed) if typed is not None else _filled(actor, post)
    form.submit_token.data = queries.submit_token_of(actor, public_id)
    return form


def _filled(actor: Identity, post: PostView) -> PostForm:
    draft = queries.draft_of(post)
    if isinstance(draft, OfferDraft):
        return OfferForm.of(draft, _reader(actor))
    return RequestForm.of(draft, _reader(actor)) if isinstance(draft, RequestDraft) else _empty(actor, post.kind)


def _edit_form(actor: Identity, post: PostView) -> PostForm:
    kept = _take_kept(post.kind)
    form = FORMS[post.kind](_reader(actor), kept) if kept is not None else _filled(actor, post)
    form.version.data = str(post.version)
    return form


def _save(actor: Identity, kind: str, form: PostForm) -> ResponseReturnValue:
    if not _genuine(form):
        return _form_page(form, status=422)
    _agree(actor, form)
    typed = typed_of(request.form, form)
    services.save_typed(actor, kind, typed, submit_token=_token(form), now=utcnow())
    flash(_("Your draft is saved. Only you see it."), "success")
    if tells_health(form.draft()) and not form.may_keep_health:
        flash(_("Your health answers were left out, because you have not agreed that we keep them."), "info")
    elif named_since(form.draft()) is not None and not form.agrees_now:
        flash(_("Your answer on vaccinations was left out, because the words you agreed to do not name it."), "info")
    return redirect(url_for("posts.mine"))


def _post(actor: Identity, form: OfferForm | RequestForm) -> ResponseReturnValue:
    draft = form.checked()
    if draft is None:
        return _form_page(form, status=422)
    _agree(actor, form)
    try:
        public_id = services.submit_new(actor, draft, submit_token=_token(form), now=utcnow())
    except Invalid as error:
        form.explain(error.fields)
        return _form_page(form, status=422)
    flash(_("Thank you. Here is your post, and what happens next."), "success")
    return redirect(url_for("posts.show", public_id=public_id))


def _change(actor: Identity, post: PostView) -> ResponseReturnValue:
    form = FORMS[post.kind](_reader(actor))
    draft = form.checked()
    if draft is None:
        return _form_page(form, post, status=422)
    _agree(actor, form)
    try:
        services.edit(actor, post.public_id, draft, version=_version(form), now=utcnow())
    except Invalid as error:
        form.explain(error.fields)
        return _form_page(form, post, status=422)
    except Conflict as error:
        form.version.data = str(queries.own_post(actor, post.public_id).version)
        return _form_page(form, post, problem=_(error.message), status=409)
    flash(_("Your changes are saved."), "success")
    return redirect(url_for("posts.show", public_id=post.public_id))


def _form_page(
    form: PostForm, post: PostView | None = None, *, problem: str | None = None, status: int = 200
) -> ResponseReturnValue:
    wrong = [field for field in leaves(form) if field.errors and field.type != "CSRFTokenField"]
    if form.errors.get("csrf_token"):
        problem = _(STALE_PAGE)
    kind = "offer" if isinstance(form, OfferForm) else "request"
    page = render_template(
        f"posts/{kind}_form.html", form=form, post=post, wrong=wrong, problem=problem, kind=kind, headings=GROUPS,
        groups=by_group([each for each in _questions(kind) if each.key not in form.unasked]), sources=SOURCES,
    )  # fmt: skip
    return page, status


def _questions(kind: str) -> tuple[Attribute, ...]:
    return STATED if kind == "offer" else SOUGHT


def _agree(actor: Identity, form: PostForm) -> None:
    """Record the consents ticked beside the questions, with the very words that stood there."""
    for purpose in form.agreed():
        accounts.give_consent(actor, purpose.value, **words_shown(purpose), now=utcnow())


def _reader(actor: Identity) -> Reader:
    mine = preferences()
    today = services.today_of(people.person(actor.person_id), utcnow())
    given = people.active_consents(actor.person_id)
    older = frozenset(Purpose(each.purpose) for each in given if is_outdated(each.purpose, each.text_version))
    now_given = {each.purpose for each in given} - older
    asked = tuple(TEXTS[each] for each in CONSENTS_OF_POSTS if each not in now_given)
    return Reader(mine.volume_unit, mine.distance_unit, today, asked, older)


def _token(form: PostForm) -> str:
    return (form.submit_token.data or new_public_id())[:TOKEN_LENGTH]


def _version(form: PostForm) -> int:
    typed = form.version.data or ""
    return int(typed) if typed.isdecimal() and len(typed) <= len("999999") else 0


def _genuine(form: PostForm) -> bool:
    """Whether the form carries the page's own token."""
    form.validate()
    return "csrf_token" not in form.errors


def _sign_in_first(kind: str | None) -> ResponseReturnValue:
    """Keep what a visitor sent, and lead to the sign-in and back."""
    if request.method == "POST":
        _keep(kind)
        flash(_("You were signed out. Everything you typed is kept: sign in, and it comes back."), "info")
    return redirect(url_for("security.login", next=request.path))


def _place_first(kind: str) -> ResponseReturnValue:
    """Keep what was sent, and lead to the choice of a place and back."""
    if request.method == "POST":
        _keep(kind)
    flash(_("First choose where you are. A town or a post code is enough; nobody sees more than the area."), "info")
    return redirect(url_for("accounts.place", next=request.path))


def _keep(kind: str | None) -> None:
    if request.origin and request.origin != request.host_url.rstrip("/"):
        abort(400)
    # A visitor may not learn which post is whose, so the form's own fields tell which of the two it is.
    kind = kind or ("offer" if "supply" in request.form else "request")
    nobody = Reader("oz", "mi", utcnow().astimezone(UTC).date())
    typed = typed_of(request.form, FORMS[kind](nobody))
    session[KEPT] = [request.path, services.keep_form(kind, typed, now=utcnow())]


def _take_kept(kind: str) -> Mapping[str, list[str]] | None:
    """What this browser sent to this address after its session had ended, once."""
    path, token = session.get(KEPT, ("", ""))
    if path != request.path:
        return None
    session.pop(KEPT)
    return services.take_kept_form(token, kind, now=utcnow())
