"""
How gunicorn serves the site: threads for SQLite, gevent for PostgreSQL, and how a process ends.

Read by ``gunicorn.conf.py`` before a worker of gevent replaces Python's blocking parts, so nothing but the settings
and what starts no socket is imported at the top.
"""

import resource
import sys
from importlib.util import find_spec
from typing import Any, Final

from config import SettingError, Settings

CONNECTIONS: Final = 10_000
"""Connections one process of gevent takes; each open page keeps one."""

GRACE: Final = 5
"""Seconds a process that is to end has for what it began."""

THREADS_FOR_PAGES: Final = 30
"""A process whose every thread holds a socket answers no page any more."""

FILES_FOR_PAGES: Final = 200
"""File descriptors of a process that no socket may take: the database, Redis, templates, pages being answered."""

FILES_OF_A_SOCKET: Final = 2


def options(settings: Settings) -> dict[str, Any]:
    """The settings of gunicorn; what stands on its command line goes before them."""
    common = {
        "bind": [f"127.0.0.1:{settings.port}"],
        "workers": settings.web_processes,
        "graceful_timeout": GRACE,
        "loglevel": "warning",
        "control_socket_disable": True,
    }
    if settings.server == "gevent":
        return common | {"worker_class": "gevent", "worker_connections": CONNECTIONS}
    return common | {"worker_class": "gthread", "threads": settings.web_threads}


def is_cooperative() -> bool:
    """Whether this process runs under gevent, whatever the settings say: a command of theirs does not."""
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched("socket"))


def sockets_that_fit(settings: Settings) -> int:
    """
    How many sockets this process may hold and still answer pages.

    Under threads each keeps one, and thirty (of a small number half) stay free; under gevent file descriptors run out
    first.
    """
    if is_cooperative():
        return max(1, min(CONNECTIONS - 100, (_file_limit() - FILES_FOR_PAGES) // FILES_OF_A_SOCKET))
    return max(settings.web_threads - THREADS_FOR_PAGES, settings.web_threads // 2)


def _file_limit() -> int:
    """File descriptors this process may hold; raised to what the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS * FILES_OF_A_SOCKET + FILES_FOR_PAGES
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    return wanted if soft == resource.RLIM_INFINITY else soft


def check_fits(settings: Settings) -> None:
    """Raise :class:`SettingError` when the running server is not the one the settings (and the database) ask for."""
    if is_cooperative() and settings.server != "gevent":
        msg = "SERVER=threads cannot run in a worker of gevent: start gunicorn without --worker-class"
        raise SettingError(msg)
    if is_cooperative() and find_spec("geventwebsocket") is not None:
        msg = "gevent-websocket is installed and would take the WebSocket away from every page: uninstall it"
        raise SettingError(msg)


def spare_the_hub() -> None:
    """Let passwords be hashed in a thread of the system: 20 ms each, in which a process of gevent would answer nobody.

    Both who signs in and who signs up wait for it as before; everybody else is served meanwhile.
    """
    from argon2 import low_level
    from gevent import get_hub

    for name in ("hash_secret", "verify_secret"):
        plain = getattr(low_level, name)

        def beside(*args: Any, plain: Any = plain, **more: Any) -> Any:  # noqa: ANN401 - as the library's.
            return get_hub().threadpool.apply(plain, args, more)

        setattr(low_level, name, beside)


def keep_no_tree() -> None:
    """Let greenlets not note where they were begun, which only who looks for a fault reads: 4 KB of each open page."""
    import gevent

    gevent.config.track_greenlet_tree = False


def when_started(worker: Any) -> None:  # noqa: ANN401 - gunicorn has no types.
    """Called by gunicorn in each process once the application is loaded."""
    from app.web import beginning, live

    if is_cooperative():
        from app.web.server_waiting import wait_by_the_hub

        keep_no_tree()
        spare_the_hub()
        wait_by_the_hub()
    live.socketio.start_background_task(live.look_after, worker.wsgi, worker)
    beginning.begin(worker.wsgi)
