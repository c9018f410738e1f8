"""
Files that people give us, in a folder of the instance: names are made here, and nothing else opens the folder.

A file is complete or not there: it is written beside its place, carried to the disk and then renamed. It knows nothing
of who may see a file; whoever hands one out asks first.
"""

import os
import re
import secrets
from datetime import datetime
from pathlib import Path
from typing import Final

from flask import Flask, current_app

_EXTENSION: Final = "milkbridge_uploads"
_NAME: Final = re.compile(r"[0-9a-f]{32}\.[a-z]{3,4}")


def install(app: Flask) -> None:
    """Keep files in ``uploads`` of the instance folder, open to nobody but the application."""
    folder = Path(app.instance_path) / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    app.extensions[_EXTENSION] = folder


def put(data: bytes, suffix: str) -> str:
    """Keep ``data`` and return the name it got, with ``suffix`` such as "jpg"."""
    name = f"{secrets.token_hex(16)}.{suffix}"
    beside = _folder() / f"{name}.part"
    with beside.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path_of(name))
    return name


def path_of(name: str) -> Path:
    """Where a file lies, there or not; raises :class:`ValueError` for a name that was not made here."""
    if not _NAME.fullmatch(name):
        msg = "not a name of a stored file"
        raise ValueError(msg)
    return _folder() / name


def read(name: str) -> bytes | None:
    """What a file holds; None when it is not there."""
    try:
        return path_of(name).read_bytes()
    except FileNotFoundError:
        return None


def remove(name: str) -> None:
    """Remove a file; one that is not there is gone already."""
    path_of(name).unlink(missing_ok=True)


def written_before(moment: datetime) -> list[str]:
    """Names of the files, and of what never became one (``.part``), last written before ``moment``."""
    limit = moment.timestamp()
    return sorted(file.name for file in _folder().iterdir() if file.stat().st_mtime < limit)


def sweep(name: str) -> None:
    """Remove what :func:`written_before` named."""
    (_folder() / Path(name).name).unlink(missing_ok=True)


def _folder() -> Path:
    folder: Path = current_app.extensions[_EXTENSION]
    return folder
