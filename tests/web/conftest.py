"""Open sockets and a conversation for the tests of real time."""

from tests.messaging.conftest import open_talk, talk  # noqa: F401 - fixtures.
from tests.messaging.phones import phone  # noqa: F401 - a fixture.
