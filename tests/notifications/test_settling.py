"""Opening a page takes no notice off the list; how something left the site is forgotten in time."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.infra import jobs
from app.infra.database import db
from app.infra.transaction import transaction
from app.notifications import queries, services
from app.notifications.models import Notice, Sending
from app.notifications.services import forgetting
from app.notifications.services.forgetting import KEEP_SENDINGS
from tests.conftest import NOW

HERE = "/me"


def leave(app, who, item="a", *, kind="interest_received", path=HERE):
    with app.app_context():
        services.notify(who.id, kind, item=item, path=path, mail=True, now=NOW)


def unread(app, who) -> int:
    with app.app_context():
        return queries.unread_count(who.id)


def test_opening_the_page_itself_changes_nothing_as_no_reading_does(app, sign_in, donor):
    """A browser that fetches ahead must not take a notice off somebody's list."""
    leave(app, donor)
    assert sign_in(donor).get(HERE).status_code == 200
    assert unread(app, donor) == 1


@pytest.mark.both_databases
class TestForgetting:
    @pytest.fixture
    def left(self, in_app, donor):
        """Notices whose mails left at once, one a day."""
        for day in range(3):
            now = NOW + timedelta(days=day)
            services.notify(donor.id, "interest_received", item=f"{day}", path="/me", mail=True, now=now)
            with transaction() as session:
                for row in session.scalars(select(Sending).where(Sending.state == "waiting")):
                    row.state, row.ended_at, row.due_at = ("sent", "dropped")[day % 2], now, now

    def sendings(self) -> int:
        return db.session.scalar(select(func.count()).select_from(Sending)) or 0

    @pytest.mark.usefixtures("left")
    def test_how_it_left_goes_after_a_month_and_the_notice_stays(self):
        assert services.forget_sendings(now=NOW + KEEP_SENDINGS - timedelta(seconds=1)) == 0
        assert services.forget_sendings(now=NOW + KEEP_SENDINGS) == 1
        assert services.forget_sendings(now=NOW + KEEP_SENDINGS + timedelta(days=1)) == 1
        assert (self.sendings(), db.session.scalar(select(func.count()).select_from(Notice))) == (1, 3)

    @pytest.mark.usefixtures("left")
    def test_what_still_waits_is_kept_however_old_it_is(self, donor):
        services.notify(donor.id, "interest_received", item="w", path="/me", mail=True, now=NOW)
        services.forget_sendings(now=NOW + timedelta(days=400))
        assert [row.state for row in db.session.scalars(select(Sending))] == ["waiting"]

    @pytest.mark.usefixtures("left")
    def test_a_batch_is_small_and_the_job_comes_again(self, monkeypatch):
        monkeypatch.setattr(forgetting, "AT_ONCE", 2)
        late = NOW + timedelta(days=400)
        assert [services.forget_sendings(now=late) for _ in range(3)] == [2, 1, 0]

    @pytest.mark.usefixtures("left")
    def test_the_worker_does_it_by_itself(self):
        late = NOW + timedelta(days=400)
        jobs.enqueue_periodic(now=late)
        jobs.run_due(now=late)
        assert self.sendings() == 0
