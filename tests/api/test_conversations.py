"""Conversations by the API: the two people read, write, edit and take back; everybody else finds nothing."""

import uuid

import pytest
import time_machine
from sqlalchemy import func, select

from app.accounts import queries as people
from app.accounts import services as accounts
from app.infra.database import db
from app.messaging.models import Conversation, HeldMessage, Message
from app.messaging.services import choosing as messaging
from tests.api.test_once import keyed
from tests.at_once import at_once
from tests.conftest import NOW
from tests.messaging.conftest import CLIENT_ID, numbered

HOME = "/api/v1/conversations"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def theirs(bearer, family):
    """The family's own program."""
    return bearer(family)


@pytest.fixture
def place(talk) -> str:
    return f"{HOME}/{talk.public_id}"


def text(body="Hello", **more):
    return {"kind": "text", "body": body, **more}


def stored(app, table=Message) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_the_two_find_their_conversation_each_from_its_own_side(api, theirs, place, talk):
    api.post(f"{place}/messages", json=text())
    (hers,), (his,) = (one.get(HOME).json["items"] for one in (api, theirs))
    assert (hers["id"], hers["role"], hers["unread"], hers["last"]["mine"]) == (talk.public_id, "donor", 0, True)
    assert (his["id"], his["role"], his["unread"], his["last"]["mine"]) == (talk.public_id, "family", 1, False)
    assert (his["last"]["client_id"], his["closed"], his["other"]) == (None, False, {"name": "Dana", "active": True})


def test_the_list_comes_in_pages_that_stay_where_they_are_while_people_write(api, open_talk, donor, person):
    talks = [open_talk(donor, person(name)) for name in ("Bea", "Cleo", "Dora")]
    first = api.get(f"{HOME}?limit=1").json
    api.post(f"{HOME}/{talks[0].public_id}/messages", json=text())
    second = api.get(f"{HOME}?limit=2&cursor={first['next']}").json
    assert [each["id"] for each in first["items"] + second["items"]] == [each.public_id for each in reversed(talks)]
    assert second["next"] is None


def test_what_one_put_away_stays_in_the_list_of_a_program(app, api, donor, talk):
    with app.app_context():
        messaging.archive(donor.identity, talk.public_id, on=True)
    assert [each["id"] for each in api.get(HOME).json["items"]] == [talk.public_id]


def test_the_heads_tell_what_went_on(api, theirs, place, talk):
    theirs.post(f"{place}/messages", json=text())
    (head,) = api.get(f"{HOME}/heads").json["items"]
    assert (head["conversation"], head["last_seq"], head["change_no"]) == (talk.public_id, 1, 0)
    assert (head["read_seq"], head["mine_read_seq"], head["unread"]) == (1, 0, 1)


def test_one_conversation_tells_what_it_grew_out_of(api, bearer, family, donor, open_talk):
    talk = open_talk(donor, family, note="Hello there")
    place = f"{HOME}/{talk.public_id}"
    his = bearer(family).get(place).json
    assert (his["note"], his["note_by_me"], his["role"]) == ("Hello there", True, "family")
    hers = api.get(place).json
    assert (hers["note"], hers["note_by_me"], hers["questions"]) == ("Hello there", False, [])
    assert hers["interest_id"] == his["interest_id"]


def test_what_is_sent_has_its_place_and_its_address(api, theirs, place):
    answer = api.post(f"{place}/messages", json=text(client_id=CLIENT_ID))
    assert (answer.status_code, answer.json["seq"], answer.json["state"]) == (201, 1, "sent")
    assert answer.json["client_id"] == CLIENT_ID
    assert "Hello" not in answer.text
    found = theirs.get(answer.headers["Location"])
    assert (found.status_code, found.json["body"], found.json["mine"]) == (200, "Hello", False)


