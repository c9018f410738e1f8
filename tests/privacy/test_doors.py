"""Nobody but those a thing belongs to gets at it: not by its address, not by a socket, not after a block."""

import re

import pytest

from app.accounts import queries as people
from app.accounts import services as accounts
from app.infra.clock import utcnow
from app.matching import queries as matching
from app.posts import queries as posts
from app.web.realtime import SOCKET_EVENTS as ALL_EVENTS
from tests.handoffs import factories
from tests.privacy.conftest import MESSAGE, NOTE, client_id

PRIVATE = [
    ("GET", "/posts/{offer}/edit"), ("POST", "/posts/{offer}/edit"), ("POST", "/posts/{offer}/act?step=withdraw"),
    ("GET", "/posts/new/offer?draft={offer}"), ("GET", "/matches/{offer}"), ("GET", "/matches/{offer}/line"),
    ("GET", "/matches/{request}"), ("GET", "/matches/pair/{offer}/{request}"),
    ("GET", "/matches/pair/{offer}/{waiting_request}"), ("POST", "/matches/pair/{offer}/{request}/yes"),
    ("POST", "/matches/pair/{offer}/{request}/invite"), ("POST", "/interests/{interest}/accept"),
    ("POST", "/interests/{interest}/decline"), ("POST", "/interests/{interest}/take-back"),
    ("GET", "/messages/{conversation}"), ("GET", "/messages/{conversation}?after_seq=0"),
    ("POST", "/messages/{conversation}"), ("POST", "/messages/{conversation}/read"), ("GET", "/messages/of/{interest}"),
    ("GET", "/conversations/{conversation}/handoff"), ("POST", "/conversations/{conversation}/handoff"),
    ("GET", "/handoffs/{handoff}"), ("GET", "/handoffs/{handoff}/card"), ("GET", "/handoffs/{handoff}/other-time"),
    ("POST", "/handoffs/{handoff}/other-time"), ("POST", "/handoffs/{handoff}/agree"),
    ("POST", "/handoffs/{handoff}/decline"), ("POST", "/handoffs/{handoff}/cancel"),
    ("POST", "/handoffs/{handoff}/missed"), ("POST", "/handoffs/{handoff}/place"),
    ("GET", "/handoffs/{handoff}/after"), ("POST", "/handoffs/{handoff}/after/fine"),
    ("POST", "/handoffs/{handoff}/after/thanks"), ("GET", "/posts/{request}/runway"),
    ("POST", "/posts/{request}/stock"), ("POST", "/posts/{request}/bridge"), ("POST", "/handoffs/{handoff}/confirm"),
    ("POST", "/notices/{notice}/open"), ("GET", "/reports/{report}"), ("POST", "/reports/{report}/block"),
    ("GET", "/reviews/{case}"), ("GET", "/moderation/cases/{case}"),
    ("POST", "/moderation/cases/{case}/decide"), ("GET", "/report/message/{conversation}.1"),
    ("GET", "/report/interest/{interest}"),
]  # fmt: skip
FORM = {"step": "withdraw", "body": "x", "seq": "1", "reason": "unsaid", "amount": "1", "place": "x", "note": "x"}


def way(template: str, world) -> str:
    return template.format(**{name: getattr(world, name) for name in world.__dataclass_fields__})


@pytest.fixture
def signed_out(app):
    return app.test_client()


@pytest.mark.parametrize("as_json", [False, True])
def test_for_a_stranger_nothing_of_others_exists(app, world, sign_in, stranger, as_json):
    client = sign_in(stranger)
    headers = {"Accept": "application/json"} if as_json else {}
    answers = {
        f"{method} {template}": client.open(way(template, world), method=method, data=FORM, headers=headers)
        for method, template in PRIVATE
    }
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code != 404} == {}
    assert [name for name, answer in answers.items() if NOTE in answer.text or MESSAGE in answer.text] == []


def test_what_is_not_there_and_what_is_anothers_look_the_same(world, sign_in, stranger):
    client = sign_in(stranger)
    for method, template in PRIVATE:
        if "{handoff}" in template or "{conversation}" in template:
            there = client.open(way(template, world), method=method, data=FORM)
            nowhere = client.open(re.sub(r"\{\w+\}", "x" * 22, template), method=method, data=FORM)
            assert there.status_code == nowhere.status_code
            assert len(there.data) == len(nowhere.data), template


def test_a_visitor_is_asked_to_sign_in_and_learns_nothing(world, signed_out):
    for method, template in PRIVATE:
        answer = signed_out.open(way(template, world), method=method, data=FORM)
        assert (answer.status_code, "/login" in answer.headers["Location"]) == (302, True), template


def test_a_shut_account_is_a_visitor(app, world, sign_in, donor):
    client = sign_in(donor)
    assert client.get(f"/messages/{world.conversation}").status_code == 200
    with app.app_context():
        accounts.deactivate(donor.id, now=utcnow())
    for method, template in PRIVATE:
        assert client.open(way(template, world), method=method, data=FORM).status_code == 302, template


