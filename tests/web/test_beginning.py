"""What a process does in the background when it begins: part by part, and never in anybody's way."""

import pytest
from flask import Flask, current_app
from sqlalchemy.exc import OperationalError

from app.web import beginning


@pytest.fixture
def begun(app: Flask, monkeypatch: pytest.MonkeyPatch):
    """Let a process begin with these parts; background tasks are run at once, and the pauses are counted."""

    def begin(*parts: beginning.Part) -> list[float]:
        pauses: list[float] = []
        monkeypatch.setattr(beginning.socketio, "start_background_task", lambda task, *given: task(*given))
        monkeypatch.setattr(beginning.socketio, "sleep", pauses.append)
        monkeypatch.setitem(app.extensions, beginning._KEY, parts)
        beginning.begin(app)
        return pauses

    return begin


def test_each_part_goes_on_where_the_one_before_ended_and_makes_room_for_others(app, begun):
    told = []

    def count(at: int | None) -> int | None:
        told.append((current_app.name, at))
        return len(told) if len(told) < 4 else None

    assert begun(count) == [beginning.PAUSE] * 3
    assert told == [(app.name, at) for at in (None, 1, 2, 3)]


def test_a_database_that_does_not_answer_ends_it_and_nothing_else(begun):
    done = []

    def fail(_at: int | None) -> int | None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    def work(at: int | None) -> int | None:
        done.append(at)
        return None

    begun(fail, work)
    assert done == [None]


def test_the_application_learns_the_live_posts(app):
    assert [part.__name__ for part in app.extensions[beginning._KEY]] == ["learn"]