@pytest.mark.parametrize("seq", ["2", "0", "x", "-1", "99999999999", "2147483648"])
def test_a_place_where_nothing_stands_is_not_found(api, place, problem, seq):
    api.post(f"{place}/messages", json=text())
    problem(api.get(f"{place}/messages/{seq}"), 404)
    problem(api.patch(f"{place}/messages/{seq}", json={"body": "x"}), 404)
    problem(api.delete(f"{place}/messages/{seq}"), 404)


def test_sent_again_under_its_id_it_is_stored_once_and_other_words_are_refused(app, api, place, problem):
    first, second = (api.post(f"{place}/messages", json=text(client_id=CLIENT_ID)) for _ in range(2))
    assert (first.json, second.status_code) == (second.json, 201)
    errors = problem(api.post(f"{place}/messages", json=text("Other", client_id=CLIENT_ID)), 422, "invalid")
    assert [each["pointer"] for each in errors] == ["#/client_id"]
    assert stored(app) == 1


def test_a_key_makes_it_once_and_keeps_no_words(app, api, place, problem):
    first, second = (api.post(f"{place}/messages", json=text("secret"), headers=keyed("k")) for _ in range(2))
    assert (first.json, second.headers["Idempotent-Replayed"]) == (second.json, "true")
    again = api.post(f"{place}/messages", json=text("other"), headers=keyed("k"))
    problem(again, 422, "idempotency_key_reused")
    with app.app_context():
        kept = db.session.execute(db.text("SELECT body FROM idempotency_keys")).scalars().all()
    assert stored(app) == 1
    assert not any("secret" in body for body in kept)


def test_without_an_id_and_a_key_every_call_sends(app, api, place):
    assert [api.post(f"{place}/messages", json=text()).json["seq"] for _ in range(2)] == [1, 2]
    assert stored(app) == 2


def test_what_came_before_the_message_before_it_is_sent_again(app, api, place, problem):
    late = text("two", client_id=numbered(2), after=numbered(1))
    problem(api.post(f"{place}/messages", json=late, headers=keyed("k")), 409, "out_of_order")
    assert stored(app) == 0
    api.post(f"{place}/messages", json=text("one", client_id=numbered(1)))
    assert api.post(f"{place}/messages", json=late, headers=keyed("k")).json["seq"] == 2


def test_a_nudge_tells_what_was_seen_and_where_and_confirmed_it_is_sent(app, api, place, problem):
    words = "I pay $20 a bag"
    refused = api.post(f"{place}/messages", json=text(words), headers=keyed("k"))
    problem(refused, 422, "nudge")
    assert refused.json["labels"]
    assert all(0 <= start < end <= len(words) for start, end in refused.json["spans"])
    assert stored(app) == 0
    assert api.post(f"{place}/messages", json=text(words, confirmed=True)).status_code == 201


def test_what_is_held_is_202_for_its_writer_and_nothing_for_the_other(app, api, donor, theirs, place, trust):
    trust(donor, 0)
    words = text("I pay $20 a bag", client_id=CLIENT_ID)
    first, second = (api.post(f"{place}/messages", json=words, headers=keyed("k")) for _ in range(2))
    assert (first.status_code, first.json["state"], first.json["seq"]) == (202, "waiting", None)
    assert (second.status_code, second.json) == (202, first.json)
    assert (stored(app), stored(app, HeldMessage)) == (0, 1)
    seen = api.get(first.headers["Location"]).json
    assert [each["state"] for each in seen["held"]] == ["waiting"]
    assert theirs.get(f"{place}/messages").json["held"] == []