def test_the_posts_of_a_shut_account_are_found_by_nobody(app, world, sign_in, donor, stranger):
    client = sign_in(stranger)
    with app.app_context():
        own = factories.request_of(stranger)
    assert client.get(f"/posts/{world.offer}").status_code == 200
    with app.app_context():
        accounts.deactivate(donor.id, now=utcnow())
    assert client.get(f"/posts/{world.offer}").status_code == 404
    asking = f"/matches/pair/{world.offer}/{own}"
    assert client.get(asking).status_code == 404
    assert client.post(f"{asking}/yes", data={"read": "y"}).status_code in {404, 409}


SOCKET_EVENTS = [
    ("conversation.open", {"id": "{conversation}", "after_seq": 0}),
    ("message.read", {"conversation": "{conversation}", "seq": 1}),
    ("typing", {"conversation": "{conversation}"}),
    ("here", {"conversation": "{conversation}"}),
    ("message.send", {"conversation": "{conversation}", "client_id": "", "kind": "text", "body": "Hello"}),
]


def said_by(who, event, payload, world):
    filled = {name: way(value, world) if isinstance(value, str) else value for name, value in payload.items()}
    return who.ask(event, filled | ({"client_id": client_id()} if "client_id" in filled else {}))


@pytest.mark.parametrize(("event", "payload"), SOCKET_EVENTS)
def test_a_strangers_socket_finds_no_conversation(world, phone, stranger, family, event, payload):
    listening = phone(family)
    answer = said_by(phone(stranger), event, payload, world)
    assert (answer["ok"], answer["error"]["code"]) == (False, "not_found")
    assert listening.socket.get_received() == []
    assert said_by(listening, event, payload, world)["ok"]


CLIENT = "7d9f1f0e-3c1b-4a55-8a53-5b2f0c3f9a10"
TOO_LARGE = [2**31, 2**63, 2**70]
JUNK = [None, 7, "x", [], {}, [{}], {"id": {}}, {"id": ["x"]}, {"conversation": "\ud800", "body": "\x00"}, True,
        {"conversation": "C", "client_id": 5, "kind": [], "body": {}}, {"id": "C", "after_seq": 1e308},
        {"conversation": "C", "seq": float("nan")}, {"id": "C", "after_seq": -1}, {"id": "C", "after_seq": 2**70},
        {"conversation": "C", "client_id": "x" * 5000, "body": "x" * 9000, "payload": {"a": "\ud800"}},
        *({"id": junk, "conversation": junk, "client_id": CLIENT, "kind": "text", "body": "x", "seq": 1}
          for junk in ("\x00", "a\x00b", "C\x00", "\ud800", "x" * 60_000, 2**63)),
        *({"id": "C", "conversation": "C", "client_id": CLIENT, "kind": kind, "body": "x", "reply_to": large,
           "seq": large, "after_seq": large, "changes_after": large, "payload": {"\x00": "\x00", "a": large}}
          for kind in ("text", "question", "phrase", "answer", "\x00") for large in TOO_LARGE),
        *({"conversation": "C", "client_id": CLIENT, "kind": kind, "body": "\x00", "payload": payload, "reply_to": 1}
          for kind in ("text", "question", "phrase", "answer")
          for payload in ({"attribute": "\x00"}, {"phrase": "\x00"}, {"state": "\x00", "since": "\x00"})),
        *({"conversation": "C", "client_id": junk, "after": junk, "kind": "text", "body": "x"}
          for junk in ("\x00", CLIENT + "\x00"))]  # fmt: skip
WITH_AN_ID = [event for event in ALL_EVENTS if event != "heads"]


@pytest.mark.both_databases
@pytest.mark.parametrize("event", [*ALL_EVENTS, "no.such", "connect "])
def test_no_junk_breaks_a_socket(world, phone, family, event, capsys):
    talking = phone(family)
    for junk in JUNK:
        filled = {k: world.conversation if v == "C" else v for k, v in junk.items()} if isinstance(junk, dict) else junk
        answer = talking.ask(event, filled)
        assert answer.get("error", {}).get("code") != "server_error", junk
    assert talking.connected
    assert "could not take" not in capsys.readouterr().out


@pytest.mark.both_databases
@pytest.mark.parametrize("event", WITH_AN_ID)
def test_an_id_that_can_be_none_of_ours_finds_nothing_and_is_not_sent_again(world, phone, family, event):
    talking = phone(family)
    for junk in ("\x00", f"{world.conversation}\x00", "x" * 60_000):
        sent = {"id": junk, "conversation": junk, "client_id": client_id(), "kind": "text", "body": "x", "seq": 1}
        answer = talking.ask(event, sent)
        assert (answer["ok"], answer["error"]["code"], answer.get("retry")) == (False, "not_found", None), junk


@pytest.mark.both_databases
def test_words_with_a_sign_that_no_text_has_arrive_without_it(world, phone, family):
    sent = {"conversation": world.conversation, "client_id": client_id(), "kind": "text", "body": "hi\x00"}
    assert phone(family).ask("message.send", sent)["message"]["body"] == "hi"


