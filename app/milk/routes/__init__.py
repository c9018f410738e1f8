"""Pages of milk: translate to and from a use-case, nothing else."""

from app.milk.routes import contact as _contact
from app.milk.routes import deferrals as _deferrals
from app.milk.routes import lots as _lots
from app.milk.routes import recall as _recall
from app.milk.routes import withdrawals as _withdrawals
from app.milk.routes import withdrawn as _withdrawn
from app.milk.routes.blueprint import blueprint

__all__ = ["blueprint"]

# Importing the modules put their views on the blueprint.
del _contact, _deferrals, _lots, _recall, _withdrawals, _withdrawn
