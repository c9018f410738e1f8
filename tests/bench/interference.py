"""
Whether anything the site answers tells two homes in one published area apart: prints probes and differences.

``python -m tests.bench.interference [pairs]`` lets a donor live at one home and then at the other, each time in a new
community, and asks the same of everything there is to ask: lists, searches, cards, disclosures, conversations,
meeting places, notices, by pages and by the JSON API, as the donor herself and as families near and far. Status,
headers and bytes must be equal once random ids and the nonce are taken out; the clock stands still, so times are equal
too.
"""

import logging
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Final

import numpy as np
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade

from app.accounts.services import make_token
from app.factory import create_app
from app.geo.areas import AreaId
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.infra.gazetteer.lookup import load_names
from app.kernel.access import Identity
from app.matching.services import run_round
from config import Settings
from tests.bench.figures import as_served, table
from tests.fresh import lay_fresh_database
from tests.people import PASSWORD, add_person

PAIRS: Final = 80
NOW: Final = datetime(2026, 11, 21, 15, tzinfo=UTC)
API: Final = "/api/v1"
OFFER: Final = {
    "kind": "offer", "supply": "once", "volume_ml": 3000, "pumped_from": "2026-09-01", "pumped_to": "2026-11-01",
    "storage": "deep_freezer", "travel_km": 25, "note": "Sixty flat bags.", "preference": "nearest",
    "facts": {"dairy": {"state": "avoids", "since": "2026-03-12"}},
}  # fmt: skip
REQUEST: Final = {
    "kind": "request", "need_ml_per_day": 600, "days": 30, "baby_age_band": "3_6", "term_and_healthy": "yes",
    "wishes": {"dairy": {"strength": "must", "avoid_days": 14}},
}  # fmt: skip
RADII: Final = (0, 10, 25, 60, 120)
"""How far each of the families travels, kilometres."""
AT_HOME: Final = 2
"""Which of them lives in the donor's own area; the others live beside it and further away."""


