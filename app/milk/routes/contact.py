"""
The page on which somebody who left has the kept address deleted, by the link in a mail and without an account.

Opening it changes nothing, because mail programs open links by themselves; pressing its one button does.
"""

from flask import make_response, render_template
from flask.typing import ResponseReturnValue

from app.infra.clock import utcnow
from app.kernel.errors import NotFound
from app.milk.routes.blueprint import blueprint
from app.milk.services import contacts
from app.web.access import public
from app.web.limits import limited


@blueprint.get("/recall/forget/<token>")
@public
@limited("60/minute;300/hour")
def ask_forget(token: str) -> ResponseReturnValue:
    """Say what is kept and what deleting it means, with one button that does it."""
    try:
        return _page("ask" if contacts.is_kept(token) else "gone")
    except NotFound:
        return _page("unknown", 404)


@blueprint.post("/recall/forget/<token>")
@public
@limited("20/minute;100/hour")
def forget_contact(token: str) -> ResponseReturnValue:
    """Delete the address; once more changes nothing."""
    try:
        contacts.forget(token, now=utcnow())
    except NotFound:
        return _page("unknown", 404)
    return _page("gone")


def _page(what: str, status: int = 200) -> ResponseReturnValue:
    answer = make_response(render_template("milk/forget.html", what=what), status)
    answer.headers["Cache-Control"] = "no-store"
    return answer
