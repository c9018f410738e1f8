"""The disclosure of a pair, and speaking first: a family's yes, a donor's invitation."""

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.queries import person
from app.infra.clock import utcnow
from app.kernel.errors import Conflict, Invalid, LimitReached
from app.matching import queries, services
from app.matching.forms import NoteForm, YesForm
from app.matching.permissions import SEE_PAIR, SPEAK_FIRST
from app.matching.queries import PairView
from app.matching.routes.blueprint import blueprint
from app.posts.rules import BABY_AGE_BANDS, LIPASE, STORAGE
from app.web.access import requires
from app.web.limits import limited
from app.web.login import member
from app.web.maps import pair_map

_ADDRESS = "/matches/pair/<offer_public_id>/<request_public_id>"


@blueprint.get(_ADDRESS)
@requires(SEE_PAIR)
def pair(offer_public_id: str, request_public_id: str) -> ResponseReturnValue:
    """What the donor states, what it means for the family's wishes, and what is not known."""
    seen = queries.pair(member(), offer_public_id, request_public_id, now=utcnow())
    return _page(seen, _form(seen))


def _form(seen: PairView) -> NoteForm:
    if seen.mine == "donor":
        return NoteForm(formdata=None)
    form = YesForm(formdata=None)
    form.version.data = str(seen.offer.version)
    return form


def _page(seen: PairView, form: NoteForm, refused: str | None = None, status: int = 200) -> ResponseReturnValue:
    offer, request = seen.offer, seen.request
    other = offer if seen.mine == "family" else request
    page = render_template(
        "matching/pair.html",
        seen=seen,
        form=form,
        refused=refused,
        other_person=person(other.author_id).public_id,
        picture=pair_map(offer.area_id, offer.travel_km, request.area_id, request.travel_km),
        words={"storage": STORAGE, "lipase": LIPASE, "bands": BABY_AGE_BANDS},
    )
    return page, status


@blueprint.post(f"{_ADDRESS}/yes")
@requires(SPEAK_FIRST)
@limited("30/hour")
def say_yes(offer_public_id: str, request_public_id: str) -> ResponseReturnValue:
    """Say yes to an offer; back to one's own yeses, or to the page with what was typed."""
    form = YesForm()
    done = _("Your yes is with the donor. You will hear either way.")
    return _spoken(services.say_yes, form, offer_public_id, request_public_id, url_for("matching.mine"), done)


@blueprint.post(f"{_ADDRESS}/invite")
@requires(SPEAK_FIRST)
@limited("30/hour")
def invite(offer_public_id: str, request_public_id: str) -> ResponseReturnValue:
    """Invite a family; back to the line, or to the page with what was typed."""
    onward = url_for("matching.matches", public_id=offer_public_id)
    done = _("Your invitation is with the family. You will hear either way.")
    return _spoken(services.invite, NoteForm(), offer_public_id, request_public_id, onward, done)


def _spoken(
    speak: Callable[..., str], form: NoteForm, offer_public_id: str, request_public_id: str, onward: str, done: str
) -> ResponseReturnValue:
    """Run a first word: onward when it is said, else the same page with the reason and what was typed."""
    refused, status = None, 422
    if form.validate_on_submit():
        try:
            speak(member(), offer_public_id, request_public_id, **form.draft(), now=utcnow())
        except Invalid as error:
            form.note.errors = [_(reason) for reason in error.fields["note"]]
        except (Conflict, LimitReached) as error:
            refused, status = _(error.message), error.status
        else:
            flash(done, "success")
            return redirect(onward)
    seen = queries.pair(member(), offer_public_id, request_public_id, now=utcnow())
    if isinstance(form, YesForm):
        form.version.data = str(seen.offer.version)
    return _page(seen, form, refused, status)
