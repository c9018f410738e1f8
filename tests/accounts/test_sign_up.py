"""Joining in three steps: an account and its mail, the informed choice, a place."""

import re

import pytest
import time_machine
from sqlalchemy import select

from app.accounts import queries
from app.accounts.models import Consent, User
from app.infra.clock import utcnow
from app.infra.database import db

pytestmark = pytest.mark.both_databases

REQUIRED = ("terms", "informed_choice")


def rows(app, table):
    with app.app_context():
        return list(db.session.scalars(select(table)))


def test_somebody_joins_confirms_agrees_and_chooses_a_place(app, client, mails, link, typed, agree):
    joined = client.post("/register", data=typed)
    assert joined.headers["Location"] == "/check-mail"
    (mail,) = mails()
    assert mail.to == ["ana@example.org"]

    assert client.post("/login", data=typed).status_code == 200, "before the mail is confirmed nobody gets in"
    assert client.get(link(mail)).headers["Location"] == "/login"
    entered = client.post("/login", data={"email": "ana@example.org", "password": typed["password"]})
    assert entered.headers["Location"] == "/start"

    assert client.get("/start").headers["Location"] == "/welcome"
    assert agree(client, *REQUIRED).headers["Location"] == "/start"
    assert client.get("/start").headers["Location"] == "/me/place"
    assert client.post("/me/place", data={"place": "Sacramento, CA"}).headers["Location"] == "/start"
    assert client.get("/start").headers["Location"] == "/"

    (ana,) = rows(app, User)
    assert ana.area_id is not None
    assert ana.adult_confirmed_at is not None
    assert ana.password.startswith("$argon2id$")
    assert {consent.purpose for consent in rows(app, Consent)} == {"terms", "informed-choice"}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("password", "short", "at least 12 characters"),
        ("password", "", "not provided"),
        ("password", "password1234", "easy to guess"),
        ("password", "ana@example.org", "easy to guess"),
        ("display_name", "", "choose a name"),
        ("display_name", "x" * 61, "at most 60 characters"),
        ("display_name", "ana@example.org", "e-mail address out"),
        ("display_name", "Ana 916-555-0100", "phone number out"),
        ("display_name", "www.ana.example", "links out"),
        ("adult", "", "18 or older to join"),
        ("email", "nobody", "Invalid email"),
        ("email", "", "not provided"),
    ],
)
def test_a_fault_is_named_at_its_field_and_nothing_typed_is_lost(app, client, mails, typed, field, value, words):
    answer = client.post("/register", data=typed | {field: value})
    errors = answer.text.split(f'id="{field}-errors"')[1].split("</div>")[0]
    assert words in errors
    for kept in {"display_name", "email"} - {field}:
        assert f'value="{typed[kept]}"' in answer.text
    assert typed["password"] not in answer.text
    assert rows(app, User) == []
    assert mails() == []


@pytest.mark.parametrize("password", ["correct horse battery staple", "milk and moon " * 8, "ünï©ødé passwörd größe"])
def test_long_and_foreign_passwords_are_taken(client, typed, password):
    assert client.post("/register", data=typed | {"password": password}).status_code == 302


def test_joining_with_a_known_mail_looks_the_same_and_writes_to_its_owner(app, client, mails, typed, donor):
    fresh = client.post("/register", data=typed)
    mails()
    known = client.post("/register", data=typed | {"email": donor.email.upper()})
    assert (known.status_code, known.headers["Location"]) == (fresh.status_code, fresh.headers["Location"])
    (mail,) = mails()
    assert mail.to == [donor.email]
    assert "You have an account already" in mail.body
    assert len(rows(app, User)) == 2


@pytest.mark.parametrize(
    ("path", "extra"), [("/reset", {}), ("/confirm", {}), ("/login", {"password": "not the right password"})]
)
def test_a_known_and_an_unknown_mail_get_the_same_answer(client, donor, path, extra):
    # Both pages carry a form token, which is signed with the second it was made in.
    with time_machine.travel(utcnow(), tick=False):
        known = client.post(path, data={"email": donor.email, **extra})
        unknown = client.post(path, data={"email": "nobody@example.org", **extra})
    assert known.status_code == unknown.status_code
    assert known.text.replace(donor.email, "X") == unknown.text.replace("nobody@example.org", "X")


