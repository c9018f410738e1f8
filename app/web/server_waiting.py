"""
How a process of gevent waits for its database server: by the hub's own watcher.

The driver waits by ``select.poll``, which gevent imitates with a table, an event and a timer each time; that is a third
of what it takes to ask the server anything. How a connection is opened stays the driver's own.
"""

from collections.abc import Callable, Generator
from typing import Any, Final

from psycopg import connection, waiting

Wait = Callable[..., Any]

_USUAL: Final = connection._WAIT_INTERVAL  # noqa: SLF001 - it has no public name.


def by_the_hub(otherwise: Wait) -> Wait:
    """A wait for the driver: the hub's for an answer that comes when it comes, ``otherwise`` for one with a limit."""
    from gevent import get_hub

    def wait(
        steps: Generator[Any, Any, Any], fileno: int, interval: float = _USUAL, timeout: float | None = None
    ) -> Any:  # noqa: ANN401 - what the steps come to.
        if timeout is not None or interval != _USUAL:
            return otherwise(steps, fileno, interval, timeout)
        hub = get_hub()
        try:
            wanted = next(steps)
            while True:
                watcher = hub.loop.io(fileno, int(wanted))
                try:
                    hub.wait(watcher)
                finally:
                    watcher.close()
                # Told that all it waited for is there, the driver looks without blocking at what is.
                wanted = steps.send(wanted)
        except StopIteration as end:
            return end.value

    return wait


def wait_by_the_hub() -> None:
    """Have every connection of this process wait so."""
    waiting.wait = by_the_hub(waiting.wait)
