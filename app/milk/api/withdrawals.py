"""The operations on withdrawals of one's own milk: look how far one would reach, withdraw, and see how it stands."""

from dataclasses import asdict
from typing import Any

from flask import Response

from app.infra.clock import utcnow
from app.milk import queries
from app.milk.api.lots import blueprint
from app.milk.api.withdrawal_models import (
    ReachedLotOut,
    ReachOut,
    WithdrawalDetail,
    WithdrawalIn,
    WithdrawalMade,
    WithdrawalOut,
    WithdrawalPage,
)
from app.milk.permissions import LIST, SEE_WITHDRAWAL
from app.milk.queries.withdrawals import ReachedLot, WithdrawalView
from app.milk.rules.codes import shown
from app.milk.rules.withdrawals import Draft, OpenedAs, Reason
from app.milk.services import withdrawals as services
from app.web.access import requires
from app.web.api import PageQuery, api_limited, created_in, page_of
from app.web.login import member


@blueprint.get("/withdrawals")
@requires(LIST)
@blueprint.input(PageQuery, location="query")
@blueprint.output(WithdrawalPage)
@api_limited("120/minute")
def withdrawals(query_data: PageQuery) -> WithdrawalPage:
    """Withdrawals of one's own milk, whoever began them, the newest first."""
    part, following = page_of(queries.withdrawals_of(member()), query_data, lambda each: each.token)
    return WithdrawalPage(items=[WithdrawalOut(**_shared(each)) for each in part], next=following)


@blueprint.post("/withdrawals/reach")
@requires(LIST)
@blueprint.input(WithdrawalIn)
@blueprint.output(ReachOut)
@api_limited("60/hour")
def reach(json_data: WithdrawalIn) -> ReachOut:
    """What such a withdrawal would reach now; nothing is done."""
    _, found = services.look(member(), _draft(json_data), now=utcnow())
    lots = [_lot(each) for each in found.lots]
    return ReachOut(lots=lots, families=found.families, given_ml=found.given_ml, left_ml=found.left_ml)


@blueprint.post("/withdrawals")
@requires(LIST)
@blueprint.input(WithdrawalIn)
@blueprint.output(WithdrawalMade, status_code=201)
@api_limited("60/hour")
def withdraw(json_data: WithdrawalIn) -> Response:
    """
    Withdraw one's own milk: it is held at once, and every family that holds some is told what to do, never why.

    This cannot be taken back; look at its reach first. Families who met you may guess whose milk it is.
    """

    def make() -> WithdrawalMade:
        token = services.withdraw(member(), _draft(json_data), now=utcnow())
        return WithdrawalMade(id=token, state=queries.withdrawal_for(member(), token).state)

    return created_in("withdrawals", make)


@blueprint.get("/withdrawals/<public_id>")
@requires(SEE_WITHDRAWAL)
@blueprint.output(WithdrawalDetail)
@api_limited()
def withdrawal(public_id: str) -> WithdrawalDetail:
    """How a withdrawal of one's own milk stands, in numbers only."""
    found = queries.withdrawal_for(member(), public_id)
    return WithdrawalDetail(**_shared(found), **asdict(queries.numbers(found.id)))


def _draft(sent: WithdrawalIn) -> Draft:
    return Draft(Reason(sent.reason), sent.negative, sent.first, sent.last, sent.washout, tuple(sent.lots))


def _lot(lot: ReachedLot) -> ReachedLotOut:
    return ReachedLotOut(
        code=shown(lot.code), pumped_from=lot.pumped_from, pumped_to=lot.pumped_to, made_ml=lot.made_ml,
        given_ml=lot.given_ml, left_ml=lot.left_ml,
    )  # fmt: skip


def _shared(found: WithdrawalView) -> dict[str, Any]:
    why = found.shows_reason_to(member())
    hers = found.opened_as is OpenedAs.DEFERRAL and not why
    first, last = found.days if found.days and not hers else (None, None)
    return {
        "id": found.token, "opened_as": OpenedAs.DONOR if hers else found.opened_as,
        "reason": found.reason if why else None, "first": first, "last": last,
        "state": found.state, "opened_at": found.opened_at, "closed_at": found.closed_at,
    }  # fmt: skip
