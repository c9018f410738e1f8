"""Pages of notices: translate to and from a use-case, nothing else."""

from app.notifications.routes import inbox, reach, stopping
from app.notifications.routes.blueprint import blueprint

__all__ = ["blueprint", "inbox", "reach", "stopping"]
