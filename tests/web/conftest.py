"""Open sockets for the tests of real time."""

from tests.messaging.phones import phone  # noqa: F401 - a fixture.
