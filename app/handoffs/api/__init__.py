"""The JSON face of handoffs: translate to and from a use-case, nothing else."""

from app.handoffs.api import after as _after
from app.handoffs.api import lots as _lots
from app.handoffs.api import meeting as _meeting
from app.handoffs.api import promises as _promises
from app.handoffs.api import runway as _runway
from app.handoffs.api.handoffs import blueprint

__all__ = ["blueprint"]

# Importing the modules put their operations on the blueprint.
del _after, _lots, _meeting, _promises, _runway
