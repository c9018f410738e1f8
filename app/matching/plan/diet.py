"""
What donors state and families ask, as it stands in cells: JSON facts, lists of attributes, limits.

A fact about something the catalogue does not know is passed over (nobody can ask for it) and its name told once; a
*must* of that kind makes its row unreadable, because leaving it out would promise what nobody looked at. A fact that is
only told, such as a vaccination, is passed over without a word, and no request may ask for it.
"""

import json
import re
from contextlib import suppress
from datetime import date
from typing import Any, Final, NamedTuple

from app.kernel.words import N_
from app.matching.plan.cells import believable, whole
from app.matching.plan.problems import CellError, echo
from app.matching.rules.many.columns import KEY_AT, KEYS, LIPASES, STATES, UNSAID, level_number
from app.matching.rules.sides import FactState
from app.posts.rules import ATTRIBUTES, AVOID_DAYS_DEFAULT
from app.posts.rules.attributes import TOLD

_NAMES: Final = {name: each.key for each in ATTRIBUTES for name in (each.key, each.label.lower().replace(" ", "_"))}
_FOODS: Final = frozenset(each.key for each in ATTRIBUTES if each.kind == "food")
_TOLD: Final = frozenset(each.key for each in ATTRIBUTES if each.kind == TOLD)
_APART: Final = re.compile(r"[;,|\n]")
_LIPASE_STATES: Final = {"avoids": "not_noticed", "uses": "soapy_after_days"}
_CAFFEINE_LEVELS: Final = ((300, "to_300"), (200, "to_200"), (100, "to_100"))
_ANY_CAFFEINE: Final = 300
_LONGEST_AVOIDING: Final = 3650
_YEARS_SINCE: Final = range(1900, 2100)
"""The years since when a fact may hold: a way of eating may be as old as its donor."""

_NO_JSON: Final = N_('this is no JSON object such as {"dairy": {"state": "avoids", "since": "2026-03-12"}}')
_NO_STATE: Final = N_("the state of %(name)s must be avoids, uses or unknown")
_NO_SINCE: Final = N_("the day since when %(name)s holds must be written as 2026-03-12")
_NO_LIST: Final = N_("write attributes with a semicolon between them, such as dairy; soy")
_NOT_IN_CATALOGUE: Final = N_("we do not know what%(said)s is; we know %(words)s")
_ONLY_TOLD: Final = N_("nobody is chosen by %(name)s: leave it out, families can ask it themselves")
_NO_CAFFEINE: Final = N_("write the most milligrams a day that are fine: 0, 100, 200 or 300")
_NO_MEDICATIONS: Final = N_("write none, ask or any")

_STATE_BITS: Final = 5
_LEVEL_BITS: Final = 7
_SINCE_BITS: Final = 12
_KEY_MASK: Final = (1 << _STATE_BITS) - 1
_STATE_MASK: Final = (1 << (_LEVEL_BITS - _STATE_BITS)) - 1
_LEVEL_MASK: Final = (1 << (_SINCE_BITS - _LEVEL_BITS)) - 1


class Stated(NamedTuple):
    """A donor's facts, each packed into one number (see :func:`packed`), her answer about lipase, and unknown names."""

    facts: tuple[int, ...]
    lipase: int
    strange: tuple[str, ...]


class Wished(NamedTuple):
    """A family's wishes, each packed into one number like a fact: must for state, days for since."""

    wishes: tuple[int, ...]
    asks_about_medicines: bool


def packed(key: int, state: int, level: int, number: int) -> int:
    """Four small numbers as one, so that millions of them become columns at once; ``level`` may be UNSAID."""
    return key | state << _STATE_BITS | (level - UNSAID) << _LEVEL_BITS | number << _SINCE_BITS


