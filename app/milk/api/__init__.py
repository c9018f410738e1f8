"""The JSON face of lots and withdrawals: translate to and from a use-case, nothing else."""

from app.milk.api import days as _days
from app.milk.api import withdrawals as _withdrawals
from app.milk.api.lots import blueprint

__all__ = ["blueprint"]

# Importing the modules put their operations on the blueprint.
del _days, _withdrawals
