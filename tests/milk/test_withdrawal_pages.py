"""The pages of withdrawals as a browser without JavaScript meets them: her form, the families' page, the codes."""

import re

import pytest
import time_machine

from app.infra import jobs
from app.infra.database import db
from app.milk import queries
from app.milk.models import Withdrawal, WithdrawalNotice
from app.milk.rules.withdrawals import Reason
from app.milk.services import recall, withdrawals
from tests.conftest import NOW
from tests.milk.factories import handed, lot, view


@pytest.fixture(autouse=True)
def clock():
    """Noon of the tests' day; the pages read the clock."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def given(app, donor, family) -> str:
    """A litre of the donor's, of which the family received 200 ml."""
    with app.app_context():
        return handed(donor, family)


def code(app, donor, public_id) -> str:
    with app.app_context():
        return view(donor, public_id).code


def how_many(app, table=Withdrawal) -> int:
    with app.app_context():
        return db.session.query(table).count()


def told(app) -> str:
    """Let the jobs run; the token of the family's page."""
    with app.app_context():
        jobs.run_due(now=NOW)
        return db.session.query(WithdrawalNotice).one().token


def hidden(page: str) -> dict[str, str]:
    """What the buttons of the page send along."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def value(page: str, name: str) -> str:
    """What stands in a field."""
    (field,) = re.findall(rf'<input [^>]*name="{name}"[^>]*>', page)
    found = re.search(r'value="([^"]*)"', field)
    return found[1] if found else ""


INFECTION = {"reason": "infection", "first": "2026-11-10", "last": "2026-11-12", "step": "look"}


class TestHerForm:
    def test_she_reads_what_it_reaches_before_anything_is_sent(self, app, donor, given, sign_in):
        page = sign_in(donor).post("/milk/withdraw", data=INFECTION).text
        shown = code(app, donor, given)
        assert f"{shown[:4]}-{shown[4:]}" in page
        assert "three days before the first sign" in page
        assert "Families who met the donor may guess" in page
        assert "Nothing has been sent yet" in page
        assert how_many(app) == 0

    def test_what_she_confirms_is_sent_once_and_its_page_counts(self, app, donor, given, sign_in):
        client = sign_in(donor)
        sending = {**hidden(client.post("/milk/withdraw", data=INFECTION).text), "step": "send"}
        sent = client.post("/milk/withdraw", data=sending)
        assert sent.status_code == 302
        told(app)
        report = client.get(sent.location).text
        assert "The milk is withdrawn" in report
        assert re.search(r"Families told</dt>\s*<dd[^>]*>1<", report)
        again = client.post("/milk/withdraw", data=sending)
        assert again.status_code == 409
        assert "its families were told already" in again.text
        assert how_many(app) == how_many(app, WithdrawalNotice) == 1

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({}, "Please say what kind of thing happened."),
            ({"reason": "storage"}, "Please tick each lot this is about."),
            ({"reason": "infection"}, "Please say on which day it began"),
            ({"reason": "infection", "first": "nonsense"}, "Please pick a day."),
            ({"reason": "substance", "first": "2026-11-10", "washout": "many"}, "number of days from 0 to 90"),
        ],
    )
    def test_what_cannot_be_read_is_said_and_what_was_typed_is_kept(self, app, donor, given, sign_in, typed, words):
        answer = sign_in(donor).post("/milk/withdraw", data={**typed, "step": "send"})
        assert (answer.status_code, words in answer.text) == (422, True)
        assert how_many(app) == 0

    @pytest.mark.parametrize(
        ("reason", "left_over"),
        [
            ("storage", {"first": "nonsense", "washout": "many"}),
            ("infection", {"first": "2026-11-10", "negative": "2030-01-01", "washout": "400", "lots": ["no-lot"]}),
            ("adulteration", {"first": "2026-11-12", "last": "2026-11-10"}),
        ],
    )
    def test_what_another_reason_asks_for_stops_nobody(self, app, donor, given, sign_in, reason, left_over):
        asked = {"lots": [given]} if reason == "storage" else {}
        looked = sign_in(donor).post("/milk/withdraw", data={**left_over, **asked, "reason": reason, "step": "look"})
        assert (looked.status_code, "What that reaches" in looked.text) == (200, True)

    def test_a_last_test_typed_before_another_reason_was_chosen_reaches_nothing_more(self, app, donor, given, sign_in):
        days = {"first": "2026-10-01", "last": "2026-10-02", "negative": "2026-11-01"}
        looked = sign_in(donor).post("/milk/withdraw", data={**days, "reason": "infection", "step": "look"})
        assert "No lot was pumped on these days" in looked.text

    def test_she_may_name_lots_herself(self, app, donor, given, sign_in):
        data = {"reason": "storage", "lots": [given], "step": "send"}
        assert sign_in(donor).post("/milk/withdraw", data=data).status_code == 302

    def test_days_without_milk_reach_nothing(self, app, donor, given, sign_in):
        data = {"reason": "infection", "first": "2026-10-01", "last": "2026-10-02", "step": "look"}
        assert "No lot was pumped on these days" in sign_in(donor).post("/milk/withdraw", data=data).text

    @pytest.mark.parametrize(
        "typed",
        [
            {**INFECTION, "washout": "many", "negative": "no day at all"},
            {"reason": "substance", "first": "2026-11-10", "last": "2026-11-12", "washout": "3"},
            {"reason": "positive_test", "negative": "2026-11-01", "first": "2026-10-01"},
            {"reason": "infection", "first": "2026-10-01", "last": "2026-10-02"},
        ],
        ids=["with nonsense elsewhere", "a medicine", "a test", "days without milk"],
    )
    def test_who_goes_back_sends_nothing_and_finds_all_that_was_typed(self, app, donor, given, sign_in, typed):
        client, asked = sign_in(donor), {**typed, "lots": [given], "step": "look"}
        kept = hidden(client.post("/milk/withdraw", data=asked).text)
        back = client.post("/milk/withdraw", data={**kept, "step": "back"})
        assert (back.status_code, back.request.full_path, how_many(app)) == (200, "/milk/withdraw?", 0)
        assert "Please look at the marked fields" not in back.text
        for name in ("negative", "first", "last", "washout"):
            assert value(back.text, name) == typed.get(name, ""), name
        assert value(back.text, "step") == "look"
        assert set(re.findall(r'<input checked [^>]*value="([^"]*)"', back.text)) == {typed["reason"], given}

    @pytest.mark.parametrize("path", ["/milk/withdraw", "/milk/withdrawals/new"])
    def test_no_address_says_why_but_a_lot_may_stand_in_one(
        self, app, donor, given, moderator, sign_in, path
    ):  # fmt: skip
        """Addresses are kept in histories and logs, and why milk is withdrawn is a fact of health."""
        client = sign_in(donor if path == "/milk/withdraw" else moderator)
        page = client.get(f"{path}?reason=infection&lot={given}").text
        ticked = [given] if path == "/milk/withdraw" else []
        assert re.findall(r'<input checked [^>]*value="([^"]*)"', page) == ticked
        assert f'<form method="post" action="{path}" novalidate>' in page
        unsaid = client.post(f"{path}?reason=infection", data={"step": "look", "code": code(app, donor, given)})
        assert (unsaid.status_code, how_many(app)) == (422, 0)
        assert "Please say what kind of thing happened." in unsaid.text


class TestTheTeam:
    @pytest.mark.parametrize("path", ["/milk/withdrawals", "/milk/withdrawals/new"])
    def test_its_pages_do_not_exist_for_members(self, donor, moderator, sign_in, path):
        assert sign_in(donor).get(path).status_code == 404
        assert sign_in(moderator).get(path).status_code == 200

    def test_a_moderator_withdraws_by_a_code_and_reads_why(self, app, donor, given, sign_in, moderator):
        client = sign_in(moderator)
        data = {**INFECTION, "code": code(app, donor, given), "step": "send"}
        sent = client.post("/milk/withdrawals/new", data=data)
        assert "A fever, mastitis" in client.get(sent.location).text
        assert "A fever, mastitis" in client.get("/milk/withdrawals").text
        hers = sign_in(donor).get(sent.location)
        assert (hers.status_code, "A fever, mastitis" in hers.text, "a moderator" in hers.text) == (200, False, False)

    def test_who_goes_back_finds_the_code_that_was_typed(self, app, donor, given, sign_in, moderator):
        client, shown = sign_in(moderator), code(app, donor, given).lower()
        kept = hidden(client.post("/milk/withdrawals/new", data={**INFECTION, "code": shown}).text)
        back = client.post("/milk/withdrawals/new", data={**kept, "step": "back"})
        assert (back.status_code, value(back.text, "code"), how_many(app)) == (200, shown, 0)

    def test_a_code_of_no_lot_is_said(self, moderator, sign_in):
        answer = sign_in(moderator).post("/milk/withdrawals/new", data={**INFECTION, "code": "22222222"})
        assert (answer.status_code, "There is no lot with this code" in answer.text) == (422, True)

    def test_what_is_held_is_told_when_a_moderator_says_so_and_once(self, app, donor, given, sign_in, moderator):
        with app.app_context():
            token = withdrawals.withdraw(donor.identity, withdrawals.Draft(Reason.INFANT_ILL), now=NOW)
        client = sign_in(moderator)
        assert "Tell the families now" in client.get(f"/milk/withdrawals/{token}").text
        assert client.post(f"/milk/withdrawals/{token}/tell").status_code == 302
        assert client.post(f"/milk/withdrawals/{token}/tell").status_code == 409
        assert told(app)

    def test_a_stranger_sees_no_withdrawal(self, app, donor, given, sign_in, stranger):
        with app.app_context():
            token = withdrawals.withdraw(donor.identity, withdrawals.Draft(Reason.ADULTERATION), now=NOW)
        assert sign_in(stranger).get(f"/milk/withdrawals/{token}").status_code == 404


@pytest.fixture
def address(app, donor, given) -> str:
    """The path of the family's page, after a positive test."""
    with app.app_context():
        withdrawals.withdraw(donor.identity, withdrawals.Draft(Reason.POSITIVE_TEST), now=NOW)
    return f"/milk/withdrawn/{told(app)}"


