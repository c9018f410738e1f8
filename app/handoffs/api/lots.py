"""The operations on the lots of a handoff: what they are, which bags the donor brings, that the family wants them."""

from typing import Final

from app.handoffs import queries, services
from app.handoffs.api.answers import placed
from app.handoffs.api.handoffs import blueprint
from app.handoffs.api.lot_models import AcceptIn, BagIn, BagsIn, LineOut, LinesOut, SizeOut
from app.handoffs.permissions import ACCEPT_LOTS, NAME_LOTS, SEE
from app.handoffs.queries.lots import LotLine
from app.infra.clock import utcnow
from app.milk.rules.choosing import Chosen
from app.milk.rules.codes import shown
from app.web.access import requires
from app.web.api import api_limited, at_places
from app.web.login import member

LONGEST: Final = 9
"""Digits of a number in ``seen``; ours have fewer."""


@blueprint.get("/handoffs/<public_id>/lots")
@requires(SEE)
@blueprint.output(LinesOut)
@api_limited()
def lots(public_id: str) -> LinesOut:
    """The lots of a handoff, with what the family is told of each."""
    return _as_they_stand(public_id)


def _as_they_stand(public_id: str) -> LinesOut:
    found = queries.lots_for(member(), public_id)
    return LinesOut(
        items=[_line(each) for each in found.lines], seen=found.seen, accepted=found.is_accepted,
        may_choose=found.can_choose, may_accept=found.can_accept,
    )  # fmt: skip


@blueprint.put("/handoffs/<public_id>/lots")
@requires(NAME_LOTS)
@blueprint.input(BagsIn)
@blueprint.output(LinesOut)
@api_limited("120/hour")
def choose_lots(public_id: str, json_data: BagsIn) -> LinesOut:
    """Choose which bags one brings, as the donor; without it the oldest are taken."""
    chosen = chosen_of(json_data.bags)
    at_places(lambda: services.choose_lots(member(), public_id, chosen, now=utcnow()), placed("bags"))
    return _as_they_stand(public_id)


@blueprint.post("/handoffs/<public_id>/lots/accept")
@requires(ACCEPT_LOTS)
@blueprint.input(AcceptIn)
@blueprint.output(LinesOut)
@api_limited("60/hour")
def accept_lots(public_id: str, json_data: AcceptIn) -> LinesOut:
    """Say, as the family, that one has read what the donor reports of each lot and wants this milk."""
    services.accept_lots(member(), public_id, _seen(json_data.seen), now=utcnow())
    return _as_they_stand(public_id)


def chosen_of(bags: list[BagIn]) -> Chosen:
    """Bags as the use-cases take them; a size named twice is both together."""
    chosen: Chosen = {}
    for each in bags:
        sizes = chosen.setdefault(each.lot_id, {})
        sizes[each.size_ml] = sizes.get(each.size_ml, 0) + each.count
    return chosen


def _seen(sent: str) -> dict[int, int | None]:
    """What was shown; what cannot be read shows nothing, and so is refused."""
    found: dict[int, int | None] = {}
    for part in sent.split():
        lot, _colon, version = part.partition(":")
        if lot.isdecimal() and (version.isdecimal() or not version) and max(len(lot), len(version)) <= LONGEST:
            found[int(lot)] = int(version) if version else None
    return found


def _line(lot: LotLine) -> LineOut:
    return LineOut(
        code=shown(lot.code), pumped_from=lot.pumped_from, pumped_to=lot.pumped_to, kept=lot.kept, heat=lot.heat,
        use_by=lot.use_by, withdrawn=lot.withdrawn, stated_version=lot.statement_version, accepted_at=lot.accepted_at,
        volume_ml=lot.volume_ml, bags=[SizeOut(size_ml=size, count=count) for size, count in lot.bags],
    )  # fmt: skip