def unpacked(numbers: Any) -> tuple[Any, Any, Any, Any]:  # noqa: ANN401 - one number or an array of them.
    """Key, state, level and number again."""
    return (
        numbers & _KEY_MASK,
        numbers >> _STATE_BITS & _STATE_MASK,
        (numbers >> _LEVEL_BITS & _LEVEL_MASK) + UNSAID,
        numbers >> _SINCE_BITS,
    )


def read_facts(text: str) -> Stated:
    """A cell of facts; an empty one states nothing."""
    text = text.strip()
    if not text:
        return _NOTHING_STATED
    return _plain(text) or _stated(_loaded(text))


def _loaded(text: str) -> dict[str, Any]:
    try:
        stated = json.loads(text)
    except (ValueError, RecursionError):
        raise CellError(_NO_JSON) from None
    if not isinstance(stated, dict):
        raise CellError(_NO_JSON)
    return stated


def _stated(members: dict[str, Any]) -> Stated:
    facts, strange, lipase = [], [], _LIPASE_UNSAID
    for name, fact in members.items():
        key = _NAMES.get(name) or _NAMES.get(_folded(name))
        if key is None:
            strange.append(name)
        elif key in _TOLD:
            continue
        elif key == "lipase":
            lipase = _lipase(fact)
        else:
            facts.append(_fact(key, fact))
    return Stated(tuple(facts), lipase, tuple(strange))


def _plain(text: str) -> Stated | None:
    """
    What a cell states whose members are objects, put together from what each of them means; None for any other.

    Cells differ, their members hardly do. JSON may be cut where a member's object ends as long as each piece is JSON by
    itself, so that nothing is read here which the whole would not say.
    """
    if len(_members) > _MOST_MEMBERS:
        _members.clear()
    if not (text.startswith("{") and text.endswith("}}")):
        return None
    numbers = [_members[piece] for piece in text[1:-2].split("},")]
    # Of a name that stands twice the last counts, which the whole cell alone can tell.
    if min(numbers) < 0 or len({number & _KEY_MASK for number in numbers}) < len(numbers):
        return None
    return Stated(tuple(numbers), _LIPASE_UNSAID, ())


class _Members(dict[str, int]):
    """A fact by the text of its member, without the bracket at its end; below zero for what is none by itself."""

    def __missing__(self, piece: str) -> int:
        # As most programs write it: then these texts are what JSON holds, for nothing in them could stand for another.
        if (plain := _MEMBER.fullmatch(piece)) and (key := _NAMES.get(plain["name"], "lipase")) not in _NOT_FACTS:
            fact = {"state": plain["state"], "since": plain["since"], "level": plain["level"]}
            with suppress(CellError):
                number = self[piece] = _fact(key, fact)
                return number
        try:
            members = _loaded(f"{{{piece}}}}}")
            facts = _stated(members).facts
        except CellError:
            facts = ()
        number = self[piece] = facts[0] if facts and len(members) == 1 else -1
        return number


_MEMBER: Final = re.compile(
    r'[ ]?"(?P<name>[a-z_]+)": ?\{"state": ?"(?P<state>[a-z]+)"(?:, ?"level": ?"(?P<level>[a-z0-9_]+)")?'
    r'(?:, ?"since": ?"(?P<since>[0-9]{4}-[0-9]{2}-[0-9]{2})")?'
)
_NOT_FACTS: Final = _TOLD | {"lipase"}
_members: Final = _Members()
_MOST_MEMBERS: Final = 50_000
_LIPASE_UNSAID: Final = LIPASES.index("unknown")
_NOTHING_STATED: Final = Stated((), _LIPASE_UNSAID, ())
_STATE_AT: Final = {str(state): at for at, state in enumerate(STATES)}


