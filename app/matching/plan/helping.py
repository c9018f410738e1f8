"""A second process for one piece of work: made by ``fork``, so that it begins with all that is loaded already."""

import gc
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Final, Generic, TypeVar

Found = TypeVar("Found")

_FORK: Final = get_context("fork")


class Helper(Generic[Found]):
    """Works at something from now on; ends with the process that made it, whether it is done or not."""

    def __init__(self, work: Callable[..., Found], *arguments: Any) -> None:  # noqa: ANN401 - whatever the work takes.
        """Begin with ``work(*arguments)``, whose result must be one that pickles."""
        self._connection, other = _FORK.Pipe(duplex=False)
        self._process = _FORK.Process(target=_work, args=(other, work, arguments), daemon=True)
        self._process.start()
        # Only the helper holds this end now, so that its end is seen here.
        other.close()

    def result(self) -> Found | None:
        """What came of it, waited for; None when it failed: whoever asks does the work again and meets the reason."""
        try:
            found: Found = self._connection.recv()
        except (EOFError, OSError):
            return None
        finally:
            self._connection.close()
        return found


def _work(connection: Connection, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    gc.disable()
    try:
        connection.send(work(*arguments))
    except BaseException:  # noqa: BLE001, S110 - no helper says anything: its maker meets the same and tells it.
        pass
    finally:
        connection.close()
