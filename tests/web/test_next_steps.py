"""The first page of a member: what is next for her, the most pressing first, with one primary action."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from app.handoffs import services as handoffs
from app.handoffs.rules.plan import HandoffDraft
from app.kernel.quantities import Millilitres
from app.matching import services as matching
from app.messaging import queries as conversations
from app.messaging import services as messaging
from app.posts import services as posts
from app.web.next_steps import NextStep, Rank, install, next_steps_of
from tests.matching.conftest import OFFER, REQUEST, post, read

NOW = datetime.now(UTC)
"""The real moment: the page reads it itself."""


@pytest.fixture
def live(app, donor, family):
    with read(app):
        return post(donor, OFFER, now=NOW), post(family, REQUEST, now=NOW)


@pytest.fixture
def said(app, family, live) -> str:
    with read(app):
        return matching.say_yes(family.identity, *live, now=NOW)


def first_of(client) -> tuple[str, str, str]:
    """The words, the button and the address of the one primary action."""
    text = client.get("/").text
    card = text[text.index('id="next"') :]
    words = re.search(r"<span>(.*?)</span>", card)[1]
    address, label = re.search(r'<a class="btn btn-primary[^"]*" href="([^"]+)">(.*?)</a>', card).groups()
    return words, label, address


class TestTheFirstPage:
    def test_with_nothing_to_do_it_asks_what_one_would_like(self, sign_in, stranger):
        text = sign_in(stranger).get("/").text
        assert "What would you like to do?" in text
        assert 'id="next"' not in text

    def test_without_an_agreement_that_comes_first(self, sign_in, person):
        assert first_of(sign_in(person("Nina", agreed=False)))[2] == "/welcome"

    def test_without_an_area_that_comes_first(self, sign_in, person):
        assert first_of(sign_in(person("Nina", area_id=None)))[2] == "/me/place"

    def test_a_yes_leads_the_donor_to_her_line(self, sign_in, donor, live, said):
        words, label, address = first_of(sign_in(donor))
        assert (words, address) == (
            "1 family said yes to your milk and waits for your choice.",
            f"/matches/{live[0]}",
        )
        assert label == "Read the yes and choose"

    def test_yeses_at_two_offers_lead_to_the_overview(self, app, sign_in, donor, other_family, live, said):
        with read(app):
            second = post(donor, OFFER, volume_ml=900, now=NOW)
            matching.say_yes(other_family.identity, second, post(other_family, REQUEST, now=NOW), now=NOW)
        assert first_of(sign_in(donor))[2] == "/matches"

    def test_an_invitation_leads_the_family_to_its_invitations(self, app, sign_in, donor, family, live):
        with read(app):
            matching.invite(donor.identity, *live, now=NOW)
        assert first_of(sign_in(family))[::2] == ("A donor offers you milk.", "/matches/mine")

    def test_a_family_that_said_yes_reads_that_it_will_hear(self, sign_in, family, said):
        page = sign_in(family).get("/").text
        assert "You said yes to 1 offer. You hear from us either way." in page
        assert "See your place in line" in page

    def test_a_new_conversation_asks_for_a_hello_and_a_message_to_be_read(self, app, sign_in, donor, family, said):
        with read(app):
            matching.accept(donor.identity, said, now=NOW)
            talk = conversations.inbox(donor.identity)[0].conversation.public_id
        assert first_of(sign_in(family)) == (
            "You and Dana both said yes. You can talk now.",
            "Say hello",
            f"/messages/{talk}",
        )
        with read(app):
            messaging.send(
                donor.identity,
                talk,
                client_id="0b8f6a52-7f0e-4a53-9c1e-0d7c5f0f1a01",
                kind="text",
                body="Hello",
                now=NOW,
            )
        assert first_of(sign_in(family)) == ("Dana wrote to you.", "Read it", f"/messages/{talk}")

    def test_several_people_who_wrote_lead_to_all_messages(self, app, sign_in, donor, family, other_family, live, said):
        with read(app):
            more = matching.say_yes(other_family.identity, live[0], post(other_family, REQUEST, now=NOW), now=NOW)
            for interest in (said, more):
                matching.accept(donor.identity, interest, now=NOW)
            for number, writer in enumerate((family, other_family)):
                talk = conversations.inbox(writer.identity)[0].conversation.public_id
                client_id = f"0b8f6a52-7f0e-4a53-9c1e-0d7c5f0f1a0{number}"
                messaging.send(writer.identity, talk, client_id=client_id, kind="text", body="Hello", now=NOW)
        assert first_of(sign_in(donor))[::2] == ("2 people wrote to you.", "/messages")

    def test_a_post_that_ends_soon_asks_to_be_renewed(self, app, sign_in, donor):
        with read(app):
            offer = post(donor, OFFER, ends_on=(NOW + timedelta(days=2)).date(), now=NOW)
        words, label, address = first_of(sign_in(donor))
        assert words.startswith("Your post ends on")
        assert (label, address) == ("Renew or end it", f"/posts/{offer}")

    def test_a_draft_is_gone_on_with(self, app, sign_in, donor):
        with read(app):
            begun = posts.save_draft(donor.identity, OFFER, submit_token="begun", now=NOW)
        client = sign_in(donor)
        assert first_of(client)[1:] == ("Go on writing", f"/posts/new/offer?draft={begun}")
        assert client.get(first_of(client)[2]).status_code == 200

    @pytest.mark.parametrize(
        ("starts", "who", "agreed", "label"),
        [
            pytest.param(5, "family", False, "See the plan and answer", id="a proposal, to the one asked"),
            pytest.param(5, "donor", False, "See who fits", id="a proposal, to the one who made it"),
            pytest.param(5, "family", True, "Open the plan", id="a meeting tonight"),
            pytest.param(-1, "family", True, "Enter the amount", id="a meeting whose time has come"),
        ],
    )
    def test_a_meeting_stands_before_everything(
        self, app, sign_in, request, said, donor, family, starts, who, agreed, label
    ):
        start = NOW + timedelta(hours=starts)
        with read(app):
            matching.accept(donor.identity, said, now=NOW)
            talk = conversations.inbox(donor.identity)[0].conversation.public_id
            plan = HandoffDraft(window_start=start, window_end=start + timedelta(hours=2), volume_ml=Millilitres(500))
            earlier = min(NOW, start) - timedelta(hours=2)
            planned = handoffs.propose(donor.identity, talk, plan, now=earlier)
            if agreed:
                handoffs.agree(family.identity, planned, now=earlier)
        assert first_of(sign_in(request.getfixturevalue(who)))[1] == label

    def test_a_meeting_next_week_can_wait(self, app, sign_in, donor, family, said):
        start = NOW + timedelta(days=6)
        with read(app):
            matching.accept(donor.identity, said, now=NOW)
            talk = conversations.inbox(donor.identity)[0].conversation.public_id
            plan = HandoffDraft(window_start=start, window_end=start + timedelta(hours=2), volume_ml=Millilitres(500))
            handoffs.agree(family.identity, handoffs.propose(donor.identity, talk, plan, now=NOW), now=NOW)
        client = sign_in(family)
        assert first_of(client)[1] != "Open the plan"
        assert "Open the plan" in client.get("/").text

    def test_a_live_post_alone_leads_to_who_fits(self, sign_in, donor, live):
        assert first_of(sign_in(donor))[1:] == ("See who fits", "/matches")

    def test_a_post_in_review_says_that_it_waits(self, app, sign_in, person):
        newcomer = person("Nora", trust=0)
        with read(app):
            post(newcomer, OFFER, now=NOW)
        assert first_of(sign_in(newcomer))[::2] == (
            "Your post waits for a moderator. We tell you as soon as it is live.",
            "/posts",
        )

    def test_a_change_a_moderator_asks_for_comes_before_looking(self, app, sign_in, person, moderator):
        from app.posts.queries import own_posts

        newcomer = person("Nora", trust=0)
        with read(app):
            mine = post(newcomer, OFFER, now=NOW)
            posts.ask_edit(own_posts(newcomer.identity)[0].id, moderator.id, "Please say when.", now=NOW)
        assert first_of(sign_in(newcomer))[1:] == ("Read why, and change it", f"/posts/{mine}")

    def test_a_moderator_is_told_how_many_cases_wait_and_a_member_is_not(self, app, sign_in, moderator, person, donor):
        with read(app):
            post(person("Nora", trust=0), OFFER, now=NOW)
        assert first_of(sign_in(moderator))[::2] == ("1 case waits for a moderator.", "/moderation")
        assert "waits for a moderator" not in sign_in(donor).get("/").text

    def test_only_the_first_step_is_a_primary_button(self, sign_in, donor, live, said):
        page = sign_in(donor).get("/").text
        assert page[page.index("<main") : page.index("</main")].count("btn-primary") == 1
        assert "See who fits" in page


def test_steps_stand_by_rank_and_then_in_the_order_of_the_house(app, donor):
    def step(rank: Rank, words: str) -> NextStep:
        return NextStep(rank, words, "Go", "/", "clock")

    kept = app.extensions["milkbridge_next_steps"]
    try:
        install(
            app,
            [
                lambda _person, _now: [step(Rank.WAIT, "d"), step(Rank.ANSWER, "b")],
                lambda _person, _now: [step(Rank.ANSWER, "c"), step(Rank.BEGIN, "a")],
            ],
        )
        with app.app_context():
            assert [each.words for each in next_steps_of(donor.identity, now=NOW)] == ["a", "b", "c", "d"]
    finally:
        app.extensions["milkbridge_next_steps"] = kept
