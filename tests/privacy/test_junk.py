"""Whatever is sent to whatever address by whomever: an answer in plain words, never a broken page."""

import random
import re

import pytest
from werkzeug.routing import AnyConverter

from tests.privacy.conftest import World

READERS = [None, "donor", "moderator"]
TOO_LARGE = [str(2**31), str(2**63), str(2**70)]
JUNK = [
    "", "\x00", "a\x00b", "\ud800", "\u202e\u2066x", "9" * 5000, "-1", "NaN", "inf", "1e309", "٣", "²", "[]", "{}",
    '{"a":1}', "x" * 10_000, "\r\nSet-Cookie: a=b", "//evil.example", "/\t/evil.example", "%s%n{0}", "{{7*7}}",
    "' OR 1=1 --", "0000-00-00", "9999-12-31", "2026-02-30", "24:61", "😀" * 300, "\u0301" * 500, *TOO_LARGE,
]  # fmt: skip
NAMES = (
    "place", "area", "area_for", "kind", "radius", "without", "days", "page", "box", "next", "back", "theme", "draft",
    "after_seq", "before_seq", "limit", "after_loss", "step", "seq", "body", "client_id", "reason", "words", "action",
    "rule", "amount", "unit", "note", "version", "code", "email", "password", "purpose", "timezone", "size", "token",
)  # fmt: skip
ENDS_THE_SESSION = {"security.logout", "security.change_password", "static"}
RAW = [
    (b"\xed\xa0\x80=%ff&a=\xff\xfe", "application/x-www-form-urlencoded"),
    (b"note=" + b"a" * 70_000, "application/x-www-form-urlencoded"),
    (b"&".join(b"a=1" for _ in range(3000)), "application/x-www-form-urlencoded"),
    (b'{"a": NaN, "a": [1]}', "application/json"),
    (b"[[[[[[", "application/json"),
    (b'{"a": "\\u0000", "email": "a\\u0000b", "version": 9223372036854775808}', "application/json"),
    (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
    (b"anything", "multipart/form-data"),
    (b"a=1", "application/x-www-form-urlencoded; charset=no-such"),
]

pytestmark = [
    pytest.mark.both_databases,
    # The accounts library's own second-factor form still lists its choices in the way WTForms is about to drop.
    pytest.mark.filterwarnings("ignore:Passing SelectField choices as tuples:DeprecationWarning"),
    pytest.mark.parametrize("reader", READERS),
]


@pytest.fixture
def client(app, world, reader, request, sign_in):
    """The reader's browser, which is shown errors as anybody would be."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    browser = sign_in(request.getfixturevalue(reader)) if reader else app.test_client()
    yield browser
    app.config["PROPAGATE_EXCEPTIONS"] = None


@pytest.fixture
def ways(app, world):
    """Each (method, path) there is: with what exists where something does, else with nonsense."""
    with app.test_request_context():
        return sorted({way for rule in app.url_map.iter_rules() for way in _ways(rule, world)})


def _ways(rule, world: World):
    if rule.endpoint in ENDS_THE_SESSION:
        return
    for one in (_fitting(rule, world), dict.fromkeys(rule.arguments, "no\ud7ffthing\x00")):
        known = {name: _any(rule, name, value) for name, value in one.items()}
        built = rule.build(known, append_unknown=False)
        for method in (rule.methods or set()) & {"GET", "POST"}:
            if built:
                yield method, built[1]


def _any(rule, name: str, value: str) -> str:
    converter = rule._converters[name]
    return min(converter.items) if isinstance(converter, AnyConverter) else value


def _fitting(rule, world: World) -> dict[str, str]:
    path = rule.rule
    places = {
        "/posts": world.offer, "/matches": world.offer, "/messages": world.conversation, "/handoffs": world.handoff,
        "/conversations": world.conversation, "/reports": world.report, "/moderation": world.case,
        "/notices": world.notice, "/interests": world.interest, "/people": world.family, "/report/": world.offer,
    }  # fmt: skip
    first = next((value for start, value in places.items() if path.startswith(start)), "x")
    known = {
        "public_id": first, "offer_public_id": world.offer, "request_public_id": world.request, "target_kind": "post",
        "purpose": "health-share", "interest_public_id": world.interest,
    }  # fmt: skip
    return {name: known.get(name, "x") for name in rule.arguments}


def junk_of(database: str, chance: random.Random) -> list[str]:
    """What one address is sent: anything, and on the stricter database, which is slower, what only that refuses."""
    return ["a\x00b", chance.choice(TOO_LARGE)] if database == "postgresql" else chance.sample(JUNK, 2)


@pytest.fixture(autouse=True)
def nothing_left_to_the_database(capsys):
    """What the database refused was told in no words of its own, and at no field."""
    yield
    assert "could not take" not in capsys.readouterr().out


def chance_of(what: str) -> random.Random:
    """The same choices in every run."""
    return random.Random(what)  # noqa: S311 - nothing secret is drawn.


def broken(answer) -> bool:
    return answer.status_code >= 500


def test_no_query_breaks_a_page(client, ways, reader, database):
    chance = chance_of(f"query {reader}")
    wrong = []
    for method, path in ways:
        if method != "GET":
            continue
        for junk in junk_of(database, chance):
            query = [(name, encoded(junk)) for name in chance.sample(NAMES, 12) for _twice in range(2)]
            answer = client.get(path, query_string=query, headers=chance.choice(HEADERS))
            if broken(answer):
                wrong.append((path, query, answer.status_code))
    assert wrong == []


HEADERS = [
    {}, {"Accept": "application/json"}, {"HX-Request": "true"}, {"Accept-Language": "x" * 200},
    {"Cookie": "theme=\x7f"}, {"Accept": "\x7f/;q=NaN"}, {"Referer": "\x7f"}, {"If-None-Match": "\x7f"},
]  # fmt: skip


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def test_no_form_breaks_a_page(client, ways, reader, database):
    chance = chance_of(f"form {reader}")
    wrong = []
    for method, path in ways:
        if method != "POST":
            continue
        page = client.get(path)
        fields = sorted(set(re.findall(r'name="([^"]+)"', page.text)) if page.mimetype == "text/html" else set())
        for junk in junk_of(database, chance):
            names = [*fields, *chance.sample(NAMES, 12)]
            body = b"&".join(quoted(name) + b"=" + quoted(junk) for name in names)
            answer = client.post(path, data=body, content_type="application/x-www-form-urlencoded")
            if broken(answer):
                wrong.append((path, junk[:40], answer.status_code))
    assert wrong == []


def quoted(text: str) -> bytes:
    return b"".join(b"%%%02X" % byte for byte in encoded(text[:600] if len(text) > 600 else text))


def test_no_body_breaks_a_page(client, ways, reader):
    chance = chance_of(f"body {reader}")
    wrong = []
    for method, path in ways:
        if method != "POST":
            continue
        for body, kind in chance.sample(RAW, 1):
            answer = client.post(path, data=body, content_type=kind, headers=chance.choice(HEADERS))
            if broken(answer):
                wrong.append((path, kind, answer.status_code))
    assert wrong == []
