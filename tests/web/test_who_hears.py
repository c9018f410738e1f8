"""Each event of the registry against each person who has no business there: nothing goes in, nothing comes out."""

import pytest
from sqlalchemy import update
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.accounts import services as accounts
from app.accounts.models import User
from app.infra.transaction import transaction
from app.messaging import services
from app.web.live import look_again
from app.web.realtime import SOCKET_EVENTS
from tests.conftest import NOW
from tests.messaging.conftest import CLIENT_ID
from tests.sockets import hangs_up

pytestmark = pytest.mark.both_databases

MINE = [event for event in sorted(SOCKET_EVENTS) if not event.startswith("test.")]


def everything(talk):
    """A payload that has what any event asks for."""
    return {
        "id": talk.public_id, "conversation": talk.public_id, "after_seq": 0, "seq": 1, "client_id": CLIENT_ID,
        "kind": "text", "body": "Let me in",
    }  # fmt: skip


def signed_out(_app, who, page):
    page.client.post("/logout")


def banned(app, who, _page):
    with app.app_context():
        accounts.deactivate(who.id, now=NOW)


def removed_by_hand(app, who, _page):
    with app.app_context(), transaction() as session:
        session.execute(update(User).where(User.id == who.id).values(active=False))


def say(app, talk, who, body, number):
    client_id = f"00000000-0000-4000-8000-{number:012d}"
    with app.app_context():
        services.send(who.identity, talk.public_id, client_id=client_id, kind="text", body=body, now=NOW)


@pytest.mark.parametrize("event", MINE)
def test_a_stranger_sends_and_receives_nothing(event, app, talk, donor, family, stranger, phone):
    outsider, hers, theirs = phone(stranger), phone(donor), phone(family)
    answer = outsider.ask(event, everything(talk))
    assert not answer["ok"] or talk.public_id not in str(answer)
    assert [hers.socket.get_received(), theirs.socket.get_received()] == [[], []]
    say(app, talk, donor, "Hello", 1)
    assert outsider.socket.get_received() == []


@pytest.mark.parametrize("event", MINE)
@pytest.mark.parametrize("gone", [signed_out, banned, removed_by_hand])
def test_who_is_gone_sends_and_receives_nothing(event, gone, app, talk, donor, family, phone):
    hers, theirs = phone(donor), phone(family)
    gone(app, donor, hers)
    hers.socket.queue.clear()
    theirs.socket.get_received()
    say(app, talk, family, "Are you there?", 1)
    theirs.socket.get_received()
    assert "Are you there?" not in str(hers.socket.queue)
    assert not _answered(hers, event, everything(talk))
    assert theirs.socket.get_received() == []
    assert hangs_up(hers)


def _answered(page, event, payload):
    """Whether the socket got a yes; one that was hung up on gets nothing at all."""
    if not page.connected:
        return False
    return page.ask(event, payload)["ok"]


@pytest.mark.parametrize("event", MINE)
@pytest.mark.parametrize("blocker", ["donor", "family"])
def test_a_blocked_pair_sends_and_receives_nothing(event, blocker, app, talk, donor, family, phone):
    hers, theirs = phone(donor), phone(family)
    one, other = (donor, family) if blocker == "donor" else (family, donor)
    with app.app_context(), transaction() as session:
        public_id = session.get(User, other.id).public_id
        accounts.block(one.identity, public_id, now=NOW)
    for page in (hers, theirs):
        page.socket.get_received()
    answer = hers.ask(event, everything(talk))
    assert not answer["ok"] or "messages" not in answer
    assert [hers.socket.get_received(), theirs.socket.get_received()] == [[], []]
    assert hers.connected  # with others she goes on talking


def test_a_busy_database_is_a_refusal_and_no_error(app, donor, phone):
    def nobody_to_ask(_uniquifier):
        raise PoolTimeoutError

    ask, app.extensions["milkbridge_account_loader"] = app.extensions["milkbridge_account_loader"], nobody_to_ask
    try:
        look_again(app)
        assert not phone(donor, client=None).connected
    finally:
        app.extensions["milkbridge_account_loader"] = ask
    assert phone(donor).connected
