"""The operations of second in line: what a family is asked, its answer, and the donor's one word to stop it."""

from app.infra.clock import utcnow
from app.matching import queries, services
from app.matching.api.matches import blueprint
from app.matching.api.turn_models import NobodyOut, TakenOut, TurnOut, TurnsOut
from app.matching.permissions import SEE_MATCHES, TAKE_TURN
from app.web.access import requires
from app.web.api import api_limited
from app.web.login import member


@blueprint.get("/turns")
@requires(TAKE_TURN)
@blueprint.output(TurnsOut)
@api_limited("120/minute")
def turns() -> TurnsOut:
    """What one is asked now: whether milk one said yes to, which is free again, is still wanted."""
    found = queries.asked_turns(member(), now=utcnow())
    return TurnsOut(
        items=[
            TurnOut(id=each.public_id, interest_id=each.interest_public_id, answer_until=each.answer_until)
            for each in found
        ]
    )


@blueprint.post("/turns/<public_id>/take")
@requires(TAKE_TURN)
@blueprint.output(TakenOut)
@api_limited("60/hour")
def take_turn(public_id: str) -> TakenOut:
    """Say that one still wants the milk: the two may talk now; twice is once."""
    return TakenOut(interest_id=services.take_turn(member(), public_id, now=utcnow()))


@blueprint.post("/turns/<public_id>/pass")
@requires(TAKE_TURN)
@blueprint.output({}, status_code=204)
@api_limited("60/hour")
def pass_turn(public_id: str) -> str:
    """Say that one needs it no more: one's yes is taken back, and the next family is asked."""
    services.pass_turn(member(), public_id, now=utcnow())
    return ""


@blueprint.post("/posts/<public_id>/ask-nobody")
@requires(SEE_MATCHES)
@blueprint.output(NobodyOut)
@api_limited("60/hour")
def ask_nobody(public_id: str) -> NobodyOut:
    """Ask nobody else by itself at one's own offer; one chooses as one likes."""
    return NobodyOut(stopped=services.ask_nobody(member(), public_id, now=utcnow()))
