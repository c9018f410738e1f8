"""Background jobs of matching."""

from app.infra.jobs import JobRegistry


def register(registry: JobRegistry) -> None:
    """Register the lapse of unanswered interests."""
    del registry
