"""A token opens the API for its owner alone, is shown once, and ends at once when it should."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from app.accounts import queries, services
from app.accounts.models import ApiToken, User
from app.accounts.rules.tokens import MOST_TOKENS, made_from, opens, same, to_the_hour
from app.infra.database import WRITES, db
from app.infra.transaction import transaction
from app.kernel.errors import Invalid, LimitReached, NotFound
from tests.people import PASSWORD

NOW = datetime(2026, 11, 21, 15, 40, tzinfo=UTC)
ME = "/api/v1/me"


@pytest.fixture
def token(app, donor):
    """A new token of the donor's."""
    with app.app_context():
        return services.make_token(donor.identity, "spreadsheet", now=datetime.now(UTC))


def asking(client, secret: str):
    return client.get(ME, headers={"Authorization": f"Bearer {secret}"})


def test_a_token_opens_its_owners_account(client, token, donor):
    answer = asking(client, token.secret)
    assert (answer.status_code, answer.json["display_name"]) == (200, donor.display_name)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer mb_ü", "Bearer mb_" + "a" * 43])
def test_what_is_no_token_is_asked_for_one(client, problem, header):
    answer = client.get(ME, headers={"Authorization": header} if header else {})
    problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer realm=Milkbridge")


def test_a_session_on_the_site_is_no_way_into_the_api(sign_in, donor, problem):
    problem(sign_in(donor).get(ME), 401)


def test_a_token_is_no_way_into_the_pages(client, token):
    answer = client.get("/me", headers={"Authorization": f"Bearer {token.secret}"})
    assert (answer.status_code, answer.location.split("?")[0]) == (302, "/login")


def test_only_a_digest_is_kept(app, token):
    with app.app_context():
        row = db.session.scalars(select(ApiToken)).one()
        kept = [value for value in vars(row).values() if isinstance(value, str)]
        assert same(row.digest, token.secret)
        assert not any(token.secret in value or token.secret[3:] in value for value in kept)
    assert token.secret not in repr(token)


def test_a_token_ends_with_its_last_moment(client, token):
    with time_machine.travel(token.expires_at - timedelta(seconds=1), tick=False):
        assert asking(client, token.secret).status_code == 200
    with time_machine.travel(token.expires_at, tick=False):
        assert asking(client, token.secret).status_code == 401


@pytest.mark.parametrize(
    ("expires_at", "revoked_at", "expected"),
    [
        (NOW + timedelta(seconds=1), None, True),
        (NOW, None, False),
        (NOW + timedelta(days=1), NOW - timedelta(days=1), False),
    ],
)
def test_a_token_opens_until_it_ends_or_is_revoked(expires_at, revoked_at, expected):
    assert opens(expires_at=expires_at, revoked_at=revoked_at, now=NOW) is expected


@pytest.mark.parametrize("change", [{"active": False}, {"confirmed_at": None}])
def test_a_shut_or_unconfirmed_account_gets_no_further(app, client, token, donor, change):
    assert asking(client, token.secret).status_code == 200
    with app.app_context(), transaction() as session:
        session.execute(update(User).where(User.id == donor.id).values(**change))
    assert asking(client, token.secret).status_code == 401


def test_a_new_password_ends_every_token(sign_in, donor, token, client):
    fresh = {"password": PASSWORD, "new_password": "another long horse", "new_password_confirm": "another long horse"}
    assert sign_in(donor).post("/change", data=fresh).status_code == 302
    assert asking(client, token.secret).status_code == 401


def test_signing_out_on_the_site_leaves_a_program_working(sign_in, donor, token, client):
    sign_in(donor).post("/logout")
    assert asking(client, token.secret).status_code == 200


def test_a_member_who_has_not_agreed_yet_is_sent_to_the_site(person, bearer, problem):
    problem(bearer(person("Nora", agreed=False)).get(ME), 403, "not_agreed")


def test_the_last_use_is_kept_to_the_hour(app, client, token, donor):
    assert to_the_hour(NOW) == datetime(2026, 11, 21, 15, tzinfo=UTC)
    asking(client, token.secret)
    with app.app_context():
        used = queries.own_tokens(donor.identity, now=datetime.now(UTC))[0].last_used_at
    assert used is not None
    assert (used.minute, used.second, used.microsecond) == (0, 0, 0)


@pytest.mark.both_databases
def test_a_reader_does_not_wait_until_its_use_can_be_noted(app, client, token, donor):
    """The others let go while the reader waits, if it does: it would then be noted."""

    def last_used():
        return queries.own_tokens(donor.identity, now=datetime.now(UTC))[0].last_used_at

    with app.app_context(), db.engine.connect().execution_options(**{WRITES: True}) as other:
        other.execute(update(ApiToken).values(name="held"))
        lets_go = threading.Timer(3, other.commit)
        lets_go.start()
        assert asking(client, token.secret).status_code == 200
        assert last_used() is None
        lets_go.join()
        assert asking(client, token.secret).status_code == 200
        db.session.rollback()
        assert last_used() is not None


def test_a_program_lists_and_revokes_its_owners_tokens(api, client):
    made = api.post("/api/v1/tokens", json={"name": "second", "days": 7}).json
    assert {each["name"] for each in api.get("/api/v1/tokens").json["items"]} == {"test", "second"}
    assert asking(client, made["token"]).status_code == 200
    assert api.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
    assert asking(client, made["token"]).status_code == 401
    assert [each["name"] for each in api.get("/api/v1/tokens").json["items"]] == ["test"]


