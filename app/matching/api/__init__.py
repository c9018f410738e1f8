"""The JSON face of matching: translate to and from a use-case, nothing else."""

from app.matching.api.views import blueprint

__all__ = ["blueprint"]
