"""Two processes of the site over a real Redis, and what happens when Redis hangs or is gone."""

import time
from statistics import median

import pytest

from app.messaging import queries, services
from app.web.server_redis import PATIENCE, PAUSE
from tests.conftest import NOW
from tests.messaging.conftest import accepted_interest
from tests.sockets import hangs_up
from tests.web.served import Browser, Cast, database_of, pushed_by_another_process, says, serving

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("processes")]  # which start servers only once


@pytest.fixture(scope="module")
def cast(application, tmp_path_factory):
    """People in a database on PostgreSQL."""
    folder = tmp_path_factory.mktemp("processes")
    with database_of("postgresql", application, folder) as address:
        made = Cast(application, address)
        made.folder = folder
        yield made


@pytest.fixture(scope="module")
def both(cast, _redis):
    """Two processes behind two addresses, with the same database and the same Redis."""
    _redis.start()
    with (
        serving(cast.address, cast.folder, REDIS_URL=_redis.url) as one,
        serving(cast.address, cast.folder, REDIS_URL=_redis.url) as other,
    ):
        yield one, other


@pytest.fixture
def talk(cast):
    donor, family = cast.person("Dana"), cast.person("Fatima")

    def begin():
        conversation = services.open_conversation(accepted_interest(donor, family), now=NOW)
        return queries.conversation(conversation).public_id

    return donor, family, cast.run(begin)


@pytest.fixture
def phones(both, talk, redis_server):
    """The donor's page at one process and the family's at the other, once both processes hear each other."""
    donor, family, _conversation = talk
    hers, theirs = Browser(both[0], donor).socket(), Browser(both[1], family).socket()
    until_listening(redis_server, 2)
    yield hers, theirs
    for one in (hers, theirs):
        one.close()


def until_listening(redis_server, number):
    deadline = time.monotonic() + 30
    with redis_server.client() as client:
        while time.monotonic() < deadline:
            channels = client.pubsub_channels("milkbridge:*")
            if channels and client.pubsub_numsub(channels[0])[0][1] == number:
                return
            time.sleep(0.05)
    pytest.fail("the processes do not listen")


def test_a_message_sent_at_one_process_reaches_the_page_at_the_other(phones, talk):
    hers, theirs = phones
    assert hers.ask("message.send", says(talk[2], "Hello"))["ok"]
    assert theirs.next("message.new")["body"] == "Hello"
    assert theirs.ask("message.read", {"conversation": talk[2], "seq": 1})["ok"]
    assert hers.next("message.read")["seq"] == 1


def test_signing_out_at_one_process_hangs_up_at_the_other(both, phones, talk):
    _hers, theirs = phones
    Browser(both[0], talk[1]).post("/logout")
    assert theirs.next("session.ended") == {}
    assert hangs_up(theirs.client)


def test_what_another_site_says_over_the_same_redis_is_not_heard(phones, talk, redis_server):
    hers, theirs = phones
    with redis_server.client() as client:
        client.publish("milkbridge:another", '{"do": "push", "event": "x", "data": {}, "room": null, "from": "y"}')
    assert theirs.ask("message.send", says(talk[2], "of this site"))["ok"]
    heard = []
    while "message.new" not in heard:
        heard.append(hers.inbox.get(timeout=30)[0])
    assert "x" not in heard


def test_junk_over_redis_stops_nobody(phones, talk, redis_server):
    hers, theirs = phones
    with redis_server.client() as client:
        channel = client.pubsub_channels("milkbridge:*")[0]
        for junk in (b"", b"\xff", b"[]", b"{}", b'{"do": "push", "from": "x"}', b'{"do": "no", "from": "x"}'):
            client.publish(channel, junk)
    hers.ask("message.send", says(talk[2], "Hello"))
    assert theirs.next("message.new")["body"] == "Hello"


def resynced(phone):
    return phone.next("resync") == {}


def caught_up(phone, conversation, after):
    answer = phone.ask("conversation.open", {"id": conversation, "after_seq": after})
    return [message["body"] for message in answer["messages"]]


@pytest.mark.parametrize("outage", ["stop", "pause"])
def test_while_redis_is_away_messages_are_answered_and_afterwards_the_pages_catch_up(
    phones, talk, redis_server, outage
):
    hers, theirs = phones
    usual = [seconds_of(lambda n=n: hers.ask("message.send", says(talk[2], f"{n}", n))) for n in range(1, 11)]
    while theirs.next("message.new")["body"] != "10":
        pass
    getattr(redis_server, outage)()
    meanwhile = [seconds_of(lambda n=n: hers.ask("message.send", says(talk[2], f"{n}", n))) for n in range(11, 21)]
    # A handler that waited for Redis would take the client's patience (0.75 s) each time, many times what is usual.
    assert median(meanwhile) < 5 * median(usual), (usual, meanwhile)
    theirs.client.sleep(PATIENCE + PAUSE)  # so that both processes have noticed
    redis_server.refresh()
    assert resynced(theirs)
    assert caught_up(theirs, talk[2], 10) == [f"{n}" for n in range(11, 21)]
    until_listening(redis_server, 2)
    hers.ask("message.send", says(talk[2], "live again", 99))
    while theirs.next("message.new")["body"] != "live again":
        pass


def seconds_of(ask):
    started = time.monotonic()
    assert ask()["ok"]
    return time.monotonic() - started


def test_a_session_that_ended_while_redis_was_away_is_hung_up_on_when_it_is_back(both, phones, talk, redis_server):
    _hers, theirs = phones
    leaving = Browser(both[0], talk[1])
    redis_server.stop()
    leaving.post("/logout")
    answer = theirs.ask("conversation.open", {"id": talk[2]})
    assert answer["error"]["code"] == "signed_out"
    redis_server.start()


def test_an_idle_page_of_a_session_that_ended_meanwhile_is_hung_up_on_too(both, phones, talk, redis_server):
    _hers, theirs = phones
    leaving = Browser(both[0], talk[1])
    redis_server.stop()
    leaving.post("/logout")
    redis_server.start()
    theirs.next("session.ended")


def test_pages_with_limits_open_while_redis_is_away(both, talk, redis_server, cast):
    redis_server.stop()
    with serving(cast.address, cast.folder, REDIS_URL=redis_server.url, RATE_LIMITS="1") as alone:
        Browser(alone, talk[0])


def test_the_worker_reaches_live_pages_over_redis(both, phones, talk):
    _hers, theirs = phones
    pushed_by_another_process(both[0], talk[1].id)
    assert theirs.next("notification.new") == {"unread": 1}
