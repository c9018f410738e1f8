"""Installs what the tests need of the system where it is missing: Chromium, a library it needs, PostgreSQL, Redis.

The benchmarks also need PostGIS. Only root on a system with apt may install; elsewhere the missing group says so
loudly, and fails under ``CI=true``.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DEBIAN_POSTGRESQL: Final = Path("/usr/lib/postgresql")
CHROMIUM_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
APT: Final = ("apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=120")


def chromium() -> str | None:
    """The path of an installed Chromium, or None."""
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


def postgresql_programs() -> Path | None:
    """The folder of the newest installed PostgreSQL server's programs (Debian keeps them off PATH), or None."""
    debian = sorted(DEBIAN_POSTGRESQL.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    found = debian[-1] if debian else Path(on_path).resolve() if on_path else None
    return found.parent if found is not None and (found.parent / "postgres").exists() else None


def postgis_package() -> str:
    """The Debian package of PostGIS for the installed PostgreSQL; Debian 12's where there is none yet."""
    programs = postgresql_programs()
    major = programs.parts[-2] if programs is not None and programs.is_relative_to(DEBIAN_POSTGRESQL) else "15"
    return f"postgresql-{major}-postgis-3"


def redis_program() -> str | None:
    """The path of an installed Redis server, or None."""
    return shutil.which("redis-server")


def _has_postgis() -> bool:
    return any(Path("/usr/share/postgresql").glob("*/extension/postgis.control"))


@dataclass(frozen=True, slots=True)
class Need:
    """Something of the system that a group of tests cannot do without, and the Debian package that brings it."""

    what: str
    package: str | Callable[[], str]
    is_there: Callable[[], bool]
    group: str

    def name(self) -> str:
        """The name of its package."""
        return self.package if isinstance(self.package, str) else self.package()


JOURNEYS: Final = "the browser journeys cannot run"
NEEDS: Final = (
    Need("Chromium", "chromium", lambda: chromium() is not None, JOURNEYS),
    Need("libatomic, for the driver of Chromium", "libatomic1", lambda: find_library("atomic") is not None, JOURNEYS),
    Need("PostgreSQL", "postgresql", lambda: postgresql_programs() is not None, "the tests on PostgreSQL cannot run"),
    Need("Redis", "redis-server", lambda: redis_program() is not None, "the tests with Redis cannot run"),
)
BENCH_NEEDS: Final = (
    NEEDS[-2],
    NEEDS[-1],
    Need("PostGIS", postgis_package, _has_postgis, "the benchmarks cannot be compared with PostGIS"),
)


def may_install() -> bool:
    """Whether this is root on a system with apt."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install(packages: list[str]) -> bool:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = ([*APT, "update"], [*APT, "install", "-y", "--no-install-recommends", *packages])
    return all(
        subprocess.run(command, env=quiet, check=False, stdout=subprocess.DEVNULL).returncode == 0  # noqa: S603
        for command in commands
    )


def prepare(needs: Iterable[Need] | None = None) -> Iterator[str]:
    """Install what is missing of ``needs`` (default: what the tests need) and say, line by line, what was done."""
    missing = [need for need in (NEEDS if needs is None else needs) if not need.is_there()]
    if not missing:
        return
    if may_install() and _install([need.name() for need in missing]):
        yield from (f"{need.what}: installed." for need in missing)
        return
    for need in missing:
        yield f"WARNING: {need.what} is missing and cannot be installed: {need.group}."
