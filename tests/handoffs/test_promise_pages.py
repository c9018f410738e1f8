"""Pages of kept promises and of meetings that did not happen, as a browser without JavaScript meets them."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine

from app.accounts.queries import person as person_of
from app.handoffs import services
from app.handoffs.rules.absences import Said
from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.states import CancelReason
from app.infra import jobs
from app.infra.database import db
from app.matching import services as matching
from app.posts import services as posts
from tests.conftest import NOW
from tests.handoffs.factories import DAY, END, HOUR, START, agreed, offer_of, proposed, request_of


@pytest.fixture(autouse=True)
def clock():
    """Noon of the tests' day; the pages read the clock."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@contextmanager
def acting(app):
    """A context to act in between two requests; nothing of it sticks."""
    with app.app_context():
        yield
        db.session.remove()


def text_of(page) -> str:
    return " ".join(page.text.split())


def held(where, times):
    for number in range(times):
        begin = START - (number + 2) * DAY
        with time_machine.travel(begin - DAY, tick=False):
            public_id = _agree(where, begin)
        services.confirm(where.donor.identity, public_id, amount_ml=100, condition=None, now=begin)
        services.confirm(where.family.identity, public_id, amount_ml=100, condition=Condition.FROZEN, now=begin)


def _agree(where, begin):
    from tests.handoffs.factories import draft

    plan = draft(volume_ml=100, start=begin)
    public_id = services.propose(where.family.identity, where.public_id, plan, now=begin - DAY)
    services.agree(where.donor.identity, public_id, now=begin - DAY)
    return public_id


class TestItDidNotHappen:
    @pytest.fixture
    def over(self, app, pair, clock):
        with acting(app):
            public_id = agreed(pair)
        clock.move_to(END)
        return f"/handoffs/{public_id}"

    def test_after_the_window_one_says_how_it_was_and_may_plan_anew(self, pair, over, sign_in):
        family = sign_in(pair.family)
        page = family.get(over)
        assert "I was there, and nobody came" in page.text
        assert "Call it off" not in page.text
        unsaid = family.post(f"{over}/missed")
        assert unsaid.status_code == 422
        assert "Please choose what fits best." in unsaid.text
        assert family.post(f"{over}/missed", data={"said": "nonsense"}).status_code == 422
        page = family.post(f"{over}/missed", data={"said": "came_up"}, follow_redirects=True)
        assert "You said that something came up that could not wait." in page.text
        assert "Plan another handoff" in page.text

    @pytest.mark.parametrize(
        ("said", "told", "answer", "then"),
        [
            ("was_there", "Fatima was there.", "not_there", "You said that you did not make it."),
            ("was_there", "Fatima was there.", "was_there", "It counts for neither of you."),
            ("not_there", "Fatima did not make it.", "neither", "You said that neither of you could."),
            ("came_up", "Something came up for Fatima", "was_there", "You said that you were there."),
            ("neither", "Fatima says that neither of you could.", "came_up", "You said that something came up"),
        ],
    )
    def test_the_other_is_asked_and_nobody_is_blamed(self, pair, over, sign_in, said, told, answer, then):
        sign_in(pair.family).post(f"{over}/missed", data={"said": said})
        donor = sign_in(pair.donor)
        assert told in donor.get(over).text
        assert donor.post(f"{over}/missed/answer").status_code == 422
        page = donor.post(f"{over}/missed/answer", data={"said": answer}, follow_redirects=True)
        assert then in text_of(page)
        for word in ("fault", "blame", "broke", "failed", "unreliable"):
            assert word not in page.text.lower()

    def test_too_late_an_answer_is_told_so(self, pair, over, sign_in, clock):
        sign_in(pair.family).post(f"{over}/missed", data={"said": "was_there"})
        clock.move_to(END + timedelta(days=5))
        late = sign_in(pair.donor).post(f"{over}/missed/answer", data={"said": "was_there"})
        assert late.status_code == 409
        assert "The days for an answer are over." in late.text

    def test_what_time_ended_counts_for_neither(self, app, pair, over, sign_in, clock):
        with acting(app):
            services.settle_overdue(now=END + timedelta(days=7))
        clock.move_to(END + timedelta(days=7))
        assert "Neither of you said how it was" in sign_in(pair.donor).get(over).text

    def test_a_stranger_finds_none_of_it(self, over, stranger, sign_in):
        client = sign_in(stranger)
        for way in ("missed", "missed/answer", "excuse", "excuse/ask", "excuse/moderator"):
            assert client.post(f"{over}/{way}", data={"said": "neither"}).status_code == 404


