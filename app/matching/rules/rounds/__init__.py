"""
One round of proposals: which families are shown which offers, so that few are flooded and few are forgotten.

:func:`choose` takes the candidate pairs with their points and what already stands, and picks the pairs of the greatest
total under the caps, each further pair at one offer or on one page counting for less. :mod:`.flow` does it exactly,
:mod:`.greedy` nearly so for graphs of millions of pairs. Positions, points and hashes go in and a mask comes out:
nothing here knows a post, a table or a clock.
"""

from app.matching.rules.rounds.choosing import Solver, choose
from app.matching.rules.rounds.edges import Candidates, Held, Room
from app.matching.rules.rounds.ties import tie_hashes

__all__ = ["Candidates", "Held", "Room", "Solver", "choose", "tie_hashes"]
