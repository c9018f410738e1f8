"""All own posts at a glance: what fits, who waits, where to go; and the way from a yes to the conversation."""

import pytest
from sqlalchemy import event

from app.infra.database import db
from app.matching import queries, services
from app.posts import services as posts
from tests.matching.conftest import OFFER, REQUEST, post, read


@pytest.fixture
def counted(app):
    """How many statements the database ran since the fixture was made."""
    ran = []
    with app.app_context():
        engine = db.engine

    def note(_conn, _cursor, statement, *_rest) -> None:
        ran.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield ran
    event.remove(engine, "before_cursor_execute", note)


class TestTheOverview:
    def test_a_visitor_is_asked_to_sign_in(self, client):
        assert client.get("/matches").status_code == 302

    def test_without_a_live_post_it_says_to_post_first_or_to_look_nearby(self, sign_in, stranger):
        text = sign_in(stranger).get("/matches").text
        assert "Post first" in text
        assert 'href="/search"' in text

    def test_a_single_live_post_nobody_waits_for_shows_its_list_at_once(self, sign_in, family, live):
        answer = sign_in(family).get("/matches")
        assert (answer.status_code, answer.location) == (302, f"/matches/{live[1]}")

    def test_a_donor_reads_how_many_fit_the_best_of_them_and_who_said_yes(self, sign_in, donor, live, said):
        text = sign_in(donor).get("/matches").text
        assert "1 family said yes and waits for your answer." in text
        assert "The best fit right now" in text
        assert "it would be their first milk through Milkbridge" in text
        assert f"/matches/{live[0]}" in text

    def test_a_family_reads_its_place_in_line(self, sign_in, family, live, said):
        text = sign_in(family).get("/matches").text
        assert "you said yes and are first in line." in text
        assert 'href="/matches/mine"' in text

    def test_a_family_reads_that_a_donor_invites_it(self, app, sign_in, donor, family, live, clock):
        with read(app):
            services.invite(donor.identity, *live, now=clock)
        text = sign_in(family).get("/matches").text
        assert "1 donor invites you." in text
        assert "Read the invitations" in text

    def test_somebody_blocked_is_not_counted(self, app, sign_in, donor, family, live, said, clock):
        from app.accounts import services as accounts
        from app.accounts.queries import person

        with read(app):
            accounts.block(donor.identity, person(family.id).public_id, now=clock)
            assert dict(queries.to_answer(donor.identity).yeses) == {}

    def test_each_side_waits_for_its_own_and_a_stranger_for_nothing(self, app, stranger, donor, family, live, said):
        with read(app):
            assert queries.to_answer(stranger.identity) == queries.ToAnswer({}, {}, 0)
            assert sum(queries.to_answer(donor.identity).yeses.values()) == 1
            assert queries.to_answer(donor.identity).said == 0
            assert queries.to_answer(family.identity).said == 1

    def test_several_posts_stand_side_by_side_and_a_paused_one_says_so(self, app, sign_in, donor, live, clock):
        with read(app):
            second = post(donor, OFFER, volume_ml=900, now=clock)
            posts.pause(donor.identity, second, now=clock)
        text = sign_in(donor).get("/matches").text
        assert "Offer: 101 oz" in text
        assert "Offer: 30 oz" in text
        assert "Nobody finds it until you resume it." in text

    def test_an_immediate_allergy_is_proposed_nothing(self, app, sign_in, family, clock):
        with read(app):
            for _ in range(2):
                post(family, REQUEST, immediate_allergy=True, now=clock)
        assert "we propose nobody" in sign_in(family).get("/matches").text

    def test_many_posts_cost_no_more_than_a_few_lists(self, app, sign_in, donor, live, clock, counted):
        client = sign_in(donor)
        costs = []
        for more in (4, 8):
            with read(app):
                for _ in range(more):
                    post(donor, OFFER, now=clock)
            counted.clear()
            assert client.get("/matches").text.count("See the whole list") >= more
            costs.append(len(counted))
        assert costs[1] <= costs[0] + 2


class TestTheWayToTheConversation:
    def test_choosing_a_family_leads_into_the_conversation(self, app, sign_in, donor, live, said):
        page = sign_in(donor).post(f"/interests/{said}/accept", follow_redirects=True)
        assert page.request.path.startswith("/messages/")
        assert "You can talk now." in page.text
        assert "Fatima" in page.text

    def test_accepting_an_invitation_leads_there_too(self, app, sign_in, donor, family, live, clock):
        with read(app):
            invited = services.invite(donor.identity, *live, now=clock)
        page = sign_in(family).post(f"/interests/{invited}/accept", follow_redirects=True)
        assert page.request.path.startswith("/messages/")
        assert "Dana" in page.text

    def test_before_both_said_yes_there_is_no_conversation(self, sign_in, donor, said):
        assert sign_in(donor).get(f"/messages/of/{said}").status_code == 404

    def test_a_stranger_is_not_led_to_it(self, app, sign_in, donor, stranger, said, clock):
        with read(app):
            services.accept(donor.identity, said, now=clock)
        assert sign_in(stranger).get(f"/messages/of/{said}").status_code == 404
        assert sign_in(donor).get(f"/messages/of/{said}").status_code == 302