def _fact(key: str, fact: Any) -> int:  # noqa: ANN401 - whatever stood in the JSON.
    if isinstance(fact, str):
        fact = {"state": fact}
    state = _STATE_AT.get(fact.get("state") or FactState.UNKNOWN) if isinstance(fact, dict) else None
    if state is None:
        raise CellError(_NO_STATE, name=key)
    since, level = fact.get("since"), fact.get("level")
    try:
        ordinal = believable(date.fromisoformat(since[:10]), _YEARS_SINCE).toordinal() if since else 0
    except (ValueError, TypeError):
        raise CellError(_NO_SINCE, name=key) from None
    at = KEY_AT[key]
    return packed(at, state, level_number(at, level if isinstance(level, str) else None), ordinal)


def _lipase(fact: Any) -> int:  # noqa: ANN401
    said = (fact.get("level") or fact.get("state")) if isinstance(fact, dict) else fact
    said = _LIPASE_STATES.get(said, said) if isinstance(said, str) else said
    if said not in LIPASES:
        raise CellError(_NO_STATE, name="lipase")
    return LIPASES.index(said)


def read_wishes(musts: str, prefers: str, avoid_days: str, caffeine_max: str, medications: str) -> Wished:
    """
    The five cells in which a family says what it asks of the milk.

    ``avoid_days`` counts for foods. ``caffeine_max`` is a *must* at that level, ``medications`` ``none`` a *must* of no
    medicines; with ``ask`` any donor may be proposed and is to be asked. What is both must and prefer is a must.
    """
    days = _at("avoid_days", _DAYS, avoid_days)
    asked: dict[str, int] = {}
    for column, text in (("musts", musts), ("prefers", prefers)):
        for key in _at(column, _attributes, text):
            number = days + 1 if key in _FOODS else 0
            asked.setdefault(key, packed(KEY_AT[key], column == "musts", UNSAID, number))
    _at("caffeine_max", lambda text: _add_caffeine(asked, text), caffeine_max)
    said = medications.strip().lower()
    if said not in {"", "none", "ask", "any"}:
        raise CellError(_NO_MEDICATIONS, column="medications")
    if said == "none":
        asked["medicines"] = packed(KEY_AT["medicines"], 1, UNSAID, 0)
    elif said == "ask":
        asked.setdefault("medicines", packed(KEY_AT["medicines"], 0, UNSAID, 0))
    return Wished(tuple(asked.values()), said == "ask")


_DAYS: Final = whole(0, _LONGEST_AVOIDING, default=AVOID_DAYS_DEFAULT)


def _at(column: str, read: Any, text: str) -> Any:  # noqa: ANN401
    try:
        return read(text)
    except CellError as problem:
        problem.column = column
        raise


def _attributes(text: str) -> list[str]:
    text = text.strip()
    if text.startswith("["):
        try:
            names = json.loads(text)
        except (ValueError, RecursionError):
            raise CellError(_NO_LIST) from None
    else:
        names = _APART.split(text)
    if not all(isinstance(name, str) for name in names):
        raise CellError(_NO_LIST)
    return [_known(name) for name in names if name.strip()]


def _known(name: str) -> str:
    key = _NAMES.get(_folded(name))
    if key is None:
        raise CellError(_NOT_IN_CATALOGUE, said=echo(name.strip()), words=", ".join(KEYS))
    if key in _TOLD:
        raise CellError(_ONLY_TOLD, name=key)
    return key


def _folded(name: str) -> str:
    return "_".join(name.strip().lower().replace("-", " ").split())


def _add_caffeine(asked: dict[str, int], text: str) -> None:
    text = text.strip().lower()
    if not text:
        return
    limits = {code: limit for limit, code in _CAFFEINE_LEVELS} | {"none": 0}
    try:
        most = limits[text] if text in limits else whole(0, 10_000)(text)
    except CellError:
        raise CellError(_NO_CAFFEINE) from None
    level = next((code for limit, code in _CAFFEINE_LEVELS if most >= limit), None)
    if most > _ANY_CAFFEINE:
        asked.pop("caffeine", None)
    else:
        at = KEY_AT["caffeine"]
        asked["caffeine"] = packed(at, 1, level_number(at, level), 0)
