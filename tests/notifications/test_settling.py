"""What a reader has seen by another way is read; how something left the site is forgotten in time."""

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


def test_opening_the_page_itself_reads_what_leads_there_and_counts_it_no_more(app, sign_in, donor):
    leave(app, donor)
    client = sign_in(donor)
    page = client.get(HERE)
    assert page.status_code == 200
    assert "new notices" not in page.text
    assert unread(app, donor) == 0


def test_another_page_leaves_it_unread(app, sign_in, donor):
    leave(app, donor)
    page = sign_in(donor).get("/notices")
    assert "new notices" in page.text
    assert unread(app, donor) == 1


def test_somebody_elses_visit_reads_nothing_of_ones_own(app, sign_in, donor, family):
    leave(app, donor)
    leave(app, family, path="/notices")
    sign_in(family).get(HERE)
    assert (unread(app, donor), unread(app, family)) == (1, 1)


@pytest.mark.parametrize(
    ("method", "headers"),
    [("HEAD", {}), ("POST", {}), ("GET", {"HX-Request": "true"}), ("GET", {"Accept": "application/json"})],
)
def test_what_only_asks_for_a_part_of_a_page_reads_nothing(app, sign_in, donor, method, headers):
    leave(app, donor)
    sign_in(donor).open(HERE, method=method, headers=headers)
    assert unread(app, donor) == 1


def test_a_page_of_nobody_reads_nothing(app, client, donor):
    leave(app, donor)
    client.get(HERE)
    client.get("/no-such-page")
    assert unread(app, donor) == 1


def test_what_asks_something_waits_for_its_answer(app, sign_in, donor):
    leave(app, donor, kind="still_milk")
    sign_in(donor).get(HERE)
    assert unread(app, donor) == 1


def test_while_others_write_the_page_comes_and_the_mark_waits_for_the_next_time(app, sign_in, donor, monkeypatch):
    leave(app, donor)
    client = sign_in(donor)
    with monkeypatch.context() as busy:
        busy.setattr("app.notifications.services.notices.when_free", lambda _work: False)
        page = client.get(HERE)
    assert page.status_code == 200
    assert "new notices" in page.text
    assert unread(app, donor) == 1
    client.get(HERE)
    assert unread(app, donor) == 0


def test_settled_by_a_visit_nothing_leaves_any_more(app, sign_in, donor, outbox):
    leave(app, donor)
    sign_in(donor).get(HERE)
    with app.app_context():
        jobs.run_due(now=NOW + timedelta(hours=12))
    assert outbox == []


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
