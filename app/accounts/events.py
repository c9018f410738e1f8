"""What happened to a person: ids only, never an address or a place with coordinates."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaChosen(Event):
    """Somebody lives in another published area now, or chose the first one."""

    person_id: int
    area_id: int
