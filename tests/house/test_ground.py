"""The ground is pure: it loads in a fresh interpreter without a framework, a database or the network."""

import json
import subprocess
import sys

import pytest

from tests.house.source import ROOT, app_modules

PROBE = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
print(json.dumps(sorted({name.split('.')[0] for name in sys.modules} & set(sys.argv[2].split(',')))))
"""
FOREIGN = "flask,sqlalchemy,flask_babel,wtforms,socketio,requests"


def ground() -> list[str]:
    """Every module of the ground: kernel, geo, screen, and each capability's rules, events and permissions."""
    return [
        module.name
        for module in app_modules()
        if module.capability in {"kernel", "geo", "screen"}
        or {"rules", "events", "permissions"} & set(module.name.split(".")[2:3])
    ]


def loaded_beside(*names: str) -> list[str]:
    """What importing ``names`` one after another in a fresh interpreter loads of :data:`FOREIGN`."""
    probe = PROBE.replace("sys.argv[1])", "name)").replace("importlib.import_module", "[importlib.import_module", 1)
    probe = probe.replace("(name)", "(name) for name in sys.argv[1].split(',')]")
    answer = subprocess.run(
        [sys.executable, "-c", probe, ",".join(names), FOREIGN], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return json.loads(answer.stdout)


def test_the_ground_is_found():
    assert {"app.kernel.errors", "app.posts.rules", "app.moderation.rules", "app.moderation.events"} <= set(ground())


def test_importing_the_whole_ground_loads_neither_flask_nor_sqlalchemy():
    if loaded_beside(*ground()):
        guilty = {name: loaded for name in ground() if (loaded := loaded_beside(name))}
        pytest.fail(f"these ground modules load a framework: {guilty}")


@pytest.mark.parametrize(("module", "loads"), [("app.moderation.models", "sqlalchemy"), ("app.web.login", "flask")])
def test_a_framework_that_is_loaded_is_noticed(module, loads):
    assert loads in loaded_beside(module)
