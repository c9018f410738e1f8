"""How many statements each list of the API sends, from the token to the JSON: a number that does not grow with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import time_machine
from sqlalchemy import event

from app.handoffs import services as handoffs
from app.infra.database import db
from app.infra.transaction import transaction
from app.matching import services
from app.notifications.services import notify
from tests.api.test_conversations import text
from tests.api.test_posts import OFFER, POSTS, REQUEST
from tests.conftest import NOW
from tests.handoffs.factories import END, agreed, proposed, talk
from tests.milk.factories import lot

pytestmark = pytest.mark.both_databases

FEW, MANY = 2, 5


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def programs(bearer, person) -> Callable[[str], list]:
    """Programs of many people, each made once."""
    made = {}

    def of(side: str) -> list:
        if side not in made:
            made[side] = [bearer(person(f"{side}{number}")) for number in range(MANY)]
        return made[side]

    return of


@contextmanager
def statements(app) -> Iterator[list[str]]:
    """What is sent to the database meanwhile, without the beginning of transactions."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def sent(app):
    """The statements of a call whose answer lists ``entries``; the first call of an hour also notes the token's use."""

    def count(program, path: str, entries: int, under: str = "items") -> list[str]:
        assert program.get(path).status_code == 200
        with statements(app) as found:
            answer = program.get(path)
        assert len(answer.json[under]) == entries, answer.text
        return found

    return count


def test_matches_of_a_request(programs, sent):
    [family, *_] = programs("Family")
    asked = family.post(POSTS, json=REQUEST).json["id"]
    for donor in programs("Donor")[:FEW]:
        donor.post(POSTS, json=OFFER)
    few = sent(family, f"{POSTS}/{asked}/matches", FEW)
    for donor in programs("Donor")[FEW:]:
        donor.post(POSTS, json=OFFER)
    many = sent(family, f"{POSTS}/{asked}/matches", MANY)
    assert len(many) <= len(few) <= 14, many


def test_matches_of_an_offer(programs, sent):
    [donor, *_] = programs("Donor")
    offer = donor.post(POSTS, json=OFFER).json["id"]
    for family in programs("Family")[:FEW]:
        family.post(POSTS, json=REQUEST)
    few = sent(donor, f"{POSTS}/{offer}/matches", FEW)
    for family in programs("Family")[FEW:]:
        family.post(POSTS, json=REQUEST)
    many = sent(donor, f"{POSTS}/{offer}/matches", MANY)
    assert len(many) <= len(few) <= 14, many


@pytest.mark.parametrize("chosen", [1, FEW, MANY])
def test_proposals_of_a_family(app, programs, sent, chosen):
    [family, *_] = programs("Family")
    family.post(POSTS, json=REQUEST)
    for donor in programs("Donor")[:chosen]:
        donor.post(POSTS, json={**OFFER, "volume_ml": 600})
    with app.app_context():
        services.run_round(now=NOW)
    assert len(sent(family, "/api/v1/proposals", chosen)) <= 17


def test_interests_of_a_family(programs, sent):
    [family, *_] = programs("Family")
    asked = family.post(POSTS, json=REQUEST).json["id"]
    counts = []
    for some in (slice(0, FEW), slice(FEW, MANY)):
        for donor in programs("Donor")[some]:
            offer = donor.post(POSTS, json=OFFER).json["id"]
            said = {"offer_id": offer, "request_id": asked, "version": 2}
            assert family.post("/api/v1/interests", json=said).status_code == 201
        counts.append(len(sent(family, "/api/v1/interests", some.stop)))
    assert counts[1] <= counts[0] <= 14


def test_interests_at_an_offer(programs, sent):
    [donor, *_] = programs("Donor")
    offer = donor.post(POSTS, json=OFFER).json["id"]
    counts = []
    for some, shown in ((slice(0, FEW), FEW), (slice(FEW, MANY), 3)):
        for family in programs("Family")[some]:
            asked = family.post(POSTS, json=REQUEST).json["id"]
            said = {"offer_id": offer, "request_id": asked, "version": 2}
            assert family.post("/api/v1/interests", json=said).status_code == 201
        counts.append(len(sent(donor, "/api/v1/interests", shown)))
    assert counts[1] <= counts[0] <= 20


def test_one_s_own_posts(programs, sent):
    [donor, *_] = programs("Donor")
    counts = []
    for some in (range(FEW), range(FEW, MANY)):
        for _ in some:
            assert donor.post(POSTS, json=OFFER).status_code == 201
        counts.append(len(sent(donor, POSTS, some.stop)))
    assert counts[1] <= counts[0] <= 6


def test_conversations_and_the_messages_of_one(api, open_talk, donor, person, sent):
    talks, counts = [], []
    for some in (range(FEW), range(FEW, MANY)):
        talks += [open_talk(donor, person(f"Family{number}")) for number in some]
        messages = f"/api/v1/conversations/{talks[0].public_id}/messages"
        for number in some:
            assert api.post(messages, json=text(str(number))).status_code == 201
        lists = ((api, "/api/v1/conversations", some.stop), (api, messages, some.stop, "messages"))
        counts.append([len(sent(*each)) for each in lists])
    assert all(many <= few <= 12 for few, many in zip(*counts, strict=True)), counts


def test_handoffs(app, api, donor, person, sent):
    counts = []
    for some in (range(FEW), range(FEW, MANY)):
        with app.app_context():
            for number in some:
                proposed(talk(donor, person(f"Family{number}")))
        counts.append(len(sent(api, "/api/v1/handoffs", some.stop)))
    assert counts[1] <= counts[0] <= 5


def test_missed_handoffs_of_which_one_says_that_they_met_after_all(app, api, donor, person, sent):
    """A list asks once who said so, and once what was said of those that were missed, however long it is."""
    counts = []
    for some in (range(1), range(1, MANY)):
        with app.app_context():
            for number in some:
                where = talk(donor, person(f"Family{number}"), volume_ml=6000)
                missed, met = agreed(where), agreed(where)
                for each in (missed, met):
                    handoffs.report_missed(donor.identity, each, now=END)
                handoffs.say_met(donor.identity, met, now=END)
        counts.append(len(sent(api, "/api/v1/handoffs", 2 * some.stop)))
    assert counts[1] <= counts[0] <= 6


def test_lots(app, api, donor, sent):
    counts = []
    for some in (range(FEW), range(FEW, MANY)):
        with app.app_context():
            for _ in some:
                lot(donor)
        counts.append(len(sent(api, "/api/v1/lots", some.stop)))
    assert counts[1] <= counts[0] <= 6


def test_the_inbox(app, api, donor, sent):
    counts = []
    for some in (range(FEW), range(FEW, MANY)):
        for number in some:
            with app.app_context(), transaction():
                notify(donor.id, "interest_received", item=str(number), path="/me", now=NOW)
        counts.append(len(sent(api, "/api/v1/notifications", some.stop)))
    assert counts[1] <= counts[0] <= 6
