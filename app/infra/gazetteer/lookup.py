"""Finding a place by what people type, and turning a tapped map point into an area.

Exact names come first; anything else is only ever suggested ("did you mean"), so that a wrong place is never saved
silently.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from typing import Final

import numpy as np

from app.geo.areas import AreaCatalogue, AreaId
from app.geo.points import NotOnEarth
from app.infra.areas.storage import NameTables, load_catalogue, load_names
from app.infra.gazetteer.names import fold
from app.infra.gazetteer.other_names import COUNTRIES, TOWNS

LONGEST_QUERY: Final = 120
"""Characters; a longer text is no place name and gets an empty answer."""
_SHORTEST_GUESS: Final = 3
_LEAST_LIKENESS: Final = 72
_GUESSES: Final = 40
_PREFIXES: Final = 400
_FINE: Final = re.compile(r"(\d[.,]\d{2})\d+")
_DIGIT: Final = re.compile(r"\d")
_ZIP: Final = re.compile(r"(?<!\d)(\d{5})(?:-\d{4})?(?!\d)")
_ZIP_DIGITS: Final = 5
_WITH_DIGITS: Final = re.compile(r"\S*\d\S*")
_MOST_TRAILING_WORDS: Final = 4
_FEW: Final = 6
"""Exact places that are looked at for one name."""
_KEPT_DIVISIONS: Final = 4_000


@dataclass(frozen=True, slots=True)
class PlaceCandidate:
    """A place somebody may mean: ``label`` is the place, ``area_name`` the area that is stored for it."""

    label: str
    area: AreaId
    area_name: str


@dataclass(frozen=True, slots=True)
class PlaceAnswer:
    """
    What a query found. ``exact`` places carry the name that was typed, most people first; ``suggestions`` are for "did
    you mean".

    ``more`` is True when further exact places exist than the limit let through: adding a state or country will help.
    """

    exact: tuple[PlaceCandidate, ...] = ()
    suggestions: tuple[PlaceCandidate, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class _Question:
    """What was typed, folded: the town's name and the divisions or countries named after it."""

    town: str
    within: tuple[str, ...]


@dataclass(slots=True)
class _Online:
    ask: Callable[[str], Iterable[AreaId]] | None = None


_online: Final = _Online()


def use_online(ask: Callable[[str], Iterable[AreaId]] | None) -> None:
    """Ask this too when the gazetteer knows no exact place (see ``app.infra.geocoding``); None goes back to offline
    only.
    """
    _online.ask = ask


def without_fine_numbers(text: str) -> str:
    """``text`` with every number cut to two decimals, so that a typed coordinate is no finer than an area."""
    return _FINE.sub(r"\1", text)


def find_places(query: str, *, country: str | None = None, limit: int = _FEW) -> PlaceAnswer:
    """Places for a ZIP code, "town", "town, state", "town, county, state" or "town, country", any of them without
    commas too.

    ``country`` (ISO 3166 alpha-2) keeps to one country. Never raises: text that cannot be a place gives an empty
    answer. At most ``limit`` exact places and ``limit`` suggestions; suggestions are given only when nothing is exact.
    """
    query = without_fine_numbers(query)
    if len(query) > LONGEST_QUERY or not query.isprintable():
        query = "" if len(query) > LONGEST_QUERY else "".join(sign if sign.isprintable() else " " for sign in query)
    return _find(" ".join(query.split()), (country or "").upper(), max(limit, 0))


def place_at(latitude: float, longitude: float) -> PlaceCandidate | None:
    """The area a tapped map point lies in, None for a point that is not on Earth. The point is forgotten here."""
    catalogue = load_catalogue()
    try:
        area = catalogue.area(catalogue.snap(latitude, longitude))
    except NotOnEarth:
        return None
    return PlaceCandidate(area.label, area.id, area.name)


