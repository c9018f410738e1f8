"""Kept promises, what follows a handoff, the runway and days kept back by the API: one's own, and nobody else's."""

from datetime import timedelta

import pytest
import time_machine

from app.accounts import services as accounts
from app.handoffs import services as handoffs
from app.handoffs.rules.absences import Said
from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.states import HandoffState
from tests.api.test_once import keyed
from tests.conftest import NOW
from tests.handoffs.factories import END, START, agreed, row, talk

HOME = "/api/v1"
WISHES = f"{HOME}/after/wishes"
AFTER = END + timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def pair(app, donor, family):
    with app.app_context():
        return talk(donor, family)


@pytest.fixture
def theirs(bearer, family):
    return bearer(family)


@pytest.fixture
def nobody(bearer, stranger):
    return bearer(stranger)


@pytest.fixture
def done(app, pair, clock) -> str:
    """The address of a confirmed handoff of 400 ml."""
    with app.app_context():
        public_id = agreed(pair)
        clock.move_to(START + timedelta(minutes=5))
        handoffs.confirm(pair.donor.identity, public_id, amount_ml=400, condition=None, now=START)
        handoffs.confirm(pair.family.identity, public_id, amount_ml=400, condition=Condition.FROZEN, now=START)
        assert row(public_id).state == HandoffState.CONFIRMED
    return f"{HOME}/handoffs/{public_id}"


@pytest.fixture
def missed(app, pair, clock) -> str:
    """The address of a handoff to which the donor did not come, as both say."""
    with app.app_context():
        public_id = agreed(pair)
        clock.move_to(AFTER)
        handoffs.report_missed(
            pair.family.identity, public_id, said=Said.WAS_THERE, came_up=False, now=AFTER
        )  # fmt: skip
        handoffs.report_missed(pair.donor.identity, public_id, said=Said.NOT_THERE, came_up=False, now=AFTER)
    return f"{HOME}/handoffs/{public_id}"


class TestPromises:
    def test_each_reads_her_own_counts_and_the_meetings_behind_them(self, api, theirs, nobody, done):
        for one in (api, theirs):
            found = one.get(f"{HOME}/promises").json
            assert found["kept"]["completed"] == 1
            assert found["kept"]["shown"] is False
            assert [entry["outcome"] for entry in found["entries"]] == ["completed"]
        assert nobody.get(f"{HOME}/promises").json["entries"] == []

    def test_a_missed_meeting_is_asked_about_let_go_and_counts_no_more(self, api, theirs, missed):
        assert api.get(f"{missed}/excuse").json["mine"]["may"] == ["ask"]
        for _twice in range(2):
            assert api.post(f"{missed}/excuse/ask").json["mine"]["asked"] == "asked"
        assert theirs.get(f"{missed}/excuse").json["other_asked"] is True
        assert theirs.put(f"{missed}/excuse", json={"excused": True}).status_code == 200
        (entry,) = api.get(f"{HOME}/promises").json["entries"]
        assert (entry["outcome"], entry["excuse"]) == ("no_show", "other")

    def test_a_no_leads_to_a_moderator_and_only_then(self, api, theirs, missed, problem):
        problem(api.post(f"{missed}/excuse/moderator"), 409, "answered")
        api.post(f"{missed}/excuse/ask")
        theirs.put(f"{missed}/excuse", json={"excused": False})
        assert api.post(f"{missed}/excuse/moderator").json["mine"]["asked"] == "review"

    def test_what_counts_for_nothing_cannot_be_let_go(self, api, done, problem):
        problem(api.post(f"{done}/excuse/ask"), 409)

    @pytest.mark.parametrize(
        ("method", "operation", "body"),
        [("get", "", None), ("post", "/ask", None), ("put", "", {"excused": True}), ("post", "/moderator", None)],
    )
    def test_for_a_stranger_there_is_nothing(self, nobody, missed, problem, method, operation, body):
        problem(getattr(nobody, method)(f"{missed}/excuse{operation}", json=body), 404)


