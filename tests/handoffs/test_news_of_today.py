"""What changes a meeting of today is told at once, also in the night; the rest waits for the morning."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import User
from app.handoffs.models import Handoff
from app.handoffs.rules.local_time import is_today, zone_named
from app.handoffs.services.changes import tell
from app.infra.database import db
from app.infra.transaction import transaction
from app.notifications.models import Notice

PACIFIC = zone_named("America/Los_Angeles")
NOON = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
"""Noon in California."""


@pytest.mark.parametrize(
    ("hours", "today"), [(0, True), (11, True), (12, False), (-12, True), (-13, False), (24, False)]
)
def test_today_is_the_readers_own_calendar_day(hours, today):
    assert is_today(NOON + timedelta(hours=hours), PACIFIC, now=NOON) is today


@pytest.mark.parametrize(
    ("kind", "days", "urgent"),
    [
        ("handoff_cancelled", 0, True), ("handoff_agreed", 0, True), ("handoff_proposed", 0, True),
        ("handoff_declined", 0, True), ("handoff_closed", 0, True), ("handoff_cancelled", 1, False),
        ("handoff_confirmed", 0, False), ("handoff_ask", 0, False), ("handoff_amount", 0, False),
    ],
)  # fmt: skip
def test_news_that_changes_where_somebody_goes_today_is_urgent(in_app, donor, family, kind, days, urgent):
    start = NOON + timedelta(days=days)
    row = Handoff(public_id="h", donor_id=donor.id, family_id=family.id, window_start=start)
    with transaction() as session:
        session.get(User, family.id).timezone = "America/Los_Angeles"
        tell(row, family.id, kind, now=NOON)
    assert db.session.scalars(select(Notice.urgent)).one() is urgent