def area_of_zip(text: str) -> AreaId | None:
    """The area that :func:`find_places` gives for five digits; None for any other text and for a code nobody has."""
    if not (len(text) == _ZIP_DIGITS and text.isascii() and text.isdigit()):
        return None
    code, codes = int(text), _zip_codes()
    # Of a code that stands twice the first counts, as it does for a search.
    at = bisect_left(codes, code)
    return AreaId(int(load_names().zip_area[at])) if at < len(codes) and codes[at] == code else None


def area_named(query: str) -> AreaId | None:
    """The area that all exact places :func:`find_places` knows for a query lie in; None for none or several, and for a
    name that very many places carry.
    """
    query = " ".join((without_fine_numbers(query) if _DIGIT.search(query) else query).split())
    if len(query) > LONGEST_QUERY or not query.isprintable() or (_DIGIT.search(query) and _by_zip(query)):
        return None
    for question in _readings(query):
        rows = _exact(question, "")
        if rows:
            areas = set(load_catalogue().towns.area[rows].tolist())
            return AreaId(areas.pop()) if len(areas) == 1 and len(rows) <= _FEW else None
    return None


@cache
def _zip_codes() -> list[int]:
    """All codes in ascending order."""
    codes: list[int] = load_names().zip_code.tolist()
    return codes


def _find(query: str, country: str, limit: int) -> PlaceAnswer:
    if country in {"", "US"} and (found := _by_zip(query)):
        return PlaceAnswer(exact=(found,))
    questions = list(_readings(query))
    for question in questions:
        rows = _exact(question, country)
        if rows:
            return PlaceAnswer(exact=_candidates(rows[:limit]), more=len(rows) > limit)
    rows = _guesses(questions, country)[:limit]
    return PlaceAnswer(suggestions=(*_from_online(query, country), *_candidates(rows))[:limit])


def _from_online(query: str, country: str) -> list[PlaceCandidate]:
    """What the operator's geocoder, if any, makes of the query: named by its area, for it may know addresses."""
    found = [load_catalogue().area(area) for area in _online.ask(query)] if query and _online.ask else []
    return [PlaceCandidate(area.label, area.id, area.name) for area in found if country in {"", area.country}]


def _by_zip(query: str) -> PlaceCandidate | None:
    """A five-digit code alone, or ending a line that names its town or state ("Sacramento, CA 95814").

    Without that, "Berlin 10115" would become a street in New York.
    """
    match = _ZIP.search(query)
    if match is None or match.end() != len(query):
        return None
    names, code = load_names(), int(match[1])
    at = int(np.searchsorted(names.zip_code, code))
    if at == len(names.zip_code) or int(names.zip_code[at]) != code:
        return None
    town, _, state = names.zip_labels[int(names.zip_label[at])].rpartition(", ")
    before = f" {fold(query[: match.start()])} "
    if before.strip() and f" {fold(town)} " not in before and f" {fold(state)} " not in before:
        return None
    label = f"{match[1]} {town}, {state}, United States"
    area = load_catalogue().area(AreaId(int(names.zip_area[at])))
    return PlaceCandidate(label, area.id, area.name)


def _readings(query: str) -> Iterator[_Question]:
    """The ways to read a query, the likeliest first: as written, without post codes, with trailing words as the state
    or country.
    """
    for text in dict.fromkeys((query, _WITH_DIGITS.sub(" ", query))) if _DIGIT.search(query) else (query,):
        parts = [folded for part in text.split(",") if (folded := fold(part))]
        if not parts:
            continue
        yield _Question(parts[0], tuple(parts[1:]))
        words = parts[0].split()
        for count in range(1, min(_MOST_TRAILING_WORDS, len(words) - 1) + 1):
            yield _Question(" ".join(words[:-count]), (" ".join(words[-count:]), *parts[1:]))


def _exact(question: _Question, country: str) -> list[int]:
    """Rows of towns with this very name in the named division and country, most people first."""
    names, towns = load_names(), load_catalogue().towns
    rows = dict.fromkeys(
        row
        for key, code in _spellings(question.town)
        for row in _rows_named(names, key)
        if not code or code == towns.country_of(row)[0]
    )
    return _largest(_lying_in(rows, question.within, country))


