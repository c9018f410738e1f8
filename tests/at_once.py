"""What several people do at the same moment, each in a thread and an application context of their own."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

from flask import Flask

from app.infra.database import db

LONGEST = 60
"""Seconds after which a thread that has not ended hangs."""


def at_once(app: Flask, *steps: Callable[[], Any]) -> list[Any]:
    """
    Let all steps begin together; what each returned or raised, in order.

    A thread that hangs fails the test after a minute.
    """
    gate = Barrier(len(steps))
    answers: list[Any] = [None] * len(steps)

    def run(place: int, step: Callable[[], Any]) -> None:
        try:
            with app.app_context():
                gate.wait()
                try:
                    answers[place] = step()
                finally:
                    db.session.remove()
        except Exception as error:  # noqa: BLE001 - whatever somebody would meet is looked at by the test.
            answers[place] = error

    threads = [Thread(target=run, args=each, daemon=True) for each in enumerate(steps)]
    for thread in threads:
        thread.start()
    for place, thread in enumerate(threads):
        thread.join(timeout=LONGEST)
        assert not thread.is_alive(), f"step {place} hangs; so far: {answers}"
    return answers


def raised(answers: list[Any]) -> list[Exception]:
    """Those of the answers that are refusals or errors."""
    return [answer for answer in answers if isinstance(answer, Exception)]
