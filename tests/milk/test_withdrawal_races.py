"""Withdrawing milk while somebody splits, gives or writes it down at the same moment, on PostgreSQL."""

import threading
import time

import pytest

from app.infra.transaction import transaction
from app.milk import services
from app.milk.rules.deferrals import Kind
from app.milk.rules.ledger import Arrival
from app.milk.rules.withdrawals import Draft, Reason
from app.milk.services import holders, withdrawals
from tests.at_once import at_once, raised
from tests.conftest import NOW
from tests.in_turn import one_before_the_other
from tests.milk.deferring import agree, days
from tests.milk.factories import lot, view


@pytest.fixture
def database() -> str:
    """On SQLite one writer is alone from its start, so that there is nothing to see."""
    return "postgresql"


def test_bags_split_off_at_the_moment_of_a_withdrawal_are_withdrawn_too(app, donor):
    with app.app_context():
        whole = lot(donor)
    made = []
    errors = one_before_the_other(
        app,
        lambda: made.append(services.split_off(donor.identity, whole, {100: 4}, now=NOW)),
        lambda: withdrawals.withdraw(donor.identity, Draft(Reason.STORAGE, lot_public_ids=(whole,)), now=NOW),
    )
    assert errors == {}
    with app.app_context():
        assert view(donor, whole).withdrawn
        assert view(donor, made[0]).withdrawn


@pytest.mark.parametrize("act", ["promise", "give"])
def test_a_promise_at_the_moment_of_a_withdrawal_is_no_deadlock(app, donor, family, act):
    with app.app_context():
        first, second = lot(donor), lot(donor)
        holders.register("one", family.id, now=NOW)

    def withdraw():
        withdrawals.withdraw(donor.identity, Draft(Reason.STORAGE, lot_public_ids=(first, second)), now=NOW)

    def give():
        with transaction():
            services.give(first, "one", 100, Arrival.FROZEN, now=NOW)
            gave.set()
            asked.wait(2)
            services.give(second, "one", 100, Arrival.FROZEN, now=NOW)

    gave, asked = threading.Event(), threading.Event()
    with app.app_context():
        services.promise(first, "one", 300, now=NOW)
        services.promise(second, "one", 300, now=NOW)
    errors = {}

    def run(name, step, before=None):
        if before:
            before.wait(5)
            time.sleep(0.1)
        with app.app_context():
            try:
                step()
            except Exception as error:  # noqa: BLE001 - looked at below.
                errors[name] = error

    threads = [
        threading.Thread(target=run, args=("give", give)),
        threading.Thread(target=run, args=("withdraw", withdraw, gave)),
    ]
    for thread in threads:
        thread.start()
    time.sleep(1)
    asked.set()
    for thread in threads:
        thread.join(timeout=60)
    assert errors == {}


def test_keeping_days_back_and_withdrawing_at_once_is_no_deadlock(app, donor, family):
    with app.app_context():
        agree(donor)
        one, two = lot(donor), lot(donor)
        for each in (one, two):
            services.promise(each, "one", 300, now=NOW)
    met = at_once(
        app,
        lambda: services.keep_days_back(donor.identity, days(1, 14, kind=Kind.FEVER), now=NOW),
        lambda: withdrawals.withdraw(donor.identity, Draft(Reason.STORAGE, lot_public_ids=(two, one)), now=NOW),
    )
    assert raised(met) == []
