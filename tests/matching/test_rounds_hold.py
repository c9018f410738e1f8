"""What must hold of rounds whatever happens: all or nothing, the same everywhere, never over the caps."""

import random
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select, text, update

from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.errors import DomainError
from app.matching import services
from app.matching.models import Interest, Proposal
from app.posts import services as posts
from app.posts.models import Post
from tests.at_once import at_once, raised
from tests.conftest import NOW, Person
from tests.fresh import lay_fresh_database
from tests.matching.conftest import OFFER, REQUEST, post
from tests.people import add_person

HOUR = timedelta(hours=1)


def cast(many: int) -> list[Person]:
    return [Person(*add_person(f"Member{number}")) for number in range(many)]


def community(order: list[int]) -> None:
    """Eight offers and eight requests that differ, handed in in this order under the same public ids."""
    people = dict(zip(order, cast(len(order)), strict=True))
    for number in order:
        draft = replace(OFFER, volume_ml=1000 + 150 * number) if number % 2 else replace(REQUEST, days=10 + number)
        public_id = post(people[number], draft)
        with transaction() as session:
            session.execute(update(Post).where(Post.public_id == public_id).values(public_id=f"post-{number:02}"))


@pytest.mark.both_databases
def test_the_same_posts_in_another_order_on_another_database_give_the_same_round(app, database):
    digests, sizes = set(), set()
    for kind, order in (("sqlite", list(range(16))), (database, list(reversed(range(16))))):
        lay_fresh_database(app, kind)
        with app.app_context():
            community(order)
            plan = services.plan_round(now=NOW)
            digests.add(plan.digest)
            sizes.add(len(plan.chosen))
    assert len(digests) == 1
    assert min(sizes) > 8


@pytest.mark.both_databases
def test_while_a_round_is_held_twelve_families_say_yes_and_no_cap_breaks(in_app, offer, families, now):
    asked = families(20)
    steps = [
        lambda who=who, own=own: services.say_yes(who.identity, offer, own, now=now) for who, own in asked[:12]
    ] + [lambda: services.run_round(now=now)]
    refused = raised(at_once(in_app, *steps))
    assert all(isinstance(each, DomainError) and each.code == "offer_full" for each in refused), refused
    db.session.rollback()
    yeses = db.session.scalars(select(Interest.request_id).where(Interest.state == "open")).all()
    shown = db.session.scalars(select(Proposal.request_id).where(Proposal.state == "shown")).all()
    assert len(yeses) == 10
    assert len(shown) <= 10
    assert not set(yeses) & set(shown)


KILLED = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from app.factory import create_app
from app.infra.database import db
from app.matching import services
from config import Settings
from tests.conftest import NOW

address, folder, point = sys.argv[1:]
app = create_app(Settings(instance_path=Path(folder), database_url=address, testing=True))
with app.app_context():
    def die(conn, cursor, statement, *rest):
        if statement.startswith(point):
            os.kill(os.getpid(), signal.SIGKILL)
    event.listen(db.engine, "after_cursor_execute", die)
    services.run_round(now=NOW)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("point", "left"),
    [("INSERT INTO rounds", 0), ("INSERT INTO proposals", 0), ("UPDATE rounds", 0), ("never", 1)],
    ids=["begun", "proposals half written", "all written, nothing committed", "committed"],
)
def test_a_round_killed_at_any_moment_leaves_all_or_nothing_and_the_next_attempt_completes(
    own_database, tmp_path, point, left
):
    from app.factory import create_app
    from config import Settings

    app = create_app(Settings(instance_path=tmp_path, database_url=own_database, testing=True, mail_backend="locmem"))
    with app.app_context():
        community(list(range(16)))
        planned = len(services.plan_round(now=NOW).chosen)
        db.session.remove()
        db.engine.dispose()
    died = subprocess.run([sys.executable, "-c", KILLED, own_database, str(tmp_path), point], check=False, timeout=120)
    assert died.returncode == -signal.SIGKILL
    engine = create_engine(own_database)
    with engine.connect() as connection:
        rounds, proposals, told = (
            connection.execute(text(f"SELECT count(*) FROM {what}")).scalar()  # noqa: S608 - three constants.
            for what in ("rounds", "proposals", "jobs WHERE kind = 'matching.tell_new'")
        )
    engine.dispose()
    assert (rounds, proposals, told) == (left, left * planned, left)
    with app.app_context():
        result = services.run_round(now=NOW)
        assert (result.repeated, result.chosen) == (bool(left), planned)
        db.session.remove()
        db.engine.dispose()


