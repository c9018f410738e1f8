"""
Families who agree at the same moment, through two servers: made, let go, and counted. Its test and its bench share it.

Each offer holds a litre in one lot of ten bags; each of eight families has a proposal of the donor's to agree to. All
eight are sent at once, four to each server.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import requests
from sqlalchemy import select

from app.handoffs import services
from app.handoffs.models import Handoff, OfferBalance
from app.infra.clock import utcnow
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.ids import new_public_id
from app.matching.events import InterestAccepted
from app.matching.models import Interest
from app.messaging.queries import conversation
from app.messaging.services import open_conversation
from app.milk.models import CustodyLot, LotBags
from app.posts import queries as posts
from app.posts import services as post_services
from tests.conftest import Person
from tests.handoffs.factories import DAY, HOUR, draft
from tests.milk.factories import lot
from tests.posts.drafts import OFFER, REQUEST
from tests.web.served import Cast

RIVALS = 8


@dataclass(frozen=True)
class Round:
    """One offer, the volume each family is proposed, and the handoffs in the order of the families."""

    offer_id: int
    volume_ml: int
    handoffs: tuple[str, ...]

    @property
    def possible(self) -> int:
        """How many can win: no offer holds more than a litre."""
        return min(RIVALS, 1000 // self.volume_ml)


@dataclass
class Counted:
    """What came back: answers by status and code for each offer, seconds of each answer, and how long all took."""

    answers: list[Counter] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def refused(self) -> int:
        """Answers that say neither yes nor no: too busy, or something broke."""
        return sum(count for each in self.answers for (status, _code), count in each.items() if status >= 500)


def stage(cast: Cast, volumes: Sequence[int]) -> tuple[list[str], list[Round]]:
    """Tokens of eight families, and one offer for each of ``volumes`` with a proposal to every one of them."""
    families = [cast.person(f"Family{number}x") for number in range(RIVALS)]
    tokens = [cast.token(family) for family in families]
    donors = [cast.person(f"Donor{number}x") for number in range(len(volumes))]
    return tokens, cast.run(lambda: _rounds(donors, families, volumes))


def _rounds(donors: Sequence[Person], families: Sequence[Person], volumes: Sequence[int]) -> list[Round]:
    now, wanted = utcnow(), []
    for family in families:
        made = post_services.submit_new(family.identity, REQUEST, submit_token=new_public_id(), now=now)
        wanted.append(posts.post_by_public_id(made).id)
    return [
        _round(donor, list(zip(families, wanted, strict=True)), volume)
        for donor, volume in zip(donors, volumes, strict=True)
    ]


def _round(donor: Person, families: list[tuple[Person, int]], volume: int) -> Round:
    now = utcnow()
    litre = replace(OFFER, volume_ml=1000, max_families=RIVALS)
    made = post_services.submit_new(donor.identity, litre, submit_token=new_public_id(), now=now)
    offer_id = posts.post_by_public_id(made).id
    lot(donor, pumped_from=now.date() - 20 * DAY, pumped_to=now.date() - 9 * DAY)
    talks = [_talk(donor, family, offer_id, request_id) for family, request_id in families]
    plan = draft(volume, now + DAY, now + DAY + 2 * HOUR)
    return Round(offer_id, volume, tuple(services.propose(donor.identity, talk, plan, now=now) for talk in talks))


def _talk(donor: Person, family: Person, offer_id: int, request_id: int) -> str:
    now = utcnow()
    with transaction() as session:
        interest = Interest(
            public_id=new_public_id(), offer_id=offer_id, request_id=request_id, donor_id=donor.id, family_id=family.id,
            origin="yes", state="accepted", note="", created_at=now, answered_at=now,
        )  # fmt: skip
        session.add(interest)
        session.flush()
        accepted = InterestAccepted(
            at=now, interest_id=interest.id, offer_id=offer_id, request_id=request_id, donor_id=donor.id,
            family_id=family.id,
        )  # fmt: skip
        return conversation(open_conversation(accepted, now=now)).public_id


def agree_at_once(urls: Sequence[str], tokens: Sequence[str], rounds: Sequence[Round]) -> Counted:
    """Let all eight agree to each offer in turn, the same moment each, half of them at each server."""
    counted, gate, answers = Counted([Counter() for _round in rounds]), threading.Barrier(RIVALS), []

    def run(rival: int) -> None:
        with requests.Session() as line:
            line.headers["Authorization"] = f"Bearer {tokens[rival]}"
            for number, each in enumerate(rounds):
                gate.wait(timeout=120)
                began = time.perf_counter()
                answers.append((number, _agree(line, urls[rival % len(urls)], each.handoffs[rival])))
                counted.waits.append(time.perf_counter() - began)

    counted.seconds = _timed(lambda: _all_at_once(run))
    for number, answer in answers:
        counted.answers[number][answer] += 1
    return counted


def agree_in_turn(url: str, tokens: Sequence[str], rounds: Sequence[Round]) -> Counted:
    """The same without any rival: one family after the other, at one server."""
    counted = Counted([Counter() for _round in rounds])

    def run() -> None:
        with requests.Session() as line:
            for number, each in enumerate(rounds):
                line.headers["Authorization"] = f"Bearer {tokens[number % RIVALS]}"
                counted.answers[number][_agree(line, url, each.handoffs[number % RIVALS])] += 1

    counted.seconds = _timed(run)
    return counted


def _agree(line: requests.Session, url: str, handoff: str) -> tuple[int, str]:
    # Whoever waited long for the others would speak over a line that the server has closed meanwhile.
    line.headers["Connection"] = "close"
    answer = line.post(f"{url}/api/v1/handoffs/{handoff}/agree", json={}, timeout=60)
    said = answer.json() if "json" in answer.headers.get("Content-Type", "") else {}
    return answer.status_code, str(said.get("code", ""))


def _timed(step: Callable[[], None]) -> float:
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def _all_at_once(run: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=run, args=(rival,)) for rival in range(RIVALS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def faults(cast: Cast, rounds: Sequence[Round], counted: Counted) -> list[str]:
    """Everything that is not as it must be, in words; empty when exactly the possible ones won."""
    return [
        *(
            f"offer {number}: {dict(answers)}"
            for number, (each, answers) in enumerate(zip(rounds, counted.answers, strict=True))
            if answers != +Counter({(200, ""): each.possible, (409, "milk_taken"): RIVALS - each.possible})
        ),
        *cast.run(lambda: _booked_wrongly(rounds)),
    ]


def _booked_wrongly(rounds: Sequence[Round]) -> list[str]:
    found = []
    for each in rounds:
        promised = db.session.scalars(select(OfferBalance.reserved_ml).where(OfferBalance.offer_id == each.offer_id))
        agreed = (
            db.session.scalars(select(Handoff.state).where(Handoff.offer_id == each.offer_id)).all().count("agreed")
        )
        if (promised.one(), agreed) != (each.possible * each.volume_ml, each.possible):
            found.append(f"offer {each.offer_id}: {agreed} agreed")
    lots = select(CustodyLot.id).where(CustodyLot.reserved_ml + CustodyLot.given_ml > CustodyLot.made_ml)
    bags = select(LotBags.lot_id).where(LotBags.promised + LotBags.gone > LotBags.count)
    return [*found, *(f"lot {lot_id} holds less than was promised" for lot_id in db.session.scalars(lots.union(bags)))]
