"""Background jobs of handoffs."""

from app.infra.jobs import JobRegistry


def register(registry: JobRegistry) -> None:
    """Register the end of missed handoffs."""
    del registry
