"""The operations on kept promises: one's own counts, and letting a late or missed meeting go."""

from app.handoffs import queries, services
from app.handoffs.api.handoffs import blueprint
from app.handoffs.api.promise_models import EntryOut, ExcuseIn, ExcuseOut, KeptOut, PromisesOut
from app.handoffs.permissions import CHANGE, LIST, SEE
from app.handoffs.queries.promises import OwnEntry
from app.infra.clock import utcnow
from app.web.access import requires
from app.web.api import api_limited
from app.web.login import member


@blueprint.get("/promises")
@requires(LIST)
@blueprint.output(PromisesOut)
@api_limited("120/minute")
def promises() -> PromisesOut:
    """One's own counts of kept and broken meetings; others see them only from three meetings on."""
    found = queries.own_promises(member(), now=utcnow())
    kept = KeptOut(
        completed=found.kept.completed, on_time=found.kept.on_time, late=found.kept.late,
        no_shows=found.kept.no_shows, shown=found.kept.is_shown,
    )  # fmt: skip
    return PromisesOut(kept=kept, entries=[_entry(each) for each in found.entries])


@blueprint.get("/handoffs/<public_id>/excuse")
@requires(SEE)
@blueprint.output(ExcuseOut)
@api_limited()
def excuse(public_id: str) -> ExcuseOut:
    """What an ended meeting counts for, and what can be let go."""
    return _excuse(public_id)


@blueprint.post("/handoffs/<public_id>/excuse/ask")
@requires(CHANGE)
@blueprint.output(ExcuseOut)
@api_limited("60/hour")
def ask_excuse(public_id: str) -> ExcuseOut:
    """Ask the other to let one's own late or missed meeting go; twice is once."""
    services.ask_excuse(member(), public_id, now=utcnow())
    return _excuse(public_id)


@blueprint.put("/handoffs/<public_id>/excuse")
@requires(CHANGE)
@blueprint.input(ExcuseIn)
@blueprint.output(ExcuseOut)
@api_limited("60/hour")
def answer_excuse(public_id: str, json_data: ExcuseIn) -> ExcuseOut:
    """Let the other's late or missed meeting go, or say that it stays; a yes stays."""
    services.answer_excuse(member(), public_id, excused=json_data.excused, now=utcnow())
    return _excuse(public_id)


@blueprint.post("/handoffs/<public_id>/excuse/moderator")
@requires(CHANGE)
@blueprint.output(ExcuseOut)
@api_limited("60/hour")
def ask_moderator(public_id: str) -> ExcuseOut:
    """Ask a moderator to look, after the other was asked; twice is once."""
    services.ask_moderator(member(), public_id, now=utcnow())
    return _excuse(public_id)


def _excuse(public_id: str) -> ExcuseOut:
    found = queries.excuse_of(member(), public_id, now=utcnow())
    return ExcuseOut(
        mine=_entry(found.mine) if found.mine else None, other_counts=found.other_counts, other_asked=found.other_asked
    )


def _entry(own: OwnEntry) -> EntryOut:
    entry = own.entry
    possible = {"ask": own.can_ask, "moderator": own.can_ask_moderator}
    return EntryOut(
        handoff_id=entry.key, other=own.other_name, at=entry.at, outcome=entry.outcome, on_time=entry.on_time,
        excuse=entry.excuse, asked=own.asked, may=[name for name, holds in possible.items() if holds],
    )  # fmt: skip
