"""
Who suits whom, why, in what order, and what may follow a yes: pure decisions with their reasons.

Facts and ``now`` come in as small frozen values (:mod:`app.matching.rules.sides`); nothing here knows a table, a page
or a clock.
"""
