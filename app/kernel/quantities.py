"""
Volumes and lengths with their units in the type: no naked number travels between layers.

A volume is a whole number of millilitres, a length a number of kilometres. Ounces and miles exist only at the edge.
"""

from typing import Final, NewType

Millilitres = NewType("Millilitres", int)
Kilometres = NewType("Kilometres", float)

ML_PER_US_OUNCE: Final = 29.5735295625
"""
Millilitres in a US fluid ounce, exact by definition (NIST Handbook 44, appendix C).

The UK ounce (28.41 ml) is not used.
"""

KM_PER_MILE: Final = 1.609344
"""Kilometres in an international mile, exact by definition (1959 agreement)."""


def millilitres_from_ounces(ounces: float) -> Millilitres:
    """Whole millilitres nearest to so many US fluid ounces."""
    return Millilitres(round(ounces * ML_PER_US_OUNCE))


def ounces(volume: Millilitres) -> float:
    """US fluid ounces in ``volume``, not rounded."""
    return volume / ML_PER_US_OUNCE


def kilometres_from_miles(miles: float) -> Kilometres:
    """Kilometres in so many miles, not rounded."""
    return Kilometres(miles * KM_PER_MILE)


def miles(length: Kilometres) -> float:
    """Miles in ``length``, not rounded."""
    return length / KM_PER_MILE
