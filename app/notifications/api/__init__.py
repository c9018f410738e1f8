"""The JSON face of notices: translate to and from a use-case, nothing else."""

from app.notifications.api import reach as _reach
from app.notifications.api.inbox import blueprint

__all__ = ["blueprint"]

# Importing the module put its operations on the blueprint.
del _reach