def test_nobody_revokes_somebody_elses_token(bearer, donor, stranger, problem):
    own = bearer(donor)
    token_id = own.get("/api/v1/tokens").json["items"][0]["id"]
    problem(bearer(stranger).delete(f"/api/v1/tokens/{token_id}"), 404)
    assert own.get(ME).status_code == 200


def test_a_token_made_by_a_token_never_outlives_it(api):
    maker = api.get("/api/v1/tokens").json["items"][0]
    made = api.post("/api/v1/tokens", json={"name": "longer", "days": 365}).json
    assert made["expires_at"] == maker["expires_at"]


def test_a_token_that_is_revoked_takes_with_it_what_was_made_with_it(api, bearer, donor, client):
    second = api.post("/api/v1/tokens", json={"name": "second"}).json["token"]
    third = client.post("/api/v1/tokens", json={"name": "third"}, headers={"Authorization": f"Bearer {second}"}).json
    beside = bearer(donor)
    first = next(each for each in api.get("/api/v1/tokens").json["items"][::-1] if each["name"] == "test")
    assert api.delete(f"/api/v1/tokens/{first['id']}").status_code == 204
    assert [asking(client, secret).status_code for secret in (second, third["token"])] == [401, 401]
    assert beside.get(ME).status_code == 200


def test_a_token_that_ended_meanwhile_makes_no_further_one(in_app, donor, stranger):
    maker = services.make_token(donor.identity, "maker", days=1, now=NOW)
    for actor, at in ((donor, maker.expires_at), (stranger, NOW)):
        with pytest.raises(NotFound):
            services.make_token(actor.identity, "late", made_with=maker.public_id, now=at)
    services.revoke_token(donor.identity, maker.public_id, now=NOW)
    with pytest.raises(NotFound):
        services.make_token(donor.identity, "late", made_with=maker.public_id, now=NOW)


@pytest.mark.parametrize(("first", "expected"), [(1, {1, 2, 3}), (2, {2, 3}), (3, {3}), (4, {4, 5}), (5, {5})])
def test_what_was_made_from_a_token(first, expected):
    assert made_from(first, [(3, 2), (2, 1), (1, None), (5, 4), (4, None)]) == expected


@pytest.mark.parametrize(
    ("name", "days", "field"), [("", 1, "name"), ("x" * 61, 1, "name"), ("x", 0, "days"), ("x", 366, "days")]
)
def test_a_token_without_a_name_or_with_an_impossible_life_is_refused(in_app, donor, name, days, field):
    with pytest.raises(Invalid) as refused:
        services.make_token(donor.identity, name, days=days, now=NOW)
    assert set(refused.value.fields) == {field}


def test_a_person_has_at_most_twenty_tokens_at_a_time(in_app, donor):
    made = [services.make_token(donor.identity, f"n{n}", now=NOW) for n in range(MOST_TOKENS)]
    with pytest.raises(LimitReached):
        services.make_token(donor.identity, "one more", now=NOW)
    services.revoke_token(donor.identity, made[0].public_id, now=NOW)
    services.revoke_token(donor.identity, made[0].public_id, now=NOW)
    services.make_token(donor.identity, "one more", now=NOW)
    with pytest.raises(NotFound):
        services.revoke_token(donor.identity, "nothing", now=NOW)


def test_the_command_prints_a_token_once(app, client, donor):
    printed = app.test_cli_runner().invoke(args=["users", "token", donor.email, "--name", "nightly", "--days", "3"])
    assert asking(client, printed.output.strip()).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["nobody@example.org"], "nobody has the e-mail"), (["dana@example.org", "--days", "999"], "from 1 to 365")],
)
def test_the_command_says_what_is_wrong(app, donor, arguments, words):
    printed = app.test_cli_runner().invoke(args=["users", "token", *arguments])
    assert printed.exit_code == 1
    assert words in printed.output


def test_a_member_makes_and_ends_a_key_on_her_own_page(sign_in, donor, client):
    signed_in = sign_in(donor)
    form = {"name": "my spreadsheet", "days": "30", "password": PASSWORD}
    made = signed_in.post("/me/tokens/new", data=form)
    secret = made.text.split('id="token"')[1].split(">")[1].split("<")[0]
    assert asking(client, secret).status_code == 200
    page = signed_in.get("/me").text
    assert "my spreadsheet" in page
    assert secret not in page
    address = next(part for part in page.split('"') if part.endswith("/revoke"))
    signed_in.post(address)
    assert asking(client, secret).status_code == 401
    assert "my spreadsheet" not in signed_in.get("/me").text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "wrong horse battery"}, "That is not your password."),
        ({"name": "\u200b"}, "Please name it"),
        ({"name": "x" * 61}, "60 characters"),
    ],
)
def test_a_key_is_not_made_without_password_and_name(sign_in, donor, change, words, app):
    form = {"name": "k", "days": "30", "password": PASSWORD, **change}
    refused = sign_in(donor).post("/me/tokens/new", data=form)
    assert (refused.status_code, words in refused.text) == (422, True)
    with app.app_context():
        assert db.session.scalars(select(ApiToken)).all() == []


@pytest.mark.parametrize("where", ["header", "address"])
def test_no_token_of_the_library_opens_a_page(client, app, donor, where):
    asked = {"email": donor.email, "password": PASSWORD}
    answer = client.post("/login?include_auth_token", json=asked, headers={"Accept": "application/json"})
    token = answer.json["response"]["user"]["authentication_token"]
    other = app.test_client()
    headers = {"Authentication-Token": token} if where == "header" else {}
    page = other.get("/me", headers=headers, query_string={"auth_token": token} if where == "address" else {})
    assert (page.status_code, page.location.split("?")[0]) == (302, "/login")
