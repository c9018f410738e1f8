"""The JSON face of matching: translate to and from a use-case, nothing else."""

from app.matching.api import interests as _interests
from app.matching.api import proposals as _proposals
from app.matching.api import turns as _turns
from app.matching.api.matches import blueprint

__all__ = ["blueprint"]

# Importing the modules put their operations on the blueprint.
del _interests, _proposals, _turns
