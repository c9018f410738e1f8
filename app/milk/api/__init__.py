"""The JSON face of lots: translate to and from a use-case, nothing else."""

from app.milk.api.lots import blueprint

__all__ = ["blueprint"]
