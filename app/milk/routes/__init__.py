"""Pages of milk: translate to and from a use-case, nothing else."""

from app.milk.routes import deferrals as _deferrals
from app.milk.routes import lots as _lots
from app.milk.routes.blueprint import blueprint

__all__ = ["blueprint"]

# Importing the modules put their views on the blueprint.
del _deferrals, _lots
