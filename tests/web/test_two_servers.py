"""One code behind two servers: threads on SQLite, gevent on PostgreSQL. What holds on one must hold on the other."""

import signal
import time
from contextlib import ExitStack, contextmanager, suppress
from queue import Queue

import pytest
import requests
import socketio
import websocket
from sqlalchemy import text
from websocket import WebSocketException

from app.infra.database import db
from app.messaging import queries, services
from tests.conftest import NOW
from tests.messaging.conftest import accepted_interest
from tests.sockets import hangs_up
from tests.web.served import Browser, Cast, Live, database_of, inside, pushed_by_another_process, says, serving
from tests.web.slow_reader import SlowReader

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("two_servers")]  # which start servers only once

KINDS = {"threads": "sqlite", "gevent": "postgresql"}


@pytest.fixture(scope="module", params=KINDS)
def cast(request, application, tmp_path_factory):
    """A database with people, of the kind that belongs to the server."""
    folder = tmp_path_factory.mktemp(request.param)
    with database_of(KINDS[request.param], application, folder) as address:
        made = Cast(application, address)
        made.kind, made.folder = request.param, folder
        yield made


@pytest.fixture(scope="module")
def server(cast):
    with serving(cast.address, cast.folder) as running:
        yield running


@pytest.fixture
def talk(cast):
    """Two people, and the name of their conversation."""
    donor, family = cast.person("Dana"), cast.person("Fatima")

    def begin():
        conversation = services.open_conversation(accepted_interest(donor, family), now=NOW)
        return queries.conversation(conversation).public_id

    return donor, family, cast.run(begin)


@pytest.fixture
def live(server):
    """Somebody's open page, or a program with their token; all are closed at the end."""
    opened = []

    def open_page(who=None, *, browser=None, at=server, token=None):
        opened.append(Live(at.url, {"token": token}) if token else (browser or Browser(at, who)).socket())
        return opened[-1]

    yield open_page
    for one in opened:
        one.close()


def test_a_message_reaches_the_other_phone(talk, live):
    donor, family, conversation = talk
    hers, theirs = live(donor), live(family)
    assert hers.ask("message.send", says(conversation, "Hello"))["seq"] == 1
    assert theirs.next("message.new")["body"] == "Hello"


def test_a_burst_of_two_hundred_arrives_in_the_order_written(talk, live):
    donor, family, conversation = talk
    hers, theirs = live(donor), live(family)
    answered = Queue()
    for number in range(200):
        hers.client.emit("message.send", says(conversation, f"line {number}", number), callback=answered.put)
    assert [answered.get(timeout=60)["seq"] for _ in range(200)] == list(range(1, 201))
    heard = [theirs.next("message.new") for _ in range(200)]
    assert [(m["seq"], m["body"]) for m in heard] == [(n + 1, f"line {n}") for n in range(200)]


