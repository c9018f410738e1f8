"""What the tests need of the system is installed where that is allowed, and named loudly where it is not."""

import pytest

from app.dev import machine


@pytest.fixture
def lacking(monkeypatch):
    """A system without the second thing the tests need."""
    there = machine.Need("Chromium", "chromium", lambda: True, "no journeys")
    missing = machine.Need("libatomic", "libatomic1", lambda: False, "no driver")
    monkeypatch.setattr(machine, "NEEDS", (there, missing))


def test_where_nothing_is_missing_nothing_is_done(monkeypatch):
    monkeypatch.setattr(machine, "NEEDS", (machine.Need("Chromium", "chromium", lambda: True, "no journeys"),))
    assert list(machine.prepare()) == []


def test_only_what_is_missing_is_installed(lacking, monkeypatch):
    asked = []
    monkeypatch.setattr(machine, "may_install", lambda: True)
    monkeypatch.setattr(machine, "_install", lambda packages: asked.append(packages) or True)
    assert list(machine.prepare()) == ["libatomic: installed."]
    assert asked == [["libatomic1"]]


@pytest.mark.parametrize(("allowed", "works"), [(False, True), (True, False)])
def test_what_cannot_be_installed_is_named_loudly(lacking, monkeypatch, allowed, works):
    monkeypatch.setattr(machine, "may_install", lambda: allowed)
    monkeypatch.setattr(machine, "_install", lambda _packages: works)
    (line,) = machine.prepare()
    assert line.startswith("WARNING: libatomic is missing")
