"""What a database cannot keep is bad input: no such page, taken out, or refused in plain words; never a broken page."""

import json

import pytest
from sqlalchemy import select, update

from app.accounts.models import User
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.access import Permission, anyone
from app.web.errors import WORDS
from app.web.realtime import SOCKET_EVENTS, on

pytestmark = pytest.mark.both_databases

SECRET = "words of a letter"
TOO_LARGE = 2**70
NO_TEXT = f"{SECRET} \ud800"
JSON = {"Accept": "application/json"}
WITH_NUL = [
    "/messages/a%00b", "/handoffs/%00", "/milk/%00", "/posts/%00%00", "/people/a%00/block", "/matches/pair/a/%00",
    "/messages/%00/after", "/api/v1/handoffs/a%00b", "/static/a%00b",
]  # fmt: skip


def _renames_and_asks_for(what: object) -> None:
    """A use-case that has written something when the database meets a value it cannot take."""
    with transaction() as session:
        session.execute(update(User).values(display_name="Half"))
        column = User.email if isinstance(what, str) else User.trust
        session.execute(update(User).values({column: what}))


def _asks_for(what: object) -> None:
    db.session.execute(select(User.id).where(User.email == what if isinstance(what, str) else User.id == what)).all()


@pytest.fixture(params=[TOO_LARGE, NO_TEXT], ids=["a number", "a text"])
def what(request):
    return request.param


@pytest.fixture(params=[_asks_for, _renames_and_asks_for], ids=["asking", "writing"])
def unforeseen(request, app, what, monkeypatch):
    """A page whose use-case hands the database what it cannot take."""
    monkeypatch.setitem(app.view_functions, "health.alive", lambda: request.param(what))


def names(app) -> set[str]:
    with app.app_context():
        return set(db.session.scalars(select(User.display_name)))


@pytest.mark.parametrize("path", WITH_NUL)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_with_a_nul_leads_nowhere(sign_in, donor, path, method):
    assert sign_in(donor).open(path, method=method).status_code in ({404, 405} if "static" in path else {404})


def test_a_nul_is_taken_out_of_what_is_typed(app):
    with app.test_request_context("/?a%00b=c%00d&a%00b=%00", data={"na\0me": "Da\0na"}, method="POST") as context:
        assert context.request.args.to_dict(flat=False) == {"ab": ["cd", ""]}
        assert context.request.form.to_dict() == {"name": "Dana"}


def test_a_nul_is_taken_out_of_a_form_with_files_and_the_file_stays(app):
    sent = {"name": "Da\0na", "file": (__file__, "a.py")}
    with app.test_request_context("/", data=sent, method="POST", content_type="multipart/form-data") as context:
        assert context.request.form.to_dict() == {"name": "Dana"}
        assert context.request.files["file"].read().startswith(b'"""')


NO_FORM = [
    "a\0b@example.org", "\0", "\ud800", TOO_LARGE, 1.5, True, None, ["\0", 7], [[]], {"a": "\0"}, "x" * 5_000,
]  # fmt: skip
FIELDS = (
    "email", "password", "code", "new_email", "display_name", "volume_unit", "place", "area", "timezone", "note",
)  # fmt: skip
TAKES_FORMS = ["/login", "/register", "/reset", "/change-email", "/me", "/me/place", "/welcome", "/posts/new/offer"]


@pytest.mark.filterwarnings("ignore:Passing SelectField choices as tuples:DeprecationWarning")
@pytest.mark.parametrize("path", TAKES_FORMS)
def test_a_form_that_is_sent_as_json_is_read_as_a_form(app, monkeypatch, sign_in, donor, path, capsys):
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    bodies = [json.dumps(dict.fromkeys(FIELDS, junk)) for junk in NO_FORM]
    whole = ["[]", "7", '"x"', "null", "[" * 30_000, "9" * 5000, '{"\\ud800": ""}', *bodies]
    told = {
        (body[:60], str(headers)): browser.post(path, data=body, headers=headers, content_type="application/json")
        for browser in (app.test_client(), sign_in(donor)) for body in whole for headers in ({}, JSON)
    }  # fmt: skip
    assert {what: answer.status_code for what, answer in told.items() if answer.status_code >= 500} == {}
    assert "could not take" not in capsys.readouterr().out


def test_a_form_that_is_sent_as_json_keeps_texts_numbers_and_lists_of_them(app):
    sent = {"a": "x", "b": 7, "c": [True, "y"], "d": None, "e": {}, "f\0": "\ud800"}
    with app.test_request_context("/", method="POST", json=sent) as context:
        found = context.request.get_json().to_dict(flat=False)
    assert found == {"a": ["x"], "b": ["7"], "c": ["true", "y"], "f": ["\ufffd\ufffd\ufffd"]}


def test_what_the_database_cannot_take_is_told_in_plain_words(app, unforeseen, sign_in, donor):
    browser = sign_in(donor)
    page, document = browser.get("/healthz"), browser.get("/healthz", headers=JSON)
    part = browser.get("/healthz", headers={"HX-Request": "true"})
    assert [page.status_code, document.status_code, part.status_code] == [400, 400, 400]
    assert (document.mimetype, document.json["code"]) == ("application/problem+json", "bad_request")
    assert all(WORDS[400] in told for told in (page.text, document.json["detail"], part.text))
    assert "<html" in page.text
    assert "<html" not in part.text
    assert names(app) == {"Dana"}


def test_the_log_tells_the_kind_and_nothing_of_what_was_sent(unforeseen, client, capsys):
    client.get("/healthz")
    told = capsys.readouterr().out
    assert "could not take" in told
    assert SECRET not in told
    assert str(TOO_LARGE) not in told


@pytest.mark.parametrize("act", [_asks_for, _renames_and_asks_for])
@pytest.mark.parametrize("claimed", [False, True])
def test_a_phone_is_told_not_to_send_it_again(app, phone, donor, what, act, claimed):
    first = (lambda _claim, _payload: act(what)) if claimed else None
    on("test.unfit", Permission("test.unfit", allows=anyone), claimed=first)(lambda _person, _payload: act(what))
    del SOCKET_EVENTS["test.unfit"]
    talking = phone(donor)
    told = talking.ask("test.unfit", {})
    assert (told["ok"], told["error"]["code"], told.get("retry")) == (False, "invalid", None)
    assert talking.ask("heads", {})["ok"]
    assert names(app) == {"Dana"}
