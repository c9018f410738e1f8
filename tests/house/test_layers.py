"""A foreign table is never written; commits, clocks and the network stand in one place each."""

import ast
import tomllib

import pytest

from tests.house.layers import (
    clock_reads,
    foreign_writes,
    network_imports,
    tables_of,
    transaction_ends,
    uses_of_utcnow,
)
from tests.house.source import ROOT, Module, app_modules

COMMITS_IN = {"app/infra/transaction.py", "app/web/health.py"}
"""The transaction itself; and the readiness probe, which ends a read that failed."""
CLOCK_IN = {"app/infra/clock.py"}
FACES = {"routes", "api", "sockets", "commands", "subscribers", "jobs", "security"}
UTCNOW_IN = {
    "app/infra/clock.py",
    "app/infra/jobs/working.py",
    "app/infra/jobs/commands.py",
    "app/web/errors.py",
    "app/web/health.py",
    "app/web/pages.py",
    "app/web/server_beats.py",
    "app/web/worker.py",
    "app/web/templating.py",
}
"""The clock, the worker's own loop and commands, how late it is, the first page, when a page was asked for a sign of
life, and how long ago something was, as a page says it.
"""
NETWORK_IN = {
    "app/dev/machine.py",
    "app/dev/serve.py",
    "app/infra/overpass.py",
    "app/infra/push.py",
    "app/web/server_local.py",
    "app/web/server_socket.py",
}
"""Finding a free port and a browser on the contributor's own machine; the worker's file on the server's machine; the
connection of a page, which the page opened; the push services, by a fixed list; a server of OpenStreetMap, at the
operator's command.
"""

TABLES = {"posts.Post": "posts", "moderation.Case": "moderation"}


def module(source: str, name: str = "app.moderation.services") -> Module:
    return Module(name, name.replace(".", "/") + ".py", ast.parse(source))


def listed(findings) -> str:
    return "\n".join(str(finding) for finding in findings)


def found(extract, allowed: set[str]) -> str:
    return listed(finding for source in app_modules() if source.path not in allowed for finding in extract(source))


@pytest.mark.parametrize(
    ("contract", "key"),
    [("only-the-factory-imports-faces", "forbidden_modules"), ("faces-touch-no-tables", "source_modules")],
)
@pytest.mark.parametrize("face", ["api", "jobs"])
def test_the_faces_that_no_wildcard_can_name_stand_in_the_contracts_one_by_one(contract, key, face):
    linted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    named = next(each for each in linted if each["id"] == contract)[key]
    made = {".".join(each.name.split(".")[:3]) for each in app_modules() if each.name.split(".")[2:3] == [face]}
    # What the faces share, and the queue itself.
    assert {each for each in named if each.endswith(f".{face}")} == made - {"app.web.api", "app.infra.jobs"}


def test_no_capability_writes_the_table_of_another():
    tables = tables_of(app_modules())
    broken = listed(finding for source in app_modules() for finding in foreign_writes(source, tables))
    assert not broken, f"call the owner's use-case instead:\n{broken}"


def test_only_the_transaction_commits_or_rolls_back():
    broken = found(transaction_ends, COMMITS_IN)
    assert not broken, f"use infra.transaction:\n{broken}"


def test_only_the_clock_reads_the_clock():
    broken = found(clock_reads, CLOCK_IN)
    assert not broken, f"take `now` as an argument:\n{broken}"


def test_only_faces_ask_what_time_it_is():
    def in_a_face(source: Module) -> bool:
        parts = source.name.split(".")
        return source.path in UTCNOW_IN or source.capability == "dev" or bool(FACES & set(parts[2:3]))

    broken = listed(finding for source in app_modules() if not in_a_face(source) for finding in uses_of_utcnow(source))
    assert not broken, f"pass `now` down from the face:\n{broken}"


def test_nothing_reaches_out_to_the_network():
    broken = found(network_imports, NETWORK_IN)
    assert not broken, f"the application fetches nothing:\n{broken}"


def test_the_tables_of_the_house_are_found():
    assert {"posts.Post", "accounts.User", "moderation.Decision", "infra.Job"} <= set(tables_of(app_modules()))


@pytest.mark.parametrize(
    "source",
    [
        "from app.posts.models import Post\nPost(id=1)",
        "from app.posts.models import Post as P\nP(id=1)",
        "from app.posts import models\nmodels.Post(id=1)",
        "from app.posts.models import Post\nsession.execute(update(Post).values(state='live'))",
        "from app.posts.models import Post\nsession.execute(sa.insert(Post.__table__))",
        "from app.posts.models import Post\nsession.execute(delete(Post))",
        "from app.posts.models import Post\ndef f(session):\n    row = session.get(Post, 1)\n    row.state = 'live'",
        "from app.posts.models import Post\ndef f(row: Post):\n    row.state = 'live'",
        "from app.posts.models import Post\ndef f(row: Post):\n    row.version += 1",
        "from app.posts.models import Post\ndef f(s):\n    row = s.scalars(select(Post)).one()\n    s.delete(row)",
    ],
)
def test_a_write_to_a_foreign_table_is_recognised(source):
    assert foreign_writes(module(source), TABLES)


@pytest.mark.parametrize(
    "source",
    [
        "from app.posts.models import Post\nselect(Post).where(Post.id == 1)",
        "from app.moderation.models import Case\nCase(id=1)",
        "from app.moderation.models import Case\ndef f(session):\n    row = session.get(Case, 1)\n    row.state = 'x'",
        "from app.posts.models import Post\ndef f(session):\n    row = session.get(Post, 1)\n    return row.state",
        "from app.posts.services import approve\napprove(1)",
    ],
)
def test_reading_a_foreign_table_and_writing_ones_own_is_fine(source):
    assert not foreign_writes(module(source), TABLES)


@pytest.mark.parametrize("source", ["session.commit()", "db.session.rollback()", "x().commit()"])
def test_a_commit_is_recognised(source):
    assert transaction_ends(module(source))


@pytest.mark.parametrize("source", ["datetime.now(UTC)", "datetime.utcnow()", "date.today()", "time.time()"])
def test_a_reading_of_the_clock_is_recognised(source):
    assert clock_reads(module(source))


@pytest.mark.parametrize("source", ["import requests", "from urllib import request", "import httpx", "import socket"])
def test_a_way_to_the_network_is_recognised(source):
    assert network_imports(module(source))
