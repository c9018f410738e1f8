"""
A community on paper: what would become of its offers and requests under one way of matching or another.

Invented people (:mod:`.invent`) or those of a community's own log go through :func:`run` under a way of meeting: the
chronological wall, a list by distance, or our rounds with the real rules. What people are assumed to do stands, with
why, in :class:`Behaviour`. Nothing here is about a real person: the engine sees sides, kilometres and hours.
"""

from app.matching.rules.simulation.behaviour import Behaviour
from app.matching.rules.simulation.community import Community, Donor, Family
from app.matching.rules.simulation.engine import run
from app.matching.rules.simulation.invent import SETTINGS, Setting, invent
from app.matching.rules.simulation.outcome import Outcome, average
from app.matching.rules.simulation.rounds import Rounds
from app.matching.rules.simulation.walls import NearestFirst, Wall

__all__ = [
    "SETTINGS",
    "Behaviour",
    "Community",
    "Donor",
    "Family",
    "NearestFirst",
    "Outcome",
    "Rounds",
    "Setting",
    "Wall",
    "average",
    "invent",
    "run",
]
