"""
A large invented community straight in the tables, for load tests and measuring.

Nothing here goes through the use-cases, because a million posts would take days; the rows are what the use-cases would
have written. For people to click through there is the small community of :mod:`app.dev.demo.seed`.
"""

from app.dev.demo.bulk.fill import Told, fill
from app.dev.demo.bulk.homes import homes

__all__ = ["Told", "fill", "homes"]
