"""Handoffs in one's own calendar: one as a file, or all of them by a secret address."""

from typing import Final

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from app.handoffs import queries, services
from app.handoffs.permissions import FOLLOW, SEE
from app.handoffs.queries import MeetingView
from app.handoffs.routes.blueprint import blueprint
from app.handoffs.rules.calendar import KIND, Meeting, calendar_file
from app.infra.clock import utcnow
from app.kernel.errors import NotFound
from app.web.access import public, requires
from app.web.limits import limited
from app.web.login import member

_PRIVATE: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}

FOLLOWED: Final = "6000/hour"
"""A calendar service asks for many people from one address, and the secret is too long to be guessed."""


def _file(meetings: list[MeetingView], name: str) -> Response:
    written = calendar_file([_meeting(each) for each in meetings], name=name, now=utcnow())
    headers = {**_PRIVATE, "Content-Disposition": f"attachment; filename={name.lower()}.ics"}
    return Response(written, content_type=KIND, headers=headers)


def _meeting(view: MeetingView) -> Meeting:
    title = str(_("Handoff with %(name)s", name=view.other_name))
    address = url_for("handoffs.show", public_id=view.public_id, _external=True)
    return Meeting(view.public_id, title, address, view.window_start, view.window_end)


@blueprint.get("/handoffs/<public_id>/handoff.ics")
@requires(SEE)
def calendar_entry(public_id: str) -> ResponseReturnValue:
    """One agreed handoff as a calendar file; what is not agreed has none."""
    view = queries.handoff_for(member(), public_id, now=utcnow())
    if not view.is_agreed:
        raise NotFound
    meeting = MeetingView(public_id, view.other_name, view.window_start, view.window_end)
    return _file([meeting], "Handoff")


@blueprint.get("/handoffs/calendar")
@requires(FOLLOW)
def calendar() -> ResponseReturnValue:
    """Whether one's calendar has an address, and what that means."""
    return render_template("handoffs/calendar.html", made_at=queries.feed_made_at(member()), address=None)


@blueprint.post("/handoffs/calendar")
@requires(FOLLOW)
@limited("20/hour")
def renew_calendar() -> ResponseReturnValue:
    """Make a new address; it is on this page alone, and the one before ends."""
    secret = services.renew_feed(member(), now=utcnow())
    address = url_for("handoffs.feed", secret=secret, _external=True)
    return render_template("handoffs/calendar.html", made_at=queries.feed_made_at(member()), address=address)


@blueprint.post("/handoffs/calendar/end")
@requires(FOLLOW)
def end_calendar() -> ResponseReturnValue:
    """End the address."""
    services.end_feed(member())
    flash(_("The address opens nothing any more."), "success")
    return redirect(url_for("handoffs.calendar"))


@blueprint.get("/calendar/<secret>.ics")
@public
@limited(FOLLOWED)
def feed(secret: str) -> ResponseReturnValue:
    """A person's agreed handoffs, for the program that knows the address; any other address leads nowhere."""
    whose = queries.fed_by(secret)
    with force_locale(whose.locale):
        return _file(queries.meetings_of(whose.id), "Milkbridge")
