"""OpenStreetMap by Overpass: the real client against a server of our own on this machine."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest

from app.geo.areas import Box
from app.infra.overpass import Overpass, OverpassFailed

DAVIS = Box(38.5, -121.8, 38.6, -121.7)
FOUND = {"elements": [{"type": "node", "id": 1, "lat": 38.55, "lon": -121.75, "tags": {"amenity": "library"}}]}


class Server:
    """Answers with what a test has laid out, one after another, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], str]] = []
        self.asked: list[tuple[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.asked.append((parse_qs(body)["data"][0], self.headers["User-Agent"]))
                status, headers, text = outer.answers.pop(0)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_args):
                """Say nothing."""

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/api/interpreter"

    def answer(self, status: int = 200, body: object = FOUND, **headers: str) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.answers.append((status, {name.replace("_", "-"): value for name, value in headers.items()}, text))


@pytest.fixture
def server() -> Iterator[Server]:
    """A running server that has no answer yet."""
    made = Server()
    thread = threading.Thread(target=made.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.http.shutdown()
    made.http.server_close()
    thread.join()


@pytest.fixture
def waits() -> list[float]:
    """How many seconds the client would have waited."""
    return []


@pytest.fixture
def overpass(server, waits) -> Overpass:
    """The client, which waits only in this list."""
    return Overpass(server.url, pause=5.0, tries=3, wait=waits.append)


def test_it_asks_for_the_named_places_of_the_box_and_says_who_asks(server, overpass, waits):
    server.answer()
    assert overpass.amenities(DAVIS, ["police", "library"]) == FOUND["elements"]
    query, agent = server.asked[0]
    assert '"amenity"~"^(library|police)$"' in query
    assert "(38.5000,-121.8000,38.6000,-121.7000)" in query
    assert query.endswith("out tags center;")
    assert agent.startswith("Milkbridge")
    assert waits == []


def test_a_busy_server_is_asked_again_after_a_longer_while_each_time(server, overpass, waits):
    server.answer(504, "busy")
    server.answer(429, "too many", Retry_After="60")
    server.answer()
    assert overpass.amenities(DAVIS, ["library"]) == FOUND["elements"]
    assert waits == [5.0, 60.0]


def test_it_never_waits_longer_than_two_minutes_at_once(server, overpass, waits):
    server.answer(429, "too many", Retry_After="86400")
    server.answer(429, "too many", Retry_After="tomorrow")
    server.answer()
    overpass.amenities(DAVIS, ["library"])
    assert waits == [120.0, 10.0]


@pytest.mark.parametrize("body", ["<html>busy</html>", "[1, 2]"])
def test_what_is_no_answer_is_asked_for_again_and_then_given_up(server, overpass, waits, body):
    for _time in range(3):
        server.answer(200, body)
    with pytest.raises(OverpassFailed, match="tried 3 times"):
        overpass.amenities(DAVIS, ["library"])
    assert waits == [5.0, 10.0]
    assert len(server.asked) == 3


def test_a_server_that_is_not_there_is_given_up(waits):
    nobody = Overpass("http://127.0.0.1:9/", tries=2, wait=waits.append)
    with pytest.raises(OverpassFailed, match="did not answer"):
        nobody.amenities(DAVIS, ["library"])


def test_a_refusal_is_not_asked_again(server, overpass, waits):
    server.answer(400, "no such query")
    with pytest.raises(OverpassFailed, match="refused with 400"):
        overpass.amenities(DAVIS, ["library"])
    assert waits == []


@pytest.mark.parametrize("body", [{**FOUND, "remark": "runtime error: Query timed out"}, {"elements": None}, {}])
def test_half_an_answer_is_not_taken_for_the_whole(server, overpass, body):
    server.answer(200, body)
    with pytest.raises(OverpassFailed, match="broke off"):
        overpass.amenities(DAVIS, ["library"])


def test_half_the_world_is_not_asked_for(server, overpass):
    with pytest.raises(ValueError, match="square degrees"):
        overpass.amenities(Box(0, 0, 40, 40), ["library"])
    assert server.asked == []
