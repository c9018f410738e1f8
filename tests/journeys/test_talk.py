"""Two people talk on their phones while the line breaks, answers are lost and the server dies: nothing is lost."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from app.dev.serve import stop
from app.infra.clock import utcnow
from app.messaging import queries, services
from config import ROOT
from tests.journeys.cable import Cable
from tests.messaging.conftest import accepted_interest
from tests.messaging.screens import ready
from tests.site import PHONE
from tests.web.served import Browser, Cast, Server, database_of, serving


class Talker:
    """One person's phone on a line of its own."""

    def __init__(self, page: Any, cable: Cable) -> None:
        self.page, self.cable = page, cable

    @property
    def shown(self) -> Any:
        """The words of the conversation as they stand on the screen."""
        return self.page.locator("#messages [data-body]")

    @property
    def on_their_way(self) -> Any:
        """What this phone has written and the server has not confirmed."""
        return self.page.locator("#outbox li")

    def write(self, *texts: str) -> None:
        """Write and send, faster than anybody types."""
        self.page.evaluate(
            """texts => {
                for (const text of texts) {
                    document.getElementById("body").value = text;
                    document.getElementById("composer").requestSubmit();
                }
            }""",
            texts,
        )

    def is_offline(self) -> None:
        """Wait until the page says so."""
        expect(self.page.locator("#connection")).to_be_visible()

    def is_live(self) -> None:
        """Wait until the page is ready and connected."""
        ready(self.page)


class Evening:
    """A served conversation of two people, and their phones."""

    def __init__(self, lines: list[Cable], contexts: Any, cast: Cast, server: Server) -> None:
        self.lines, self.contexts, self.cast, self.server = lines, contexts, cast, server
        self.donor, self.family = cast.person("dora"), cast.person("fatima")
        self.talk = cast.run(self._open)

    def _open(self) -> Any:
        accepted = accepted_interest(self.donor, self.family)
        return queries.conversation(services.open_conversation(accepted, now=utcnow()))

    def phone(self, who: Any) -> Talker:
        """A phone of ``who`` with the conversation open."""
        cable = Cable(int(self.server.url.rsplit(":", 1)[1]))
        context = self.contexts(viewport=PHONE, reduced_motion="reduce")
        self.lines.append(cable)
        cookies = Browser(self.server, who).http.cookies
        context.add_cookies([{"name": one.name, "value": one.value, "url": cable.url} for one in cookies])
        return self.page(context, cable)

    def page(self, context: Any, cable: Cable) -> Talker:
        """One more page of the same phone."""
        page = context.new_page()
        page.goto(f"{cable.url}/messages/{self.talk.public_id}")
        talker = Talker(page, cable)
        talker.is_live()
        return talker

    def stored(self) -> list[str]:
        """The bodies the database holds, in order."""
        return [message.body for message in self.cast.run(lambda: queries.messages_after(self.talk.id, 0))]

    def kill_the_server(self) -> None:
        """End it, master and worker, without a goodbye."""
        master = self.server.process.pid
        workers = Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii").split()
        for one in (master, *map(int, workers)):
            os.kill(one, signal.SIGKILL)
        self.server.process.wait()

    def start_the_server(self) -> None:
        """Start it again where it was."""
        self.server.process = subprocess.Popen(self.server.process.args, cwd=ROOT, env=self.server.environment)


