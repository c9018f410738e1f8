"""The cast, the application and the database every test shares.

One application per worker process; before each test its SQLite file is replaced by a copy of a template that the
migrations made once, so commits are real and nothing leaks from test to test. Tests marked ``both_databases`` run a
second time on PostgreSQL, with the same application on another engine; TEST_DATABASE=postgresql moves all others there.
"""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import event

from app.accounts.services import make_token
from app.dev.machine import postgresql_programs, redis_program
from app.factory import create_app
from app.infra.clock import utcnow
from app.infra.database import db
from app.kernel.access import Identity, Role
from config import Settings
from tests.cluster import cluster_of_this_run
from tests.fresh import lay_fresh_database, migrated_template
from tests.people import PASSWORD, add_person
from tests.redis import RedisServer

pytest_plugins = ["tests.browser", "tests.groups"]

OVER_THE_WHOLE_SITE = {"chaos", "house", "journeys", "privacy"}
"""Folders of tests that open every page, read every file or try every door."""

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    """A member of the cast: who they are to the use-cases, and how they sign in."""

    id: int
    email: str
    display_name: str
    identity: Identity


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser's tests share one worker process, so they begin at once and the rest fills the other process."""
    for item in items:
        if not is_measured(item):
            item.add_marker(pytest.mark.no_cover)
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


def is_measured(item: Any) -> bool:
    """
    Whether coverage is measured in a test, which doubles the processor time of a page.

    Rules and use-cases have quick tests of their own, and those must cover them: not browsers, long searches or sweeps
    over the whole site that come by. What runs on both databases is measured on one.
    """
    again = getattr(item, "callspec", None) is not None and item.callspec.params.get("database") == "postgresql"
    slow = item.get_closest_marker("slow") is not None
    return not (slow or again or item.path.parent.name in OVER_THE_WHOLE_SITE)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that is marked so on both databases, or on PostgreSQL alone."""
    mark = metafunc.definition.get_closest_marker
    if "database" in metafunc.fixturenames and mark("both_databases") and not mark("only_sqlite"):
        kinds = ["postgresql"] if mark("only_postgresql") else ["sqlite", "postgresql"]
        metafunc.parametrize("database", kinds, indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database this test runs on: ``sqlite`` or ``postgresql``."""
    usual = "sqlite" if request.node.get_closest_marker("only_sqlite") else os.environ.get("TEST_DATABASE", "sqlite")
    kind: str = getattr(request, "param", usual)
    if kind == "postgresql" and postgresql_programs() is None:
        _cannot_run_without("PostgreSQL")
    return kind


def _cannot_run_without(server: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"no {server}: these tests must run here; `flask dev prepare-tests` installs it")
    pytest.skip(f"NO {server.upper()}: THE TESTS ON IT DID NOT RUN")


@pytest.fixture(scope="session")
def _redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """The Redis of this worker process; tests ask for ``redis_server`` or ``redis_url``."""
    if redis_program() is None:
        _cannot_run_without("Redis")
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def redis_server(_redis: RedisServer) -> RedisServer:
    """A running, empty Redis which a test may ``stop``, ``start``, ``pause`` and ``resume`` at the same address."""
    _redis.refresh()
    return _redis


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The address of a running, empty Redis, as an operator writes REDIS_URL."""
    return redis_server.url


@pytest.fixture(scope="session")
def application(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application of this worker, with an empty database at the newest migration."""
    folder = tmp_path_factory.mktemp("instance")
    app = create_app(Settings(instance_path=folder, testing=True, rate_limits=False, mail_backend="locmem"))
    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()
        event.listen(db.engine, "connect", _never_wait_for_the_disk)
    shutil.copyfile(folder / "milkbridge.sqlite", folder / "template.sqlite")
    # As wsgi.py does: to look for rubbish costs a test that opens pages part of its processor time for nothing.
    gc.freeze()
    gc.set_threshold(10_000, 20, 100)
    return app


def _never_wait_for_the_disk(connection: Any, _record: object) -> None:
    """No test outlives a loss of power, so a commit need not reach the platter."""
    connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture(scope="session")
def migrated(application: Flask) -> Path:
    """An empty database at the newest migration, to be copied by tests that make an application of their own."""
    return Path(application.instance_path) / "template.sqlite"


@pytest.fixture
def empty_database(database: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database without a table, for an application of the test's own."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'own.sqlite'}"
        return
    cluster, name = cluster_of_this_run(), f"own_{uuid4().hex}"
    cluster.create(name)
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def own_database(database: str, application: Flask, migrated: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database, for an application or a server of the test's own."""
    if database == "sqlite":
        shutil.copyfile(migrated, tmp_path / "own.sqlite")
        yield f"sqlite:///{tmp_path / 'own.sqlite'}"
        return
    cluster, name = cluster_of_this_run(), f"own_{uuid4().hex}"
    cluster.create(name, template=migrated_template(application, cluster))
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def app(application: Flask, database: str) -> Iterator[Flask]:
    """The application with a fresh database; no context is held open, or the signed-in person would stick."""
    lay_fresh_database(application, database)
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def in_app(app: Flask) -> Iterator[Flask]:
    """The application with a context open, for tests of services and queries. Do not mix with ``client`` requests."""
    with app.app_context():
        yield app


@pytest.fixture
def now() -> datetime:
    """The moment at which the tests play."""
    return NOW


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor who has not signed in."""
    return app.test_client()


@pytest.fixture
def person(app: Flask) -> Callable[..., Person]:
    """Make a further person: ``person("Ana", area="95814", roles=[...])``."""

    def make(name: str, **kwargs: object) -> Person:
        with app.app_context():
            return Person(*add_person(name, **kwargs))

    return make


@pytest.fixture
def donor(person: Callable[..., Person]) -> Person:
    """A donating parent near Sacramento."""
    return person("Dana")


@pytest.fixture
def family(person: Callable[..., Person]) -> Person:
    """A requesting family near Sacramento."""
    return person("Fatima")


@pytest.fixture
def other_family(person: Callable[..., Person]) -> Person:
    """A second family near Sacramento."""
    return person("Otto")


@pytest.fixture
def stranger(person: Callable[..., Person]) -> Person:
    """A member with nothing to do with the others."""
    return person("Sam")


@pytest.fixture
def moderator(person: Callable[..., Person]) -> Person:
    """A moderator."""
    return person("Mona", roles=[Role.MODERATOR])


@pytest.fixture
def sign_in(app: Flask) -> Callable[[Person], FlaskClient]:
    """A client signed in as somebody, each with cookies of its own."""

    def enter(who: Person) -> FlaskClient:
        client = app.test_client()
        answer = client.post("/login", data={"email": who.email, "password": PASSWORD})
        assert answer.status_code == 302, answer.text
        return client

    return enter


@pytest.fixture
def bearer(app: Flask) -> Callable[..., FlaskClient]:
    """A program with a token of somebody's own, which calls the API; it holds no cookie."""

    def enter(who: Person) -> FlaskClient:
        with app.app_context():
            made = make_token(who.identity, "test", now=utcnow())
        client = app.test_client(use_cookies=False)
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {made.secret}"
        return client

    return enter
