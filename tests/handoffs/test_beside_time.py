"""Time ends handoffs beside people who are faster by a moment, on PostgreSQL: whoever was first counts, once."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.handoffs import services
from app.handoffs.rules.amounts import MISSED_AFTER, Condition
from app.infra.database import db
from app.infra.transaction import transaction
from tests.conftest import NOW
from tests.handoffs.factories import END, agreed, balance, history, proposed, row, talk
from tests.milk.factories import lot

_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
LATER = END + MISSED_AFTER + timedelta(minutes=1)


@pytest.fixture
def database() -> str:
    """On SQLite one writer is alone from its start, so that there is nothing to see."""
    return "postgresql"


def beside(app, first, second):
    """Let ``second`` begin while ``first`` has done its work and not committed; what each raised, by its name."""
    done, errors = threading.Event(), {}

    def waited_for() -> bool:
        with db.engine.connect() as other:
            return bool(other.scalar(_WAITING))

    def lead():
        with transaction():
            first()
            done.set()
            for _ in range(500):
                if waited_for():
                    break
                time.sleep(0.02)

    def run(name, step):
        if name == "second":
            done.wait()
        with app.app_context():
            try:
                step()
            except Exception as error:  # noqa: BLE001 - whatever was met is looked at by the test.
                errors[name] = error
            finally:
                done.set()

    threads = [threading.Thread(target=run, args=pair) for pair in (("first", lead), ("second", second))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return errors


def test_milk_is_counted_once_when_the_last_amount_comes_while_time_settles(app, donor, family, other_family):
    with app.app_context():
        lot(donor)
        where = talk(donor, family)
        made = agreed(where)
        agreed(talk(donor, other_family, offer=where.offer_public_id), start=LATER)
        services.confirm(donor.identity, made, amount_ml=400, condition=None, now=LATER)
    errors = beside(
        app,
        lambda: services.confirm(family.identity, made, amount_ml=400, condition=Condition.FROZEN, now=LATER),
        lambda: services.settle_overdue(now=LATER),
    )
    assert errors == {}
    with app.app_context():
        assert balance(where) == (1000, 400, 400)
        assert [new for _old, new, _actor, _reason in history(made)].count("confirmed") == 1


def test_a_proposal_that_is_agreed_while_its_post_closes_stays_agreed(app, donor, family):
    with app.app_context():
        lot(donor)
        where = talk(donor, family)
        made = proposed(where)
    errors = beside(
        app,
        lambda: services.agree(donor.identity, made, now=NOW),
        lambda: services.end_proposals_of(where.request_id, now=NOW),
    )
    assert errors == {}
    with app.app_context():
        assert row(made).state == "agreed"