def test_question_answer_and_phrase(api, theirs, place, asks):
    assert theirs.get(place).json["questions"] == list(asks)
    asked = theirs.post(f"{place}/messages", json={"kind": "question", "attribute": "caffeine"}).json["seq"]
    said = {"kind": "answer", "reply_to": asked, "state": "avoids", "since": "2026-10-01"}
    answered = api.post(f"{place}/messages", json=said).json["seq"]
    assert api.post(f"{place}/messages", json={"kind": "phrase", "phrase": "hello"}).status_code == 201
    found = theirs.get(f"{place}/messages/{answered}").json
    assert (found["kind"], found["reply_to"], found["payload"]) == (
        "answer", asked, {"attribute": "caffeine", "state": "avoids", "since": "2026-10-01"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"kind": "question", "attribute": "dairy"}, "#/attribute"),
        ({"kind": "phrase", "phrase": "nonsense"}, "#/phrase"),
        ({"kind": "answer", "reply_to": 7, "state": "avoids"}, "#/reply_to"),
        ({"kind": "text", "body": "  "}, "#/body"),
        ({"kind": "text"}, "#/body"),
        ({"kind": "text", "body": "x", "client_id": "1"}, "#/client_id"),
        ({"kind": "text", "body": "x", "after": "1"}, "#/after"),
        ({"kind": "text", "body": "x", "attribute": "dairy"}, "#/attribute"),
        ({"kind": "card", "body": "x"}, "#"),
    ],
)
def test_every_reason_stands_at_its_field(app, api, place, problem, asks, sent, pointer):
    errors = problem(api.post(f"{place}/messages", json=sent), 422, "invalid")
    assert [each["pointer"] for each in errors] == [pointer]
    assert stored(app) == 0


def test_what_was_missed_comes_after_a_place_with_what_changed_up_to_there(api, theirs, place):
    for number in range(1, 5):
        theirs.post(f"{place}/messages", json=text(f"{number}"))
    theirs.patch(f"{place}/messages/1", json={"body": "one"})
    theirs.delete(f"{place}/messages/2")
    found = api.get(f"{place}/messages?after_seq=2&changes_after=0&limit=1").json
    assert ([each["seq"] for each in found["messages"]], found["more"]) == ([3], True)
    found = api.get(f"{place}/messages?after_seq=2&changes_after=0").json
    assert [each["seq"] for each in found["messages"]] == [3, 4]
    assert [(each["seq"], each["deleted"]) for each in found["changes"]] == [(1, False), (2, True)]
    assert found["changes"][0]["body"] == "one"
    assert (found["change_no"], found["last_seq"], found["more"]) == (2, 4, False)
    assert api.get(f"{place}/messages?after_seq=4").json["changes"] == []


