"""What is said to a page is written by whoever says it, while the page takes it; the rest waits, in order."""

import queue
import random
import socket
import ssl
import threading
from types import SimpleNamespace

import pytest
from engineio.packet import MESSAGE, Packet
from hypothesis import given, settings
from hypothesis import strategies as st

from app.web.server_outbox import Outbox
from app.web.server_socket import WholeFrames, WholeSends, text_frame

LONG = "x" * 300_000
"""More than a connection takes while nobody reads."""


def said(words):
    return Packet(MESSAGE, data=words)


def frame(words):
    return text_frame("4" + words)


class Page:
    """A connection with its outbox, Engine.IO's writer where a test wants it, and the far end."""

    def __init__(self, *, opened=True):
        self.near, self.far = socket.socketpair()
        for end in (self.near, self.far):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        self.far.settimeout(30)
        self.outbox = Outbox(queue.Queue())
        self.frames = WholeFrames.__new__(WholeFrames)
        self.frames.outbox = self.outbox
        self.frames.ws = SimpleNamespace(connected=True, sock=WholeSends(self.near))
        if opened:
            self.outbox.open(self.frames)

    def write(self):
        """As Engine.IO's writer does."""
        while (packet := self.outbox.get(timeout=1)) is not None:
            self.outbox.task_done()
            self.frames.send(packet.encode())

    def writer(self):
        thread = threading.Thread(target=self.write)
        thread.start()
        return thread

    def read(self, many):
        found = b""
        while len(found) < many:
            found += self.far.recv(many - len(found))
        return found

    def is_quiet(self):
        self.far.setblocking(False)
        with pytest.raises(BlockingIOError):
            self.far.recv(1)
        self.far.settimeout(30)
        return True

    def close(self):
        self.near.close()
        self.far.close()


@pytest.fixture
def page():
    made = Page()
    yield made
    made.close()


def test_what_a_page_takes_is_written_at_once_without_a_writer(page):
    page.outbox.put(said("Hello"))
    assert page.read(len(frame("Hello"))) == frame("Hello")


def test_before_a_page_is_open_and_once_it_has_ended_nothing_is_written_at_once():
    page = Page(opened=False)
    page.outbox.put(said("early"))
    assert page.is_quiet()
    page.outbox.open(page.frames)
    page.outbox.open(None)
    page.outbox.put(said("late"))
    assert page.is_quiet()
    page.close()


def test_what_follows_something_that_waits_waits_behind_it():
    page = Page(opened=False)
    page.outbox.put(said("first"))
    page.outbox.open(page.frames)
    page.outbox.put(said("second"))
    assert page.is_quiet()
    writer = page.writer()
    whole = frame("first") + frame("second")
    assert page.read(len(whole)) == whole
    page.outbox.put(None)
    writer.join(30)
    page.outbox.put(said("third"))
    assert page.read(len(frame("third"))) == frame("third")
    page.close()


def test_whoever_tells_a_page_that_does_not_read_is_not_held_up(page):
    for words in (LONG, "after it"):
        page.outbox.put(said(words))
    writer = page.writer()
    whole = frame(LONG) + frame("after it")
    assert page.read(len(whole)) == whole
    page.outbox.put(None)
    writer.join(30)


def test_the_rest_of_a_message_goes_before_the_answer_to_a_ping(page):
    page.outbox.put(said(LONG))
    pong = threading.Thread(target=page.frames.ws.sock.send, args=[b"pong"])
    pong.start()
    whole = frame(LONG) + b"pong"
    assert page.read(len(whole)) == whole
    pong.join(30)
    # What stands in the queue for the rest has nothing left to write.
    page.outbox.put(None)
    page.write()
    assert page.is_quiet()


def test_a_page_to_whom_nothing_waits_for_long_is_not_taken_for_gone(page):
    """Engine.IO's writer ends a connection when nothing came through the queue for a while."""
    threading.Timer(0.1, page.outbox.put, [None]).start()
    assert page.outbox.get(timeout=0.001) is None


def test_what_is_said_to_who_has_left_is_no_error_of_whoever_says_it(page):
    page.far.close()
    for _ in range(3):
        page.outbox.put(said("Are you there?"))
    with pytest.raises(BrokenPipeError):
        page.write()


def test_an_ended_connection_is_not_written_to():
    """Its number may belong to somebody else's by then."""
    page = Page()
    page.frames.ws.sock.close()
    page.outbox.put(said("private"))
    assert not page.far.recv(100)
    page.close()


class Encrypted(ssl.SSLSocket):
    """One that writes by its own ways alone."""


def test_what_is_encrypted_is_not_written_past_the_encryption():
    near, far = socket.socketpair()
    made = Encrypted.__new__(Encrypted)
    socket.socket.__init__(made, fileno=near.detach())
    assert not WholeSends(made).begin(b"private")
    far.setblocking(False)
    with pytest.raises(BlockingIOError):
        far.recv(1)
    made.close()
    far.close()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.sampled_from([1, 100, 200, 5_000, 70_000]), max_size=12), min_size=1, max_size=4))
def test_each_frame_arrives_whole_and_each_speaker_in_order(speakers):
    page = Page()
    writer = page.writer()
    told = [[f"{who}.{number}." + "x" * size for number, size in enumerate(all_)] for who, all_ in enumerate(speakers)]

    def speak(words):
        for one in words:
            page.outbox.put(said(one))

    threads = [threading.Thread(target=speak, args=[words]) for words in told]
    random.shuffle(threads)
    for thread in threads:
        thread.start()
    found = page.read(sum(len(frame(one)) for words in told for one in words))
    for thread in threads:
        thread.join(30)
    page.outbox.put(None)
    writer.join(30)
    page.close()
    heard = list(parted(found))
    assert [[one for one in heard if one.startswith(f"{who}.")] for who in range(len(told))] == told


def parted(data):
    """The words of the frames in ``data``, which is nothing but whole frames."""
    while data:
        short = data[1]
        size = {126: 2, 127: 8}.get(short, 0)
        length = int.from_bytes(data[2 : 2 + size], "big") if size else short
        assert data[0] == 0x81
        assert chr(data[2 + size]) == "4"
        yield data[3 + size : 2 + size + length].decode()
        data = data[2 + size + length :]
