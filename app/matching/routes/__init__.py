"""Pages of search, matches and interests: translate to and from a use-case, nothing else."""

from app.matching.routes import explaining as _explaining
from app.matching.routes import finding as _finding
from app.matching.routes import lines as _lines
from app.matching.routes import overview as _overview
from app.matching.routes import own as _own
from app.matching.routes import pairs as _pairs
from app.matching.routes import turns as _turns
from app.matching.routes import wording as _wording
from app.matching.routes.blueprint import blueprint

__all__ = ["blueprint"]

# Importing the modules put their views and filters on the blueprint.
del _explaining, _finding, _lines, _overview, _own, _pairs, _turns, _wording
