"""Pages that belong to no capability: the home page, what Milkbridge is and is not, and the reader's choice of
colours.
"""

from typing import Final

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.infra.clock import utcnow
from app.web.access import public
from app.web.login import visitor
from app.web.navigation import back_within_site
from app.web.next_steps import next_steps_of
from app.web.templating import THEME_COOKIE, THEMES

blueprint = Blueprint("pages", __name__)

A_YEAR: Final = 365 * 24 * 60 * 60


@blueprint.get("/")
@public
def home() -> ResponseReturnValue:
    """A visitor reads what this is and what it is not; a member reads what to do next."""
    person = visitor()
    if person is None:
        return render_template("pages/home.html")
    return render_template("pages/home_member.html", steps=next_steps_of(person, now=utcnow()))


@blueprint.get("/how-it-works")
@public
def how() -> ResponseReturnValue:
    """The way from a post to a handoff, in six steps."""
    return render_template("pages/how.html")


@blueprint.get("/informed-choice")
@public
def choice() -> ResponseReturnValue:
    """What the authorities say, where they differ, and the words used here."""
    return render_template("pages/choice.html")


@blueprint.get("/privacy")
@public
def privacy() -> ResponseReturnValue:
    """What is kept, what others see, and how places are hidden."""
    return render_template("pages/privacy.html")


@blueprint.post("/theme")
@public
def choose_theme() -> ResponseReturnValue:
    """Keep the reader's choice of light or dark for a year; any other value returns the choice to the device."""
    answer = redirect(back_within_site(request.form.get("back")), code=303)
    choice_of_colours = request.form.get("theme", "")
    if choice_of_colours in THEMES:
        answer.set_cookie(
            THEME_COOKIE, choice_of_colours, max_age=A_YEAR, secure=request.is_secure, httponly=True, samesite="Lax"
        )
    else:
        answer.delete_cookie(THEME_COOKIE)
    return answer
