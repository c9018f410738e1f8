"""Two real sockets on a real server, and many threads at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.messaging import queries, services
from tests.conftest import NOW
from tests.messaging.conftest import CLIENT_ID
from tests.messaging.live import LiveSocket, served
from tests.sockets import hangs_up

pytestmark = pytest.mark.slow


@pytest.fixture
def live(app, sign_in):
    """Open a real socket for somebody; all are closed at the end."""
    opened = []
    with served(app) as address:

        def connect(who, browser=None):
            opened.append(LiveSocket(address, browser or sign_in(who)))
            return opened[-1]

        yield connect
        for one in opened:
            one.close()


def says(talk, body, n=1):
    return {
        "conversation": talk.public_id,
        "client_id": f"00000000-0000-4000-8000-{n:012d}",
        "kind": "text",
        "body": body,
    }


def test_a_message_appears_live_on_the_other_phone_and_nowhere_else(talk, donor, family, stranger, live):
    hers, theirs, outsider = live(donor), live(family), live(stranger)
    assert hers.ask("message.send", says(talk, "Hello"))["seq"] == 1
    heard = theirs.next("message.new")
    assert (heard["conversation"], heard["seq"], heard["body"]) == (talk.public_id, 1, "Hello")
    assert theirs.ask("message.read", {"conversation": talk.public_id, "seq": 1})["ok"]
    assert hers.next("message.read")["seq"] == 1
    assert theirs.ask("typing", {"conversation": talk.public_id})["shown"]
    assert hers.next("typing") == {"conversation": talk.public_id}
    assert outsider.silent()


def test_signing_out_ends_the_socket_at_once(talk, donor, family, live, sign_in):
    browser = sign_in(donor)
    hers, theirs = live(donor, browser), live(family)
    browser.post("/logout")
    hers.next("session.ended")
    theirs.ask("message.send", says(talk, "Hello"))
    assert hers.silent()
    assert hangs_up(hers.client)


def test_two_who_write_at_once_read_the_same_order(talk, donor, family, live):
    hers, theirs = live(donor), live(family)
    with ThreadPoolExecutor(2) as pool:
        for phone, first in ((hers, 100), (theirs, 200)):
            for n in range(first, first + 30):
                pool.submit(phone.ask, "message.send", says(talk, f"line {n}", n))
    read = [[(m["seq"], m["body"]) for m in (phone.next("message.new") for _ in range(60))] for phone in (hers, theirs)]
    assert [sorted(seq for seq, _body in order) for order in read] == [list(range(1, 61))] * 2
    assert sorted(read[0]) == sorted(read[1])


def test_one_client_id_from_many_threads_is_one_message_and_equal_answers(app, talk, donor):
    def send(_n):
        with app.app_context():
            sent = services.send(
                donor.identity, talk.public_id, client_id=CLIENT_ID, kind="text", body="Hello", now=NOW
            )
            return sent.seq

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, range(20))) == {1}
    with app.app_context():
        assert [message.seq for message in queries.messages_after(talk.id, 0)] == [1]
        assert queries.conversation(talk.id).last_seq == 1


def test_many_writers_leave_no_hole_and_no_double(app, talk, donor, family):
    def send(n):
        who = donor if n % 2 else family
        client_id = f"00000000-0000-4000-8000-{n:012d}"
        with app.app_context():
            return services.send(
                who.identity, talk.public_id, client_id=client_id, kind="text", body=f"{n}", now=NOW
            ).seq

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(send, range(60))) == list(range(1, 61))
