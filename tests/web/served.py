"""The site behind a real gunicorn, as operators run it, and real sockets to it: what one process alone cannot show."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Empty, Queue
from typing import Any
from uuid import uuid4

import requests
from flask import Flask

from app.accounts.services import make_token
from app.dev.serve import stop, wait_until_ready
from app.infra.clock import utcnow
from app.infra.database import db
from config import ROOT
from tests.cluster import cluster_of_this_run
from tests.conftest import Person
from tests.fresh import made, migrated_template
from tests.people import PASSWORD, add_person
from tests.redis import free_port
from tests.site import START_SECONDS
from tests.sockets import InOrder, hang_up


@contextmanager
def database_of(kind: str, application: Flask, folder: Path) -> Iterator[str]:
    """The address of a migrated, empty database of the test's own."""
    if kind == "sqlite":
        shutil.copyfile(Path(application.instance_path) / "template.sqlite", folder / "own.sqlite")
        yield f"sqlite:///{folder / 'own.sqlite'}"
        return
    cluster, name = cluster_of_this_run(), f"own_{uuid4().hex}"
    cluster.create(name, template=migrated_template(application, cluster))
    yield cluster.url(name)
    cluster.drop(name)


@contextmanager
def inside(application: Flask, address: str) -> Iterator[None]:
    """Run use-cases of this process on another database, beside the server that serves it."""
    with application.app_context():
        before = db.engines[None]
        db.engines[None] = made(address)
        try:
            yield
        finally:
            db.session.remove()
            db.engines[None].dispose()
            db.engines[None] = before


@dataclass
class Server:
    """One gunicorn: where it answers, its environment and its process."""

    url: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]


@contextmanager
def serving(address: str, folder: Path, *, app: str = "wsgi:app", **settings: str) -> Iterator[Server]:
    """Serve the database at ``address`` by gunicorn on a free port until the block ends."""
    port = free_port()
    environment = {
        **os.environ, "DATABASE_URL": address, "INSTANCE_PATH": str(folder), "PORT": str(port), "RATE_LIMITS": "0",
        "PYTHONWARNINGS": "ignore", **settings,
    }  # fmt: skip
    command = [str(Path(sys.executable).parent / "gunicorn"), app]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    server = Server(f"http://127.0.0.1:{port}", environment, process)
    try:
        assert wait_until_ready(f"{server.url}/healthz", process, seconds=START_SECONDS), "the server did not start"
        yield server
    finally:
        stop([process])


class Cast:
    """People of the served database: who they are, and a conversation between two of them."""

    def __init__(self, application: Flask, address: str) -> None:
        self.application, self.address = application, address
        self._names = 0

    def run(self, use_case: Callable[[], Any]) -> Any:
        with inside(self.application, self.address):
            return use_case()

    def person(self, name: str) -> Person:
        """Somebody new; the name may come again."""
        self._names += 1
        return Person(*self.run(partial(add_person, f"{name}{self._names}")))

    def token(self, who: Person) -> str:
        return str(self.run(lambda: make_token(who.identity, "test", now=utcnow()).secret))


class Browser:
    """Somebody signed in at a server."""

    def __init__(self, server: Any, who: Person, password: str = PASSWORD) -> None:
        self.server, self.who = server, who
        self.http = requests.Session()
        self.http.headers["Connection"] = "close"  # so that no line stays open behind a test
        answer = self.post("/login", email=who.email, password=password)
        assert answer.status_code == 302, answer.text

    def token(self, path: str = "/login") -> str:
        """The token of the forms on our pages."""
        found = re.search('name="csrf-token" content="([^"]+)"', self.http.get(self.server.url + path, timeout=30).text)
        assert found is not None
        return found[1]

    def post(self, path: str, **fields: str) -> requests.Response:
        fields["csrf_token"] = self.token()
        return self.http.post(self.server.url + path, data=fields, allow_redirects=False, timeout=30)

    def headers(self) -> dict[str, str]:
        """What a page of ours sends when it opens a socket."""
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies)
        return {"Cookie": cookies, "Origin": self.server.url}

    def socket(self) -> "Live":
        auth = {"csrf": self.token("/messages")}
        return Live(self.server.url, auth, self.headers())


class Live:
    """A real Socket.IO client; what it hears waits in ``inbox``."""

    def __init__(self, url: str, auth: dict[str, str], headers: dict[str, str] | None = None) -> None:
        self.inbox: Queue[tuple[str, Any]] = Queue()
        self.client = InOrder(reconnection=False, websocket_extra_options={"suppress_origin": True})
        self.client.on("*", lambda event, *payload: self.inbox.put((event, *payload)))
        try:
            self.client.connect(url, headers=headers or {}, auth=auth, transports=["websocket"], wait_timeout=30)
        except BaseException:
            self.close()
            raise

    def ask(self, event: str, payload: Any) -> Any:
        return self.client.call(event, payload, timeout=30)

    def next(self, event: str, *, seconds: float = 30) -> Any:
        """The payload of the next ``event``; others that come before are passed over."""
        while True:
            name, payload = self.inbox.get(timeout=seconds)
            if name == event:
                return payload

    def names(self, *, seconds: float = 0.5) -> list[str]:
        """The names of all it heard and hears within so many seconds."""
        time.sleep(seconds)
        return [self.inbox.get()[0] for _ in range(self.inbox.qsize())]

    def silent(self, seconds: float = 0.5) -> bool:
        try:
            self.inbox.get(timeout=seconds)
        except Empty:
            return True
        return False

    def close(self) -> None:
        """Hang up, and leave no open line behind."""
        hang_up(self.client)


PUSH = """
import sys
from wsgi import app
from app.web.realtime import push
with app.app_context():
    push(int(sys.argv[1]), "notification.new", {"unread": 1})
"""


def pushed_by_another_process(server: Server, person_id: int) -> None:
    """Push as the worker and commands do: from a process that holds no socket and ends soon."""
    command = [sys.executable, "-c", PUSH, str(person_id)]
    subprocess.run(command, cwd=ROOT, env=server.environment, check=True)


def says(conversation: str, body: str, number: int = 1, **more: Any) -> dict[str, Any]:
    """A message as a page sends it; ``number`` makes its id."""
    client_id = f"00000000-0000-4000-8000-{number:012d}"
    return {"conversation": conversation, "client_id": client_id, "kind": "text", "body": body, **more}
