"""The sizes of published areas: which cells they are made of, and how many households make one (``docs/places.md``)."""

from typing import Final

COARSE: Final = 5
"""H3 resolution at which splitting begins."""
FINE: Final = 7
"""H3 resolution at which splitting ends; a picked point is snapped to a cell of this size."""
OWN_AREA_HOUSEHOLDS: Final = 1000
"""A child cell with at least this many households becomes an area of its own; so does what remains of its parent."""