def test_a_program_speaks_with_its_token_and_hears_until_the_token_is_revoked(cast, talk, server, live):
    donor, family, conversation = talk
    token, theirs = cast.token(donor), live(family)
    program = live(token=token)
    assert program.ask("message.send", says(conversation, "from a program"))["seq"] == 1
    assert theirs.next("message.new")["body"] == "from a program"
    answer = requests.get(f"{server.url}/api/v1/tokens", headers={"Authorization": f"Bearer {token}"}, timeout=30)
    path = f"{server.url}/api/v1/tokens/{answer.json()['items'][0]['id']}"
    requests.delete(path, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    program.next("session.ended")
    theirs.ask("message.send", says(conversation, "to a program", 2))
    assert "message.new" not in program.names()
    with pytest.raises(socketio.exceptions.ConnectionError):
        live(token=token)


def test_signing_out_hangs_up(talk, server, live):
    donor, family, conversation = talk
    browser, theirs = Browser(server, donor), live(family)
    hers = live(browser=browser)
    browser.post("/logout")
    hers.next("session.ended")
    theirs.ask("message.send", says(conversation, "Are you there?"))
    assert "message.new" not in hers.names()
    assert hangs_up(hers.client)


def test_the_worker_and_commands_reach_live_pages_without_redis(cast, talk, server, live):
    donor, family, _conversation = talk
    hers, theirs = live(donor), live(family)
    pushed_by_another_process(server, donor.id)
    assert hers.next("notification.new") == {"unread": 1}
    assert theirs.names() == []


def test_a_connection_that_nobody_lets_in_is_cut_off(server):
    silent = silent_page(server)
    assert silent.recv().startswith("0{")
    assert not silent.recv()
    silent.shutdown()


def test_nothing_is_compressed_between_us_and_the_proxy(server):
    line = websocket.create_connection(
        server.url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket", origin=server.url, timeout=30,
        header=["Sec-WebSocket-Extensions: permessage-deflate"],
    )  # fmt: skip
    assert "sec-websocket-extensions" not in line.getheaders()
    line.shutdown()


def silent_page(server):
    """A connection of which nobody has said yet whose it is; None when the process has its fill."""
    try:
        return websocket.create_connection(
            server.url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket", origin=server.url, timeout=30
        )
    except websocket.WebSocketBadStatusException:
        return None


def takes_no_notice(page):
    """Goes on talking whatever it is told; how many seconds until it is cut."""
    begun = time.monotonic()
    page.sock.settimeout(1)
    with suppress(OSError, WebSocketException):
        while time.monotonic() - begun < 40:
            page.send("6")
            with suppress(TimeoutError):
                if not page.sock.recv(1000):
                    break
    page.shutdown()
    return time.monotonic() - begun


def test_a_connection_that_takes_no_notice_of_its_end_is_cut(server):
    assert takes_no_notice(silent_page(server)) < 20


@pytest.mark.parametrize("cast", ["threads"], indirect=True)
def test_who_says_good_bye_and_stays_keeps_the_place_until_cut(cast):
    """Each would otherwise make room for one more, until no thread is left for pages."""
    with serving(cast.address, cast.folder, WEB_THREADS="12") as small, ExitStack() as stack:
        for _ in range(6):
            page = silent_page(small)
            stack.callback(page.shutdown)
            page.send("1")
        assert let_in_within(1, small) is None
        assert requests.get(f"{small.url}/healthz", timeout=30).ok
        again = let_in_within(20, small)
        assert again
        again.shutdown()


def let_in_within(seconds, server):
    deadline = time.monotonic() + seconds
    while (page := silent_page(server)) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    return page


@pytest.mark.parametrize("cast", ["threads"], indirect=True)
def test_pages_that_a_proxy_dropped_all_at_once_come_back_at_once_to_a_full_process(cast):
    with serving(cast.address, cast.folder, WEB_THREADS="12") as small, ExitStack() as stack:
        pages = [silent_page(small) for _ in range(6)]
        assert all(pages)
        assert silent_page(small) is None
        for page in pages:
            page.shutdown()
        for _ in range(6):
            again = let_in_within(3, small)
            assert again
            stack.callback(again.shutdown)
        assert silent_page(small) is None


@contextmanager
def conversations_locked(cast):
    """Nobody can write a message while the block runs."""
    with inside(cast.application, cast.address), db.engine.connect() as held:
        if cast.kind == "gevent":
            held.execute(text("LOCK TABLE conversations IN EXCLUSIVE MODE"))
        else:
            held.exec_driver_sql("COMMIT")
            held.exec_driver_sql("BEGIN IMMEDIATE")
        yield
        held.rollback()


def test_who_is_being_answered_gets_the_answer_before_the_server_ends(cast, talk, live):
    donor, family, conversation = talk
    with serving(cast.address, cast.folder) as ending:
        hers, theirs = live(donor, at=ending), live(family, at=ending)
        left, gone, answers = [], Queue(), Queue()
        for one in (hers, theirs):
            one.client.on("disconnect", lambda *why: (left.append(*why), gone.put(True)))
        with conversations_locked(cast):
            hers.client.emit("message.send", says(conversation, "Just in time"), callback=answers.put)
            # What the family asks meanwhile is read after it; then it waits for the lock.
            assert theirs.ask("typing", {"conversation": conversation})["ok"]
            time.sleep(1)
            ending.process.send_signal(signal.SIGTERM)
            # Who waits for nothing is let go at once, and her answer is waited for.
            assert gone.get(timeout=30)
            assert (len(left), answers.empty()) == (1, True)
        assert answers.get(timeout=30)["seq"] == 1
        ending.process.wait(timeout=60)
        for one in (hers, theirs):
            one.client.wait()
    assert "server disconnect" not in left  # which would tell a page not to come back
    assert ending.process.returncode == 0


LONG = "x" * 8000
ANSWERS, IN_EACH = 120, 8
"""Together 7.7 MB in answers of 64 KB: more than the system takes on its own."""


def whole_answers(server, talk, live):
    """What a reader hears who lets everything wait until it is said, and reads only then."""
    donor, family, conversation = talk
    theirs, reader = live(family, at=server), SlowReader(Browser(server, donor))
    try:
        for number in range(IN_EACH):
            reader.ask(number, "message.send", says(conversation, LONG, number))
        assert all(answer["ok"] for answer in reader.answers(IN_EACH))
        for number in range(ANSWERS):
            reader.ask(number, "conversation.open", {"id": conversation, "after_seq": 0})
        reader.ask(ANSWERS, "message.send", says(conversation, "that was all", ANSWERS))
        while theirs.next("message.new")["body"] != "that was all":
            pass
        return reader.answers(ANSWERS)
    finally:
        reader.close()


def test_64_kb_to_a_slow_reader_arrive_whole(server, talk, live):
    for answer in whole_answers(server, talk, live):
        assert [message["body"] for message in answer["messages"]] == [LONG] * IN_EACH


@pytest.mark.parametrize("cast", ["gevent"], indirect=True)
def test_without_our_socket_a_slow_reader_under_gevent_gets_half_frames(cast, talk, live):
    with (
        serving(cast.address, cast.folder, app="tests.web.half_frames:app") as bare,
        pytest.raises((WebSocketException, ValueError)),
    ):
        whole_answers(bare, talk, live)
