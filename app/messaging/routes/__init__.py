"""Pages of conversations: translate to and from a use-case, nothing else."""

from app.messaging.routes import addresses as _addresses
from app.messaging.routes import changing as _changing
from app.messaging.routes import choosing as _choosing
from app.messaging.routes import exporting as _exporting
from app.messaging.routes import frame as _frame
from app.messaging.routes import pictures as _pictures
from app.messaging.routes import presence as _presence
from app.messaging.routes import reading as _reading
from app.messaging.routes import writing as _writing
from app.messaging.routes.blueprint import blueprint

__all__ = ["blueprint"]

# Importing the modules put their views and filters on the blueprint.
del _addresses, _changing, _choosing, _exporting, _frame, _pictures, _presence, _reading, _writing
