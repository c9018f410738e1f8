"""One code behind two servers: threads on SQLite, gevent on PostgreSQL. What holds on one must hold on the other."""

import pytest

from app.messaging import queries, services
from tests.conftest import NOW
from tests.messaging.conftest import accepted_interest
from tests.web.served import Browser, Cast, database_of, says, serving

pytestmark = pytest.mark.slow

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
    """Somebody's open page; all are closed at the end."""
    opened = []

    def open_page(who):
        opened.append(Browser(server, who).socket())
        return opened[-1]

    yield open_page
    for one in opened:
        one.close()


def test_a_message_reaches_the_other_phone(talk, live):
    donor, family, conversation = talk
    hers, theirs = live(donor), live(family)
    assert hers.ask("message.send", says(conversation, "Hello"))["seq"] == 1
    assert theirs.next("message.new")["body"] == "Hello"
