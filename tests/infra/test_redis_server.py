"""The tests' own Redis: at its address whenever a test begins, gone and back at the same one in between."""

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as Broken
from redis.exceptions import TimeoutError as Silent


@pytest.mark.parametrize("_time", ["first", "second"])
def test_a_test_finds_a_running_server_without_a_key(redis_url, _time):
    with Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")
        assert client.get("left") == b"behind"


def test_an_ended_server_refuses_and_comes_back_empty_at_the_same_address(redis_server):
    with redis_server.client() as client:
        client.set("word", "lost")
        redis_server.stop()
        with pytest.raises(Broken):
            client.get("word")
        redis_server.start()
        assert client.get("word") is None


def test_a_frozen_server_keeps_the_connection_and_answers_when_it_goes_on(redis_server):
    with redis_server.client(seconds=0.1) as hasty:
        hasty.set("word", "kept")
        redis_server.pause()
        with pytest.raises(Silent):
            hasty.get("word")
    redis_server.resume()
    with redis_server.client() as client:
        assert client.get("word") == b"kept"


@pytest.mark.parametrize("harm", ["pause", "stop"])
def test_whatever_a_test_did_the_next_finds_it_running(redis_server, harm):
    getattr(redis_server, harm)()
    redis_server.refresh()
    assert redis_server.answers()
