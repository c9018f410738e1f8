"""
The page of a family whose milk was withdrawn. Its address holds the key to it, so that the link in a mail opens it at
three in the morning without a password; nothing on it says whose milk it was, why, or who the reader is.
"""

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.infra.clock import utcnow
from app.kernel.errors import Conflict, Invalid
from app.milk import queries
from app.milk.forms.withdrawals import AnswerForm, answers, had
from app.milk.queries.older_labels import older_codes
from app.milk.routes.blueprint import blueprint
from app.milk.services import answering
from app.web.access import public
from app.web.limits import limited
from app.web.templating import reader


@blueprint.get("/milk/withdrawn/<token>")
@public
@limited("120/minute")
def withdrawn(token: str) -> ResponseReturnValue:
    """What to do with which bags, and the form that says what became of them."""
    return _page(token)


@blueprint.post("/milk/withdrawn/<token>")
@public
@limited("30/minute")
def answer_withdrawn(token: str) -> ResponseReturnValue:
    """Keep what the family says."""
    found = queries.family_notice(token)
    AnswerForm().validate()
    said = answers(request.form, found.lots, request.form.get("unit", reader().volume_unit))
    try:
        answering.answer(token, said, had=had(request.form), now=utcnow())
    except Invalid as error:
        return _page(token, 422, reasons=error.fields)
    except Conflict as error:
        return _page(token, 409, problem=_(error.message))
    return redirect(url_for("milk.withdrawn", token=token))


def _page(
    token: str, status: int = 200, *, reasons: dict[str, list[str]] | None = None, problem: str | None = None
) -> ResponseReturnValue:
    notice = queries.family_notice(token)
    older = older_codes([lot.lot_id for lot in notice.lots])
    page = render_template(
        "milk/withdrawn.html", notice=notice, older=older, reasons=reasons or {}, problem=problem,
        typed=request.form, unit=request.form.get("unit", reader().volume_unit),
    )  # fmt: skip
    answer = make_response(page, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer
