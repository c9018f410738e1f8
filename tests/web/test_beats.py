"""All open pages are asked for a sign of life by one thread, each after its own interval."""

import threading

import pytest
from engineio import Server
from engineio.packet import PING
from engineio.socket import Socket

from app.web.server_beats import TOGETHER, Beats, ask_by_one

INTERVAL = 25


class Engine(Server):
    """An Engine.IO server that notes what it would begin, and begins nothing."""

    def __init__(self) -> None:
        super().__init__(async_mode="threading", ping_interval=INTERVAL, monitor_clients=False)
        self.begun: list[object] = []

    def start_background_task(self, target, *args, **more):
        self.begun.append(target)


@pytest.fixture
def engine():
    return Engine()


@pytest.fixture
def beats(engine, monkeypatch):
    """Their clock stands at 100 unless a test turns it."""
    monkeypatch.setattr("app.web.server_beats.time.monotonic", lambda: beats.now)
    beats = Beats(engine)
    beats.now = 100.0
    return beats


def opened(engine, beats, *names: str) -> list[Socket]:
    """Connections that were just made, or just gave their sign."""
    found = [Socket(engine, name) for name in names]
    for each in found:
        each.last_ping = None
        beats.start(each._send_ping)
    return found


def asked(connections: list[Socket]) -> list[str]:
    return [each.sid for each in connections if not each.queue.empty() and each.queue.get().packet_type == PING]


def test_whoever_s_interval_is_over_is_asked_and_the_clock_of_the_answer_runs(engine, beats):
    early = opened(engine, beats, "a", "b")
    beats.now = 110.0
    late = opened(engine, beats, "c")
    assert beats.ask(124.9) == pytest.approx(0.1)
    assert asked(early + late) == []
    assert beats.ask(125.0) == 10
    assert asked(early + late) == ["a", "b"]
    assert [each.last_ping is None for each in early + late] == [False, False, True]
    assert beats.ask(135.0) == INTERVAL
    assert asked(late) == ["c"]


def test_those_whose_turn_comes_in_the_same_moment_are_asked_together(engine, beats):
    opened(engine, beats, "a")
    assert beats.ask(124.99) == TOGETHER


def test_nobody_is_asked_who_has_left_and_whose_end_fails_is_nobody_else_s_trouble(engine, beats, monkeypatch):
    gone, closing, broken, there = opened(engine, beats, "gone", "closing", "broken", "there")
    gone.closed, closing.closing = True, True
    monkeypatch.setattr(broken, "send", lambda _packet: 1 / 0)
    beats.ask(125.0)
    assert asked([gone, closing, broken, there]) == ["there"]


def test_one_task_asks_all_and_other_tasks_begin_as_before(engine, beats):
    opened(engine, beats, *"abc")
    assert engine.begun == [beats._ask_all]
    beats.start(print, "x")
    assert engine.begun == [beats._ask_all, print]


def test_the_library_still_sends_its_sign_by_the_task_that_is_taken_over(engine):
    """Were it renamed, every page would have a sleeping thread again; were it gone, none would be asked."""
    ask_by_one(engine)
    page = Socket(engine, "page")
    page.schedule_ping()
    assert len(engine.begun) == 1
    assert engine.begun[0] != page._send_ping


def test_a_hundred_open_pages_have_one_sleeping_thread():
    engine = Server(async_mode="threading", monitor_clients=False)
    ask_by_one(engine)
    before = threading.active_count()
    for number in range(100):
        Socket(engine, str(number)).schedule_ping()
    assert threading.active_count() == before + 1
