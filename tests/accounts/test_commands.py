"""``flask users …``."""

import pytest

from app.accounts import queries
from app.infra.gazetteer import find_places
from app.kernel.access import Role

PASSPHRASE = "a quiet bridge over milk"


@pytest.fixture
def users(app):
    runner = app.test_cli_runner()
    return lambda *args: runner.invoke(args=["users", *args])


def create(users, *more):
    return users("create", "ana@example.org", "--password", PASSPHRASE, "--name", "Ana", *more)


def test_an_operator_creates_a_confirmed_member_with_a_place(app, client, users):
    made = create(users, "--confirmed", "--area", "Sacramento, CA", "--timezone", "America/Los_Angeles")
    assert made.exit_code == 0, made.output
    with app.app_context():
        person = queries.person(queries.id_of_email("ana@example.org"))
        assert person.area_id == find_places("Sacramento, CA").exact[0].area
        assert person.timezone == "America/Los_Angeles"
    entered = client.post("/login", data={"email": "ana@example.org", "password": PASSPHRASE})
    assert entered.status_code == 302


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--area", "Sacremento, CA"], "did you mean: Sacramento, CA"),
        (["--area", "qqqqzzzzxx"], "nothing like it"),
        (["--name", "ana@example.org"], "display_name:"),
        (["--password", "short"], "password:"),
    ],
)
def test_a_fault_is_told_and_nobody_is_created(app, users, more, words):
    made = create(users, *more)
    assert made.exit_code == 1
    assert words in made.output
    with app.app_context():
        assert queries.people([1]) == {}


def test_a_mail_that_is_taken_is_told(users):
    create(users)
    assert "an account with this e-mail" in create(users).output


def test_an_operator_promotes(app, users, donor):
    assert users("promote", donor.email, "moderator").exit_code == 0
    with app.app_context():
        assert queries.ids_with_role(Role.MODERATOR) == {donor.id}


def test_promoting_nobody_is_told(users):
    assert "nobody has the e-mail" in users("promote", "nobody@example.org", "admin").output


def test_a_code_needs_a_second_factor(users, donor):
    assert "has no second factor" in users("totp", donor.email).output


def test_codes_are_printed_in_development_only(app, users, donor, monkeypatch):
    from dataclasses import replace

    settings = replace(app.extensions["milkbridge_settings"], dev_mailbox=False)
    monkeypatch.setitem(app.extensions, "milkbridge_settings", settings)
    assert "development only" in users("totp", donor.email).output