KEPT = "Kept 3 of 3 agreed meetings in the last half year."


class TestWhereOneDecides:
    @pytest.mark.parametrize(("times", "shown"), [(2, False), (3, True)])
    def test_the_counts_stand_beside_the_choice_from_three_meetings_on(
        self, app, pair, other_family, sign_in, times, shown
    ):
        with acting(app):
            held(pair, times)
            offer = offer_of(pair.donor)
            asked = request_of(pair.family)
            matching.say_yes(pair.family.identity, offer, asked, now=NOW)
            waiting = request_of(other_family)
            plan = proposed(pair, by=pair.donor)
        pages = {
            "the family's interest": (other_family, f"/matches/pair/{offer}/{waiting}"),
            "the donor's desk": (pair.donor, f"/matches/{offer}"),
            "the pair for the donor": (pair.donor, f"/matches/pair/{offer}/{asked}"),
            "the conversation": (pair.family, f"/messages/{pair.public_id}"),
            "a proposal": (pair.family, f"/handoffs/{plan}"),
            "the plan": (pair.family, f"/conversations/{pair.public_id}/handoff"),
        }
        for name, (who, path) in pages.items():
            page = sign_in(who).get(path)
            assert page.status_code == 200, name
            assert (KEPT in text_of(page)) is shown, name

    def test_they_say_what_was_late_or_missed_in_plain_numbers(self, app, pair, sign_in):
        with acting(app):
            held(pair, 2)
            off = agreed(pair, start=NOW + 2 * HOUR)
            services.cancel(pair.donor.identity, off, reason=CancelReason.UNSAID, now=NOW)
        page = text_of(sign_in(pair.family).get(f"/messages/{pair.public_id}"))
        assert "Kept 2 of 3 agreed meetings in the last half year. Called off within a day before: 1." in page
        assert "%" not in page.split("Kept 2 of 3")[1][:120]


class TestOnesOwn:
    def test_it_is_empty_at_first(self, stranger, sign_in):
        assert "Nothing to count yet" in sign_in(stranger).get("/handoffs/promises").text

    def test_each_entry_says_why_it_counts_and_can_be_let_go(self, app, pair, moderator, stranger, sign_in, clock):
        with acting(app):
            held(pair, 1)
            public_id = agreed(pair)
            services.report_missed(pair.family.identity, public_id, said=Said.NOT_THERE, now=END)
        clock.move_to(END)
        family, donor = sign_in(pair.family), sign_in(pair.donor)
        own = text_of(family.get("/handoffs/promises"))
        assert "Kept 1 of 2 agreed meetings" in own
        assert "Others do not see this yet" in own
        assert "You did not meet. It counts for half a year." in own
        at = f"/handoffs/{public_id}"
        page = family.post(f"{at}/excuse/ask", follow_redirects=True)
        assert "You asked for it to be let go." in page.text
        page = donor.post(f"{at}/excuse", data={"excused": "no"}, follow_redirects=True)
        assert "Let it go" in page.text
        assert "It was not let go." in family.get(at).text
        assert "A moderator looks at it." in family.post(f"{at}/excuse/moderator", follow_redirects=True).text

        desk = sign_in(moderator)
        page = desk.get("/handoffs/excuses")
        assert "Fatima, meeting with Dana" in page.text
        assert "Fatima did not make it." in page.text
        decide = f"/handoffs/excuses/{public_id}/family"
        assert desk.post(decide, data={"reason": "no-such"}).status_code == 422
        assert desk.post(decide, data={"reason": "mistake"}, follow_redirects=True).status_code == 200
        assert desk.post(decide, data={"reason": "not_enough"}).status_code == 409
        assert "A moderator looked at it, and it does not count." in family.get("/handoffs/promises").text
        for client in (family, sign_in(stranger)):
            assert client.get("/handoffs/excuses").status_code == 404
            assert client.post(decide, data={"reason": "mistake"}).status_code == 404

    def test_the_other_lets_it_go_by_one_press(self, app, pair, sign_in, clock):
        with acting(app):
            public_id = agreed(pair, start=NOW + 2 * HOUR)
            services.cancel(pair.family.identity, public_id, reason=CancelReason.UNSAID, now=NOW)
        at = f"/handoffs/{public_id}"
        donor = sign_in(pair.donor)
        assert "Let it go" in donor.get(at).text
        page = donor.post(f"{at}/excuse", data={"excused": "yes"}, follow_redirects=True)
        assert "Let it go" not in page.text
        assert "The other let it go, so it does not count." in sign_in(pair.family).get(at).text