@pytest.mark.parametrize("way_out", ["sign out", "shut"])
def test_a_socket_that_is_still_open_hears_and_says_nothing_after_the_end(app, world, phone, donor, family, way_out):
    hers, theirs = phone(donor), phone(family)
    if way_out == "sign out":
        theirs.client.post("/logout")
    else:
        with app.app_context():
            accounts.deactivate(family.id, now=utcnow())
    assert not theirs.connected
    message = {"conversation": world.conversation, "client_id": client_id(), "kind": "text", "body": "Hello"}
    assert hers.ask("message.send", message)["ok"]
    assert theirs.heard("message") == []


@pytest.mark.parametrize("blocker", ["donor", "family"])
def test_a_block_ends_every_way_to_each_other_silently(app, world, sign_in, phone, donor, family, blocker):
    who, other = (donor, family) if blocker == "donor" else (family, donor)
    before = sign_in(other).get("/notices").text.count("<li")
    with app.app_context():
        accounts.block(who.identity, people.person(other.id).public_id, now=utcnow())
    for reader in (donor, family):
        client = sign_in(reader)
        theirs = world.request if reader is donor else world.offer
        assert client.get(f"/posts/{theirs}").status_code == 404
        assert client.get(f"/matches/pair/{world.offer}/{world.request}").status_code == 404
        assert theirs not in client.get("/search?kind=offer").text + client.get("/search?kind=request").text
        own = world.offer if reader is donor else world.request
        assert theirs not in client.get(f"/matches/{own}").text
        assert theirs not in client.get("/matches/mine").text
        assert (
            client.post(f"/messages/{world.conversation}", data={"body": "x", "client_id": client_id()}).status_code
            == 409
        )
        answered = client.post(f"/handoffs/{world.handoff}/agree")
        assert answered.status_code in {403, 404, 409}
        assert "blocked" not in answered.text
        assert not said_by(phone(reader, client=client), *SOCKET_EVENTS[3], world)["ok"]
    page = sign_in(other)
    assert page.get("/notices").text.count("<li") == before
    assert "blocked" not in page.get(f"/messages/{world.conversation}").text


def test_a_block_takes_a_waiting_family_out_of_the_line(app, world, sign_in, donor, other_family):
    client = sign_in(donor)
    assert other_family.display_name in client.get(f"/matches/{world.offer}").text
    with app.app_context():
        accounts.block(other_family.identity, people.person(donor.id).public_id, now=utcnow())
        assert matching.interests_for_offer(donor.identity, world.offer, now=utcnow()).shown == ()
    assert other_family.display_name not in client.get(f"/matches/{world.offer}").text
    assert client.post(f"/interests/{world.interest}/accept").status_code in {404, 409}


def test_nothing_can_be_set_that_a_form_does_not_list(app, world, sign_in, donor):
    extra = {
        "trust": "2", "area_id": "9", "active": "", "roles": "admin", "email": "evil@example.org", "public_id": "x",
        "author_id": "1", "state": "live", "fs_uniquifier": "x", "confirmed_at": "", "password": "x",
    }  # fmt: skip
    with app.app_context():
        before = people.person(donor.id)
    client = sign_in(donor)
    prefs = {"display_name": "Dana", "volume_unit": "ml", "distance_unit": "km", "timezone": "UTC", "locale": "en"}
    assert client.post("/me", data=prefs | extra).status_code == 302
    client.post(f"/posts/{world.offer}/act", data={"step": "pause"} | extra)
    with app.app_context():
        after = people.person(donor.id)
        assert (after.trust, after.area_id, after.active, after.public_id) == (
            before.trust,
            before.area_id,
            True,
            before.public_id,
        )
        assert people.email_of(donor.id) == donor.email
        assert posts.post_by_public_id(world.offer).author_id == donor.id


ELSEWHERE = [
    "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
    "\t//evil.example", "/\x0b/evil.example", "javascript:alert(1)", "///evil.example", "/%5cevil.example/..//x",
    "http:evil.example", " //evil.example", "/\u2028/evil.example",
]  # fmt: skip


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_link_onwards_leaves_this_site(app, client, sign_in, donor, target):
    away = re.compile(r"^\s*(?:[a-z]+:(?!//localhost)|[/\\][\s]*[/\\])", re.IGNORECASE)
    member = sign_in(donor)
    data = {"email": donor.email, "password": "correct horse battery staple"}
    answers = [
        client.post("/theme", data={"theme": "dark", "back": target}),
        member.post("/me/place", query_string={"next": target}, data={"place": "95814"}),
        app.test_client().post("/login", query_string={"next": target}, data=data),
        app.test_client().post("/login", data=data | {"next": target}),
        member.get("/login", query_string={"next": target}),
    ]
    assert [answer.headers["Location"] for answer in answers if away.match(answer.headers.get("Location", "/"))] == []