class TestAfter:
    def test_the_family_answers_for_its_own_eyes(self, api, theirs, done):
        assert theirs.put(f"{done}/after/went", json={"went": "not-taken"}).json["went"] == "not-taken"
        assert api.get(f"{done}/after").json["went"] is None

    def test_a_donor_reads_the_days_only_while_the_family_lets_her(self, api, theirs, done):
        assert theirs.get(f"{done}/after").json["days"] is not None
        assert api.get(f"{done}/after").json["days"] is None
        theirs.put(f"{done}/after/days", json={"share": True})
        assert api.get(f"{done}/after").json["days"] == theirs.get(f"{done}/after").json["days"]
        theirs.put(f"{done}/after/days", json={"share": False})
        assert api.get(f"{done}/after").json["days"] is None

    def test_thanks_are_told_once(self, api, theirs, done):
        for words in ("Thank you!", "Other words."):
            assert theirs.post(f"{done}/after/thanks", json={"note": words}).json["thanks"] == "Thank you!"
        assert api.get(f"{done}/after").json["thanks"] == "Thank you!"
        assert api.post(f"{done}/after/open").json["thanks_wait"] is False

    def test_words_that_cannot_be_sent_are_refused_at_their_place(self, theirs, done, problem):
        errors = problem(theirs.post(f"{done}/after/thanks", json={"note": "x" * 900}), 422, "invalid")
        assert errors[0]["pointer"] == "#/note"

    @pytest.mark.parametrize(
        ("method", "operation", "body"),
        [("put", "/went", {"went": "fine"}), ("put", "/days", {"share": True}), ("post", "/thanks", {"note": ""})],
    )
    def test_what_is_the_family_s_is_not_there_for_the_donor(self, api, nobody, done, problem, method, operation, body):
        for who in (api, nobody):
            problem(getattr(who, method)(f"{done}/after{operation}", json=body), 404)

    def test_nothing_follows_a_handoff_that_is_not_confirmed(self, app, api, pair, problem):
        with app.app_context():
            public_id = agreed(pair)
        problem(api.get(f"{HOME}/handoffs/{public_id}/after"), 404)

    def test_all_that_was_given_is_the_donor_s_alone(self, api, theirs, done):
        assert api.get(f"{HOME}/given").json["volume_ml"] == 400
        assert theirs.get(f"{HOME}/given").json == {"volume_ml": 0, "handoffs": 0, "typical_days": 0}

    def test_each_chooses_for_herself_what_she_is_asked_and_told(self, api, theirs):
        assert api.get(WISHES).json == {"questions": True, "thanks": True}
        assert api.patch(WISHES, json={"thanks": False}).json == {"questions": True, "thanks": False}
        for left_out in ({}, {"questions": None}):
            assert api.patch(WISHES, json=left_out).json == {"questions": True, "thanks": False}
        assert api.patch(WISHES, json={"questions": False, "thanks": True}).json == api.get(WISHES).json
        assert theirs.get(WISHES).json == {"questions": True, "thanks": True}

    def test_thanks_wait_for_who_wished_so(self, api, theirs, done):
        api.patch(WISHES, json={"thanks": False})
        theirs.post(f"{done}/after/thanks", json={"note": "Thank you!"})
        assert api.get(f"{done}/after").json["thanks_wait"] is True

    @pytest.mark.parametrize(
        ("sent", "place"), [({"questions": "perhaps"}, "#/questions"), ({"thanks": 1}, "#/thanks"), ({"x": 1}, "#/x")]
    )
    def test_a_wish_that_cannot_be_read_is_refused_at_its_place_and_changes_nothing(self, api, problem, sent, place):
        errors = problem(api.patch(WISHES, json={"questions": False, "thanks": False} | sent), 422, "invalid")
        assert errors[0]["pointer"] == place
        assert api.get(WISHES).json == {"questions": True, "thanks": True}

    def test_a_wish_sent_twice_is_as_one(self, api):
        answers = [api.patch(WISHES, json={"questions": False}) for _twice in range(2)]
        assert [(each.status_code, each.json["questions"]) for each in answers] == [(200, False)] * 2


