"""What a member received beside the stated need: two numbers for moderators, with their innocent reasons."""

from dataclasses import replace
from datetime import timedelta

import pytest
import structlog
import time_machine

from app.accounts.models import User
from app.handoffs import queries as handoffs
from app.handoffs.rules.received import MUCH, Received
from app.infra.database import db
from app.kernel.access import Identity, Role
from app.kernel.errors import Forbidden, NotFound
from app.moderation import services
from app.moderation.queries import cases, received
from app.posts import services as posts
from tests.conftest import NOW
from tests.handoffs.factories import agreed, offer_of, talk
from tests.handoffs.test_after import confirmed
from tests.posts.drafts import REQUEST

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("volume", "need", "percent", "is_much"),
    [
        (0, 600, 0, False),
        (18_000, 600, 100, False),
        (54_000, 600, 300, False),
        (54_001, 600, 300, True),
        (99_000, None, None, False),
    ],
)
def test_much_is_more_than_three_times_the_need_and_never_without_one(volume, need, percent, is_much):
    found = Received(30, volume, 1, 1, need)
    assert (found.percent, found.is_much) == (percent, is_much)


def test_twins_or_a_need_put_too_low_by_half_are_below_the_line():
    assert MUCH > 2


def public(who):
    return db.session.get(User, who.id).public_id


@pytest.fixture
def milk(app, donor, family):
    """A family that asked for 600 ml a day and received 400 ml today."""
    with app.app_context():
        where = talk(donor, family, volume_ml=3000)
        confirmed(where)
        return where


@pytest.mark.usefixtures("in_app")
@pytest.mark.both_databases
class TestWhatIsCounted:
    def spans(self, who, now=NOW):
        db.session.rollback()
        return [(one.volume, one.handoffs, one.donors) for one in handoffs.received_by(who.id, now=now)]

    def test_what_came_by_confirmed_handoffs_by_the_familys_own_amounts(self, person, donor, family):
        where = talk(donor, family, volume_ml=3000)
        confirmed(where, given=500, received=450)
        agreed(where, volume_ml=300)
        other = person("Dora")
        confirmed(talk(other, family, offer=offer_of(other)), given=500, received=500)
        assert self.spans(family) == [(950, 2, 2), (950, 2, 2)]
        assert self.spans(donor) == [(0, 0, 0), (0, 0, 0)]

    @pytest.mark.parametrize(
        ("later", "expected"),
        [
            (29 * DAY, [(400, 1, 1), (400, 1, 1)]),
            (30 * DAY, [(0, 0, 0), (400, 1, 1)]),
            (90 * DAY, [(0, 0, 0), (0, 0, 0)]),
        ],
    )
    def test_each_span_forgets_what_is_older(self, donor, family, later, expected):
        confirmed(talk(donor, family))
        assert self.spans(family, NOW + later) == expected

    def test_requests_that_stand_together_add_up_and_else_the_last_one_counts(self, donor, family):
        pair = talk(donor, family)
        assert handoffs.received_by(pair.family.id, now=NOW)[0].needed == 600 * 30
        twin = replace(REQUEST, need_ml_per_day=500)
        second = posts.submit_new(pair.family.identity, twin, submit_token="twin", now=NOW)
        assert handoffs.received_by(pair.family.id, now=NOW)[1].needed == 1100 * 90
        posts.withdraw(pair.family.identity, pair.request_public_id, now=NOW + DAY)
        posts.withdraw(pair.family.identity, second, now=NOW + 2 * DAY)
        assert handoffs.received_by(pair.family.id, now=NOW)[0].need_per_day == 500

    def test_who_never_asked_has_no_need_to_compare_with(self, stranger):
        assert [one.percent for one in handoffs.received_by(stranger.id, now=NOW)] == [None, None]


@pytest.mark.usefixtures("in_app")
class TestWhoReadsIt:
    def test_a_moderator_reads_it_and_nobody_else(self, milk, stranger, moderator):
        found = received.member_card(moderator.identity, public(milk.family), now=NOW)
        assert found.has_received
        assert not found.is_much
        for who in (milk.donor, milk.family, stranger):
            with pytest.raises((NotFound, Forbidden)):
                received.member_card(who.identity, public(milk.family), now=NOW)

    def test_no_moderator_reads_her_own(self, milk):
        herself = Identity(milk.family.id, frozenset({Role.MODERATOR}))
        with pytest.raises(NotFound):
            received.member_card(herself, public(milk.family), now=NOW)

    def test_an_unknown_member_is_not_found(self, moderator):
        with pytest.raises(NotFound):
            received.member_card(moderator.identity, "nobody", now=NOW)


class TestPages:
    @pytest.fixture(autouse=True)
    def clock(self):
        with time_machine.travel(NOW, tick=False):
            yield

    def test_the_page_of_a_member_shows_numbers_and_innocent_reasons_and_looking_is_logged(
        self, app, milk, moderator, sign_in
    ):
        with app.app_context():
            address = f"/moderation/members/{public(milk.family)}"
        client = sign_in(moderator)
        with structlog.testing.capture_logs() as logs:
            page = client.get(address)
        assert page.status_code == 200
        for words in ("14 oz", "1 handoff", "Twins", "A freezer that failed", "Nothing happens by itself"):
            assert words in page.text
        assert "much more" not in page.text
        assert [line["moderator"] for line in logs if line["event"] == "evidence seen"] == [moderator.id]

    def test_it_stands_beside_a_case_about_the_member(self, app, milk, stranger, moderator, sign_in):
        with app.app_context():
            services.report(stranger.identity, "member", public(milk.family), "other", "", now=NOW)
            (line,), _waiting = cases.queue(moderator.identity, now=NOW)
            address = f"/moderation/members/{public(milk.family)}"
        with structlog.testing.capture_logs() as logs:
            page = sign_in(moderator).get(f"/moderation/cases/{line.public_id}").text
        assert "Received beside need" in page
        assert "that is 2 % of it" in page
        assert f'href="{address}"' in page
        assert [one["what"] for one in logs if one["event"] == "evidence seen"] == ["received"]

    def test_about_a_member_who_received_nothing_nothing_is_logged(self, app, milk, stranger, moderator, sign_in):
        with app.app_context():
            services.report(stranger.identity, "member", public(milk.donor), "other", "", now=NOW)
            (line,), _waiting = cases.queue(moderator.identity, now=NOW)
        with structlog.testing.capture_logs() as logs:
            page = sign_in(moderator).get(f"/moderation/cases/{line.public_id}").text
        assert "No milk received" in page
        assert [one for one in logs if one["event"] == "evidence seen"] == []

    def test_much_more_than_stated_is_said_without_blame(self, app, milk, moderator, sign_in, monkeypatch):
        much = (Received(30, 90_000, 3, 3, 600), Received(90, 200_000, 9, 4, 600))
        monkeypatch.setattr(received, "received_by", lambda *_args, **_kwargs: much)
        with app.app_context():
            address = f"/moderation/members/{public(milk.family)}"
        page = sign_in(moderator).get(address).text
        assert "much more than the request says. That alone is no breach of any rule." in page

    def test_for_a_member_there_is_no_such_page(self, app, milk, sign_in):
        with app.app_context():
            addresses = [f"/moderation/members/{public(who)}" for who in (milk.family, milk.donor)]
        for address in addresses:
            assert sign_in(milk.family).get(address).status_code == 404
