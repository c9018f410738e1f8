"""
Keeps the tests of one ``xdist_group`` in one worker process, where they share a server or a browser.

A plugin of ``tests/conftest.py``. The runner writes a test's group behind its name, and distributes by that; but
pytest-xdist 3.8 writes it into a field that pytest 9.2 does not read any more (pytest-dev/pytest-xdist#1386), and then
every worker starts every server. Here it is written where it is read. Once xdist does so itself, this file goes.
"""

from typing import Any

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[Any]) -> None:
    """Write the group behind the name of each test that has one, unless xdist did."""
    if not config.getoption("loadgroup", default=False):
        return
    for item in items:
        group = "_".join(sorted({str(mark.args[0]) for mark in item.iter_markers("xdist_group")}))
        if group and not item.nodeid.endswith(f"@{group}"):
            item._id = type(item._id).parse(f"{item.nodeid}@{group}")
