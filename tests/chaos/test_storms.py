"""The storms in small: servers and workers are killed under people and jobs, and the ledger stays clean.

The whole ones are ``python -m tests.chaos.messages`` and ``python -m tests.chaos.jobs``.
"""

import pytest

from tests.chaos import jobs, messages

pytestmark = [pytest.mark.slow, pytest.mark.both_databases]


def test_no_message_is_lost_doubled_or_out_of_order_when_the_server_is_killed(database, own_database, tmp_path):
    options = messages.Options(kills=6, conversations=4, pace=0.4)
    outcome = messages.weathered(own_database, tmp_path, options)
    report = messages.table(database, options, outcome)
    assert outcome.ledger.clean, report
    assert sum(outcome.kills.values()) == 6, report
    assert outcome.stored > 50, report


def test_no_job_is_lost_doubled_or_left_by_a_use_case_that_was_undone_when_workers_are_killed(
    database, own_database, tmp_path
):
    options = jobs.Options(jobs=300, kills=4, freezes=1)
    outcome = jobs.worked(own_database, tmp_path, options)
    report = jobs.table(database, options, outcome)
    assert outcome.ledger.clean, report
    assert (outcome.causes, sum(outcome.kills.values()), outcome.freezes) == (270, 4, 1), report
