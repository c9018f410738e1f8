"""A WebSocket is read by whoever waits for a message, and by nobody beside."""

import base64
import socket
import threading

import pytest
from simple_websocket import ConnectionClosed

from app.web.server_socket import ReadByWhoWaits, WholeSends, text_frame

LONGEST = 100


def masked(frame: bytes) -> bytes:
    """A client's frame of less than 126 bytes: masked, by zeros."""
    return bytes((frame[0], frame[1] | 0x80)) + b"\0\0\0\0" + frame[2:]


@pytest.fixture
def line():
    """A connection that has just shaken hands, and the other end of it."""
    near, far = socket.socketpair()
    far.settimeout(30)
    environ = {
        "gunicorn.socket": WholeSends(near), "HTTP_HOST": "x", "HTTP_CONNECTION": "Upgrade",
        "HTTP_UPGRADE": "websocket", "HTTP_SEC_WEBSOCKET_VERSION": "13",
        "HTTP_SEC_WEBSOCKET_KEY": base64.b64encode(b"x" * 16).decode(),
    }  # fmt: skip
    ours = ReadByWhoWaits(environ, max_message_size=LONGEST)
    assert b" 101 " in far.recv(1000)
    yield ours, far
    near.close()
    far.close()


def test_no_thread_reads_beside(line):
    before = threading.active_count()
    ours, far = line
    far.sendall(masked(text_frame("word")))
    assert ours.receive() == "word"
    assert threading.active_count() == before


def test_what_came_together_is_read_one_by_one_and_what_comes_in_parts_whole(line):
    ours, far = line
    first, second, third = (masked(text_frame(word)) for word in ("one", "two", "three"))
    far.sendall(first + second + third[:4])
    assert [ours.receive(), ours.receive()] == ["one", "two"]
    later = threading.Timer(0.05, far.sendall, [third[4:]])
    later.start()
    assert ours.receive() == "three"
    later.join()


def test_what_was_said_before_the_end_is_still_read(line):
    ours, far = line
    far.sendall(masked(text_frame("last")) + masked(b"\x88\x00"))
    assert ours.receive() == "last"
    with pytest.raises(ConnectionClosed):
        ours.receive()
    assert far.recv(10)[:1] == b"\x88"


@pytest.mark.parametrize("how", ["leaves", "shuts", "is silent", "says too much", "says nonsense"])
def test_at_the_end_whoever_waits_is_told_and_the_line_is_closed(line, how):
    ours, far = line
    if how == "leaves":
        far.close()
    elif how == "shuts":
        far.sendall(masked(b"\x88\x00"))
    elif how == "is silent":
        ours.sock._connection.settimeout(0.05)
    elif how == "says too much":
        far.sendall(masked(text_frame("x" * (LONGEST + 1))))
        far.shutdown(socket.SHUT_WR)
    else:
        far.sendall(b"\xff\xff\xff\xff")
    with pytest.raises(ConnectionClosed):
        ours.receive()
    assert ours.sock.fileno() == -1


def test_a_sign_of_the_protocol_is_answered_while_a_message_is_waited_for(line):
    ours, far = line
    far.sendall(masked(b"\x89\x02hi") + masked(text_frame("word")))
    assert ours.receive() == "word"
    assert far.recv(10) == b"\x8a\x02hi"
