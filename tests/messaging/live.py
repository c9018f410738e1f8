"""A threaded server of our own on loopback, and real sockets to it: what the in-process client cannot show."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from socket import IPPROTO_TCP, TCP_NODELAY
from threading import Thread
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from app.web import realtime
from tests.messaging.phones import csrf_of
from tests.sockets import InOrder, hang_up


class Silent(WSGIRequestHandler):
    """Says nothing of the pages it serves: where a test fails, its reason is what is to be read."""

    def log_request(self, *_of_the_request: Any) -> None:
        pass


class Server(ThreadedWSGIServer):
    """Knows its threads, so that none is still at work when the next test's people have the same numbers."""

    def __init__(self, *where: Any) -> None:
        super().__init__(*where)
        self._at_work: list[Thread] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self._at_work = [*(one for one in self._at_work if one.is_alive()), thread]
        thread.start()

    def wait_for_its_threads(self, seconds: float) -> None:
        """Until all have ended, for so long at most: a page that is still open has one for its socket."""
        last = time.monotonic() + seconds
        for thread in self._at_work:
            thread.join(max(0.0, last - time.monotonic()))


def closing(app: Flask) -> Callable[..., Iterator[bytes]]:
    """
    ``app``, whose answers close what they opened when nobody refers to them any more.

    The server forgets to close them where a browser hangs up in the middle of a file (Werkzeug 3.1, ``run_wsgi``: it
    reads on first, and that fails).
    """

    def answer(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        parts: Any = app(environ, start_response)
        try:
            yield from parts
        finally:
            if hasattr(parts, "close"):
                parts.close()

    return answer


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve ``app`` by threads on a free port of this machine and give its address."""
    # The newest application made in this process owns the global server; for as long as this one is served, it does.
    ours, theirs = app.wsgi_app.engineio_app, realtime.socketio.server
    realtime.socketio.server = ours
    # The in-process client puts its own sending into the server and leaves it there.
    for replaced in ("_send_packet", "_send_eio_packet"):
        vars(ours).pop(replaced, None)
    server = Server("127.0.0.1", 0, closing(app), Silent)
    server.socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)  # as gunicorn does; else a small answer waits 40 ms
    running = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    running.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        running.join(5)
        server.server_close()
        server.wait_for_its_threads(5)
        realtime.socketio.server = theirs


class LiveSocket:
    """A real Socket.IO client with somebody's cookies; what it hears waits in ``inbox``."""

    def __init__(self, address: str, browser: FlaskClient, **changes: Any) -> None:
        auth = {"csrf": csrf_of(browser)}  # read first: the page puts the token's other half into the cookie
        cookie = browser.get_cookie("milkbridge_session")
        assert cookie is not None
        headers = {"Cookie": f"{cookie.key}={cookie.value}", "Origin": address, **changes.get("headers", {})}
        self.inbox: Queue[tuple[str, Any]] = Queue()
        self.client = InOrder(reconnection=False, websocket_extra_options={"suppress_origin": True})
        self.client.on("*", lambda event, *payload: self.inbox.put((event, *payload)))
        self.client.connect(
            address,
            headers={name: value for name, value in headers.items() if value is not None},
            auth=auth,
            transports=["websocket"],
            wait_timeout=60,
        )

    def ask(self, event: str, payload: Any) -> Any:
        return self.client.call(event, payload, timeout=60)

    def next(self, event: str) -> Any:
        """The payload of the next ``event``; others that come before are passed over."""
        while True:
            name, payload = self.inbox.get(timeout=60)
            if name == event:
                return payload

    def silent(self, seconds: float = 0.3) -> bool:
        try:
            self.inbox.get(timeout=seconds)
        except Empty:
            return True
        return False

    def close(self) -> None:
        """Hang up, and leave no open line behind."""
        hang_up(self.client)
