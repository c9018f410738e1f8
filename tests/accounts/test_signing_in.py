"""Signing in and what guards it: inactive people, reset, change of e-mail and password, the second factor, limits."""

import re

import pytest
import time_machine
from sqlalchemy import event, select

from app.accounts import queries, services
from app.accounts.models import User
from app.factory import create_app
from app.infra import jobs
from app.infra.clock import utcnow
from app.infra.database import db
from app.kernel.access import Role
from config import Settings
from tests.people import PASSWORD

FRESH_PASSWORD = "three lamps above a pear"


def code_of(app, email: str) -> str:
    with app.app_context():
        secret = queries.sealed_second_factor(email)
        return app.extensions["security"].totp_factory.generate_totp_password(secret)


def field_errors(page: str, field: str) -> str:
    return page.split(f'id="{field}-errors"')[1].split("</div>", maxsplit=1)[0]


@pytest.fixture
def with_second_factor(app, sign_in):
    """Turn somebody's second factor on, as she would."""

    def turn_on(who):
        client = sign_in(who)
        page = client.post("/tf-setup", data={"setup": "authenticator"}).text
        key = re.search(r"<code>([A-Z2-7 -]+)</code>", page).group(1)
        target = re.search(r'action="(/tf-setup/[^"]+)"', page).group(1)
        with app.app_context():
            factory = app.extensions["security"].totp_factory._totp
            code = factory(key=key.replace("-", "").replace(" ", ""), format="base32").generate().token
        assert client.post(target, data={"code": code}).headers["Location"] == "/me"
        with app.app_context():
            db.session.scalars(select(User).where(User.id == who.id)).one().tf_last_counter = None
            db.session.commit()
        return client

    return turn_on


def test_an_inactive_person_cannot_sign_in_and_is_told_nothing(app, client, donor):
    with app.app_context():
        services.deactivate(donor.id, now=utcnow())
    # Both pages carry a form token, which is signed with the second it was made in.
    with time_machine.travel(utcnow(), tick=False):
        shut = client.post("/login", data={"email": donor.email, "password": PASSWORD})
        wrong = client.post("/login", data={"email": donor.email, "password": "not the password"})
    assert shut.status_code == wrong.status_code == 200
    assert shut.text == wrong.text


def test_a_shut_account_is_signed_out_with_its_next_request(app, sign_in, donor):
    client = sign_in(donor)
    assert client.get("/me").status_code == 200
    with app.app_context():
        services.deactivate(donor.id, now=utcnow())
        uniquifier = db.session.scalars(select(User.fs_uniquifier).where(User.id == donor.id)).one()
        assert app.extensions["milkbridge_account_loader"](uniquifier) is None
    assert client.get("/me").headers["Location"].startswith("/login")


def test_sockets_know_an_active_account_and_nobody_else(in_app, donor):
    load = in_app.extensions["milkbridge_account_loader"]
    uniquifier = db.session.scalars(select(User.fs_uniquifier).where(User.id == donor.id)).one()
    assert load(uniquifier).id == donor.id
    assert load("nobody") is None
    assert load(None) is None


def test_signing_out_needs_a_post(sign_in, donor):
    client = sign_in(donor)
    assert client.get("/logout").status_code == 405
    assert client.post("/logout").headers["Location"] == "/"
    assert client.get("/me").headers["Location"].startswith("/login")


def test_signing_out_ends_every_device_and_an_old_cookie_is_worth_nothing(app, sign_in, donor):
    here, elsewhere = sign_in(donor), sign_in(donor)
    stolen = app.test_client()
    name = app.config["SESSION_COOKIE_NAME"]
    stolen.set_cookie(name, here.get_cookie(name).value)
    assert stolen.get("/me").status_code == elsewhere.get("/me").status_code == 200
    assert "on every device" in here.get("/me").text
    here.post("/logout")
    assert stolen.get("/me").headers["Location"].startswith("/login")
    assert elsewhere.get("/me").headers["Location"].startswith("/login")


