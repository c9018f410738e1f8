"""
How long a withdrawal takes until every family is told: the transaction that holds the milk, and the embedded worker
that writes the notices and hands the mails over. One donor's lots, three handoffs to a lot, a family to each handoff.

``python -m tests.bench.lookback`` alone prints the table of the drill.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, insert, select

from app.accounts.models import User
from app.factory import create_app
from app.infra.clock import utcnow
from app.infra.database import db
from app.infra.jobs.models import QUEUED, Job
from app.infra.transaction import end_read, transaction
from app.kernel.ids import new_public_id
from app.milk.models import CustodyEntry, CustodyHolding, CustodyLot, Holder, Lot, WithdrawalHolder, WithdrawalNotice
from app.milk.rules.codes import new_code
from app.milk.rules.withdrawals import OpenedAs, Reason, Scope
from app.milk.services import withdrawals
from app.notifications.models import Notice, Sending
from config import ROOT, Settings
from tests.bench.figures import table

SIZES: Final = (1_000, 10_000, 30_000, 100_000)
HANDOFFS_OF_A_LOT: Final = 3
BEFORE: Final = datetime(2026, 11, 1, tzinfo=UTC)
DAYS: Final = (date(2026, 10, 1), date(2026, 10, 14))
AT_ONCE: Final = 5_000
LONGEST: Final = 1_800


@dataclass(frozen=True)
class Milk:
    """Whose milk it is, and the people of every handoff."""

    donor_id: int
    families: range


def seed(handoffs: int, *, first_id: int = 1) -> Milk:
    """A donor whose lots were given to so many families, written in bulk."""
    lots = -(-handoffs // HANDOFFS_OF_A_LOT)
    people = range(first_id + 1, first_id + 1 + handoffs)
    with transaction():
        _add(User, (_person(number) for number in (first_id, *people)))
        first_lot = (db.session.scalar(select(func.max(CustodyLot.id))) or 0) + 1
        numbers = range(first_lot, first_lot + lots)
        codes: set[str] = set()
        while len(codes) < lots:
            codes.add(new_code())
        _add(CustodyLot, (_record(number, code) for number, code in zip(numbers, sorted(codes), strict=True)))
        _add(Lot, (_lot(number, first_id) for number in numbers))
        held = [(numbers[place // HANDOFFS_OF_A_LOT], new_public_id(), person) for place, person in enumerate(people)]
        _add(CustodyHolding, (_holding(lot, holder) for lot, holder, _person_id in held))
        _add(CustodyEntry, (_entry(lot, holder) for lot, holder, _person_id in held))
        _add(Holder, ({"holder": holder, "person_id": person, "since": BEFORE} for _lot_id, holder, person in held))
    return Milk(first_id, people)


def _add(model: Any, rows: Iterator[dict[str, Any]]) -> None:
    waiting = list(rows)
    for first in range(0, len(waiting), AT_ONCE):
        db.session.execute(insert(model), waiting[first : first + AT_ONCE])


def _person(number: int) -> dict[str, Any]:
    return {
        "id": number, "public_id": new_public_id(), "email": f"p{number}@example.org", "active": True,
        "fs_uniquifier": new_public_id(), "confirmed_at": BEFORE, "created_at": BEFORE, "display_name": "Somebody",
        "volume_unit": "oz", "distance_unit": "mi", "timezone": "UTC", "locale": "en", "trust": 1,
    }  # fmt: skip


def _record(number: int, code: str) -> dict[str, Any]:
    return {
        "id": number, "token": new_public_id(), "code": code, "pumped_from": DAYS[0], "pumped_to": DAYS[1],
        "made_ml": 1_000, "reserved_ml": 0, "given_ml": 600, "ended_ml": 0, "withdrawn": False,
    }  # fmt: skip


def _lot(number: int, donor_id: int) -> dict[str, Any]:
    return {
        "public_id": new_public_id(), "donor_id": donor_id, "custody_id": number, "kept": "freezer", "heat": "none",
        "submit_token": new_public_id(), "created_at": BEFORE,
    }  # fmt: skip


def _holding(lot: int, holder: str) -> dict[str, Any]:
    return {"lot_id": lot, "holder": holder, "reserved_ml": 0, "received_ml": 200, "used_ml": 0}


def _entry(lot: int, holder: str) -> dict[str, Any]:
    return {
        "lot_id": lot, "kind": "handed_over", "volume_ml": 200, "holder": holder, "condition": "frozen", "at": BEFORE,
    }  # fmt: skip


def open_one(milk: Milk, *, now: datetime) -> str | None:
    """Withdraw all milk of the donor."""
    return withdrawals.open_withdrawal(
        milk.donor_id, Reason.POSITIVE_TEST, opened_as=OpenedAs.DONOR, opened_by_id=milk.donor_id,
        scope=Scope((date.min, now.date())), now=now,
    )  # fmt: skip


def count(*which: Any) -> int:
    """How many rows there are, read anew."""
    found: int = db.session.scalar(select(func.count()).select_from(which[0]).where(*which[1:])) or 0
    end_read()
    return found


def told(milk: Milk) -> tuple[int, int, int]:
    """(families with exactly one notice, notices to anybody else, mails that left)."""
    once = select(Notice.user_id).group_by(Notice.user_id).having(func.count() == 1)
    whole = Notice.user_id.between(milk.families.start, milk.families.stop - 1)
    right = db.session.scalar(select(func.count()).select_from(once.where(whole).subquery())) or 0
    others = db.session.scalar(select(func.count()).select_from(Notice).where(~whole)) or 0
    return right, others, count(Sending, Sending.channel == "mail", Sending.state == "sent")


@contextmanager
def worker(
    instance: Path, *, kill_at: str = "", once: bool = False, **settings: str
) -> Iterator[subprocess.Popen[bytes]]:
    """``flask worker`` beside this process, ended with the block; ``once`` it does what is due and ends by itself."""
    environment = {
        **os.environ, "INSTANCE_PATH": str(instance), "MAIL_BACKEND": "locmem", "MILKBRIDGE_KILL_AT": kill_at,
        "FLASK_APP": "wsgi", **settings,
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "worker", *(["--once"] if once else [])], cwd=ROOT, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(60)


@dataclass(frozen=True)
class Times:
    """Seconds of one drill."""

    held: float
    written: float
    mailed: float
    worked: float


def drill(app: Flask, handoffs: int) -> Times:
    """One withdrawal over so many handoffs with a worker beside; raises AssertionError when anybody is left out."""
    with app.app_context():
        milk = seed(handoffs)
        with worker(Path(app.instance_path)) as process:
            _until(lambda: count(Job, Job.state == "done") and not count(Job, QUEUED, Job.run_after <= utcnow()))
            before, began = _processor_seconds(process.pid), time.perf_counter()
            open_one(milk, now=utcnow())
            held = time.perf_counter() - began
            written = _until(lambda: count(WithdrawalNotice) == handoffs, began)
            mailed = _until(lambda: count(Job, QUEUED, Job.kind == "notifications.send_many") == 0, began)
            worked = _processor_seconds(process.pid) - before
        assert told(milk) == (handoffs, 0, handoffs)
        assert count(WithdrawalHolder, WithdrawalHolder.notice_id.is_(None)) == 0
        return Times(held, written, mailed, worked)


def _until(done: Any, began: float | None = None) -> float:
    began = began or time.perf_counter()
    while not done():
        if time.perf_counter() - began > LONGEST:
            msg = "the families were not told in half an hour"
            raise TimeoutError(msg)
        time.sleep(0.5)
    return time.perf_counter() - began


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(sizes: tuple[int, ...] = SIZES) -> None:
    """Print the table."""
    rows = []
    for handoffs in sizes:
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings(instance_path=Path(folder), testing=True, rate_limits=False, mail_backend="locmem")
            app = create_app(settings)
            with app.app_context():
                upgrade()
            times = drill(app, handoffs)
        rows.append([
            f"{handoffs:,}", f"{times.held:.2f}", f"{times.written:.1f}", f"{times.mailed:.1f}",
            f"{times.worked:.1f}", f"{times.mailed / handoffs * 1_000:.2f}",
        ])  # fmt: skip
    table(
        "Look-back: one withdrawal, seconds until …; SQLite, one embedded worker, a mail server that takes everything",
        ["handoffs", "milk held", "all in the inbox", "all mailed", "worker's processor", "ms a family"],
        rows,
    )


if __name__ == "__main__":
    run(tuple(int(size) for size in sys.argv[1:]) or SIZES)