def test_history_goes_back_page_by_page(api, place):
    for number in range(1, 4):
        api.post(f"{place}/messages", json=text(f"{number}"))
    newest = api.get(f"{place}/messages?limit=2").json
    assert ([each["seq"] for each in newest["messages"]], newest["more"]) == ([2, 3], True)
    earlier = api.get(f"{place}/messages?limit=2&before_seq=2").json
    assert ([each["seq"] for each in earlier["messages"]], earlier["more"]) == ([1], False)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("after_seq=1&before_seq=2", "before_seq"), ("changes_after=1", "changes_after"), ("after_seq=-1", "after_seq"),
        ("before_seq=x", "before_seq"), ("limit=201", "limit"), ("seq=1", "seq"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_at_its_parameter(api, place, problem, query, name):
    errors = problem(api.get(f"{place}/messages?{query}"), 422)
    assert [each["parameter"] for each in errors] == [name]


def test_an_edit_leaves_its_mark_and_a_deletion_its_place(api, theirs, place):
    api.post(f"{place}/messages", json=text())
    edited = api.patch(f"{place}/messages/1", json={"body": "Hello again"}).json
    assert (edited["body"], edited["change_no"], bool(edited["edited_at"])) == ("Hello again", 1, True)
    gone = api.delete(f"{place}/messages/1").json
    assert (gone["deleted"], gone["seq"], gone["payload"]) == (True, 1, None)
    assert "Hello" not in theirs.get(f"{place}/messages/1").text


def test_an_edit_is_screened_too_and_not_for_ever(api, theirs, place, problem):
    api.post(f"{place}/messages", json=text())
    refused = api.patch(f"{place}/messages/1", json={"body": "I pay $20 a bag"})
    problem(refused, 422, "nudge")
    assert refused.json["spans"]
    problem(theirs.patch(f"{place}/messages/1", json={"body": "not mine"}), 404)
    problem(theirs.delete(f"{place}/messages/1"), 404)
    with time_machine.travel(NOW.replace(minute=59), tick=False):
        problem(api.patch(f"{place}/messages/1", json={"body": "late"}), 409, "too_late")


def test_the_mark_of_what_was_read_only_grows(api, theirs, place, problem):
    for _ in range(2):
        theirs.post(f"{place}/messages", json=text())
    assert [api.post(f"{place}/read", json={"seq": seq}).json for seq in (2, 1)] == [{"seq": 2}, {"seq": 2}]
    problem(api.post(f"{place}/read", json={"seq": 3}), 422)
    assert theirs.get(place).json["read_seq"] == 2


def test_each_mutes_and_puts_away_for_oneself_alone(api, theirs, place):
    assert (api.get(place).json["muted"], api.get(place).json["archived"]) == (False, False)
    assert api.patch(place, json={"muted": True}).json["muted"] is True
    away = api.patch(place, json={"archived": True}).json
    assert (away["muted"], away["archived"]) == (True, True)
    assert api.patch(place, json={}).json == away
    assert theirs.get(place).json["muted"] is theirs.get(place).json["archived"] is False
    back = api.patch(place, json={"muted": False, "archived": False}).json
    assert (back["muted"], back["archived"]) == (False, False)


def test_those_put_away_are_listed_alone_or_left_out_until_the_next_message(
    api, theirs, donor, open_talk, person, talk
):
    other = open_talk(donor, person("Bea"))
    api.patch(f"{HOME}/{talk.public_id}", json={"archived": True})

    def listed(query=""):
        return [(each["id"], each["archived"]) for each in api.get(f"{HOME}{query}").json["items"]]

    assert listed() == [(other.public_id, False), (talk.public_id, True)]
    assert (listed("?archived=true"), listed("?archived=false")) == (
        [(talk.public_id, True)],
        [(other.public_id, False)],
    )
    theirs.post(f"{HOME}/{talk.public_id}/messages", json=text())
    assert listed("?archived=true") == []


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [({"muted": "yes"}, "#/muted"), ({"muted": None}, "#/muted"), ({"closed": True}, "#/closed"), ([], "#")],
)
def test_how_a_conversation_is_treated_is_said_by_two_words_alone(api, place, problem, sent, pointer):
    assert [each["pointer"] for each in problem(api.patch(place, json=sent), 422)] == [pointer]
    assert api.get(place).json["muted"] is False


def test_words_are_found_in_ones_own_conversations_alone(api, theirs, bearer, stranger, place, talk):
    api.post(f"{place}/messages", json=text("The FREEZER is full"))
    api.post(f"{place}/messages", json=text("What a freezer"))
    theirs.delete(f"{place}/messages/2")
    search = f"{HOME}/search?q=freezer"
    found = theirs.get(search).json["items"]
    assert [(each["conversation"], each["seq"], each["other"], each["mine"]) for each in found] == [
        (talk.public_id, 2, "Dana", False), (talk.public_id, 1, "Dana", False),
    ]  # fmt: skip
    assert found[1]["body"] == "The FREEZER is full"
    api.delete(f"{place}/messages/2")
    assert [each["seq"] for each in api.get(search).json["items"]] == [1]
    assert bearer(stranger).get(search).json["items"] == []


@pytest.mark.parametrize("query", ["", "?q=", "?q=x", f"?q={'x' * 101}", "?q=ab&q=cd"])
def test_what_cannot_be_looked_for_is_refused_at_its_parameter(api, problem, query):
    assert {each["parameter"] for each in problem(api.get(f"{HOME}/search{query}"), 422)} == {"q"}


WAYS = [
    ("GET", "", None), ("GET", "/messages", None), ("POST", "/messages", text()), ("GET", "/messages/1", None),
    ("PATCH", "/messages/1", {"body": "x"}), ("DELETE", "/messages/1", None), ("POST", "/read", {"seq": 1}),
    ("POST", "/addresses", {"address": "12 Lake St"}), ("PATCH", "", {"muted": True}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), WAYS)