@pytest.mark.parametrize("state", [None, "ready", "validating_profile"])
def test_opening_the_page_for_a_code_signs_nobody_out(app, sign_in, donor, state):
    client = sign_in(donor)
    with client.session_transaction() as session:
        session["tf_state"] = state
    assert client.get("/tf-validate").status_code == 302
    assert client.get("/me").status_code == 200


def test_signing_in_changes_the_form_token_that_was_known_before(app, client, donor):
    client.get("/login")
    with client.session_transaction() as session:
        planted = session["csrf_token"]
    client.post("/login", data={"email": donor.email, "password": PASSWORD})
    client.get("/me")
    with client.session_transaction() as session:
        assert session["csrf_token"] != planted


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/logout", {}),
        (
            "/change",
            {"password": PASSWORD, "new_password": FRESH_PASSWORD, "new_password_confirm": FRESH_PASSWORD},
        ),
    ],
)
def test_the_end_of_every_session_is_told_once_it_is_committed(app, sign_in, donor, monkeypatch, path, typed):
    heard = []

    def note(person_id):
        heard.append((person_id, db.session.get(User, donor.id).fs_uniquifier))

    with app.app_context():
        before = db.session.get(User, donor.id).fs_uniquifier
    monkeypatch.setattr("app.accounts.subscribers.end_sockets", note)
    assert sign_in(donor).post(path, data=typed).status_code == 302
    assert [person_id for person_id, _number in heard] == [donor.id]
    assert heard[0][1] != before


def test_a_shut_account_loses_its_open_pages(in_app, donor, monkeypatch):
    heard = []
    monkeypatch.setattr("app.accounts.subscribers.end_sockets", heard.append)
    services.deactivate(donor.id, now=utcnow())
    assert heard == [donor.id]


def test_a_link_onwards_stays_on_this_site(client, donor):
    data = {"email": donor.email, "password": PASSWORD}
    assert client.post("/login?next=https://evil.example/", data=data).status_code == 200
    assert client.post("/login?next=/me", data=data).headers["Location"] == "/me"


def test_a_forgotten_password_is_reset_by_mail_and_ends_other_sessions(client, mails, link, sign_in, donor):
    elsewhere = sign_in(donor)
    client.post("/reset", data={"email": donor.email})
    (mail,) = mails()
    path = link(mail)
    assert "at least 12" in client.post(path, data={"password": "short", "password_confirm": "short"}).text
    fresh = {"password": FRESH_PASSWORD, "password_confirm": FRESH_PASSWORD}
    assert client.post(path, data=fresh).headers["Location"] == "/login"
    assert elsewhere.get("/me").status_code == 302
    assert client.post("/login", data={"email": donor.email, "password": PASSWORD}).status_code == 200
    assert client.post("/login", data={"email": donor.email, "password": FRESH_PASSWORD}).status_code == 302
    assert client.post(path, data=fresh).headers["Location"] == "/reset", "a link of reset works once"


def test_a_password_changes_only_with_the_old_one(sign_in, donor):
    client = sign_in(donor)
    change = {"new_password": FRESH_PASSWORD, "new_password_confirm": FRESH_PASSWORD}
    assert client.post("/change", data=change | {"password": "wrong"}).status_code == 200
    assert client.post("/change", data=change | {"password": PASSWORD}).headers["Location"] == "/me"


def test_a_person_of_the_team_needs_fifteen_characters(sign_in, moderator):
    change = {"password": PASSWORD, "new_password": "moon-pear-70", "new_password_confirm": "moon-pear-70"}
    assert "at least 15" in sign_in(moderator).post("/change", data=change).text


def test_a_new_mail_needs_the_password_and_counts_once_confirmed(app, mails, link, sign_in, donor):
    client = sign_in(donor)
    wrong = client.post("/change-email", data={"email": "new@example.org", "password": "wrong"})
    assert "not your password" in field_errors(wrong.text, "password")
    assert 'value="new@example.org"' in wrong.text
    assert mails() == []

    client.post("/change-email", data={"email": "new@example.org", "password": PASSWORD})
    (mail,) = mails()
    assert mail.to == ["new@example.org"]
    with app.app_context():
        assert queries.email_of(donor.id) == donor.email
    client.get(link(mail))
    with app.app_context():
        assert queries.email_of(donor.id) == "new@example.org"


