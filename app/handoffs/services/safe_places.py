"""The operator's list of public places: a newer edition of it takes the place of the one before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.geo.areas import Box
from app.handoffs.models import SafePlace
from app.handoffs.rules.safe_places import PER_DEGREE, PlaceDraft, strip_of
from app.infra.transaction import transaction
from app.kernel.ids import new_public_id

T = TypeVar("T")
_AT_ONCE: Final = 5_000
_COMPARED: Final = ("source", "credit", "name", "kind", "latitude_e4", "longitude_e4", "is_demo")


@dataclass(frozen=True, slots=True)
class Edition:
    """
    Whose list it is and what stands beside its places. ``box`` is the part of the world that it covers, or None for
    all of the source; ``is_whole`` is False when lines of it could not be read, and then nothing is closed.
    """

    source: str
    credit: str
    is_demo: bool = False
    box: Box | None = None
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: how many places are new, changed (or open again), as before, and closed."""

    added: int
    changed: int
    same: int
    closed: int


def import_places(places: Sequence[PlaceDraft], edition: Edition, *, now: datetime) -> Imported:
    """
    Put a list in place of the edition before, all or nothing; the same list a second time changes nothing.

    What the source held before, inside the box, and holds no more is closed: it is suggested to nobody any more. An
    empty list closes nothing, since it is more likely a broken answer than a region without a library.
    """
    with transaction() as session:
        wanted = [_row(place, edition, now) for place in places]
        known = _known(session, edition, wanted)
        added = [row for row in wanted if row["ref"] not in known]
        changed = [row for row in wanted if row["ref"] in known and _differs(known[row["ref"]], row)]
        gone = _gone(known, {row["ref"] for row in wanted}, edition) if wanted and edition.is_whole else []
        _write(session, added, changed, known)
        for some in _parts(gone):
            session.execute(update(SafePlace).where(SafePlace.id.in_(some)).values(closed_at=now))
        return Imported(len(added), len(changed), len(wanted) - len(added) - len(changed), len(gone))


def _row(place: PlaceDraft, edition: Edition, now: datetime) -> dict[str, Any]:
    return {
        "ref": place.ref,
        "source": edition.source,
        "credit": edition.credit,
        "name": place.name,
        "kind": place.kind.value,
        "latitude_e4": place.latitude_e4,
        "longitude_e4": place.longitude_e4,
        "strip": strip_of(place.latitude_e4),
        "is_demo": edition.is_demo,
        "imported_at": now,
        "closed_at": None,
    }


def _known(session: Session, edition: Edition, wanted: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The rows of this source, and of any other that holds one of the same places, by their reference."""
    columns = select(
        SafePlace.id, SafePlace.ref, SafePlace.closed_at, *(getattr(SafePlace, name) for name in _COMPARED)
    )
    known = {row.ref: row for row in session.execute(columns.where(SafePlace.source == edition.source))}
    elsewhere = [row["ref"] for row in wanted if row["ref"] not in known]
    for refs in _parts(elsewhere):
        known |= {row.ref: row for row in session.execute(columns.where(SafePlace.ref.in_(refs)))}
    return known


def _differs(row: Any, wanted: dict[str, Any]) -> bool:  # noqa: ANN401 - a row of _known().
    return bool(row.closed_at is not None or any(getattr(row, name) != wanted[name] for name in _COMPARED))


def _gone(known: dict[str, Any], held: set[str], edition: Edition) -> list[int]:
    return [
        row.id
        for ref, row in known.items()
        if ref not in held and row.closed_at is None and row.source == edition.source and _inside(row, edition.box)
    ]


def _inside(row: Any, box: Box | None) -> bool:  # noqa: ANN401 - a row of _known().
    if box is None:
        return True
    latitude, longitude = row.latitude_e4 / PER_DEGREE, row.longitude_e4 / PER_DEGREE
    return bool(box.south <= latitude <= box.north and box.west <= longitude <= box.east)


def _write(session: Session, added: list[dict[str, Any]], changed: list[dict[str, Any]], known: dict[str, Any]) -> None:
    for some in _parts(added):
        session.execute(insert(SafePlace), [row | {"public_id": new_public_id()} for row in some])
    for some in _parts(changed):
        session.execute(update(SafePlace), [row | {"id": known[row["ref"]].id} for row in some])


def _parts(whole: Sequence[T]) -> Iterator[Sequence[T]]:
    """So much at once as every database takes in one statement."""
    return (whole[at : at + _AT_ONCE] for at in range(0, len(whole), _AT_ONCE))