class Village:
    """A small community to which anything may happen; what must hold is looked at after every step."""

    def __init__(self, seed: int) -> None:
        self.dice, self.now = random.Random(seed), NOW  # noqa: S311 - the dice of a test.
        self.people = cast(24)
        self.offers: dict[str, Person] = {}
        self.requests: dict[str, Person] = {}
        self.said: list[tuple[str, Person]] = []

    def publish(self) -> None:
        who = self.dice.choice(self.people)
        few = len(self.offers) < 3
        draft = replace(OFFER, max_families=self.dice.choice([1, 3])) if few else REQUEST
        (self.offers if few else self.requests)[post(who, draft, now=self.now)] = who

    def hold(self) -> None:
        services.run_round(now=self.now)

    def wait(self) -> None:
        self.now += self.dice.choice([HOUR, 6 * HOUR, 30 * HOUR])
        services.lapse_silent(now=self.now)
        services.pause_unanswered(now=self.now)
        services.run_touched(now=self.now)

    def pair(self) -> tuple[str, str]:
        return self.dice.choice(list(self.offers)), self.dice.choice(list(self.requests))

    def say_yes(self) -> None:
        offer, request = self.pair()
        family = self.requests[request]
        donor = self.offers[offer]
        self.said.append((services.say_yes(family.identity, offer, request, now=self.now), donor))

    def answer(self) -> None:
        said, donor = self.dice.choice(self.said)
        self.dice.choice([services.decline, services.decline, services.accept])(donor.identity, said, now=self.now)

    def pass_on(self) -> None:
        offer, request = self.pair()
        services.pass_on(self.requests[request].identity, offer, request, now=self.now)

    def look(self) -> None:
        request = self.dice.choice(list(self.requests))
        services.mark_seen(self.requests[request].identity, request, now=self.now)

    def pause(self) -> None:
        offer = self.dice.choice(list(self.offers))
        self.dice.choice([posts.pause, posts.resume])(self.offers[offer].identity, offer, now=self.now)

    STEPS = (publish, publish, publish, hold, wait, say_yes, say_yes, say_yes, say_yes, answer, pass_on, look, pause)

    def step(self) -> None:
        try:
            self.dice.choice(self.STEPS)(self)
        except (DomainError, IndexError):
            db.session.rollback()  # Refused, or nobody there yet: nothing may have changed.


def shown_and_said() -> tuple[list[Proposal], list[Interest]]:
    db.session.rollback()
    shown = db.session.scalars(select(Proposal).where(Proposal.state == "shown")).all()
    return list(shown), list(db.session.scalars(select(Interest).where(Interest.state == "open")))


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_no_cap_is_passed_and_nothing_spent_comes_back(in_app, seed):
    village = Village(seed)
    passed: set[tuple[int, int]] = set()
    for _ in range(90):
        before = Counter(row.offer_id for row in shown_and_said()[0])
        village.step()
        shown, said = shown_and_said()
        at_offer, on_page = Counter(row.offer_id for row in shown), Counter(row.request_id for row in shown)
        yeses = Counter(row.offer_id for row in said)
        assert max(yeses.values(), default=0) <= 10
        assert max(Counter(row.family_id for row in said).values(), default=0) <= 8
        assert max(on_page.values(), default=0) <= 8
        for offer_id, count in at_offer.items():
            assert count <= before[offer_id] or count + yeses[offer_id] <= 10
        pairs = {(row.offer_id, row.request_id) for row in shown}
        assert not pairs & passed
        assert not pairs & {(row.offer_id, row.request_id) for row in said}
        ended = select(Interest.offer_id, Interest.request_id).where(Interest.state.in_(["declined", "lapsed"]))
        declined = select(Proposal.offer_id, Proposal.request_id).where(Proposal.state == "declined")
        passed |= {tuple(row) for row in db.session.execute(ended)} | {
            tuple(row) for row in db.session.execute(declined)
        }
        live = select(Post.id).where(Post.state == "live")
        assert {row.offer_id for row in shown} <= set(db.session.scalars(live))
