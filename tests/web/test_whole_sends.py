"""The socket below a WebSocket writes whole frames or ends the connection."""

import socket

import pytest

from app.web.server_socket import WholeSends


@pytest.fixture
def ends():
    near, far = socket.socketpair()
    yield near, far
    near.close()
    far.close()


def test_what_is_sent_arrives_whole(ends):
    near, far = ends
    assert WholeSends(near).send(b"frame") == 5
    assert far.recv(10) == b"frame"


@pytest.mark.parametrize("left", ["by_the_other", "by_ourselves"])
def test_to_who_has_left_it_fails_as_the_library_expects(ends, left):
    """simple-websocket says good-bye also to a connection that is gone, and lets every other error out."""
    near, far = ends
    ours = WholeSends(near)
    (far if left == "by_the_other" else near).close()
    with pytest.raises(BrokenPipeError):
        ours.send(b"frame")


def test_a_reader_who_takes_too_long_gets_no_second_frame(ends):
    near, far = ends
    slow = WholeSends(near)
    near.settimeout(0.05)
    with pytest.raises(BrokenPipeError):
        slow.send(b"x" * 10_000_000)
    while far.recv(1_000_000):
        pass
    with pytest.raises(BrokenPipeError):
        slow.send(b"second")