@pytest.mark.parametrize(("times", "told"), [(1, False), (2, True)])
def test_a_moderator_reads_of_contradictions_once_they_repeat(app, pair, moderator, sign_in, clock, times, told):
    with acting(app):
        for _ in range(times):
            public_id = agreed(pair, volume_ml=100)
            services.report_missed(pair.donor.identity, public_id, said=Said.WAS_THERE, now=END)
            services.answer_missed(pair.family.identity, public_id, said=Said.WAS_THERE, now=END)
        member = person_of(pair.family.id).public_id
    clock.move_to(END)
    page = text_of(sign_in(moderator).get(f"/moderation/members/{member}"))
    assert ("2 missed meetings were told in two ways" in page) is told
    assert ("It counts against nobody." in page) is told


class TestSecondInLine:
    @pytest.fixture
    def lapsed(self, app, pair, other_family):
        """The family called its meeting off while another one waits at the same offer."""
        with acting(app):
            offer = offer_of(pair.donor)
            waiting = request_of(other_family)
            said = matching.say_yes(other_family.identity, offer, waiting, now=NOW)
            asked = request_of(pair.family)
            matching.accept(pair.donor.identity, matching.say_yes(pair.family.identity, offer, asked, now=NOW), now=NOW)
            matching.rest_quiet_talks(now=NOW + 7 * DAY)
        return offer, waiting, said

    def test_the_donor_reads_who_is_next_and_stops_it(self, pair, lapsed, stranger, sign_in, clock):
        offer = lapsed[0]
        clock.move_to(NOW + 7 * DAY)
        donor = sign_in(pair.donor)
        page = text_of(donor.get(f"/matches/{offer}"))
        assert "Otto is next. We ask on" in page
        assert sign_in(stranger).post(f"/matches/{offer}/ask-nobody").status_code == 404
        page = donor.post(f"/matches/{offer}/ask-nobody", follow_redirects=True)
        assert "Nobody else is asked by itself." in page.text
        assert "Otto is next" not in page.text
        assert donor.post(f"/matches/{offer}/ask-nobody").status_code == 302

    @pytest.mark.parametrize(("way", "words"), [("take", "You can talk now."), ("pass", "The next family is asked.")])
    def test_the_family_answers_on_its_own_pages(
        self, app, pair, lapsed, other_family, stranger, sign_in, clock, way, words
    ):
        offer, waiting, _said = lapsed
        clock.move_to(NOW + 7 * DAY + 4 * HOUR)
        with acting(app):
            jobs.run_due(now=NOW + 7 * DAY + 4 * HOUR)
        family = sign_in(other_family)
        pair_page, mine = family.get(f"/matches/pair/{offer}/{waiting}"), family.get("/matches/mine")
        for page in (pair_page, mine):
            assert "The milk is free again, and you are next" in page.text
        assert "take-back" not in mine.text, "two ways to say no stand beside each other"
        assert "Would you still like it?" in family.get("/").text
        assert "was asked and can answer until" in sign_in(pair.donor).get(f"/matches/{offer}").text
        at = mine.text.split("/matches/turns/")[1].split("/")[0]
        assert sign_in(stranger).post(f"/matches/turns/{at}/{way}").status_code == 404
        page = family.post(f"/matches/turns/{at}/{way}", follow_redirects=True)
        assert words in page.text
        other_way = {"take": "pass", "pass": "take"}[way]
        page = family.post(f"/matches/turns/{at}/{other_way}", follow_redirects=True)
        assert "This was answered in the meantime" in page.text

    def test_when_the_milk_is_gone_the_next_best_are_shown(self, app, pair, lapsed, other_family, person, sign_in):
        offer, waiting, said = lapsed
        with acting(app):
            posts.withdraw(pair.donor.identity, offer, now=NOW)
        family = sign_in(other_family)
        assert "Your next best" in family.get(f"/matches/instead/{said}").text
        with acting(app):
            posts.pause(other_family.identity, waiting, now=NOW)
        assert "Your request is not looking right now" in family.get(f"/matches/instead/{said}").text
        assert sign_in(pair.donor).get(f"/matches/instead/{said}").status_code == 404
