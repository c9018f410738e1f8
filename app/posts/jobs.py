"""Background jobs of posts."""

from app.infra.jobs import JobRegistry


def register(registry: JobRegistry) -> None:
    """Register the daily end of posts whose day has come."""
    del registry
