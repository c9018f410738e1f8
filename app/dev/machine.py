"""Installs what the tests need from the system where it is missing: Chromium, and a library of its driver.

Only root on a system with apt may install; elsewhere the missing group says so loudly, and fails under ``CI=true``.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from ctypes.util import find_library
from dataclasses import dataclass
from typing import Final

CHROMIUM_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
APT: Final = ("apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=120")


def chromium() -> str | None:
    """The path of an installed Chromium, or None."""
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


@dataclass(frozen=True, slots=True)
class Need:
    """Something of the system that a group of tests cannot do without, and the Debian package that brings it."""

    what: str
    package: str
    is_there: Callable[[], bool]


NEEDS: Final = (
    Need("Chromium", "chromium", lambda: chromium() is not None),
    Need("libatomic, for the driver of Chromium", "libatomic1", lambda: find_library("atomic") is not None),
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


def prepare() -> Iterator[str]:
    """Install what is missing and say, line by line, what was done."""
    missing = [need for need in NEEDS if not need.is_there()]
    if not missing:
        return
    if may_install() and _install([need.package for need in missing]):
        yield from (f"{need.what}: installed." for need in missing)
        return
    for need in missing:
        yield f"WARNING: {need.what} is missing and cannot be installed: the browser journeys cannot run."
