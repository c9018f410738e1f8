"""Conversations in a browser without JavaScript."""

import re

import pytest

from app.accounts.models import Block
from app.infra.transaction import transaction
from app.messaging import queries, services
from tests.conftest import NOW
from tests.messaging.conftest import CLIENT_ID


def write(client, talk, body, client_id=CLIENT_ID, **more):
    return client.post(
        f"/messages/{talk.public_id}", data={"client_id": client_id, "kind": "text", "body": body, **more}
    )


def stored(app, talk):
    with app.app_context():
        return [message.body for message in queries.messages_after(talk.id, 0)]


def test_a_typed_message_is_sent_by_form_and_stands_on_the_page(app, talk, donor, family, sign_in):
    hers = sign_in(donor)
    answer = write(hers, talk, "Hello <b>there</b>")
    assert (answer.status_code, answer.location) == (303, f"/messages/{talk.public_id}#m1")
    page = sign_in(family).get(f"/messages/{talk.public_id}").text
    assert "Hello &lt;b&gt;there&lt;/b&gt;" in page


def test_pressing_send_twice_sends_once(app, talk, donor, sign_in):
    hers = sign_in(donor)
    assert [write(hers, talk, "Hello").status_code for _ in range(2)] == [303, 303]
    assert stored(app, talk) == ["Hello"]


@pytest.mark.parametrize(("typed", "reason"), [("   ", "Write something first"), ("é" * 4001, "too long")])
def test_what_cannot_be_sent_stays_in_the_box_with_the_reason(typed, reason, app, talk, donor, sign_in):
    answer = write(sign_in(donor), talk, typed)
    assert answer.status_code == 422
    assert reason in answer.text
    assert CLIENT_ID in answer.text
    assert typed in answer.text
    assert stored(app, talk) == []


def test_going_back_and_sending_other_words_is_told_and_then_works(app, talk, donor, sign_in):
    hers = sign_in(donor)
    write(hers, talk, "Hello")
    answer = write(hers, talk, "Hello again")
    assert answer.status_code == 422
    assert "Hello again" in answer.text
    fresh = re.search(r'id="composer".*?name="client_id"[^>]*value="([^"]+)"', answer.text, re.DOTALL)[1]
    assert fresh != CLIENT_ID
    assert write(hers, talk, "Hello again", fresh).status_code == 303
    assert stored(app, talk) == ["Hello", "Hello again"]


@pytest.mark.parametrize("address", ["", "?after_seq=0", "?before_seq=5"])
def test_a_stranger_does_not_find_the_conversation(address, talk, donor, stranger, sign_in):
    assert sign_in(donor).get(f"/messages/{talk.public_id}{address}").status_code == 200
    assert sign_in(stranger).get(f"/messages/{talk.public_id}{address}").status_code == 404


def test_a_stranger_can_neither_write_nor_mark(app, talk, stranger, sign_in):
    outsider = sign_in(stranger)
    assert write(outsider, talk, "Hello").status_code == 404
    assert outsider.post(f"/messages/{talk.public_id}/read", data={"seq": "0"}).status_code == 404
    assert stored(app, talk) == []


@pytest.mark.parametrize("address", ["/messages", "/messages/x"])
def test_a_visitor_is_asked_to_sign_in(address, client):
    assert client.get(address).status_code in {302, 401}


def test_catching_up_gives_what_follows_as_data_and_as_a_piece_of_page(talk, donor, family, sign_in):
    hers, theirs = sign_in(donor), sign_in(family)
    for n in range(1, 4):
        write(hers, talk, f"line {n}", f"00000000-0000-4000-8000-{n:012d}")
    address = f"/messages/{talk.public_id}?after_seq=1"
    answer = theirs.get(address, headers={"Accept": "application/json"}).json
    assert [(message["seq"], message["body"], message["mine"]) for message in answer["messages"]] == [
        (2, "line 2", False),
        (3, "line 3", False),
    ]
    assert (answer["last_seq"], answer["more"]) == (3, False)
    piece = theirs.get(address + "&limit=1").text
    assert ("line 2" in piece, "line 3" in piece, "<html" in piece) == (True, False, False)


def test_sending_as_data_answers_as_data(talk, donor, sign_in):
    hers, json = sign_in(donor), {"Accept": "application/json"}
    address = f"/messages/{talk.public_id}"
    answer = hers.post(address, data={"client_id": CLIENT_ID, "kind": "text", "body": "Hello"}, headers=json)
    assert (answer.json["ok"], answer.json["seq"], answer.json["message"]["client_id"]) == (True, 1, CLIENT_ID)
    refused = hers.post(address, data={"client_id": CLIENT_ID, "kind": "text", "body": "Other"}, headers=json)
    pointers = [each["pointer"] for each in refused.json["errors"]]
    assert (refused.status_code, pointers) == (422, ["#/client_id"])


