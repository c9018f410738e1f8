"""Pages of people and their settings: translate to and from a use-case, nothing else."""

from collections.abc import Iterable
from typing import Final

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries, services
from app.accounts.forms import PlaceForm, PreferencesForm, TokenForm, WelcomeForm, shown_fingerprint, words_shown
from app.accounts.permissions import BLOCK_SOMEONE, CHANGE_OWN_ACCOUNT, MANAGE_OWN_TOKENS, SEE_OWN_ACCOUNT
from app.accounts.rules.consents import TEXTS, Purpose, is_outdated, text_of
from app.accounts.rules.positions import POSITIONS
from app.geo.areas import AreaId
from app.infra.areas.storage import load_catalogue
from app.infra.clock import utcnow
from app.infra.gazetteer import PlaceCandidate, find_places, without_fine_numbers
from app.kernel.access import Identity
from app.kernel.errors import Forbidden, LimitReached, NotFound
from app.kernel.words import N_
from app.web.access import PUBLIC, mark_of, public, requires
from app.web.errors import wants_json
from app.web.limits import limited
from app.web.login import member, visitor
from app.web.navigation import back_within_site

blueprint = Blueprint("accounts", __name__)
NOT_AGREED: Final = N_("Please sign in on the site first and read the welcome page: your agreement is needed.")


@blueprint.before_app_request
def lead_to_welcome() -> ResponseReturnValue | None:
    """
    Lead a member who has not agreed yet to the welcome page, from every page but the open ones and her own account.

    So nobody asks for milk before reading that the authorities differ. Afterwards she finds
    back to the page she wanted.
    """
    endpoint = request.endpoint
    if endpoint is None or endpoint.split(".", maxsplit=1)[0] in {"accounts", "security", "static"}:
        return None
    actor = visitor() if mark_of(current_app, endpoint) not in {PUBLIC, "library"} else None
    if actor is None or queries.has_agreed(actor.person_id):
        return None
    if request.path.startswith("/api/"):
        raise Forbidden(NOT_AGREED, code="not_agreed")
    wanted = request.full_path.removesuffix("?") if request.method == "GET" else None
    return redirect(url_for("accounts.welcome", next=wanted))


@blueprint.get("/check-mail")
@public
def check_mail() -> ResponseReturnValue:
    """Say that a mail is on its way; the same for a known and an unknown e-mail."""
    return render_template("accounts/check_mail.html")


@blueprint.get("/start")
@requires(SEE_OWN_ACCOUNT)
def start() -> ResponseReturnValue:
    """Lead somebody who signed in to the next step that is still open, then to the page she wanted (``next``)."""
    actor, wanted = member(), request.args.get("next")
    if not queries.has_agreed(actor.person_id):
        return redirect(url_for("accounts.welcome", next=wanted))
    if queries.person(actor.person_id).area_id is None:
        return redirect(url_for("accounts.place", next=wanted))
    return redirect(back_within_site(wanted))


@blueprint.route("/welcome", methods=["GET", "POST"])
@requires(CHANGE_OWN_ACCOUNT)
def welcome() -> ResponseReturnValue:
    """The informed choice: what this is and is not, who says what, and what somebody agrees to."""
    form = WelcomeForm()
    actor = member()
    if form.validate_on_submit():
        _record(actor, form.agreed())
        return redirect(url_for("accounts.start", next=request.args.get("next")))
    consents = queries.active_consents(actor.person_id)
    again = {each.purpose for each in consents if is_outdated(each.purpose, each.text_version)}
    given = {each.purpose for each in consents} - again
    return render_template(
        "accounts/welcome.html",
        again=again,
        form=form,
        texts=TEXTS.values(),
        positions=POSITIONS,
        given=given,
        shown=shown_fingerprint(),
    ), (422 if form.errors else 200)


def _record(actor: Identity, agreed: Iterable[Purpose]) -> None:
    for purpose in agreed:
        services.give_consent(actor, purpose.value, **words_shown(purpose), now=utcnow())


@blueprint.route("/me/place", methods=["GET", "POST"])
@requires(CHANGE_OWN_ACCOUNT)
@limited("30/minute", methods=("POST",))
def place() -> ResponseReturnValue:
    """Choose the place somebody lives near; only its area is kept."""
    form = PlaceForm()
    actor = member()
    if form.validate_on_submit():
        area = form.wanted()
        if area is not None:
            return _move(actor, form, area)
    return _place_page(actor, form)


def _move(actor: Identity, form: PlaceForm, area: AreaId) -> ResponseReturnValue:
    try:
        services.choose_area(actor, area, now=utcnow())
    except LimitReached as error:
        form.place.errors = [_(error.message)]
        return _place_page(actor, form)
    services.learn_timezone(actor, form.timezone.data or "")
    flash(_("Your place is saved: near %(area)s.", area=load_catalogue().area(area).name), "success")
    return redirect(back_within_site(request.args["next"]) if "next" in request.args else url_for("accounts.start"))


