"""
The whole way of a call through the JSON API among many live posts: token, permission, use-case, JSON.

Each call is another family's or donor's with a token of its own, so that nothing is found warm from the call before.
"""

import logging
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import select

from app.accounts.models import User
from app.accounts.services import make_token
from app.dev.demo.bulk import fill
from app.dev.demo.story import PASSWORD
from app.factory import create_app
from app.infra.clock import utcnow
from app.infra.database import db
from app.kernel.access import Identity
from app.posts.models import Post
from config import Settings
from tests.bench.figures import as_served, milliseconds, milliseconds_of_cpu, percentiles, table

LIVE: Final = 100_000
CALLERS: Final = 200
SEARCH: Final = "/search?kind=offer&radius=40&without=dairy&without=soy"


def _callers(kind: str) -> list[tuple[str, str]]:
    """A token and the public id of a post for each of many authors of live posts of ``kind``, spread evenly."""
    found = db.session.execute(
        select(Post.author_id, Post.public_id)
        .join(User, User.id == Post.author_id)
        .where(Post.kind == kind, User.active)
        .order_by(Post.id)
    ).all()
    chosen = found[:: max(1, len(found) // CALLERS)][:CALLERS]
    now = utcnow() - timedelta(minutes=1)
    return [(make_token(Identity(author), "bench", now=now).secret, public_id) for author, public_id in chosen]


def _timed(client: FlaskClient, calls: Iterator[tuple[str, str | None]]) -> tuple[list[float], list[float]]:
    """How long each (path, token) took, and how much of it the processor."""

    def call(path: str, token: str | None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = client.get(path, headers=headers)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:200])

    wall: list[float] = []
    cpu = milliseconds_of_cpu(
        lambda path=path, token=token: wall.extend(milliseconds([lambda: call(path, token)])) for path, token in calls
    )
    return wall, cpu


def run(live: int = LIVE) -> None:
    """Print the time of calls among ``live`` posts beside ``/healthz``."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(instance_path=Path(folder), testing=True, rate_limits=False, mail_backend="locmem")
        app = create_app(settings)
        with app.app_context():
            upgrade()
            fill(live * 3 // 5, live - live * 3 // 5, seed=1, now=utcnow())
            families, donors = _callers("request"), _callers("offer")
        as_served()
        _measure(app, live, families, donors)


def _measure(app: Flask, live: int, families: list[tuple[str, str]], donors: list[tuple[str, str]]) -> None:
    client, member = app.test_client(use_cookies=False), app.test_client()
    with app.app_context():
        mail = db.session.scalar(select(User.email).where(User.active, User.area_id.is_not(None)).limit(1))
    assert member.post("/login", data={"email": mail, "password": PASSWORD}).status_code == 302
    matches = "/api/v1/posts/{}/matches"
    ways: list[tuple[str, FlaskClient, list[tuple[str, str | None]]]] = [
        ("/healthz", client, [("/healthz", None)] * CALLERS),
        ("/api/v1/me", client, [("/api/v1/me", token) for token, _ in families]),
        ("posts/{id} of one's own", client, [(f"/api/v1/posts/{post}", token) for token, post in families]),
        ("posts/{id}/matches, request", client, [(matches.format(post), token) for token, post in families]),
        ("posts/{id}/matches, offer", client, [(matches.format(post), token) for token, post in donors]),
        ("proposals, family", client, [("/api/v1/proposals", token) for token, _ in families]),
        ("proposals, donor", client, [("/api/v1/proposals", token) for token, _ in donors]),
        ("interests, family", client, [("/api/v1/interests", token) for token, _ in families]),
        ("posts", client, [("/api/v1/posts", token) for token, _ in families]),
        ("page /search, two musts", member, [(SEARCH, None)] * (CALLERS // 3)),
    ]
    # The first use of a token in an hour is written down; that is not what the table is about.
    _timed(client, iter([("/api/v1/me", token) for token, _ in families + donors]))
    rows: list[list[str | float]] = []
    for name, who, calls in ways:
        cold, _ = _timed(who, iter(calls))
        wall, cpu = _timed(who, iter(calls))
        p50, p95, p99 = percentiles(wall)
        first = percentiles(cold)[1]
        rows.append([name, p50, p95, p99, *percentiles(cpu), first, p50 / float(rows[0][1]) if rows else 1.0])
    table(
        f"The JSON API among {live:,} live posts, ms",
        ("call", "p50", "p95", "p99", "cpu p50", "cpu p95", "cpu p99", "first p95", "× healthz"),
        rows,
    )


if __name__ == "__main__":
    logging.disable(logging.ERROR)
    run()