class TestTheFamilysPage:
    def test_the_link_in_the_mail_opens_without_signing_in_and_names_nobody_and_no_reason(
        self, app, donor, family, given, client, address
    ):
        answer = client.get(address)
        shown = code(app, donor, given)
        assert f"{shown[:4]}-{shown[4:]}" in answer.text
        assert "clinician today" in answer.text
        for never in (donor.display_name, family.display_name, family.email, "positive", "test came"):
            assert never not in answer.text.split("<main", 1)[1]
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"

    def test_what_became_of_it_is_kept_and_may_be_added_to(self, app, client, address):
        form = dict(re.findall(r'<input type="hidden" name="(had-\d+)" value="(\d+)"', client.get(address).text))
        lot_id = next(iter(form)).removeprefix("had-")
        data = {**form, "unit": "oz", f"fed-{lot_id}": "3", f"discarded-{lot_id}": "2,5"}
        assert client.post(address, data=data).status_code == 302
        again = client.post(address, data=data)
        assert (again.status_code, "You have told us about this milk already" in again.text) == (409, True)
        assert "We have your answer" in client.get(address).text
        with app.app_context():
            numbers = queries.numbers(1)
            assert (numbers.answered, numbers.fed_ml, numbers.discarded_ml, numbers.stored_ml) == (1, 89, 74, 37)

    def test_an_amount_shown_in_whole_ounces_may_be_typed_back(self, app, client, address):
        form = dict(re.findall(r'<input type="hidden" name="(had-\d+)" value="(\d+)"', client.get(address).text))
        lot_id = next(iter(form)).removeprefix("had-")
        assert client.post(address, data={**form, "unit": "oz", f"discarded-{lot_id}": "7"}).status_code == 302
        with app.app_context():
            assert queries.numbers(1).discarded_ml == 200

    @pytest.mark.parametrize("typed", ["40", "-1", "some", "1e9"])
    def test_an_amount_that_cannot_be_is_said_at_its_lot_and_kept(self, app, client, address, typed):
        form = dict(re.findall(r'<input type="hidden" name="(had-\d+)" value="(\d+)"', client.get(address).text))
        lot_id = next(iter(form)).removeprefix("had-")
        answer = client.post(address, data={**form, "unit": "oz", f"fed-{lot_id}": typed})
        assert (answer.status_code, f'value="{typed}"' in answer.text) == (422, True)
        with app.app_context():
            assert queries.numbers(1).answered == 0

    def test_there_is_nothing_behind_another_token(self, client):
        assert client.get("/milk/withdrawn/nothing").status_code == 404
        assert client.post("/milk/withdrawn/nothing").status_code == 404


