"""
A Redis server of the tests' own: the installed program on a free port of this machine, with nothing kept on disk.

One serves a worker process of a run. A test of outages ends, freezes and starts it again at the same address; whatever
it did, the next test finds a running server without a key.
"""

import random
import signal
import socket
import subprocess
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from app.dev.machine import redis_program

START_SECONDS = 60
PORTS = range(17_000, 31_000)  # below the ports the system lends to clients, so that no other takes it in an outage


class RedisServer:
    """A server at one address for as long as the object lives; it runs between ``start`` and ``stop``."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._frozen = False

    def start(self) -> None:
        """Run, empty, and return when it answers; nothing where it runs already."""
        if self._runs():
            return
        options = {"port": self.port, "bind": "127.0.0.1", "dir": self._folder, "save": "", "appendonly": "no"}
        command = [redis_program() or "redis-server", *(w for k, v in options.items() for w in (f"--{k}", str(v)))]
        # setpriv ends the server when this process is gone, however it went.
        self._process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if not self._runs() or time.monotonic() > deadline:
                raise RuntimeError(f"Redis did not start on port {self.port}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it at once, as a kill does: connections break, keys are lost. Nothing where it does not run."""
        if self._process is not None:
            self._process.kill()  # which also ends a frozen one
            self._process.wait()
        self._process, self._frozen = None, False

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing is answered."""
        self._send(signal.SIGSTOP)
        self._frozen = True

    def resume(self) -> None:
        """Let a frozen one go on; what was asked meanwhile is answered now."""
        self._send(signal.SIGCONT)
        self._frozen = False

    def refresh(self) -> None:
        """Running and empty, whatever was done to it before."""
        if self._frozen:
            self.resume()
        self.start()
        with self.client() as client:
            client.flushall()

    def client(self, *, seconds: float = START_SECONDS) -> Redis:
        """A connection which waits so long for an answer, and asks once."""
        return Redis(port=self.port, socket_timeout=seconds, socket_connect_timeout=seconds, retry=None)

    def answers(self, *, seconds: float = START_SECONDS) -> bool:
        """Whether it answers within so many seconds."""
        try:
            with self.client(seconds=seconds) as client:
                return bool(client.ping())
        except RedisError:
            return False

    def _runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _send(self, number: signal.Signals) -> None:
        if self._process is None:
            raise RuntimeError("Redis does not run")
        self._process.send_signal(number)


def free_port() -> int:
    """A port at which nobody listens now."""
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")