@pytest.fixture(scope="module")
def cast(application: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("talk")
    with database_of("sqlite", application, folder) as address:
        made = Cast(application, address)
        made.folder = folder  # type: ignore[attr-defined]
        yield made


@pytest.fixture(scope="module")
def server(cast: Any) -> Any:
    with serving(cast.address, cast.folder) as running:
        yield running
        # The one that was killed is another process than the one that runs now.
        stop([running.process])


@pytest.fixture
def lines() -> Any:
    """The lines of one evening, taken away when its pages are closed."""
    made: list[Cable] = []
    yield made
    for line in made:
        line.close()


@pytest.fixture
def evening(lines: Any, contexts: Any, cast: Any, server: Any) -> Evening:
    return Evening(lines, contexts, cast, server)


def test_one_goes_offline_in_mid_sentence_and_returns(evening):
    hers, theirs = evening.phone(evening.donor), evening.phone(evening.family)
    hers.write("one")
    expect(theirs.shown).to_have_text(["one"])
    # The family may see it before the donor's page has its answer: cut there, it would rightly be sent again.
    expect(hers.on_their_way).to_have_count(0)
    hers.page.type("#body", "I can be there at ni")
    hers.cable.cut()
    hers.is_offline()
    hers.page.locator("#body").press_sequentially("ne")
    hers.page.click("#composer button[type=submit]")
    theirs.write("meanwhile")
    hers.page.type("#body", "and bring")
    expect(hers.on_their_way).to_have_count(1)
    expect(hers.page.locator("#body")).to_be_focused()
    expect(hers.shown).to_have_text(["one"])
    hers.cable.mend()
    everything = ["one", "meanwhile", "I can be there at nine"]
    for phone in (hers, theirs):
        expect(phone.shown).to_have_text(everything)
    expect(hers.on_their_way).to_have_count(0)
    expect(hers.page.locator("#body")).to_have_value("and bring")
    hers.is_live()


def test_forty_messages_written_offline_arrive_once_and_in_written_order(evening):
    hers, theirs = evening.phone(evening.donor), evening.phone(evening.family)
    hers.cable.cut()
    hers.is_offline()
    words = [f"line {n}" for n in range(1, 41)]
    hers.write(*words)
    expect(hers.on_their_way).to_have_count(40)
    hers.cable.mend()
    for phone in (theirs, hers):
        expect(phone.shown).to_have_text(words)
    expect(hers.on_their_way).to_have_count(0)
    assert evening.stored() == words


def test_answers_that_are_lost_are_asked_for_again_and_nothing_is_doubled(evening):
    hers, theirs = evening.phone(evening.donor), evening.phone(evening.family)
    hers.cable.lose_answers()
    words = [f"line {n}" for n in range(1, 13)]
    hers.write(*words)
    for phone in (theirs, hers):
        expect(phone.shown).to_have_text(words)
    expect(hers.on_their_way).to_have_count(0)
    assert evening.stored() == words


def test_a_reload_while_sending_sends_the_rest_and_doubles_nothing(evening):
    hers, theirs = evening.phone(evening.donor), evening.phone(evening.family)
    # She must not get through on a new line before the reload, however long it takes to come to it.
    hers.cable.lose_answers(also_later=True)
    words = [f"line {n}" for n in range(1, 13)]
    hers.write(*words)
    expect(theirs.shown.first).to_be_visible()
    expect(hers.on_their_way).to_have_count(12)
    hers.cable.hear_again()
    hers.page.reload()
    for phone in (theirs, hers):
        expect(phone.shown).to_have_text(words)
    expect(hers.on_their_way).to_have_count(0)
    assert evening.stored() == words


def test_a_server_that_dies_in_the_middle_loses_and_reorders_nothing(evening):
    hers, theirs = evening.phone(evening.donor), evening.phone(evening.family)
    hers.write("before 1", "before 2")
    evening.kill_the_server()
    hers.write("dead 1", "dead 2")
    hers.is_offline()
    hers.write("dead 3")
    evening.start_the_server()
    everything = ["before 1", "before 2", "dead 1", "dead 2", "dead 3"]
    for phone in (theirs, hers):
        expect(phone.shown).to_have_text(everything)
    expect(hers.on_their_way).to_have_count(0)
    assert evening.stored() == everything


def test_two_pages_of_one_person_share_what_is_unsent_and_neither_doubles_nor_reorders(evening):
    theirs = evening.phone(evening.family)
    first = evening.phone(evening.donor)
    second = evening.page(first.page.context, first.cable)
    first.cable.cut()
    for page in (first, second):
        page.is_offline()
    for n in range(1, 13):
        (first if n % 2 else second).write(f"line {n}")
    first.cable.mend()
    words = [f"line {n}" for n in range(1, 13)]
    for phone in (theirs, first, second):
        expect(phone.shown).to_have_text(words)
        expect(phone.on_their_way).to_have_count(0)
    assert evening.stored() == words


def test_a_page_that_is_closed_in_mid_sending_leaves_the_rest_to_another(evening):
    theirs = evening.phone(evening.family)
    first = evening.phone(evening.donor)
    second = evening.page(first.page.context, first.cable)
    first.cable.cut()
    first.is_offline()
    first.write("one", "two", "three")
    expect(first.on_their_way).to_have_count(3)
    first.page.close()
    first.cable.mend()
    second.is_live()
    for phone in (theirs, second):
        expect(phone.shown).to_have_text(["one", "two", "three"])
    expect(second.on_their_way).to_have_count(0)
