"""Pages of offers and requests: translate to and from a use-case, nothing else."""

from app.posts.routes import reading as _reading
from app.posts.routes import wording as _wording
from app.posts.routes import writing as _writing
from app.posts.routes.blueprint import blueprint

__all__ = ["blueprint"]

# Importing the three modules put their views and filters on the blueprint.
del _reading, _wording, _writing
