"""Pages of those who withdraw milk and look after it: its donor, moderators and screeners."""

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.infra.clock import utcnow
from app.kernel.access import Identity, authorise
from app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from app.milk import queries
from app.milk.forms import attach
from app.milk.forms.withdrawals import WithdrawForm
from app.milk.permissions import END_WITHDRAWAL, LIST, LOOK_BACK, SEE_WITHDRAWAL
from app.milk.routes.blueprint import blueprint
from app.milk.rules.withdrawals import LEVELS
from app.milk.services import looking, today_of, withdrawals
from app.web.access import requires
from app.web.limits import limited
from app.web.login import member


@blueprint.route("/milk/withdraw", methods=["GET", "POST"])
@requires(LIST)
@limited("60/hour", methods=("POST",))
def withdraw() -> ResponseReturnValue:
    """Withdraw one's own milk: say why, read what it reaches, confirm."""
    return _withdraw(member(), team=False)


@blueprint.route("/milk/withdrawals/new", methods=["GET", "POST"])
@requires(LOOK_BACK)
@limited("60/hour", methods=("POST",))
def withdraw_for() -> ResponseReturnValue:
    """Withdraw the milk of somebody else, by the code of one of the lots: for the team."""
    actor = member()
    authorise(actor, LOOK_BACK)
    return _withdraw(actor, team=True)


def _withdraw(actor: Identity, *, team: bool) -> ResponseReturnValue:
    """
    The form; once it can be understood, the page that says what it reaches; and, confirmed there, the withdrawal.

    The way back from there is a form as well (``step`` is ``back``): what was typed stands in no address, and of an
    address only lots are read, never a reason: addresses are kept in histories and logs.
    """
    form = WithdrawForm(data={"lots": request.args.getlist("lot")})
    form.offer([] if team else queries.lots_of(actor, today=today_of(actor.person_id, utcnow())))
    if not form.is_submitted() or form.step.data == "back":
        return render_template("milk/withdraw.html", form=form, team=team, own=_own(actor, team=team))
    form.validate()
    try:
        return _understood(form, actor, team=team)
    except Invalid as error:
        attach(form, error.fields)
    except NotFound:
        attach(form, {"code": [_("There is no lot with this code. Please check each sign.")]})
    return render_template("milk/withdraw.html", form=form, team=team, own=_own(actor, team=team)), 422


def _own(actor: Identity, *, team: bool) -> list[queries.WithdrawalView]:
    return [] if team else queries.withdrawals_of(actor)


def _understood(form: WithdrawForm, actor: Identity, *, team: bool) -> ResponseReturnValue:
    draft, code, now = form.draft(), form.lot_code() if team else None, utcnow()
    problem = None
    if form.step.data == "send" and not form.errors:
        try:
            token = withdrawals.withdraw(actor, draft, code=code, now=now)
        except Conflict as error:
            problem = _(error.message)
        else:
            return redirect(url_for("milk.withdrawal", token=token, sent="yes"))
    scope, reach = withdrawals.look(actor, draft, code=code, now=now)
    if form.errors:
        raise Invalid({})
    page = render_template(
        "milk/withdraw_look.html", form=form, draft=draft, scope=scope, reach=reach, team=team, problem=problem,
        level=LEVELS[draft.reason] if draft.reason else None,
    )  # fmt: skip
    return page, 409 if problem else 200


@blueprint.get("/milk/withdrawals")
@requires(LOOK_BACK)
def withdrawals_list() -> ResponseReturnValue:
    """Every withdrawal, those that wait for somebody first: for the team."""
    return render_template("milk/withdrawals.html", found=queries.withdrawals(member()), me=member())


@blueprint.get("/milk/withdrawals/<token>")
@requires(SEE_WITHDRAWAL)
def withdrawal(token: str) -> ResponseReturnValue:
    """How a withdrawal stands, in numbers."""
    return _report(token)


@blueprint.post("/milk/withdrawals/<token>/tell")
@requires(LOOK_BACK)
def release(token: str) -> ResponseReturnValue:
    """A moderator has looked: the families are told now."""
    return _decided(looking.release, token)


@blueprint.post("/milk/withdrawals/<token>/end")
@requires(LOOK_BACK)
def end_withdrawal(token: str) -> ResponseReturnValue:
    """A moderator has looked, and no family is told."""
    return _decided(looking.end, token)


def _decided(use_case: Callable[..., None], token: str) -> ResponseReturnValue:
    try:
        use_case(member(), token, now=utcnow())
    except (Conflict, Forbidden) as error:
        return _report(token, problem=_(error.message)), error.status
    return redirect(url_for("milk.withdrawal", token=token))


def _report(token: str, *, problem: str | None = None) -> str:
    actor = member()
    found = queries.withdrawal_for(actor, token)
    return render_template(
        "milk/withdrawal.html", found=found, numbers=queries.numbers(found.id), why=found.shows_reason_to(actor),
        team=LOOK_BACK.allows(actor, None), sent=request.args.get("sent"), problem=problem,
        may_end=END_WITHDRAWAL.allows(actor, found), me=actor,
    )  # fmt: skip
