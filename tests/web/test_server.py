"""Which server the settings ask for, what it is run with, and what keeps gevent's hub free."""

import subprocess
import sys

import pytest

from app.web import server
from config import ROOT, SettingError, Settings
from tests.cluster import cluster_of_this_run

POSTGRESQL = "postgresql://x/y"


def read(**environment):
    return Settings.from_environment(environment)


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        ({}, "threads"),
        ({"DATABASE_URL": "sqlite:////tmp/x.sqlite"}, "threads"),
        ({"DATABASE_URL": POSTGRESQL}, "gevent"),
        ({"DATABASE_URL": "postgres://x/y"}, "gevent"),
        ({"DATABASE_URL": POSTGRESQL, "SERVER": "threads"}, "threads"),
        ({"SERVER": ""}, "threads"),
    ],
)
def test_the_database_decides_about_the_server_unless_it_is_named(environment, kind):
    assert read(**environment).server == kind


@pytest.mark.parametrize("environment", [{"SERVER": "eventlet"}, {"SERVER": "gevent"}])
def test_an_unknown_server_and_gevent_on_sqlite_stop_the_boot(environment):
    with pytest.raises(SettingError, match="SERVER"):
        read(**environment)


def test_sqlite_is_served_by_threads_of_one_process():
    options = server.options(read(WEB_THREADS="40", PORT="5001"))
    asked = {name: options[name] for name in ("worker_class", "workers", "threads", "bind", "graceful_timeout")}
    assert asked == {
        "worker_class": "gthread", "workers": 1, "threads": 40, "bind": ["127.0.0.1:5001"], "graceful_timeout": 5,
    }  # fmt: skip


def test_postgresql_is_served_by_gevent_with_four_connections_a_process():
    settings = read(DATABASE_URL=POSTGRESQL, WEB_PROCESSES="2", REDIS_URL="redis://x")
    options = server.options(settings)
    assert (options["worker_class"], options["workers"], "threads" in options) == ("gevent", 2, False)
    assert settings.engine()["pool_size"] == 4
    assert read(DATABASE_URL=POSTGRESQL, SERVER="threads", WEB_THREADS="40").engine()["pool_size"] == 24


def test_threads_asked_for_and_gevent_started_by_hand_stops_the_boot(monkeypatch):
    monkeypatch.setattr(server, "is_cooperative", lambda: True)
    with pytest.raises(SettingError, match="SERVER=threads"):
        server.check_fits(Settings())
    server.check_fits(Settings(server="gevent", database_url=POSTGRESQL))


def test_gevent_websocket_beside_gevent_stops_the_boot(monkeypatch):
    monkeypatch.setattr(server, "is_cooperative", lambda: True)
    monkeypatch.setattr(server, "find_spec", lambda _name: object())
    with pytest.raises(SettingError, match="gevent-websocket"):
        server.check_fits(Settings(server="gevent", database_url=POSTGRESQL))


@pytest.mark.parametrize(("files", "sockets"), [(1_000, 400), (65_536, 9_900), (100, 1)])
def test_under_gevent_file_descriptors_bound_the_sockets(files, sockets, monkeypatch):
    monkeypatch.setattr(server, "is_cooperative", lambda: True)
    monkeypatch.setattr(server, "_file_limit", lambda: files)
    assert server.sockets_that_fit(Settings(server="gevent", database_url=POSTGRESQL)) == sockets


HASHING = """
from gevent import monkey
monkey.patch_all()
import gevent
from argon2 import low_level
from app.web.server import spare_the_hub
if {spared}:
    spare_the_hub()
ticks = 0
def tick():
    global ticks
    while True:
        ticks += 1
        gevent.sleep(0.001)
gevent.spawn(tick)
gevent.sleep(0.01)
before = ticks
made = low_level.hash_secret(b"x", b"saltsalt", 60, 19 * 1024, 1, 16, low_level.Type.ID)
print(ticks - before)
"""


@pytest.mark.parametrize("spared", [True, False])
def test_while_a_password_is_hashed_the_others_are_served(spared):
    command = [sys.executable, "-c", HASHING.format(spared=spared)]
    ticks = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert (int(ticks) > 5) is spared


WAITING = """
from gevent import monkey
monkey.patch_all()
import sys
import gevent, psycopg
from psycopg import errors, waiting
from app.web.server_waiting import wait_by_the_hub
plain = waiting.wait
wait_by_the_hub()
assert waiting.wait is not plain
ticks = 0
def tick():
    global ticks
    while True:
        ticks += 1
        gevent.sleep(0.001)
gevent.spawn(tick)
with psycopg.connect(sys.argv[1], autocommit=True) as line, psycopg.connect(sys.argv[1], autocommit=True) as other:
    line.execute("SELECT pg_sleep(0.2)")
    assert ticks > 5, ticks
    long = "x" * 3_000_000
    assert line.execute("SELECT %s", (long,)).fetchone() == (long,)
    both = [gevent.spawn(each.execute, "SELECT pg_sleep(0.2)") for each in (line, other)]
    gevent.joinall(both, raise_error=True)
    with gevent.Timeout(5):
        pid = line.info.backend_pid
        late = gevent.spawn(line.execute, "SELECT pg_sleep(60)")
        gevent.sleep(0.05)
        other.execute("SELECT pg_terminate_backend(%s)", (pid,))
        try:
            late.get()
        except errors.OperationalError as cut:
            print("cut", line.closed)
    assert list(other.notifies(timeout=0.05)) == []
"""


def test_under_gevent_the_database_is_waited_for_by_the_hub():
    command = [sys.executable, "-c", WAITING, cluster_of_this_run().url("postgres")]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "cut True\n"