@dataclass(frozen=True, slots=True)
class Home:
    """A home as its owner gives it to the site: what she types, and the area she taps where the text is not enough."""

    typed: str
    tapped: int | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a page open and a program running."""

    page: FlaskClient
    program: FlaskClient


def pairs_of_homes(count: int) -> Iterator[tuple[AreaId, Home, Home]]:
    """
    Areas with two homes each: by turns under two ZIP codes, and at two points of the map in one area.

    Always the same ones. The points are drawn around towns until two lie in one area.
    """
    by_zip, draw = _homes_by_zip(), np.random.default_rng(7)
    for place in range(count):
        area, first, second = next(by_zip)
        yield (area, first, second) if place % 2 == 0 else _homes_by_map(area, draw)


def _homes_by_zip() -> Iterator[tuple[AreaId, Home, Home]]:
    names = load_names()
    codes: dict[int, list[int]] = {}
    for code, area in zip(names.zip_code.tolist(), names.zip_area.tolist(), strict=True):
        codes.setdefault(area, []).append(code)
    shared = [(area, found) for area, found in sorted(codes.items()) if len(found) > 1]
    for area, found in shared[:: max(1, len(shared) // PAIRS)]:
        yield AreaId(area), Home(f"{found[0]:05}"), Home(f"{found[-1]:05}")


def _homes_by_map(near: AreaId, draw: np.random.Generator) -> tuple[AreaId, Home, Home]:
    catalogue = load_catalogue()
    centre = np.array(catalogue.area(near).centre)
    while True:
        first, aside = centre + draw.uniform(-0.05, 0.05, 2), draw.uniform(-0.01, 0.01, 2)
        areas = [catalogue.snap(*(float(each) for each in home)) for home in (first, first + aside)]
        if areas[0] == areas[1]:
            return areas[0], *(Home("the map", tapped=area) for area in areas)


class Community:
    """One donor at a home and a family for each radius, with everything that can be asked about them."""

    def __init__(self, app: Flask, area: AreaId, home: Home, families: Sequence[int]) -> None:
        self._app = app
        lay_fresh_database(app)
        self.donor = self._member("Dana", None)
        sent = {"place": home.typed, "size": "own", "timezone": "UTC"}
        sent |= {"area": str(home.tapped), "area_for": home.typed} if home.tapped else {}
        placed = self.donor.page.post("/me/place", data=sent)
        assert placed.status_code == 302, placed.text
        self.offer = self._posted(self.donor, OFFER)
        around = _around(area)
        self.families = [(place, self._member(f"Family{place}", around[place])) for place in families]
        self.requests = [
            self._posted(family, {**REQUEST, "travel_km": RADII[place]}) for place, family in self.families
        ]
        with app.app_context():
            run_round(now=NOW)
        self.conversation = self._conversation()

    def _member(self, name: str, area: AreaId | None) -> Member:
        with self._app.app_context():
            person_id, email, _, _ = add_person(name, area_id=area)
            secret = make_token(Identity(person_id), "probe", now=NOW).secret
        page, program = self._app.test_client(), self._app.test_client(use_cookies=False)
        assert page.post("/login", data={"email": email, "password": PASSWORD}).status_code == 302
        program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
        return Member(page, program)

    @staticmethod
    def _posted(member: Member, body: dict[str, object]) -> str:
        made = member.program.post(f"{API}/posts", json=body)
        assert made.status_code == 201, made.text
        return str(made.get_json()["id"])

    def _conversation(self) -> str:
        """The family in the area itself says yes and is chosen."""
        here = [place for place, _ in self.families].index(AT_HOME)
        body = {"offer_id": self.offer, "request_id": self.requests[here], "version": 2}
        said = self.families[here][1].program.post(f"{API}/interests", json=body)
        assert said.status_code == 201, said.text
        interest = said.get_json()["id"]
        assert self.donor.program.post(f"{API}/interests/{interest}/accept").status_code == 200
        return str(self.donor.page.get(f"/messages/of/{interest}").location).rsplit("/", maxsplit=1)[-1]

    def probes(self) -> Iterator[tuple[str, str]]:
        """What every channel answers: its name, and everything of the answer that is not random."""
        for (place, family), asked in zip(self.families, self.requests, strict=True):
            for path in _asked_by_family(asked, self.offer, self.conversation if place == AT_HOME else None):
                yield f"family {place} {path}", self._told(family, path)
            path = f"{API}/posts/{self.offer}/matches/{asked}"
            yield f"donor {path}", self._told(self.donor, path)
        for path in _asked_by_donor(self.offer, self.conversation):
            yield f"donor {path}", self._told(self.donor, path)

    @staticmethod
    def _told(who: Member, path: str) -> str:
        answer = (who.program if path.startswith(API) else who.page).get(path)
        headers = "\n".join(f"{name}: {value}" for name, value in answer.headers if name != "Set-Cookie")
        return without_ids(f"{answer.status_code}\n{headers}\n\n{answer.text}")


def _around(area: AreaId) -> list[AreaId]:
    """Areas in which families live: two beside it, the area itself, and two further away."""
    near = load_catalogue().nearest(area, 60)
    return [near[0], near[3], area, near[len(near) // 2], near[-1]]


def _asked_by_family(request: str, offer: str, conversation: str | None) -> Iterator[str]:
    yield from (f"{API}/posts/{request}/matches", f"{API}/posts/{request}/matches?limit=1", f"{API}/proposals")
    yield from (f"{API}/posts/{request}/matches/{offer}", f"{API}/posts/{offer}", f"{API}/interests")
    yield from (f"/matches/{request}", f"/matches/pair/{offer}/{request}", f"/posts/{offer}", "/matches", "/notices")
    yield from (f"/matches/{request}?least=500", f"/matches/{request}?show=all")
    for radius in RADII:
        yield f"/search?kind=offer&radius={radius}"
    yield "/search?kind=offer&radius=60&without=dairy"
    if conversation:
        yield from (f"/messages/{conversation}", f"/conversations/{conversation}/handoff", "/messages", "/handoffs")


def _asked_by_donor(offer: str, conversation: str) -> Iterator[str]:
    yield from (f"{API}/me", f"{API}/posts", f"{API}/posts/{offer}/matches", f"{API}/interests", f"{API}/proposals")
    yield from ("/matches", "/matches/mine", "/search?kind=request&radius=120", "/notices", "/me", "/me/place")
    yield from (f"/matches/{offer}", f"/messages/{conversation}", f"/conversations/{conversation}/handoff")


_ID: Final = re.compile(r"(?<![\w-])(?:[\w-]{22}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![\w-])")
_NONCE: Final = re.compile(r"(?<=nonce-)[^']*|(?<=nonce=\")[^\"]*|[\w-]{40,}\.[\w-]{6}\.[\w-]{27}")
"""A nonce, or the signed token of a form."""


def without_ids(text: str) -> str:
    """The text with every random id, nonce and form's token made the same."""
    return _ID.sub("id", _NONCE.sub("nonce", text))


def compared(
    app: Flask, pair: tuple[AreaId, Home, Home], families: Sequence[int] = range(len(RADII))
) -> tuple[Counter[str], list[str]]:
    """How many probes of one pair gave which status, and the names of those that told its homes apart."""
    area, *homes = pair
    first, second = (list(Community(app, area, home, families).probes()) for home in homes)
    differing = [
        without_ids(name) for (name, told), (_, other) in zip(first, second, strict=True) if told != other
    ]  # fmt: skip
    return Counter(told.split("\n", maxsplit=1)[0] for _, told in first), differing


def made_app(folder: Path) -> Flask:
    """An application on a database that can be laid anew."""
    app = create_app(Settings(instance_path=folder, testing=True, rate_limits=False, mail_backend="locmem"))
    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()
    shutil.copyfile(folder / "milkbridge.sqlite", folder / "template.sqlite")
    return app


def run(pairs: int = PAIRS) -> None:
    """Print how many probes of how many pairs told two homes apart (0), and how many found something to tell."""
    statuses: Counter[str] = Counter()
    differing: list[str] = []
    with tempfile.TemporaryDirectory() as folder, time_machine.travel(NOW, tick=False):
        app = made_app(Path(folder))
        as_served()
        for pair in pairs_of_homes(pairs):
            seen, found = compared(app, pair)
            statuses += seen
            differing += found
    rows: list[list[str | float]] = [
        [str(pairs), str(sum(statuses.values())), str(statuses["200"]), process_time() / 60, str(len(differing))]
    ]
    heads = ("pairs", "probes", "answered 200", "minutes of processors", "differences")
    table("Two homes in one area, told apart", heads, rows)
    for name in differing[:20]:
        print(" ", name)


if __name__ == "__main__":
    logging.disable(logging.ERROR)
    run(*map(int, sys.argv[1:]))
