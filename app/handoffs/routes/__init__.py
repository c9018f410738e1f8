"""Pages of handoffs: translate to and from a use-case, nothing else."""

from app.handoffs.routes import after as _after
from app.handoffs.routes import calendar as _calendar
from app.handoffs.routes import lots as _lots
from app.handoffs.routes import meeting as _meeting
from app.handoffs.routes import milk as _milk
from app.handoffs.routes import pages as _pages
from app.handoffs.routes import planning as _planning
from app.handoffs.routes import promises as _promises
from app.handoffs.routes import runway as _runway
from app.handoffs.routes.blueprint import blueprint

__all__ = ["blueprint"]

# Importing the modules put their views on the blueprint.
del _after, _calendar, _lots, _meeting, _milk, _pages, _planning, _promises, _runway
