"""
OpenStreetMap's public places by way of an Overpass server, asked by the operator's command and by nothing else.

Only a box of the map leaves the machine, never a person's place. Such a server is shared by everybody and often busy:
it is asked again a few times, each time after a longer while or when it says so, and then let be.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from time import sleep
from typing import Any, Final

from app.geo.areas import Box

CREDIT: Final = "© OpenStreetMap contributors, ODbL"
"""What stands wherever its data are shown (openstreetmap.org/copyright; Open Database License 1.0)."""
SERVER: Final = "https://overpass-api.de/api/interpreter"
USER_AGENT: Final = "Milkbridge (flask safe-places import)"
MOST_SQUARE_DEGREES: Final = 16.0
"""A box larger than this is refused: ask for a region at a time."""
SERVER_SECONDS: Final = 90
"""How long the server may work; we wait a little longer for its answer."""
_WAIT_FOR_CONNECTION: Final = 10
_TRIES: Final = 4
_PAUSE: Final = 5.0
_LONGEST_PAUSE: Final = 120.0
_BUSY: Final = frozenset({429, 502, 503, 504})


class OverpassFailed(Exception):  # noqa: N818 - reads as what happened.
    """The server gave no whole answer; the text says why, for the operator."""


@dataclass(frozen=True, slots=True)
class Overpass:
    """One server. ``pause`` is the first wait in seconds after a busy answer; it doubles each time."""

    server: str = SERVER
    pause: float = _PAUSE
    tries: int = _TRIES
    wait: Callable[[float], object] = sleep

    def amenities(self, box: Box, kinds: Iterable[str]) -> list[Mapping[str, Any]]:
        """
        Every named place of these kinds (values of the key ``amenity``) in the box, as the server describes it.

        Ways and relations come with their centre. Raises :class:`OverpassFailed`, also for an answer that the server
        broke off: half a list must not be taken for the whole. Raises ValueError for a box that is too large.
        """
        if (box.north - box.south) * (box.east - box.west) > MOST_SQUARE_DEGREES:
            raise ValueError(f"the box is larger than {MOST_SQUARE_DEGREES:g} square degrees; ask for less at a time")
        answer = self._asked(_query(box, kinds))
        elements = answer.get("elements")
        if "remark" in answer or not isinstance(elements, list):
            raise OverpassFailed(f"the server broke off: {str(answer.get('remark', 'no list of elements'))[:200]}")
        return [element for element in elements if isinstance(element, dict)]

    def _asked(self, query: str) -> dict[str, Any]:
        why, told = "", 0.0
        for number in range(self.tries):
            if number:
                self.wait(min(_LONGEST_PAUSE, max(self.pause * 2 ** (number - 1), told)))
            answer, why, told = self._once(query)
            if answer is not None:
                return answer
        raise OverpassFailed(f"{why}; tried {self.tries} times")

    def _once(self, query: str) -> tuple[dict[str, Any] | None, str, float]:
        """The answer; or None, why, and how many seconds the server asks us to wait."""
        # Loaded here, because no page ever needs it.
        import requests

        seconds = (_WAIT_FOR_CONNECTION, SERVER_SECONDS + _WAIT_FOR_CONNECTION)
        try:
            answer = requests.post(
                self.server, data={"data": query}, headers={"User-Agent": USER_AGENT}, timeout=seconds
            )
        except requests.RequestException as error:
            return None, f"the server did not answer ({type(error).__name__})", 0.0
        if answer.status_code in _BUSY:
            return None, f"the server is busy ({answer.status_code})", _seconds(answer.headers.get("Retry-After", ""))
        if answer.status_code != requests.codes.ok:
            raise OverpassFailed(f"the server refused with {answer.status_code}")
        try:
            found = answer.json()
        except ValueError:
            return None, "the answer was no JSON", 0.0
        return (found, "", 0.0) if isinstance(found, dict) else (None, "the answer was no JSON object", 0.0)


def _query(box: Box, kinds: Iterable[str]) -> str:
    around = f"{box.south:.4f},{box.west:.4f},{box.north:.4f},{box.east:.4f}"
    wanted = "|".join(sorted(kinds))
    return f'[out:json][timeout:{SERVER_SECONDS}];nwr["amenity"~"^({wanted})$"]["name"]({around});out tags center;'


def _seconds(header: str) -> float:
    return float(header) if header.isascii() and header.isdigit() else 0.0
