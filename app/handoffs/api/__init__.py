"""The JSON face of handoffs: translate to and from a use-case, nothing else."""

from app.handoffs.api import meeting as _meeting
from app.handoffs.api.handoffs import blueprint

__all__ = ["blueprint"]

# Importing the module put its operations on the blueprint.
del _meeting
