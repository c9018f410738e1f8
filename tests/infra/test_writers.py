"""Who writes next to SQLite: the threads of a process in the order in which they came, processes by turns."""

import threading
import time
from types import SimpleNamespace

import pytest

from app.infra import writers
from app.infra.writers import Line


def waits(line: Line, count: int) -> None:
    """Go on when so many stand in the line."""
    while len(line._waiting) < count:
        time.sleep(0.001)


def stands(line: Line, name: str, done: list[str]) -> threading.Thread:
    """A thread in the line that says its name when it is its turn."""

    def run() -> None:
        if line.enter(30):
            done.append(name)
            line.leave()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_whoever_came_first_writes_first():
    line, done = Line(None), []
    assert line.enter(0)
    threads = []
    for number in range(8):
        threads.append(stands(line, f"writer {number}", done))
        waits(line, number + 1)
    line.leave()
    for thread in threads:
        thread.join()
    assert done == [f"writer {number}" for number in range(8)]


@pytest.mark.parametrize("patience", [0, 0.01])
def test_whoever_has_no_more_patience_leaves_the_line_to_the_others(patience):
    line, done = Line(None), []
    assert line.enter(0)
    assert not line.enter(patience)
    after = stands(line, "after", done)
    waits(line, 1)
    line.leave()
    after.join()
    assert done == ["after"]
    assert line.enter(0)


def test_one_process_asks_while_the_other_waits_for_its_turn(tmp_path):
    file, told = str(tmp_path / "own.sqlite-turn"), []
    one, other = Line(file), Line(file)

    def ask() -> None:
        with other.turn_of_process(time.monotonic() + 30):
            told.append("the other's turn")

    with one.turn_of_process(time.monotonic()):
        thread = threading.Thread(target=ask)
        thread.start()
        told.append("one's turn")
    thread.join()
    assert told == ["one's turn", "the other's turn"]


def test_a_process_that_waited_in_vain_asks_all_the_same(tmp_path):
    file = str(tmp_path / "own.sqlite-turn")
    with Line(file).turn_of_process(time.monotonic()), Line(file).turn_of_process(time.monotonic()):
        pass


def test_where_no_file_can_be_made_processes_have_no_turns_and_the_log_says_so_once(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(writers, "log", SimpleNamespace(warning=lambda event, **fields: said.append((event, fields))))
    file = str(tmp_path / "no such folder" / "turn")
    line = Line(file)
    for _writer in range(3):
        with line.turn_of_process(time.monotonic()):
            pass
    assert said == [("no turns of writers", {"file": file, "error": "FileNotFoundError"})]


def test_a_file_that_is_another_user_s_is_told_to_the_log(tmp_path, monkeypatch):
    """Whoever runs the tests may be root, whom no file refuses."""
    said = []

    def refused(*_args):
        raise PermissionError

    monkeypatch.setattr(writers.os, "open", refused)
    monkeypatch.setattr(writers, "log", SimpleNamespace(warning=lambda _event, **fields: said.append(fields["error"])))
    with Line(str(tmp_path / "own.sqlite-turn")).turn_of_process(time.monotonic()):
        pass
    assert said == ["PermissionError"]


def test_where_turns_are_taken_nothing_is_logged(tmp_path, monkeypatch):
    monkeypatch.setattr(writers, "log", None)
    for file in (None, str(tmp_path / "own.sqlite-turn")):
        with Line(file).turn_of_process(time.monotonic()):
            pass


class Torn(BaseException):
    """What a server throws into a thread that it ends."""


@pytest.mark.parametrize("given_before", [False, True], ids=["while she waits", "in the moment of her turn"])
def test_whoever_is_torn_out_of_the_line_holds_up_nobody(monkeypatch, given_before):
    line = Line(None)
    assert line.enter(0)

    def torn(_event, _seconds):
        if given_before:
            line.leave()
        raise Torn

    monkeypatch.setattr(threading.Event, "wait", torn)
    with pytest.raises(Torn):
        line.enter(30)
    if not given_before:
        line.leave()
    assert line.enter(0)
    assert not line._waiting
