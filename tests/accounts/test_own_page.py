"""Somebody's own page: name and units, consents, blocked people; nobody else's."""

import pytest

from app.accounts import queries, services

GOOD = {
    "display_name": "Dana B",
    "volume_unit": "ml",
    "distance_unit": "km",
    "timezone": "America/Chicago",
    "locale": "en",
}
PRIVATE_PAGES = ["/me", "/me/place", "/welcome", "/start", "/change", "/change-email"]


@pytest.mark.parametrize("address", PRIVATE_PAGES)
def test_a_visitor_is_asked_to_sign_in(client, address):
    assert client.get(address).headers["Location"].startswith("/login")


@pytest.mark.parametrize(
    "address", ["/people/{id}/block", "/people/{id}/unblock", "/me/consents/terms/withdraw", "/me", "/me/place"]
)
def test_a_visitor_changes_nothing(app, client, donor, address):
    with app.app_context():
        public_id = queries.person(donor.id).public_id
    assert client.post(address.format(id=public_id), data=GOOD).headers["Location"].startswith("/login")
    with app.app_context():
        assert queries.person(donor.id).display_name == "Dana"


def test_a_page_shows_its_owners_mail_and_nobody_elses(sign_in, donor, stranger):
    assert donor.email in sign_in(donor).get("/me").text
    assert donor.email not in sign_in(stranger).get("/me").text


def test_name_and_units_are_saved(app, sign_in, donor):
    client = sign_in(donor)
    assert client.post("/me", data=GOOD).headers["Location"] == "/me"
    assert "Dana B" in client.get("/me").text
    with app.app_context():
        person = queries.person(donor.id)
    assert {key: getattr(person, key) for key in GOOD} == GOOD


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("display_name", "", "choose a name"),
        ("display_name", "Dana 9165550100", "phone number"),
        ("volume_unit", "gallons", "Not a valid choice"),
        ("timezone", "Mars/Olympus", "Not a valid choice"),
        ("locale", "tlh", "Not a valid choice"),
    ],
)
def test_a_fault_is_named_at_its_field_and_nothing_is_saved(app, sign_in, donor, field, value, words):
    answer = sign_in(donor).post("/me", data=GOOD | {field: value})
    assert answer.status_code == 422
    assert words in answer.text.split(f'id="{field}-errors"')[1].split("</div>")[0]
    with app.app_context():
        assert queries.person(donor.id).display_name == "Dana"


def test_only_the_listed_fields_can_be_set(app, sign_in, donor):
    sign_in(donor).post("/me", data=GOOD | {"trust": "2", "roles": "admin", "email": "x@example.org", "area_id": "7"})
    with app.app_context():
        person = queries.person(donor.id)
        assert (person.trust, person.area_id, queries.email_of(donor.id)) == (1, 1, donor.email)


def test_blocking_and_unblocking_from_the_page(app, sign_in, donor, family):
    with app.app_context():
        public_id = queries.person(family.id).public_id
    client = sign_in(donor)
    client.post(f"/people/{public_id}/block")
    assert "Fatima" in client.get("/me").text
    assert "Dana" not in sign_in(family).get("/me").text, "a block is silent"
    client.post(f"/people/{public_id}/unblock")
    assert "Fatima" not in client.get("/me").text


@pytest.mark.parametrize("verb", ["block", "unblock"])
def test_somebody_who_is_not_there_is_not_found(sign_in, donor, verb):
    assert sign_in(donor).post(f"/people/nobody/{verb}").status_code == 404


def test_an_unknown_purpose_is_not_found(sign_in, donor):
    assert sign_in(donor).post("/me/consents/anything/withdraw").status_code == 404


def test_the_page_lists_what_was_agreed_to_also_for_one_match(app, sign_in, donor, now):
    with app.app_context():
        services.give_consent(
            donor.identity,
            "health-share",
            subject="interest:1",
            text_version="2026-11",
            text_hash="0" * 64,
            language="en",
            now=now,
        )
    assert "Showing health facts" in sign_in(donor).get("/me").text


def test_what_was_agreed_to_is_not_asked_again(sign_in, person, agree):
    client = sign_in(person("Rita", health=False))
    assert client.get("/welcome").text.count("You agreed to this.") == 2
    assert agree(client, "terms", "informed_choice", "health_share").status_code == 302
    assert client.get("/welcome").text.count("You agreed to this.") == 3
