"""
Pushes between processes over Redis, which may hang, vanish and come back; it holds nothing that may not be lost.

What is to be sent waits in a short queue that one task empties, so that a Redis that hangs keeps no handler. While it
is away everything is dropped; when it is back every page of every process is told to catch up.
"""

import atexit
import time
from collections import deque
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Lock
from typing import Any, Final

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.exceptions import RedisError
from redis.retry import Retry

from app.web.server_crossing import Crossing

PATIENCE: Final = 0.75
"""Seconds Redis may take for an answer before it counts as gone."""

PAUSE: Final = 0.2
"""Seconds between two attempts to reach it."""

MOST_WAITING: Final = 2000
"""Pushes that wait for Redis; above it they are dropped, and the pages catch up."""

MOST_KEPT: Final = 1000
"""What is said until it is heard; above it the oldest is dropped, and each process looks after its own sockets."""

_AT_ONCE: Final = 100
_GONE = (RedisError, OSError)
log = structlog.get_logger(__name__)


def connect(url: str) -> Redis:
    """A client that gives up after :data:`PATIENCE` and tries nothing twice by itself."""
    return Redis.from_url(
        url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0), protocol=2
    )


class RedisCrossing(Crossing):
    """Pushes over one channel of Redis."""

    name = "redis"

    def __init__(self, url: str, channel: str, **hooks: Any) -> None:  # noqa: ANN401 - as the parent's.
        """Connect nothing yet: the sender does at the first push, the listener at the first page."""
        super().__init__(**hooks)
        self._url = url
        self._channel = channel
        self._waiting: Queue[str] = Queue(MOST_WAITING)
        self._kept: deque[str] = deque(maxlen=MOST_KEPT)
        self._lost = False
        self._away = False
        self._sending = False
        self._lock = Lock()

    def carry(self, text: str, *, until_heard: bool = False) -> None:
        """Hand ``text`` to the task that sends; when too much waits already it is dropped, or kept ``until_heard``."""
        with self._lock:
            if until_heard:
                self._kept.append(text)
            if not self._sending:
                self._sending = True
                atexit.register(self.flush, 1.0)
                self.server.start_background_task(self._send_for_ever)
        try:
            self._waiting.put_nowait(text)
        except Full:
            self._lost = True

    def flush(self, seconds: float) -> None:
        """Wait until what was handed over is sent, at most ``seconds``: for a process that is about to end."""
        deadline = time.monotonic() + seconds
        while self._waiting.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(0.01)

    def _send_for_ever(self) -> None:
        redis = connect(self._url)
        while True:
            texts = self._taken()
            try:
                self._send(redis, texts)
            except _GONE as error:
                self._say_away(error)
                self._lost = True
                redis.close()
                self.server.sleep(PAUSE)
            finally:
                for _ in texts:
                    self._waiting.task_done()

    def _taken(self) -> list[str]:
        """What waits; at least one, unless something was lost, which is told at once."""
        texts = [] if self._lost else [self._waiting.get()]
        with suppress(Empty):
            while len(texts) < _AT_ONCE:
                texts.append(self._waiting.get_nowait())
        return texts

    def _send(self, redis: Redis, texts: list[str]) -> None:
        lost, kept = self._lost, list(self._kept)
        sent = [*kept, self._written({"do": "resync"})] if lost else texts
        pipeline = redis.pipeline(transaction=False)
        for text in sent:
            pipeline.publish(self._channel, text)
        pipeline.execute()
        with self._lock:
            self._kept = deque((text for text in self._kept if text not in sent), MOST_KEPT)
        if lost:
            self._lost = self._away = False
            self.resync_soon()

    def _say_away(self, error: Exception) -> None:
        """Log it once for each time Redis goes away, by kind only: the error's own text may hold a password."""
        if not self._away:
            self._away = True
            log.warning("redis is away", error=type(error).__name__)

    def listen(self) -> None:
        """Hear what other processes send; after every gap the pages of this process are told to catch up."""
        while True:
            redis = connect(self._url)
            pubsub: PubSub = redis.pubsub()  # type: ignore[no-untyped-call]
            try:
                pubsub.subscribe(self._channel)
                self._hear(pubsub)
            except _GONE as error:
                self._say_away(error)
            finally:
                with suppress(*_GONE):
                    pubsub.close()
                    redis.close()
            self.server.sleep(PAUSE)

    def _hear(self, pubsub: PubSub) -> None:
        """Take messages until Redis is silent although it was asked for a sign of life."""
        asked = True  # it owes the answer to SUBSCRIBE
        while True:
            message = pubsub.get_message(timeout=PATIENCE)
            if message is None:
                if asked:
                    raise TimeoutError
                pubsub.ping()
                asked = True
                continue
            asked = False
            if message["type"] == "subscribe":
                self._away = False
                self.resync_soon()
            elif message["type"] == "message":
                self.heard(message["data"])
