"""How long a round takes in the database, step by step, and a micro-round beside it; the same on either database."""

import logging
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, thread_time
from typing import Any, Final

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import delete, func, select, update

from app.dev.demo.bulk.fill import fill
from app.factory import create_app
from app.infra.database import db
from app.infra.transaction import transaction
from app.matching import services
from app.matching.configuration import matching_rules
from app.matching.models import Proposal, Round
from app.matching.queries.partners import best_pairs
from app.matching.queries.snapshot import snapshot
from app.posts.models import Post
from config import Settings
from tests.bench.community import NOW
from tests.bench.figures import table

SIZES: Final = (1_000, 10_000)
MICRO: Final = 20
AIM_SECONDS: Final = 2.0
"""A round over 10,000 live posts is to take less."""


def _seconds(call: Callable[[], Any]) -> tuple[float, Any]:
    start = perf_counter()
    found = call()
    return perf_counter() - start, found


def _round(posts: int) -> list[str | float]:
    now, rules = NOW + timedelta(hours=posts % 7), matching_rules()
    with transaction() as session:
        session.execute(delete(Proposal))
        session.execute(delete(Round))
    read, snap = _seconds(lambda: snapshot(rules.rounds, now=now))
    paired, pairs = _seconds(lambda: best_pairs(snap, now=now, weights=rules.weights, keep=rules.rounds.candidates))
    processor = process_time()
    planned, plan = _seconds(lambda: services.plan_round(now=now))
    written, result = _seconds(lambda: services.carry_out(plan, now=now))
    whole, processor = planned + written, process_time() - processor
    return [
        f"{posts:>6}", read, paired, max(0.0, planned - read - paired), written, whole, processor, whole / AIM_SECONDS,
        f"{len(pairs)}", f"{result.chosen}",
    ]  # fmt: skip


def _micro(posts: int) -> list[str | float]:
    """One post touched after another, as if each had just been published."""
    ids = db.session.scalars(select(Post.id).order_by(Post.id.desc()).limit(MICRO)).all()
    with transaction() as session:
        gone = Proposal.offer_id.in_(ids) | Proposal.request_id.in_(ids)
        session.execute(update(Proposal).where(gone).values(state="closed"))
    taken, processor = [], []
    for own in ids:
        start = thread_time()
        taken.append(_seconds(lambda own=own: services.micro_round([own], now=NOW + timedelta(hours=7)))[0] * 1000)
        processor.append((thread_time() - start) * 1000)
    shown = db.session.scalar(select(func.count()).select_from(Proposal).where(Proposal.state == "shown"))
    return [f"{posts:>6}", median(taken), max(taken), median(processor), max(processor), f"{shown}"]


def run() -> None:
    """Grow a community of its own, and print a full round and a micro-round at each size."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(instance_path=Path(folder), testing=True, rate_limits=False, mail_backend="locmem")
        app = create_app(settings)
        with app.app_context():
            upgrade()
        _run(app)


def _run(app: Flask) -> None:
    rounds: list[list[str | float]] = []
    micros: list[list[str | float]] = []
    done = 0
    for size in SIZES:
        with app.app_context():
            fill((size - done) * 3 // 5, (size - done) * 2 // 5, seed=size, now=NOW)
            done = size
            services.plan_round(now=NOW)  # Loads what was compiled before, as a worker has after its first round.
            rounds.append(_round(size))
            micros.append(_micro(size))
    heads = ("live posts", "read", "candidates", "choose", "write", "whole", "cpu", "of the aim", "pairs", "proposed")
    table("A round in the database, seconds", heads, rounds)
    table("A micro-round for one post, ms", ("live posts", "p50", "most", "cpu p50", "cpu most", "standing"), micros)


if __name__ == "__main__":
    logging.disable(logging.ERROR)
    run()
