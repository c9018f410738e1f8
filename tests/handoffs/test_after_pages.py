"""The pages of afterwards, as a browser without JavaScript meets them."""

import pytest
import time_machine

from app.handoffs import queries, services
from app.infra import jobs
from app.infra.transaction import transaction
from app.posts.models import Offer
from tests.conftest import NOW
from tests.handoffs.factories import agreed, offer_of, talk
from tests.handoffs.test_after import ASKED, confirmed


@pytest.fixture(autouse=True)
def clock():
    """Noon of the tests' day; the pages read the clock."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def done(app, pair):
    """A handoff that both confirmed."""
    with app.app_context():
        return confirmed(pair, given=900, received=900)


def seen(app, who, public_id):
    with app.app_context():
        return queries.after_for(who.identity, public_id)


class TestTheFamily:
    def test_the_handoff_leads_to_what_comes_after(self, pair, done, sign_in):
        page = sign_in(pair.family).get(f"/handoffs/{done}")
        assert f'href="/handoffs/{done}/after"' in page.text
        assert "None of it has to be." in page.text

    @pytest.mark.parametrize(
        ("went", "words"),
        [
            ("fine", "Thank you for telling us."),
            ("not-taken", "it is nobody's fault"),
            ("not-used", "No hurry."),
            ("problem", "ask your baby's doctor or nurse"),
        ],
    )
    def test_each_answer_is_one_press_and_leads_to_what_can_be_done(self, app, pair, done, sign_in, went, words):
        client = sign_in(pair.family)
        answer = client.post(f"/handoffs/{done}/after/{went}", follow_redirects=True)
        assert words in answer.text.replace("&#39;", "'")
        assert "Only you see your answer" in answer.text
        assert seen(app, pair.family, done).went == went

    def test_a_problem_leads_to_the_donor_and_to_a_moderator(self, pair, done, sign_in):
        client = sign_in(pair.family)
        page = client.post(f"/handoffs/{done}/after/problem", follow_redirects=True).text
        assert f'href="/messages/{pair.public_id}"' in page
        report = page.split('href="/report/member/')[1].split('"')[0]
        assert client.get(f"/report/member/{report}").status_code == 200

    def test_the_question_in_the_inbox_is_answered_there(self, app, pair, done, sign_in, clock):
        clock.move_to(ASKED)
        with app.app_context():
            jobs.run_due(now=ASKED)
        client = sign_in(pair.family)
        inbox = client.get("/notices").text
        for went in ("fine", "not-taken", "not-used", "problem"):
            assert f'action="/handoffs/{done}/after/{went}"' in inbox
        client.post(f"/handoffs/{done}/after/fine")
        assert f'action="/handoffs/{done}/after/fine"' not in client.get("/notices").text

    def test_days_are_shared_by_a_press_and_taken_back_by_another(self, app, pair, done, sign_in):
        client = sign_in(pair.family)
        page = client.get(f"/handoffs/{done}/after").text
        assert "about 2 days of milk" in page
        assert "it would tell how much your baby drinks" in page
        client.post(f"/handoffs/{done}/after/days", data={"share": "1"})
        assert seen(app, pair.donor, done).days == 2
        client.post(f"/handoffs/{done}/after/days", data={"share": "0"})
        assert seen(app, pair.donor, done).days is None

    def test_thanks_are_one_press(self, app, pair, done, sign_in):
        answer = sign_in(pair.family).post(f"/handoffs/{done}/after/thanks", data={"note": ""}, follow_redirects=True)
        assert "You said thank you on" in answer.text
        assert seen(app, pair.donor, done).thanked_at == NOW

    @pytest.mark.parametrize("words", ["I will pay you $40 for more.", "x" * 501])
    def test_words_that_cannot_be_sent_are_named_and_kept(self, app, pair, done, sign_in, words):
        answer = sign_in(pair.family).post(f"/handoffs/{done}/after/thanks", data={"note": words})
        assert answer.status_code == 422
        assert words in answer.text
        assert 'id="note-errors"' in answer.text
        assert seen(app, pair.donor, done).thanked_at is None

    def test_questions_are_switched_off_and_on_by_one_press(self, app, pair, done, sign_in):
        client = sign_in(pair.family)
        answer = client.post("/handoffs/after/wishes", data={"questions": "0", "back": f"/handoffs/{done}/after"})
        assert answer.location == f"/handoffs/{done}/after"
        page = client.get(answer.location).text
        assert "You are not asked how it went" in page
        assert "All fine" not in page
        client.post("/handoffs/after/wishes", data={"questions": "1", "back": "//evil.example"})
        assert "All fine" in client.get(f"/handoffs/{done}/after").text


class TestTheDonor:
    def test_she_reads_what_her_own_milk_comes_to_and_nothing_of_the_family(self, pair, done, sign_in):
        page = sign_in(pair.donor).get(f"/handoffs/{done}/after").text
        assert "You gave 30 oz." in page
        assert "as much as a baby of three to six months drinks in about a day" in page
        assert "Rios-Leyvraz" in page
        assert "2 days" not in page
        assert "How did it go" not in page

    def test_she_reads_the_days_while_the_family_shares_them(self, app, pair, done, sign_in):
        with app.app_context():
            services.share_days(pair.family.identity, done, shares=True, now=NOW)
        client = sign_in(pair.donor)
        assert "Fatima lets you know: about 2 days of milk." in client.get(f"/handoffs/{done}").text
        assert "Fatima lets you know: about 2 days of milk." in client.get(f"/handoffs/{done}/after").text

    def test_she_reads_thanks(self, app, pair, done, sign_in):
        with app.app_context():
            services.thank(pair.family.identity, done, "She slept <b>well</b>.", now=NOW)
        client = sign_in(pair.donor)
        assert "Fatima thanks you." in client.get(f"/handoffs/{done}").text
        assert "She slept &lt;b&gt;well&lt;/b&gt;." in client.get(f"/handoffs/{done}/after").text
        assert "There are thanks for the milk" in client.get(f"/messages/{pair.public_id}").text

    def test_after_a_loss_nothing_cheers_her_until_she_opens_it(self, app, pair, done, sign_in):
        with app.app_context():
            with transaction() as session:
                session.get(Offer, pair.offer_id).after_loss = True
            services.thank(pair.family.identity, done, "Such a happy girl.", now=NOW)
            services.share_days(pair.family.identity, done, shares=True, now=NOW)
        client = sign_in(pair.donor)
        pages = [client.get(path).text for path in (f"/handoffs/{done}", f"/handoffs/{done}/after", "/notices", "/")]
        for words in ("thanks you", "lets you know", "happy"):
            assert [page for page in pages[:1] + pages[2:] if words in page] == []
        assert "It waits here until you want to read it." in pages[1]
        assert "Such a happy girl." not in pages[1]
        opened = client.post(f"/handoffs/{done}/after/open", follow_redirects=True).text
        assert "Such a happy girl." in opened

    def test_she_chooses_how_she_hears_of_it(self, app, pair, done, sign_in):
        client = sign_in(pair.donor)
        client.post("/handoffs/after/wishes", data={"thanks": "0"})
        assert "We do not write to you about thanks" in client.get(f"/handoffs/{done}/after").text
        client.post("/handoffs/after/wishes", data={"thanks": "1"})
        assert "we tell you at once" in client.get(f"/handoffs/{done}/after").text

    def test_over_several_handoffs_she_reads_one_total(self, app, pair, other_family, done, sign_in):
        client = sign_in(pair.donor)
        assert "Over all your handoffs" not in client.get(f"/handoffs/{done}/after").text
        with app.app_context():
            confirmed(talk(pair.donor, other_family, offer=offer_of(pair.donor)), given=700, received=650)
        page = client.get(f"/handoffs/{done}/after").text
        assert "Over all your handoffs you gave 54 oz." in page
        assert "in about 2 days" in page


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", "/fine"), ("POST", "/days"), ("POST", "/thanks"), ("POST", "/open")],
)
def test_to_a_stranger_nothing_of_it_exists(pair, done, stranger, sign_in, method, path):
    answer = sign_in(stranger).open(f"/handoffs/{done}/after{path}", method=method, data={"share": "1", "note": ""})
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/fine", "/days", "/thanks"])
def test_the_donor_does_not_answer_for_the_family(pair, done, sign_in, path):
    assert sign_in(pair.donor).post(f"/handoffs/{done}/after{path}", data={"note": ""}).status_code == 404


def test_the_family_does_not_open_the_donors_thanks(pair, done, sign_in):
    assert sign_in(pair.family).post(f"/handoffs/{done}/after/open").status_code == 404


def test_before_it_is_confirmed_nothing_comes_after(app, pair, sign_in):
    with app.app_context():
        public_id = agreed(pair)
    client = sign_in(pair.family)
    assert client.get(f"/handoffs/{public_id}/after").status_code == 404
    assert "What comes after" not in client.get(f"/handoffs/{public_id}").text