def test_earlier_messages_stand_on_an_earlier_page(app, talk, donor, sign_in):
    with app.app_context():
        for n in range(1, 61):
            client_id = f"00000000-0000-4000-8000-{n:012d}"
            services.send(donor.identity, talk.public_id, client_id=client_id, kind="text", body=f"line-{n}.", now=NOW)
    hers = sign_in(donor)
    newest = hers.get(f"/messages/{talk.public_id}").text
    assert ("line-60." in newest, "line-11." in newest, "line-10." in newest) == (True, True, False)
    assert "before_seq=11" in newest
    assert "line-10." in hers.get(f"/messages/{talk.public_id}?before_seq=11").text


def test_the_list_shows_the_other_their_last_words_and_what_is_new(talk, donor, family, sign_in):
    hers, theirs = sign_in(donor), sign_in(family)
    assert "Nobody has written yet" in hers.get("/messages").text
    write(hers, talk, "See you on Friday")
    page = theirs.get("/messages").text
    assert (donor.display_name in page, "See you on Friday" in page, "1 new" in page) == (True, True, True)
    assert "You: See you on Friday" in hers.get("/messages").text


def test_an_empty_list_says_what_happens_next(donor, sign_in):
    assert "No conversations yet" in sign_in(donor).get("/messages").text


def test_marking_as_read_works_by_form(app, talk, donor, family, sign_in):
    write(sign_in(donor), talk, "Hello")
    theirs = sign_in(family)
    assert theirs.post(f"/messages/{talk.public_id}/read", data={"seq": "1"}).status_code == 303
    assert "1 new" not in theirs.get("/messages").text
    for junk in ("", "x", "9" * 30, "2"):
        assert theirs.post(f"/messages/{talk.public_id}/read", data={"seq": junk}).status_code == 422


def test_ready_questions_are_buttons_for_the_family_until_asked(asks, talk, donor, family, sign_in):
    theirs = sign_in(family)
    assert theirs.get(f"/messages/{talk.public_id}").text.count("data-question") == len(asks)
    assert "data-question" not in sign_in(donor).get(f"/messages/{talk.public_id}").text
    answer = theirs.post(
        f"/messages/{talk.public_id}", data={"client_id": CLIENT_ID, "kind": "question", "body": "caffeine"}
    )
    assert answer.status_code == 303
    assert theirs.get(f"/messages/{talk.public_id}").text.count("data-question") == len(asks) - 1


def test_a_blocked_pair_can_read_but_not_write(app, talk, donor, family, sign_in):
    write(sign_in(donor), talk, "Hello")
    with app.app_context(), transaction() as session:
        session.add(Block(blocker_id=donor.id, blocked_id=family.id, created_at=NOW))
    theirs = sign_in(family)
    page = theirs.get(f"/messages/{talk.public_id}").text
    assert ("Hello" in page, 'id="composer"' in page) == (True, False)
    answer = write(theirs, talk, "Why?", "00000000-0000-4000-8000-000000000002")
    assert answer.status_code == 409
    assert stored(app, talk) == ["Hello"]


def test_the_note_of_the_first_contact_opens_the_conversation(open_talk, donor, family, sign_in):
    talk = open_talk(donor, family, origin="yes", note="Our twins would be glad.")
    page = sign_in(donor).get(f"/messages/{talk.public_id}").text
    assert ("Our twins would be glad." in page, f"The note of {family.display_name}" in page) == (True, True)
    assert "Your note" in sign_in(family).get(f"/messages/{talk.public_id}").text


def test_signing_out_has_the_browser_drop_what_it_kept(donor, sign_in):
    hers = sign_in(donor)
    assert hers.post("/logout").headers["Clear-Site-Data"] == '"storage"'
    assert "Clear-Site-Data" not in hers.get("/login").headers


def test_the_count_in_the_frame_is_that_of_the_visitor(app, talk, donor, family, client, sign_in):
    write(sign_in(donor), talk, "Hello")
    count = app.jinja_env.globals["unread_messages"]
    with client.application.test_request_context("/"):
        assert count() == 0
    theirs = sign_in(family)
    with theirs:
        theirs.get("/messages")
        assert count() == 1


def test_marking_as_read_answers_as_data_to_a_script(talk, donor, family, sign_in):
    write(sign_in(donor), talk, "Hello")
    address, json = f"/messages/{talk.public_id}/read", {"Accept": "application/json"}
    assert sign_in(family).post(address, data={"seq": "1"}, headers=json).json == {"ok": True, "seq": 1}


def test_what_the_other_wrote_can_be_reported_and_the_other_blocked(talk, donor, family, sign_in):
    hers, theirs = sign_in(donor), sign_in(family)
    write(hers, talk, "Hello")
    report = f"/report/message/{talk.public_id}.1"
    page = theirs.get(f"/messages/{talk.public_id}").text
    assert f'href="{report}"' in page
    assert theirs.get(report).status_code == 200
    assert f'href="{report}"' not in hers.get(f"/messages/{talk.public_id}").text
    block = re.search(r'action="(/people/[^"]+/block)"', page)[1]
    assert theirs.post(block).status_code == 302
    assert write(hers, talk, "Hello?", "00000000-0000-4000-8000-000000000002").status_code == 409