def test_a_stranger_finds_nothing_and_a_token_that_ended_opens_nothing(
    app, api, bearer, stranger, donor, place, problem, method, path, body
):
    api.post(f"{place}/messages", json=text())
    problem(bearer(stranger).open(f"{place}{path}", method=method, json=body), 404)
    problem(app.test_client().open(f"{place}{path}", method=method, json=body), 401)
    ended = bearer(donor)
    token = ended.get("/api/v1/tokens").json["items"][0]["id"]
    ended.delete(f"/api/v1/tokens/{token}")
    problem(ended.open(f"{place}{path}", method=method, json=body), 401)
    assert stored(app) == 1
    assert bearer(stranger).get(HOME).json["items"] == bearer(stranger).get(f"{HOME}/heads").json["items"] == []


@pytest.mark.parametrize("how", ["blocked", "ended"])
def test_where_nobody_can_write_any_more_the_cause_is_not_told(
    app, api, theirs, donor, family, talk, place, problem, how
):
    api.post(f"{place}/messages", json=text())
    with app.app_context():
        if how == "blocked":
            accounts.block(family.identity, people.person(donor.id).public_id, now=NOW)
        else:
            row = db.session.get(Conversation, talk.id)
            row.closed_at = NOW
            db.session.commit()
    problem(api.post(f"{place}/messages", json=text()), 409, "conversation_closed")
    problem(api.patch(f"{place}/messages/1", json={"body": "x"}), 409, "conversation_closed")
    problem(api.post(f"{place}/addresses", json={"address": "12 Lake St"}), 409, "conversation_closed")
    assert api.get(place).json["closed"] is True
    assert api.get(f"{place}/messages").json["messages"][0]["body"] == "Hello"
    assert api.delete(f"{place}/messages/1").json["deleted"] is True
    assert stored(app) == 1


def test_an_address_is_read_by_the_two_alone_and_taken_back_by_its_writer(
    app, api, theirs, bearer, stranger, place, problem
):
    told = {"address": "12 Lake St", "client_id": CLIENT_ID}
    first, second = (api.post(f"{place}/addresses", json=told, headers=keyed("k")) for _ in range(2))
    assert (first.status_code, first.json, "Lake" in first.text) == (201, second.json, False)
    here = first.headers["Location"]
    assert (theirs.get(here).json["address"], theirs.get(here).json["mine"]) == ("12 Lake St", False)
    for refused in (bearer(stranger).get(here), bearer(stranger).post(f"{here}/hide"), theirs.post(f"{here}/hide")):
        problem(refused, 404)
    for _ in range(2):
        hidden = api.post(f"{here}/hide").json
        assert (hidden["address"], hidden["shown"], hidden["mine"]) == ("", False, True)
    assert theirs.get(here).json["address"] == ""
    problem(api.post(f"{place}/addresses", json={**told, "address": " "}), 422)


@pytest.mark.both_databases
@pytest.mark.parametrize("headers", [keyed("k"), {}], ids=["by a key", "by a client id alone"])
def test_eight_at_once_are_one_message_and_one_answer(app, api, place, headers):
    header = {**headers, "Authorization": api.environ_base["HTTP_AUTHORIZATION"]}
    sent = text(client_id=CLIENT_ID)
    answers = at_once(app, *(lambda: app.test_client().post(f"{place}/messages", json=sent, headers=header),) * 8)
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.text for answer in answers} == {answers[0].text}
    assert stored(app) == 1


@pytest.mark.both_databases
def test_of_two_other_texts_under_one_id_at_once_one_is_stored_and_one_refused(app, api, place):
    header = {"Authorization": api.environ_base["HTTP_AUTHORIZATION"]}
    sent = [text(body, client_id=str(uuid.UUID(int=7))) for body in ("one", "two")]
    answers = at_once(
        app,
        *(lambda each=each: app.test_client().post(f"{place}/messages", json=each, headers=header) for each in sent),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert stored(app) == 1