class TestRecallCodes:
    def test_she_gets_one_for_each_lot_shown_once(self, app, donor, given, sign_in):
        client = sign_in(donor)
        made = client.post("/milk/recall").text
        (shown,) = re.findall(r"<td[^>]*>([2-9A-Z-]{19})</td>", made)
        assert shown not in client.get("/milk/recall").text

    def test_both_codes_withdraw_the_lot_without_an_account_and_a_moderator_hears(
        self, app, donor, given, client, moderator, sign_in
    ):
        with app.app_context():
            ((lot_code, recall_code),) = recall.make_codes(donor.identity, now=NOW)
        data = {
            "lot_code": lot_code.lower(),
            "recall_code": f"{recall_code[:8]} {recall_code[8:]}",
            "reason": "substance",
        }
        for _twice in range(2):
            answer = client.post("/recall", data=data)
            assert (answer.status_code, "This milk is withdrawn" in answer.text) == (200, True)
        assert told(app)
        assert how_many(app) == 1
        assert "A withdrawal of milk needs somebody" in sign_in(moderator).get("/notices").text

    @pytest.mark.parametrize(
        ("reason", "at_once"), [("infant_ill", False), ("substance", True), ("adulteration", True), ("storage", True)]
    )
    def test_only_for_a_baby_who_is_ill_somebody_looks_before_families_are_told(
        self, app, donor, given, client, moderator, sign_in, reason, at_once
    ):
        with app.app_context():
            ((lot_code, recall_code),) = recall.make_codes(donor.identity, now=NOW)
        data = {"lot_code": lot_code, "recall_code": recall_code, "reason": reason}
        for _twice in range(2):
            answer = client.post("/recall", data=data)
            assert (answer.status_code, "Somebody of our team looks first" in answer.text) == (200, not at_once)
        with app.app_context():
            jobs.run_due(now=NOW)
            assert view(donor, given).withdrawn
            token = db.session.query(Withdrawal).one().token
        assert how_many(app, WithdrawalNotice) == int(at_once)
        team = sign_in(moderator)
        assert "A withdrawal of milk needs somebody" in team.get("/notices").text
        assert team.post(f"/milk/withdrawals/{token}/tell").status_code == (409 if at_once else 302)
        assert told(app)

    def test_a_wrong_lot_and_a_wrong_code_are_the_same_answer(self, app, donor, given, client):
        with app.app_context():
            other = view(donor, lot(donor)).code
            recall.make_codes(donor.identity, now=NOW)
            without = view(donor, lot(donor)).code
        answers = set()
        for lot_code in (other, without, code(app, donor, given), "2345678M", "nonsense", ""):
            data = {"lot_code": lot_code, "recall_code": "2" * 16, "reason": "storage"}
            answer = client.post("/recall", data=data)
            text = re.sub(r'value="[^"]*"|nonce-\S+|nonce="[^"]*"|[\w.-]{60,}', "", answer.text)
            answers.add((answer.status_code, text))
        assert len(answers) == 1
        assert "These two codes do not belong together" in answer.text
        assert how_many(app) == 0

    def test_codes_given_before_end(self, app, donor, given, client):
        with app.app_context():
            ((lot_code, old),) = recall.make_codes(donor.identity, now=NOW)
            recall.make_codes(donor.identity, now=NOW)
        answer = client.post("/recall", data={"lot_code": lot_code, "recall_code": old, "reason": "storage"})
        assert answer.status_code == 422

    def test_somebody_agrees_to_be_told_after_leaving_and_takes_it_back(self, donor, sign_in):
        client = sign_in(donor)
        assert "Keep my e-mail for that after I leave." in client.get("/milk/recall").text
        client.post("/milk/recall/contact")
        assert "Take it back" in client.get("/milk/recall").text
        client.post("/milk/recall/contact/end")
        assert "Keep my e-mail for that after I leave." in client.get("/milk/recall").text
