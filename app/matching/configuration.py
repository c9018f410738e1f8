"""
The rules of matching this process runs on: the defaults, or what the file of the setting MATCHING_FILE says.

Read once at the boot, because a list and the round that follows it must be ordered by the same numbers.
"""

import tomllib
from pathlib import Path

from app.matching.rules.weights import DEFAULT, MatchingRules, parse

_running: list[MatchingRules] = []


def matching_rules(otherwise: str = "") -> MatchingRules:
    """
    The weights and caps in force.

    Where no application was started they are those of the file at ``otherwise``, and the defaults for an empty path;
    raises as :func:`install` does.
    """
    if not _running:
        install(otherwise)
    return _running[0]


def install(path: str) -> None:
    """
    Take the rules from the TOML file at ``path``; an empty path means the defaults.

    Raises :class:`ValueError` naming MATCHING_FILE and the key that is wrong, or that the file cannot be read.
    """
    _running[:] = [read(path) if path else DEFAULT]


def read(path: str) -> MatchingRules:
    """The rules in the file at ``path``; raises as :func:`install` does."""
    try:
        return parse(tomllib.loads(Path(path).read_text(encoding="utf-8")))
    except OSError as error:
        msg = f"MATCHING_FILE cannot be read: {path}"
        raise ValueError(msg) from error
    except ValueError as error:
        msg = f"MATCHING_FILE {path}: {error}"
        raise ValueError(msg) from error
