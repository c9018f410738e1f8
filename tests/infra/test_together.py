"""Calls of the same moment: who goes with whom, and that each is carried out once, whatever becomes of the others."""

import threading
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.infra.together import GroupLostError, Together


class Ferry:
    """Carries groups over when it is let go, and remembers each."""

    def __init__(self, *, lanes=1, most=10, carry=lambda group: [each.upper() for each in group]):
        self.groups = []
        self.go = threading.Event()
        self._carry = carry
        self.together = Together(self._do, apart=lambda each: each[0], lanes=lanes, most=most)

    def _do(self, group):
        self.groups.append(list(group))
        assert self.go.wait(10)
        return self._carry(group)


def come(ferry, *calls, outcomes):
    """Call in threads, one after the other in this order; each is waiting or on its way when the next one comes."""
    threads, before = [], _there(ferry)
    for number, asked in enumerate(calls, start=before + 1):
        threads.append(threading.Thread(target=_call, args=(ferry.together, asked, outcomes)))
        threads[-1].start()
        _until(lambda wanted=number: _there(ferry) == wanted)
    return threads


def _call(together, asked, outcomes):
    try:
        outcomes[asked] = together(asked)
    except Exception as error:  # noqa: BLE001
        outcomes[asked] = error


def _there(ferry):
    return len(ferry.together._waiting) + sum(map(len, ferry.groups))


def _until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def over(ferry, threads):
    ferry.go.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def test_whoever_comes_alone_goes_alone_and_at_once():
    ferry = Ferry()
    ferry.go.set()
    assert [ferry.together("a"), ferry.together("b")] == ["A", "B"]
    assert ferry.groups == [["a"], ["b"]]


@pytest.mark.parametrize(
    ("sizes", "calls", "groups"),
    [
        ({}, "abcd", [["a"], ["b", "c", "d"]]),
        ({"lanes": 2}, "abcd", [["a"], ["b", "c", "d"]]),
        ({"most": 2}, "abcdef", [["a"], ["b", "c"], ["d", "e"], ["f"]]),
        ({}, ["a1", "a2", "b1", "a3", "b2"], [["a1"], ["a2", "b1"], ["a3", "b2"]]),
        ({}, ["a1", "a2", "b1", "c1", "a3"], [["a1"], ["a2", "b1", "c1"], ["a3"]]),
    ],
)
def test_whoever_comes_meanwhile_goes_with_all_who_came_meanwhile_but_never_two_of_one_kind(sizes, calls, groups):
    ferry, outcomes = Ferry(**sizes), {}
    over(ferry, come(ferry, *calls, outcomes=outcomes))
    assert sorted(ferry.groups) == sorted(groups)
    assert outcomes == {asked: asked.upper() for asked in calls}


@pytest.mark.parametrize(("lanes", "meanwhile"), [(1, []), (2, ["B"]), (3, ["B", "C"])])
def test_while_one_is_held_up_others_go_by_further_lanes_which_close_again(monkeypatch, lanes, meanwhile):
    monkeypatch.setattr("app.infra.together.STALLED", 0.01)
    held = {each: threading.Event() for each in "abcde"}

    def carry(group):
        assert held[group[0]].wait(10)
        return [each.upper() for each in group]

    ferry, outcomes = Ferry(lanes=lanes, carry=carry), {}
    ferry.go.set()
    threads = come(ferry, "a", outcomes=outcomes)
    for asked in "bc"[: lanes - 1]:
        threads += come(ferry, asked, outcomes=outcomes)
        _until(lambda asked=asked: [asked] in ferry.groups)
    for asked in "bc":
        held[asked].set()
    _until(lambda: sorted(outcomes.values()) == meanwhile)
    threads += come(ferry, "d", "e", outcomes=outcomes)
    for each in held.values():
        each.set()
    over(ferry, threads)
    assert ferry.together._lanes == 1
    assert ferry.together._away == 0


def test_what_a_group_meets_each_of_it_is_told_and_the_next_group_goes_all_the_same():
    def refuse(group):
        if "b" in group:
            raise ZeroDivisionError
        return group

    ferry, outcomes = Ferry(carry=refuse), {}
    threads = come(ferry, "a", "b", "c", outcomes=outcomes)
    over(ferry, threads)
    assert outcomes["a"] == "a"
    assert isinstance(outcomes["b"], ZeroDivisionError)
    assert isinstance(outcomes["c"], ZeroDivisionError)
    assert ferry.together("d") == "d"


