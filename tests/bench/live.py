"""A message from one phone to the other through real sockets, relative to an event that does nothing."""

from time import perf_counter
from typing import Final
from uuid import UUID

from flask import Flask

from app.messaging import queries, services
from tests.bench.figures import percentiles, table
from tests.conftest import NOW
from tests.messaging.conftest import accepted_interest
from tests.messaging.live import LiveSocket, served
from tests.people import PASSWORD, add_person

TIMES: Final = 100


class _Who:
    """What the tests' helpers need of a person."""

    def __init__(self, name: str) -> None:
        self.id, self.email, self.display_name, self.identity = add_person(name)


def run(app: Flask) -> None:
    """Write from a donor to a family, one message after the other."""
    with app.app_context():
        donor, family = _Who("Bench-Dana"), _Who("Bench-Fatima")
        accepted = accepted_interest(donor, family)
        talk = queries.conversation(services.open_conversation(accepted, now=NOW)).public_id
    with served(app) as address:
        sockets = []
        for who in (donor, family):
            browser = app.test_client()
            browser.post("/login", data={"email": who.email, "password": PASSWORD})
            sockets.append(LiveSocket(address, browser))
        rows = _rows(*sockets, talk)
        for one in sockets:
            one.close()
    table("One message, ms", ("from the press until", "p50", "p95", "p99", "× answer"), rows)


def _rows(mine: LiveSocket, theirs: LiveSocket, talk: str) -> list[list[str | float]]:
    for one in (mine, theirs):
        one.ask("conversation.open", {"id": talk})
    bare, stored, heard = [], [], []
    for number in range(TIMES):
        start = perf_counter()
        mine.ask("conversation.open", {"id": "nothing"})
        bare.append((perf_counter() - start) * 1000)
        start = perf_counter()
        mine.ask(
            "message.send", {"conversation": talk, "client_id": str(UUID(int=number + 1)), "body": "Half past four?"}
        )
        stored.append((perf_counter() - start) * 1000)
        theirs.next("message.new")
        heard.append((perf_counter() - start) * 1000)
    base = percentiles(bare)[0]
    named = (("refused at once (baseline)", bare), ("stored and acknowledged", stored), ("on the other socket", heard))
    return [[name, *percentiles(taken), percentiles(taken)[0] / base] for name, taken in named]
