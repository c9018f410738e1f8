"""Nobody's home can be found: two homes in one area get the same answers, and no fine coordinate stays anywhere."""

import logging
import re
from pathlib import Path

import pytest

from app.accounts import queries as people
from app.factory import create_app
from app.infra.gazetteer import find_places
from app.matching import services as matching
from app.posts import services as posts
from config import Settings
from tests.conftest import NOW
from tests.fresh import lay_fresh_database
from tests.people import PASSWORD, add_person
from tests.posts.drafts import OFFER, REQUEST
from tests.privacy.conftest import client_id

PUBLIC_ID = re.compile(r"(?<![\w-])[\w-]{22}(?![\w-])")
TOKEN = re.compile(r"I[\w-]{50,60}\.[\w-]{6}\.[\w-]{27}|(?<=nonce-)[\w-]+|(?<=nonce=\")[\w-]+")
"""A form token, and the nonce of a script."""
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CANARY = "38.581234,-121.494321"
FINE = ("581234", "494321")


def pairs() -> list[tuple[str, str]]:
    """Two ways each to name a home, by which the same published area is meant."""
    found = []
    for code in range(95811, 95870):
        meant = find_places(str(code)).exact
        found += [(str(code), meant[0].area)] if meant else []
    same: dict[int, list[str]] = {}
    for text, area in found:
        same.setdefault(area, []).append(text)
    return [(texts[0], texts[1]) for texts in same.values() if len(texts) > 1][:3]


def sign_in(app, email: str):
    client = app.test_client()
    assert client.post("/login", data={"email": email, "password": PASSWORD}).status_code == 302
    return client


def plain(answer) -> tuple:
    """An answer less ids, tokens and nonces; the length of the whole stays in it."""
    text = PUBLIC_ID.sub("ID", UUID.sub("UUID", TOKEN.sub("TOKEN", answer.text)))
    headers = [
        (name, TOKEN.sub("TOKEN", PUBLIC_ID.sub("ID", value))) for name, value in answer.headers if name != "Set-Cookie"
    ]
    return answer.status_code, sorted(headers), len(answer.data), text


def told(app, phone_of, home: str) -> dict[str, object]:
    """Everything a family is told of a donor whose home was named by ``home``."""
    lay_fresh_database(app)
    with app.app_context():
        donor_id, donor_mail, _name, donor = add_person("Dana", area_id=None)
        _id, family_mail, _name, family = add_person("Fatima", area_id=find_places("95820").exact[0].area)
    hers = sign_in(app, donor_mail)
    assert hers.post("/me/place", data={"place": home, "size": "own"}).status_code == 302
    with app.app_context():
        assert people.person(donor_id).area_id is not None
        offer = posts.submit_new(donor, OFFER, submit_token="o", now=NOW)
        request = posts.submit_new(family, REQUEST, submit_token="r", now=NOW)
        matching.run_round(now=NOW)
    theirs = sign_in(app, family_mail)
    pages = [
        "/search", "/search?radius=5", "/search?place=95814&radius=10", "/search?radius=80&without=dairy",
        f"/matches/{request}", f"/matches/{request}?far=3&least=300", f"/matches/{request}?far=1&stated=dairy",
        f"/matches/pair/{offer}/{request}", f"/posts/{offer}", "/notices",
    ]  # fmt: skip
    found = {page.replace(offer, "O").replace(request, "R"): plain(theirs.get(page)) for page in pages}
    json = {"Accept": "application/json"}
    found |= {f"json {number}": plain(theirs.get(page, headers=json)) for number, page in enumerate(pages)}
    with app.app_context():
        interest = matching.say_yes(family, offer, request, now=NOW)
        matching.accept(donor, interest, now=NOW)
    thread = theirs.get(f"/messages/of/{interest}").headers["Location"]
    after = ["/matches/mine", "/notices", "/messages", thread, f"/conversations/{thread.split('/')[-1]}/handoff"]
    found |= {f"after {number}": plain(theirs.get(page)) for number, page in enumerate(after)}
    found["socket"] = spoken(phone_of, hers, theirs, thread.split("/")[-1])
    return found


def spoken(phone_of, hers, theirs, conversation: str) -> list[str]:
    """What the family's open page hears of the donor, and what it is answered."""
    donor, family = phone_of(None, client=hers), phone_of(None, client=theirs)
    message = {"conversation": conversation, "client_id": client_id(), "kind": "text", "body": "Hello"}
    assert donor.ask("message.send", message)["ok"]
    answers = [family.ask("conversation.open", {"id": conversation, "after_seq": 0}), *family.heard("message")]
    donor.socket.disconnect()
    family.socket.disconnect()
    return [PUBLIC_ID.sub("ID", UUID.sub("UUID", repr(answer))) for answer in answers]


def test_two_homes_in_one_area_get_the_same_answers_on_every_channel(app, phone):
    compared = pairs()
    assert len(compared) == 3
    for one, other in compared:
        here, there = told(app, phone, one), told(app, phone, other)
        assert len(here) == 26
        assert all(answer[0] == 200 for name, answer in here.items() if name != "socket"), one
        assert [name for name in here if here[name] != there[name]] == [], (one, other)


def test_another_area_is_told_apart_so_that_the_comparison_can_fail(app, phone):
    (one, _other), *_rest = pairs()
    assert told(app, phone, one) != told(app, phone, "Davis, CA")


def stored(app) -> bytes:
    """Every byte of the database, its log of changes included."""
    return b"".join(path.read_bytes() for path in Path(app.instance_path).glob("test-*"))


@pytest.mark.parametrize("typed", [CANARY, CANARY.replace(",", " "), f"Sacramento {CANARY}", "38,581234 -121,494321"])
def test_a_fine_coordinate_that_is_typed_stays_nowhere(app, sign_in, stranger, caplog, capfd, typed):
    caplog.set_level(logging.DEBUG)
    client = sign_in(stranger)
    json = {"Accept": "application/json"}
    answers = [
        client.get("/places", query_string={"place": typed}),
        client.get("/places", query_string={"place": typed}, headers=json),
        client.get("/search", query_string={"place": typed}),
        client.post("/me/place", data={"place": typed}),
        client.post("/me/place", data={"place": typed, "area": "7", "area_for": typed}),
        client.get("/places/areas", query_string={"box": f"{CANARY},38.7,-121.2"}),
        client.get("/places/areas", query_string={"box": CANARY}, headers=json),
        client.get("/me"),
    ]
    printed = caplog.text + "".join(capfd.readouterr())
    for fine in FINE:
        assert fine.encode() not in stored(app)
        assert fine not in printed
        assert [answer.request.path for answer in answers if fine in answer.text] == []
        assert [answer for answer in answers if fine in str(answer.headers)] == []


@pytest.mark.parametrize(
    ("method", "path", "most"),
    [
        ("GET", "/search", 120),
        ("POST", "/me/place", 30),
        ("GET", "/places", 60),
        ("POST", "/report/post/x", 30),
        ("POST", "/conversations/x/handoff", 60),
        ("POST", "/people/x/block", 60),
        ("POST", "/login", 10),
    ],
)
def test_whoever_asks_or_writes_too_often_is_slowed_down(tmp_path, method, path, most):
    app = create_app(Settings(instance_path=tmp_path, testing=True, rate_limits=True, mail_backend="locmem"))
    client = app.test_client()
    answers = [client.open(path, method=method).status_code for _ in range(most + 1)]
    assert answers[-1] == 429
    assert 429 not in answers[:most]