def _place_page(actor: Identity, form: PlaceForm) -> ResponseReturnValue:
    catalogue = load_catalogue()
    chosen = form.chosen()
    small = catalogue.area(chosen) if chosen is not None and not form.errors else None
    wider = catalogue.area(catalogue.wider(chosen)) if small is not None and chosen is not None else None
    own = queries.person(actor.person_id).area_id
    current = catalogue.area(own).name if own is not None and own in catalogue else None
    page = render_template("accounts/place.html", form=form, small=small, wider=wider, current=current)
    return page, (422 if form.errors else 200)


@blueprint.get("/places")
@public
@limited("60/minute")
def places() -> ResponseReturnValue:
    """The places a typed text may mean, as a fragment with radio buttons or as JSON; nothing is kept."""
    typed = without_fine_numbers(request.args.get("place", ""))
    answer = find_places(typed)
    candidates = answer.exact or answer.suggestions
    if wants_json():
        return jsonify(exact=bool(answer.exact), candidates=[_candidate(found) for found in candidates])
    return render_template("accounts/_place_candidates.html", candidates=candidates, exact=answer.exact, typed=typed)


def _candidate(found: PlaceCandidate) -> dict[str, object]:
    return {"label": found.label, "area": found.area, "area_name": found.area_name}


@blueprint.route("/me", methods=["GET", "POST"])
@requires(CHANGE_OWN_ACCOUNT)
@limited("60/hour", methods=("POST",))
def me() -> ResponseReturnValue:
    """Somebody's own page: name, units, place, consents, blocked people, second factor."""
    actor = member()
    person = queries.person(actor.person_id)
    form = PreferencesForm(obj=person)
    if form.validate_on_submit():
        services.save_preferences(actor, form.draft())
        flash(_("Saved."), "success")
        return redirect(url_for("accounts.me"))
    catalogue = load_catalogue()
    area = catalogue.area(person.area_id) if person.area_id is not None and person.area_id in catalogue else None
    page = render_template(
        "accounts/me.html",
        form=form,
        person=person,
        email=queries.email_of(person.id),
        area=area,
        consents=[(text_of(Purpose(given.purpose)), given) for given in queries.active_consents(person.id)],
        blocked=queries.own_blocks(actor),
        second_factor=queries.has_second_factor(person.id),
        tokens=queries.own_tokens(actor, now=utcnow()),
    )
    return page, (422 if form.errors else 200)


@blueprint.post("/me/consents/<purpose>/withdraw")
@requires(CHANGE_OWN_ACCOUNT)
def withdraw(purpose: str) -> ResponseReturnValue:
    """Take a consent back."""
    if purpose not in set(Purpose):
        raise NotFound
    services.withdraw_consent(member(), purpose, now=utcnow())
    flash(_("Taken back. It holds from now on."), "success")
    return redirect(url_for("accounts.me"))


@blueprint.route("/me/tokens/new", methods=["GET", "POST"])
@requires(MANAGE_OWN_TOKENS)
@limited("20/hour", methods=("POST",))
def new_token() -> ResponseReturnValue:
    """Make a token for one's own program, after giving the password again; its secret is on this page alone."""
    form = TokenForm()
    if form.validate_on_submit():
        try:
            made = services.make_token(member(), form.name.data or "", days=int(form.days.data), now=utcnow())
        except LimitReached as error:
            form.name.errors = [_(error.message)]
        else:
            return render_template("accounts/token.html", made=made)
    return render_template("accounts/token.html", form=form, made=None), (422 if form.errors else 200)


@blueprint.post("/me/tokens/<public_id>/revoke")
@requires(MANAGE_OWN_TOKENS)
def revoke_token(public_id: str) -> ResponseReturnValue:
    """End one of one's own tokens at once."""
    services.revoke_token(member(), public_id, now=utcnow())
    flash(_("This key no longer opens anything."), "success")
    return redirect(url_for("accounts.me"))


@blueprint.post("/people/<public_id>/block")
@requires(BLOCK_SOMEONE)
@limited("60/hour")
def block(public_id: str) -> ResponseReturnValue:
    """Part with somebody for good; they are not told."""
    services.block(member(), public_id, now=utcnow())
    flash(_("Done. You two no longer meet here, and they are not told."), "success")
    return redirect(url_for("accounts.me"))


@blueprint.post("/people/<public_id>/unblock")
@requires(BLOCK_SOMEONE)
def unblock(public_id: str) -> ResponseReturnValue:
    """Take an own block back."""
    services.unblock(member(), public_id)
    flash(_("Done. You two may meet here again."), "success")
    return redirect(url_for("accounts.me"))
