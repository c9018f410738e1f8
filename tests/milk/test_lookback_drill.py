"""The look-back drill: a real worker tells every family of many handoffs, also when it is killed (-9) in between."""

import signal
from datetime import timedelta
from pathlib import Path

import pytest
from flask_migrate import upgrade

from app.factory import create_app
from app.infra import jobs
from app.infra.clock import utcnow
from app.milk.models import WithdrawalNotice
from app.notifications.models import Notice, Sending
from config import Settings
from tests.bench.lookback import count, open_one, seed, told, worker

pytestmark = pytest.mark.slow

HANDOFFS = 600


@pytest.fixture
def site(tmp_path):
    """An application of its own, whose folder a worker process shares."""
    app = create_app(Settings(instance_path=tmp_path, testing=True, rate_limits=False, mail_backend="locmem"))
    with app.app_context():
        upgrade()
        yield app


def once(instance: Path, *, kill_at: str = "") -> int:
    """Let a worker process do what is due, or die on the way; its exit status."""
    with worker(instance, kill_at=kill_at, once=True) as process:
        return process.wait(120)


def test_every_family_is_told_once_and_nobody_else_by_a_worker_of_its_own(site):
    milk, others = seed(HANDOFFS), seed(30, first_id=10_000)
    open_one(milk, now=utcnow())
    assert once(Path(site.instance_path)) == 0
    assert told(milk) == (HANDOFFS, 0, HANDOFFS)
    assert count(WithdrawalNotice) == HANDOFFS
    assert told(others)[0] == 0


@pytest.mark.parametrize("point", ["job_before_end:3", "job_before_end:9"])
def test_a_worker_that_is_killed_leaves_nobody_out_and_tells_nobody_twice(site, point):
    milk = seed(HANDOFFS)
    open_one(milk, now=utcnow())
    assert once(Path(site.instance_path), kill_at=point) == -signal.SIGKILL
    assert count(Notice) < HANDOFFS or count(Sending, Sending.state == "sent") < HANDOFFS
    jobs.run_due(now=utcnow() + timedelta(minutes=2))
    assert told(milk) == (HANDOFFS, 0, HANDOFFS)
    assert open_one(milk, now=utcnow()) is None