def _spellings(town: str) -> list[tuple[str, str]]:
    return [*TOWNS.get(town, ()), (town, "")]


def _rows_named(names: NameTables, key: str) -> list[int]:
    keys = names.keys
    start = stop = bisect_left(keys, key)
    while stop < len(keys) and keys[stop] == key:
        stop += 1
    rows: list[int] = names.key_town[start:stop].tolist()
    return rows


def _lying_in(rows: Iterable[int], within: tuple[str, ...], country: str) -> list[int]:
    """Those of the rows that lie in this country, if any, and in all that was named."""
    names, towns, found = load_names(), load_catalogue().towns, []
    for row in rows:
        code = towns.country_of(row)[0]
        if country and code != country:
            continue
        if within:
            accepted = _spellings_of(int(names.county[row]), int(towns.division[row]), int(towns.country[row]))
            if not all(f"|{part}|" in accepted or COUNTRIES.get(part) == code for part in within):
                continue
        found.append(row)
    return found


@lru_cache(_KEPT_DIVISIONS)
def _spellings_of(county: int, division: int, country: int) -> str:
    """Every folded spelling of divisions and a country, each between two bars, which no folded text holds."""
    names = load_names()
    return f"|{names.division_names[county]}|{names.division_names[division]}|{names.country_names[country]}|"


def _largest(rows: Iterable[int]) -> list[int]:
    towns = load_catalogue().towns
    return sorted(rows, key=lambda row: (-int(towns.population[row]), row))


def _guesses(questions: list[_Question], country: str) -> list[int]:
    """Rows of towns that begin with what was typed, then those spelt much like it; places in the named state first."""
    if not questions or len(questions[0].town) < _SHORTEST_GUESS:
        return []
    asked = questions[0]
    begun, alike = _beginning_with(asked.town), _spelt_like(asked.town)
    rows = _lying_in(dict.fromkeys([*_largest(begun), *alike]), (), country)
    if not asked.within:
        return rows
    within = set(_lying_in(rows, asked.within, country))
    return sorted(rows, key=lambda row: row not in within)


def _beginning_with(prefix: str) -> list[int]:
    names = load_names()
    start = bisect_left(names.keys, prefix)
    rows = range(start, min(start + _PREFIXES, len(names.keys)))
    return [int(names.key_town[at]) for at in rows if names.keys[at].startswith(prefix)]


def _spelt_like(town: str) -> list[int]:
    # Not above: who asks for names that are there, as a plan does, guesses nothing.
    from rapidfuzz import fuzz, process

    names, towns = load_names(), load_catalogue().towns
    found = process.extract(town, names.keys, scorer=fuzz.ratio, score_cutoff=_LEAST_LIKENESS, limit=_GUESSES)
    scored = [
        (-score, -int(towns.population[int(names.key_town[at])]), int(names.key_town[at])) for _, score, at in found
    ]
    return [row for _, _, row in sorted(scored)]


def _candidates(rows: Iterable[int]) -> tuple[PlaceCandidate, ...]:
    """Rows as candidates; towns of one label are told apart by their county, and one place is never listed twice."""
    rows = list(rows)
    catalogue, names = load_catalogue(), load_names()
    labels = [_label(catalogue, row) for row in rows]
    told: dict[tuple[str, AreaId], PlaceCandidate] = {}
    for row, label in zip(rows, labels, strict=True):
        county = catalogue.towns.divisions[int(names.county[row])][1]
        full = _label(catalogue, row, county) if labels.count(label) > 1 and county else label
        area = catalogue.area(AreaId(int(catalogue.towns.area[row])))
        told.setdefault((full, area.id), PlaceCandidate(full, area.id, area.name))
    return tuple(islice(told.values(), len(rows)))


def _label(catalogue: AreaCatalogue, row: int, county: str = "") -> str:
    towns = catalogue.towns
    parts = (towns.names[row], county, towns.division_text(row), towns.country_of(row)[1])
    return ", ".join(dict.fromkeys(part for part in parts if part))