class TestRunway:
    @pytest.fixture
    def request_place(self, pair) -> str:
        return f"{HOME}/posts/{pair.request_public_id}"

    def test_a_family_reads_how_long_its_milk_lasts_and_says_how_much_is_at_home(self, theirs, request_place):
        before = theirs.get(f"{request_place}/runway").json
        assert before["earliest"] <= before["runs_out"] <= before["latest"]
        said = theirs.put(f"{request_place}/stock", json={"stock_ml": 1200}).json
        assert said["left_ml"] == 1200
        assert said["said_at"] == theirs.get(f"{request_place}/runway").json["said_at"]

    def test_what_is_agreed_is_coming(self, app, theirs, pair, request_place):
        with app.app_context():
            public_id = agreed(pair)
        (coming,) = theirs.get(f"{request_place}/runway").json["coming"]
        assert (coming["handoff_id"], coming["volume_ml"], coming["late"]) == (public_id, 400, False)

    def test_a_bridge_is_asked_for_once(self, theirs, request_place):
        theirs.put(f"{request_place}/stock", json={"stock_ml": 0})
        answers = [theirs.post(f"{request_place}/bridge") for _twice in range(2)]
        assert [(each.status_code, each.json["state"], each.json["short"]) for each in answers] == [
            (200, "live", True)
        ] * 2

    @pytest.mark.parametrize("stock", [-1, 1_000_001, "much", None, 70_000])
    def test_an_amount_that_cannot_be_is_refused_at_its_place(self, theirs, request_place, problem, stock):
        errors = problem(theirs.put(f"{request_place}/stock", json={"stock_ml": stock}), 422, "invalid")
        assert errors[0]["pointer"] == "#/stock_ml"

    @pytest.mark.parametrize(
        ("method", "operation", "body"),
        [("get", "/runway", None), ("put", "/stock", {"stock_ml": 1}), ("post", "/bridge", None)],
    )
    def test_another_s_request_is_not_there(self, api, nobody, request_place, problem, method, operation, body):
        for who in (api, nobody):
            problem(getattr(who, method)(f"{request_place}{operation}", json=body), 404)

    def test_each_reads_what_came_to_her_own_household_beside_her_need(self, api, theirs, done):
        (month, quarter) = theirs.get(f"{HOME}/received").json["spans"]
        assert (month["days"], month["volume_ml"], month["handoffs"], month["donors"]) == (30, 400, 1, 1)
        assert quarter["needed_ml"] == month["needed_ml"] * 3
        assert api.get(f"{HOME}/received").json["spans"][0]["volume_ml"] == 0


FEVER = {"kind": "fever", "first": "2026-11-10", "last": "2026-11-12"}


class TestDays:
    @pytest.fixture
    def agreed_to(self, app, donor) -> None:
        consent = {"text_version": "2026-11", "text_hash": "0" * 64, "language": "en"}
        with app.app_context():
            accounts.give_consent(donor.identity, "health-days", **consent, now=NOW)

    @pytest.fixture
    def entry(self, api, agreed_to) -> str:
        answer = api.post(f"{HOME}/days", json=FEVER)
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"]

    def test_without_the_agreement_none_is_kept_and_a_program_is_sent_to_the_site(self, api, problem):
        problem(api.post(f"{HOME}/days", json=FEVER), 409, "not_agreed")
        assert api.get(f"{HOME}/days").json["items"] == []

    def test_with_it_they_are_kept_changed_ended_said_again_and_forgotten(self, api, entry):
        assert api.get(entry).json["kind"] == "fever"
        going = {"kind": "medicine", "first": "2026-11-10", "last": None}
        assert api.put(entry, json=going).json["goes_on"] is True
        assert api.post(f"{entry}/end").json["last"] == NOW.date().isoformat()
        assert api.post(f"{entry}/again").status_code == 201
        assert api.delete(entry).status_code == 204
        assert api.get(entry).status_code == 404

    def test_one_key_keeps_them_once(self, api, agreed_to):
        answers = [api.post(f"{HOME}/days", json=FEVER, headers=keyed("fever")) for _twice in range(2)]
        assert answers[0].json == answers[1].json
        assert answers[1].headers["Idempotent-Replayed"] == "true"
        assert len(api.get(f"{HOME}/days").json["items"]) == 1

    @pytest.mark.parametrize(
        ("changed", "pointer"),
        [({"kind": "flu"}, "#/kind"), ({"last": "2026-11-01"}, "#/last"), ({"first": "2020-01-01"}, "#/first")],
    )
    def test_what_cannot_be_is_refused_at_its_place(self, api, agreed_to, problem, changed, pointer):
        errors = problem(api.post(f"{HOME}/days", json=FEVER | changed), 422, "invalid")
        assert [each["pointer"] for each in errors] == [pointer]

    @pytest.mark.parametrize(
        ("method", "operation", "body"),
        [("get", "", None), ("put", "", FEVER), ("post", "/end", None), ("post", "/again", None), ("delete", "", None)],
    )
    def test_nobody_else_finds_them(self, bearer, family, moderator, entry, problem, method, operation, body):
        for who in (family, moderator):
            problem(getattr(bearer(who), method)(f"{entry}{operation}", json=body), 404)
            assert bearer(who).get(f"{HOME}/days").json["items"] == []

    def test_when_the_agreement_ends_they_are_gone(self, app, api, donor, entry):
        with app.app_context():
            accounts.withdraw_consent(donor.identity, "health-days", now=NOW)
        assert api.get(f"{HOME}/days").json["items"] == []


def test_every_one_of_them_asks_for_a_token(app, problem):
    client = app.test_client(use_cookies=False)
    for place in (
        "promises",
        "given",
        "received",
        "days",
        "turns",
        "posts/x/runway",
        "handoffs/x/after",
        "after/wishes",
    ):
        problem(client.get(f"{HOME}/{place}"), 401)
