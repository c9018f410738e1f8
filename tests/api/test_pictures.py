"""Pictures by the API: sent as a form with a file, encoded as the page does, and fetched by the two alone."""

from io import BytesIO

import pytest
import time_machine
from PIL import Image
from sqlalchemy import func, select

from app.accounts import queries as people
from app.accounts import services as accounts
from app.infra.database import db
from app.messaging.models import Message, Picture
from tests.api.test_once import keyed
from tests.at_once import at_once
from tests.conftest import NOW
from tests.messaging.conftest import CLIENT_ID
from tests.messaging.test_pictures import photo, with_place

HOME = "/api/v1/conversations"
FORM = "multipart/form-data; boundary=x"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def theirs(bearer, family):
    return bearer(family)


@pytest.fixture
def place(talk) -> str:
    return f"{HOME}/{talk.public_id}/pictures"


def form(data=None, **more):
    return {"picture": (BytesIO(photo() if data is None else data), "../../x.php"), **more}


def stored(app) -> tuple[int, int]:
    with app.app_context():
        return tuple(db.session.scalar(select(func.count()).select_from(table)) for table in (Message, Picture))


def shown(client, answer) -> str:
    """The address of the picture that was sent."""
    return "/api/v1/pictures/" + client.get(answer.headers["Location"]).json["payload"]["picture"]


def test_it_is_a_message_and_the_two_fetch_it_without_anything_about_it(api, theirs, place):
    sent = api.post(place, data=form(with_place(), description="Six bags", client_id=CLIENT_ID))
    assert (sent.status_code, sent.json["kind"], sent.json["state"], sent.json["seq"]) == (201, "picture", "sent", 1)
    assert (sent.json["client_id"], "Six bags" in sent.text) == (CLIENT_ID, False)
    assert theirs.get(sent.headers["Location"]).json["body"] == "A picture: Six bags"
    for one in (api, theirs):
        answer = one.get(shown(one, sent), headers={"Accept": "image/jpeg"})
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert b"SecretPhone" not in answer.data
        with Image.open(BytesIO(answer.data)) as kept:
            assert (kept.format, dict(kept.getexif())) == ("JPEG", {})


def test_a_stranger_a_moderator_and_a_caller_without_a_token_reach_nothing(
    app, api, bearer, stranger, moderator, place, problem
):
    here = shown(api, api.post(place, data=form()))
    for who in (stranger, moderator):
        problem(bearer(who).get(here), 404)
        problem(bearer(who).post(place, data=form()), 404)
    problem(app.test_client().get(here), 401)
    problem(app.test_client().post(place, data=form()), 401)
    assert stored(app) == (1, 1)


def test_a_block_and_a_deletion_end_it_for_both(app, api, theirs, donor, family, place, problem):
    first, second = (shown(api, api.post(place, data=form(photo(colour=colour)))) for colour in ("red", "blue"))
    api.delete(f"{place.removesuffix('pictures')}messages/1")
    for one in (api, theirs):
        problem(one.get(first), 404)
        assert one.get(second).status_code == 200
    with app.app_context():
        accounts.block(family.identity, people.person(donor.id).public_id, now=NOW)
    for one in (api, theirs):
        problem(one.get(second), 404)
    problem(api.post(place, data=form()), 409, "conversation_closed")


def test_a_newcomer_sends_none_and_a_member_does(app, api, donor, place, problem, trust):
    trust(donor, 0)
    problem(api.post(place, data=form()), 403, "no_pictures_yet")
    assert stored(app) == (0, 0)
    trust(donor, 1)
    assert api.post(place, data=form()).status_code == 201


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"description": "x"}, "#/picture"),
        ({"picture": "not a file"}, "#/picture"),
        (form(b"GIF89a"), "#/picture"),
        (form(b""), "#/picture"),
        (form(description="x" * 301), "#/description"),
        (form(description="$2 per oz"), "#/description"),
        (form(client_id="1"), "#/client_id"),
        (form(seq="1"), "#/seq"),
        ({**form(), "description": ["a", "b"]}, "#/description"),
        ({**form(), "description": (BytesIO(b"x"), "x")}, "#/description"),
    ],
    ids=["no picture", "words", "gif", "empty", "long", "priced", "no uuid", "unknown", "twice", "a file for words"],
)
def test_every_reason_stands_at_its_field(app, api, place, problem, sent, pointer):
    sent = {name: (BytesIO(value[0].getvalue()), value[1]) if isinstance(value, tuple) else value
            for name, value in sent.items()}  # fmt: skip
    answer = api.post(place, data=sent, content_type="multipart/form-data")
    assert [each["pointer"] for each in problem(answer, 422, "invalid")] == [pointer]
    assert stored(app) == (0, 0)


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "image/jpeg", ""])
def test_what_is_no_form_with_a_file_is_told_so(app, api, place, problem, kind):
    problem(api.post(place, data=b"{}", content_type=kind), 415, "unsupported_media_type")


def test_a_picture_may_be_larger_than_another_body_and_not_larger_than_eleven_megabytes(app, api, place, problem):
    assert api.post(place, data=form(photo() + b"\0" * (300 * 1024))).status_code == 201

    def announce(client, address, size):
        return client.post(
            address, input_stream=BytesIO(), environ_overrides={"CONTENT_LENGTH": str(size)}, content_type=FORM
        )

    problem(announce(api, place, 12 * 1024 * 1024), 413)
    problem(announce(app.test_client(), place, 300 * 1024), 401)
    large = api.post(place.replace("pictures", "messages"), json={"kind": "text", "body": "x" * 70_000})
    problem(large, 413)


def test_sent_again_by_its_id_or_a_key_it_is_there_once_and_another_is_refused(app, api, place, problem):
    same = [api.post(place, data=form(client_id=CLIENT_ID)) for _ in range(2)]
    assert same[0].json == same[1].json
    problem(api.post(place, data=form(photo(colour="blue"), client_id=CLIENT_ID)), 422, "invalid")
    keyed_twice = [api.post(place, data=form(), headers=keyed("k")) for _ in range(2)]
    assert (keyed_twice[0].json, keyed_twice[1].headers["Idempotent-Replayed"]) == (keyed_twice[1].json, "true")
    for other in (form(photo(colour="blue")), form(description="x"), form(client_id=CLIENT_ID)):
        problem(api.post(place, data=other, headers=keyed("k")), 422, "idempotency_key_reused")
    assert stored(app) == (2, 2)


@pytest.mark.both_databases
def test_eight_at_once_under_one_key_are_one_picture(app, api, place):
    headers = {**keyed("k"), "Authorization": api.environ_base["HTTP_AUTHORIZATION"]}
    answers = at_once(app, *(lambda: app.test_client().post(place, data=form(), headers=headers),) * 8)
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.text for answer in answers} == {answers[0].text}
    assert stored(app) == (1, 1)


@pytest.mark.parametrize(("accept", "status"), [("image/*", 200), ("application/json", 200), ("text/html", 406)])
def test_a_picture_is_given_to_who_takes_pictures_or_json(api, place, accept, status):
    here = shown(api, api.post(place, data=form()))
    assert api.get(here, headers={"Accept": accept}).status_code == status