def test_the_own_password_is_known_however_a_keyboard_writes_its_accents(sign_in, donor):
    client = sign_in(donor)
    change = {"password": PASSWORD, "new_password": "drei größere Äpfel", "new_password_confirm": "drei größere Äpfel"}
    assert client.post("/change", data=change).headers["Location"] == "/me"
    for typed in ("drei größere Äpfel", "drei gro\u0308ßere A\u0308pfel"):
        answer = client.post("/change-email", data={"email": "new@example.org", "password": typed})
        assert "not your password" not in answer.text, typed


def test_a_new_mail_that_is_taken_looks_the_same_and_writes_to_nobody(sign_in, mails, donor, family):
    client = sign_in(donor)
    free = client.post("/change-email", data={"email": "new@example.org", "password": PASSWORD})
    mails()
    taken = client.post("/change-email", data={"email": family.email, "password": PASSWORD})
    assert taken.status_code == free.status_code == 200
    assert "-errors" not in taken.text
    assert mails() == []


def test_the_second_factor_is_asked_after_the_password(app, client, with_second_factor, donor):
    with_second_factor(donor)
    first = client.post("/login", data={"email": donor.email, "password": PASSWORD})
    assert "/tf-validate" in first.headers["Location"]
    assert client.get("/me").status_code == 302, "the password alone is not enough"
    assert client.post("/tf-validate", data={"code": "000000"}).status_code == 200
    assert client.post("/tf-validate", data={"code": code_of(app, donor.email)}).headers["Location"] == "/start"
    assert client.get("/me").status_code == 200


def test_a_code_works_once(app, with_second_factor, donor):
    with_second_factor(donor)
    code = code_of(app, donor.email)
    answers = []
    for _ in range(2):
        client = app.test_client()
        client.post("/login", data={"email": donor.email, "password": PASSWORD})
        answers.append(client.post("/tf-validate", data={"code": code}).status_code)
    assert answers == [302, 200]


def test_a_lost_phone_is_replaced_by_a_recovery_code_once(app, with_second_factor, donor):
    client = with_second_factor(donor)
    page = client.post("/mf-recovery-codes", data={"generate_new_codes": "1"}).text
    code = re.search(r"<li><code>([^<]+)</code>", page).group(1)
    with app.app_context():
        stored = db.session.get(User, donor.id).mf_recovery_codes
    assert code not in stored, "recovery codes are kept encrypted"
    answers = []
    for _ in range(2):
        lost = app.test_client()
        lost.post("/login", data={"email": donor.email, "password": PASSWORD})
        answers.append(lost.post("/mf-recovery", data={"code": code}).status_code)
    assert answers == [302, 200]


def test_the_second_factor_can_be_turned_off(app, with_second_factor, donor):
    client = with_second_factor(donor)
    assert "Turn it off" in client.get("/tf-setup").text
    client.post("/tf-setup", data={"setup": "disable"})
    with app.app_context():
        assert not queries.has_second_factor(donor.id)


def test_the_team_must_set_up_a_second_factor_where_the_setting_asks_for_it(app, client, moderator, donor):
    app.config["SECURITY_STAFF_SECOND_FACTOR"] = True
    try:
        staff = client.post("/login", data={"email": moderator.email, "password": PASSWORD})
        assert "/tf-setup" in staff.headers["Location"]
        assert client.get("/me").status_code == 302
        member = app.test_client().post("/login", data={"email": donor.email, "password": PASSWORD})
        assert member.headers["Location"] == "/start"
    finally:
        app.config["SECURITY_STAFF_SECOND_FACTOR"] = False


@pytest.mark.only_sqlite
def test_a_writing_view_of_the_library_takes_the_write_lock_at_its_start(app, client, typed):
    spoken = []

    def listen(connection, *_record):
        connection.set_trace_callback(spoken.append)

    with app.app_context():
        engine = db.engine
    engine.dispose()
    event.listen(engine, "connect", listen)
    try:
        client.get("/register")
        assert "BEGIN IMMEDIATE" not in spoken
        client.post("/register", data=typed)
    finally:
        event.remove(engine, "connect", listen)
        engine.dispose()
    begins = [words for words in spoken if words.startswith(("BEGIN", "INSERT INTO users"))]
    assert begins[begins.index("BEGIN IMMEDIATE") + 1].startswith("INSERT INTO users")


