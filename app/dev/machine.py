"""Installs what the tests need from the system where it is missing: Chromium, for the journeys.

Only root on a system with apt may install; elsewhere the missing group says so loudly, and fails under ``CI=true``.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import Final

CHROMIUM_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
APT: Final = ("apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=120")


def chromium() -> str | None:
    """The path of an installed Chromium, or None."""
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


def may_install() -> bool:
    """Whether this is root on a system with apt."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install(package: str) -> bool:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = ([*APT, "update"], [*APT, "install", "-y", "--no-install-recommends", package])
    return all(
        subprocess.run(command, env=quiet, check=False, stdout=subprocess.DEVNULL).returncode == 0  # noqa: S603
        for command in commands
    )


def prepare() -> Iterator[str]:
    """Install what is missing and say, line by line, what was done."""
    if chromium():
        return
    if may_install() and _install("chromium"):
        yield "Chromium installed for the browser journeys."
        return
    yield "WARNING: no Chromium here and none can be installed: the browser journeys cannot run."