def test_an_answer_too_few_is_an_error_for_all_of_the_group_and_no_wait_for_ever():
    ferry = Ferry(carry=lambda _group: [])
    ferry.go.set()
    with pytest.raises(ValueError, match="zip"):
        ferry.together("a")


class Ended(BaseException):
    """As gevent ends a greenlet."""


def test_when_whoever_carries_a_group_out_is_ended_the_others_hear_that_it_is_lost():
    def end(group):
        if "b" in group:
            raise Ended
        return group

    ferry, outcomes, ended = Ferry(carry=end), {}, []
    threading_hook = threading.excepthook
    threading.excepthook = lambda told: ended.append(told.exc_type)
    try:
        over(ferry, come(ferry, "a", "b", "c", outcomes=outcomes))
    finally:
        threading.excepthook = threading_hook
    assert ended == [Ended]
    assert outcomes["a"] == "a"
    assert isinstance(outcomes["c"], GroupLostError)
    assert ferry.together("d") == "d"


def torn_out(ferry, asked, *, at, monkeypatch):
    """Call in a thread that is ended while it waits: before anybody woke it, or (``at`` "woken") just when it was."""
    real, mine = threading.Event.wait, []

    def wait(event, *more):
        if threading.current_thread() in mine:
            if at == "woken":
                real(event, 10)
            raise Ended
        return real(event, *more)

    monkeypatch.setattr(threading.Event, "wait", wait)

    def call():
        with pytest.raises(Ended):
            ferry.together(asked)

    thread = threading.Thread(target=call)
    mine.append(thread)
    return thread


def test_whoever_is_ended_while_waiting_is_waited_for_no_longer(monkeypatch):
    ferry, outcomes = Ferry(), {}
    threads = come(ferry, "a", outcomes=outcomes)
    gone = torn_out(ferry, "b", at="waiting", monkeypatch=monkeypatch)
    _started_and_done(gone)
    over(ferry, [*threads, *come(ferry, "c", outcomes=outcomes)])
    assert ferry.groups == [["a"], ["c"]]
    assert outcomes == {"a": "A", "c": "C"}


def _started_and_done(thread):
    # Thread.start waits for an event too.
    thread.start()
    thread.join(10)
    assert not thread.is_alive()


def test_the_group_of_whoever_is_ended_when_it_was_to_carry_it_out_falls_to_the_next_in_it(monkeypatch):
    ferry, outcomes = Ferry(), {}
    first = come(ferry, "a", outcomes=outcomes)
    gone = torn_out(ferry, "b", at="woken", monkeypatch=monkeypatch)
    gone.start()
    _until(lambda: len(ferry.together._waiting) == 1)
    rest = [threading.Thread(target=_call, args=(ferry.together, asked, outcomes)) for asked in ("c", "d")]
    for number, thread in enumerate(rest):
        thread.start()
        _until(lambda ahead=number: len(ferry.together._waiting) == ahead + 2)
    over(ferry, [*first, gone, *rest])
    assert ferry.groups == [["a"], ["c", "d"]]
    assert outcomes == {"a": "A", "c": "C", "d": "D"}
    assert ferry.together("b") == "B"


@settings(deadline=None, max_examples=30)
@given(
    calls=st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 3)), min_size=1, max_size=24),
    lanes=st.integers(1, 3),
    most=st.integers(1, 5),
)
def test_each_call_is_carried_out_once_and_answered_with_its_own_whoever_comes_when(calls, lanes, most):
    carried, on_their_way, at_once = Counter(), [], []
    guard = threading.Lock()

    def do(group):
        kinds = [kind for kind, _, _ in group]
        with guard:
            on_their_way.extend(kinds)
            at_once.append(len(group))
            assert len(set(on_their_way)) == len(on_their_way)
            carried.update(group)
        time.sleep(0.0005)
        with guard:
            for kind in kinds:
                on_their_way.remove(kind)
        return [("done", each) for each in group]

    together = Together(do, apart=lambda each: each[0], lanes=lanes, most=most)
    asked, outcomes = [(*call, number) for number, call in enumerate(calls)], {}
    threads = [threading.Thread(target=_call, args=(together, each, outcomes)) for each in asked]
    for thread, (_, pause, _) in zip(threads, asked, strict=True):
        time.sleep(pause / 5000)
        thread.start()
    for thread in threads:
        thread.join(10)
    assert outcomes == {each: ("done", each) for each in asked}
    assert set(carried.values()) == {1}
    assert max(at_once) <= most