def test_the_welcome_page_shows_the_authorities_split_with_sources(sign_in, donor):
    page = sign_in(donor).get("/welcome").text
    for words in ("FDA", "AAP", "ABM", "HM4HB", "Advises against", "milk bank", "clinician first"):
        assert words in page
    assert page.count("Source:") == 4


def test_without_the_required_ticks_nothing_is_recorded(app, sign_in, undecided, agree):
    answer = agree(sign_in(undecided), "terms", "health_collect")
    assert answer.status_code == 422
    assert "Please tick this box" in answer.text.split('id="informed_choice-errors"')[1].split("</div>")[0]
    assert rows(app, Consent) == []


def test_words_that_changed_meanwhile_are_shown_again_before_they_count(app, sign_in, undecided, agree):
    client = sign_in(undecided)
    answer = agree(client, *REQUIRED, shown="0" * 64)
    assert answer.status_code == 422
    assert "read them again" in answer.text
    assert rows(app, Consent) == []
    assert agree(client, *REQUIRED).status_code == 302


def test_a_consent_names_the_words_that_were_shown(app, sign_in, undecided, agree):
    agree(sign_in(undecided), *REQUIRED, "health_share")
    given = {consent.purpose: consent for consent in rows(app, Consent)}
    assert set(given) == {"terms", "informed-choice", "health-share"}
    assert all(len(consent.text_hash) == 64 for consent in given.values())
    assert given["terms"].language == "en"
    with app.app_context():
        assert queries.active_consent(undecided.id, "health-share")
        assert not queries.active_consent(undecided.id, "health-collect")


def test_agreeing_twice_keeps_one_record(app, sign_in, undecided, agree):
    client = sign_in(undecided)
    agree(client, *REQUIRED)
    agree(client, *REQUIRED)
    assert len(rows(app, Consent)) == 2


def test_a_withdrawn_consent_stops_at_once_and_stays_on_record(app, sign_in, undecided, agree):
    client = sign_in(undecided)
    agree(client, *REQUIRED, "health_share")
    client.post("/me/consents/health-share/withdraw")
    with app.app_context():
        assert not queries.active_consent(undecided.id, "health-share")
    assert len(rows(app, Consent)) == 3


def test_after_agreeing_and_choosing_a_place_somebody_finds_back_to_the_page_she_wanted(sign_in, person):
    client = sign_in(person("Nina", agreed=False, area_id=None))
    welcome = client.get("/search?kind=offer&radius=40").headers["Location"]
    assert welcome == "/welcome?next=/search?kind%3Doffer%26radius%3D40"
    typed = dict.fromkeys(REQUIRED, "y") | {
        "shown": re.search(r'name="shown" value="(\w+)"', client.get(welcome).text)[1]
    }
    start = client.post(welcome, data=typed).headers["Location"]
    place = client.get(start).headers["Location"]
    assert place.startswith("/me/place?next=")
    chosen = client.post(place, data={"place": "Sacramento, CA"})
    assert chosen.headers["Location"] == "/search?kind=offer&radius=40"


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"])
def test_nobody_is_led_off_the_site_after_agreeing(sign_in, donor, wanted):
    assert sign_in(donor).get("/start", query_string={"next": wanted}).headers["Location"] == "/"


def test_whoever_has_not_agreed_is_led_to_the_welcome_page_first(sign_in, undecided, agree):
    client = sign_in(undecided)
    assert client.get("/notices").headers["Location"] == "/welcome?next=/notices"
    for open_page in ("/", "/me", "/places?place=Davis", "/healthz"):
        assert client.get(open_page).status_code == 200
    agree(client, *REQUIRED)
    assert client.get("/notices").status_code == 200
    client.post("/me/consents/terms/withdraw")
    assert client.get("/notices").headers["Location"] == "/welcome?next=/notices"
