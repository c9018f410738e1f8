"""Server time and weight of the main pages among 20,000 live posts, relative to ``/healthz``."""

import gzip
from http import HTTPStatus
from time import perf_counter, thread_time
from typing import Final

from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import Consent, User
from app.accounts.rules.consents import TEXTS, Purpose, fingerprint
from app.infra.transaction import transaction
from app.posts.models import Post
from tests.bench.community import NOW
from tests.bench.figures import percentiles, table
from tests.people import PASSWORD, hashed

TIMES: Final = 40


def _reader(app: Flask) -> tuple[str, str]:
    """Let a family of the community sign in; its mail and its request's public id."""
    with app.app_context(), transaction() as session:
        person, mail, post = session.execute(
            select(User.id, User.email, Post.public_id).join(Post, Post.author_id == User.id).where(
                Post.kind == "request", User.active
            ).limit(1)
        ).one()  # fmt: skip
        session.execute(
            update(User).where(User.id == person).values(password=hashed(), confirmed_at=NOW, adult_confirmed_at=NOW)
        )
        given = set(session.scalars(select(Consent.purpose).where(Consent.user_id == person)))
        session.add_all(
            Consent(
                user_id=person, purpose=text.purpose.value, text_version=text.version, given_at=NOW, language="en",
                text_hash=fingerprint(text.words()),
            )
            for text in TEXTS.values()
            if text.required and text.purpose is not Purpose.HEALTH_SHARE and text.purpose.value not in given
        )  # fmt: skip
        return mail, post


def run(app: Flask) -> None:
    """Open each page as a member and print its time and weight."""
    mail, post = _reader(app)
    client = app.test_client()
    client.post("/login", data={"email": mail, "password": PASSWORD})
    if client.get("/messages").status_code != HTTPStatus.OK:
        msg = "the reader is not let in: these would be the pages of a stranger"
        raise RuntimeError(msg)
    rows: list[list[str | float]] = []
    base = 0.0
    for path in (
        "/healthz",
        "/",
        "/search",
        "/search?kind=offer&without=dairy&without=soy",
        f"/matches/{post}",
        "/messages",
    ):
        taken, cpu, answer = [], [], client.get(path)
        for _ in range(TIMES):
            start, processor = perf_counter(), thread_time()
            answer = client.get(path)
            taken.append((perf_counter() - start) * 1000)
            cpu.append((thread_time() - processor) * 1000)
        p50, p95, p99 = percentiles(taken)
        base = base or p50
        kilobytes = len(gzip.compress(answer.data)) / 1000
        rows.append(
            [
                f"{path.replace(post, '…')} ({answer.status_code})",
                p50,
                p95,
                p99,
                percentiles(cpu)[1],
                p50 / base,
                kilobytes,
            ]
        )
    table("Pages among 20,000 live posts, ms", ("page", "p50", "p95", "p99", "cpu p95", "× healthz", "kB"), rows)