def test_two_sign_ups_with_one_mail_at_once_make_one_account(app, client, mails, typed, monkeypatch):
    client.post("/register", data=typed)
    mails()
    monkeypatch.setattr("app.accounts.security.People.find_user", lambda *_args, **_kwargs: None)
    late = client.post("/register", data=typed)
    assert late.headers["Location"] == "/check-mail"
    assert mails() == []
    with app.app_context():
        assert len(db.session.scalars(select(User)).all()) == 1


def test_a_mail_asked_for_again_leaves_with_the_commit(app, client, mails, typed):
    client.post("/register", data=typed)
    mails()
    client.post("/confirm", data={"email": typed["email"]})
    (again,) = mails()
    assert "/confirm/" in again.body


def test_production_hashes_with_argon2id_of_nineteen_mebibytes(tmp_path):
    app = create_app(Settings(instance_path=tmp_path, mail_backend="locmem"))
    with app.app_context():
        from flask_security import hash_password

        assert hash_password("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_guessing_a_password_is_slowed_down(tmp_path):
    app = create_app(Settings(instance_path=tmp_path, testing=True, rate_limits=True, mail_backend="locmem"))
    with app.app_context():
        from flask_migrate import upgrade

        upgrade()
    client = app.test_client()
    answers = [
        client.post("/login", data={"email": "nobody@example.org", "password": f"a wrong password {n}"}).status_code
        for n in range(11)
    ]
    assert answers == [200] * 10 + [429]


def test_a_form_without_its_token_is_refused(app, donor):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        client = app.test_client()
        assert client.post("/login", data={"email": donor.email, "password": PASSWORD}).status_code == 400
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get("/login").text).group(1)
        data = {"email": donor.email, "password": PASSWORD, "csrf_token": token}
        assert client.post("/login", data=data).status_code == 302
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_cookies_are_for_this_site_and_not_for_scripts(client, donor):
    answer = client.post("/login", data={"email": donor.email, "password": PASSWORD, "remember": "y"})
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) >= 2
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)


def test_production_cookies_are_secure_and_bound_to_the_host(tmp_path):
    settings = Settings(
        instance_path=tmp_path, production=True, secret_key="x" * 40, dev_mailbox=False, mail_backend="locmem"
    )
    app = create_app(settings)
    assert app.config["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert app.config["SESSION_COOKIE_SECURE"]
    assert app.config["REMEMBER_COOKIE_SECURE"]
    assert app.config["SECURITY_TWO_FACTOR_VALIDITY_COOKIE"]["secure"]


@pytest.mark.parametrize(
    "address",
    ["/register", "/login", "/reset", "/confirm", "/check-mail"],
)
def test_pages_before_sign_in_open_for_a_visitor(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.text.count("<h1") == 1


@pytest.mark.parametrize(
    "address",
    ["/me", "/welcome", "/me/place", "/change", "/change-email", "/tf-setup", "/mf-recovery-codes", "/verify"],
)
def test_own_pages_open_for_a_member(sign_in, donor, address):
    answer = sign_in(donor).get(address)
    assert answer.status_code == 200
    assert answer.text.count("<h1") == 1


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.ADMIN])
def test_the_printed_code_is_the_one_the_app_shows(app, with_second_factor, person, role):
    who = person("Tara", roles=[role])
    with_second_factor(who)
    printed = app.test_cli_runner().invoke(args=["users", "totp", who.email]).output.strip()
    client = app.test_client()
    client.post("/login", data={"email": who.email, "password": PASSWORD})
    assert client.post("/tf-validate", data={"code": printed}).status_code == 302


def test_no_job_is_left_broken_by_the_mails(app, client, mails, typed):
    client.post("/register", data=typed)
    mails()
    with app.app_context():
        assert db.session.scalars(select(jobs.Job.state)).all() == ["done"]
