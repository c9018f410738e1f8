"""A conversation taken along: what both said, to the two alone."""

import json

import pytest

from app.messaging import services
from tests.conftest import NOW
from tests.messaging.conftest import numbered


@pytest.fixture
def told(app, open_talk, donor, family, trust):
    """A conversation with a note, words, a deletion, an address, and words that wait for a moderator."""
    talk = open_talk(donor, family, note="A note <i>")
    with app.app_context():
        for n, body in ((1, "Six <b>bags</b>\nor seven"), (2, "Taken back words")):
            services.send(donor.identity, talk.public_id, client_id=numbered(n), kind="text", body=body, now=NOW)
        services.delete_message(donor.identity, talk.public_id, 2, now=NOW)
        services.tell_address(family.identity, talk.public_id, client_id=numbered(3), address="12 Elm Street", now=NOW)
        services.post_system(talk.id, donor.id, "handoff_agreed", now=NOW)
        trust(donor, 0)
        held = {"client_id": numbered(4), "kind": "text", "body": "It is $2 per oz.", "now": NOW}
        services.send(donor.identity, talk.public_id, **held)
    return talk


def copied(client, talk, form="json"):
    return client.get(f"/messages/{talk.public_id}/copy.{form}")


def test_both_read_what_was_said_in_its_order(told, donor, family, sign_in):
    for who in (donor, family):
        copy = copied(sign_in(who), told).json
        assert (copy["donor"], copy["family"], copy["note"]["text"]) == ("Dana", "Fatima", "A note <i>")
        assert [(line["number"], line["from"], line["deleted"]) for line in copy["messages"]] == [
            (1, "Dana", False), (2, "Dana", True), (3, "Fatima", False), (4, None, False),
        ]  # fmt: skip
        assert copy["messages"][0]["text"] == "Six <b>bags</b>\nor seven"


@pytest.mark.parametrize("form", ["json", "html"])
def test_no_deleted_word_no_address_and_nothing_of_the_accounts_is_in_it(form, told, donor, family, sign_in):
    for who in (donor, family):
        copy = copied(sign_in(who), told, form).text
        for private in ("Taken back words", "Elm Street", donor.email, family.email, numbered(1)):
            assert private not in copy


@pytest.mark.parametrize("form", ["json", "html"])
def test_what_waits_for_a_moderator_is_its_writers_alone(form, told, donor, family, sign_in):
    assert "It is $2 per oz." in copied(sign_in(donor), told, form).text
    assert "$2" not in copied(sign_in(family), told, form).text


@pytest.mark.parametrize(("form", "kind"), [("json", "application/json"), ("html", "text/html")])
def test_it_is_a_download_that_no_cache_keeps(form, kind, told, donor, sign_in):
    answer = copied(sign_in(donor), told, form)
    assert answer.mimetype == kind
    assert answer.headers["Content-Disposition"] == f"attachment; filename=conversation-{told.public_id}.{form}"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_page_to_read_escapes_and_loads_nothing(told, donor, sign_in):
    page = copied(sign_in(donor), told, "html").text
    assert "Six &lt;b&gt;bags&lt;/b&gt;<br>or seven" in page
    assert "This message was deleted." in page
    for loading in ("<script", "<link", "src=", "http://", "https://"):
        assert loading not in page


def test_a_long_conversation_is_whole(app, talk, donor, family, sign_in, monkeypatch):
    monkeypatch.setattr("app.messaging.exporting.CATCH_UP", 2)
    with app.app_context():
        for n in range(5):
            services.send(donor.identity, talk.public_id, client_id=numbered(n), kind="text", body=str(n), now=NOW)
    copy = json.loads(copied(sign_in(family), talk).data)
    assert [line["text"] for line in copy["messages"]] == ["0", "1", "2", "3", "4"]
    assert copy["note"] is None


def test_nobody_else_gets_one(told, stranger, moderator, client, sign_in):
    assert [copied(sign_in(who), told).status_code for who in (stranger, moderator)] == [404, 404]
    assert copied(client, told).status_code == 302


def test_there_are_no_other_forms(told, donor, sign_in):
    assert copied(sign_in(donor), told, "pdf").status_code == 404
