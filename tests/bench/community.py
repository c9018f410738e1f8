"""The large invented community of ``flask demo seed --offers N --requests N``, at the moment the benchmarks play."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from app.dev.demo.bulk import fill, homes
from app.geo.areas import AreaId

NOW: Final = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)

__all__ = ["NOW", "add_posts", "homes"]


def add_posts(many: int, *, seed: int = 1, areas: Sequence[AreaId] | None = None) -> None:
    """Add ``many`` live posts, two in five of them requests, each by a member of its own."""
    requests = many * 2 // 5
    fill(many - requests, requests, seed=seed, now=NOW, areas=areas)
