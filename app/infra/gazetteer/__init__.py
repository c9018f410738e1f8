"""The offline gazetteer: ZIP codes, towns and countries to published areas. No query leaves the machine and none is
logged.

Faces call ``find_places`` and ``place_at``; what comes back holds area ids and names, never a coordinate.
"""

from app.infra.gazetteer.lookup import (
    PlaceAnswer,
    PlaceCandidate,
    area_named,
    area_of_zip,
    find_places,
    place_at,
    use_online,
    without_fine_numbers,
)

__all__ = [
    "PlaceAnswer",
    "PlaceCandidate",
    "area_named",
    "area_of_zip",
    "find_places",
    "place_at",
    "use_online",
    "without_fine_numbers",
]
