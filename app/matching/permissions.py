"""What may be done with matches and interests, and by whom."""

from typing import Final, Protocol

from app.kernel.access import Identity, Permission, anyone


class BetweenTwo(Protocol):
    """Anything that stands between a donor and a family."""

    @property
    def donor_id(self) -> int:
        """The person who offers."""

    @property
    def family_id(self) -> int:
        """The person who asks."""


class Told(BetweenTwo, Protocol):
    """An interest as far as deciding who may answer it needs."""

    @property
    def origin(self) -> str:
        """Who spoke first: ``yes`` (the family) or ``invitation`` (the donor)."""


def _is_one_of_two(actor: Identity, between: BetweenTwo) -> bool:
    return actor.person_id in {between.donor_id, between.family_id}


def speaker(interest: Told) -> int:
    """The person who spoke first."""
    return interest.family_id if interest.origin == "yes" else interest.donor_id


def _is_asked(actor: Identity, interest: Told) -> bool:
    return _is_one_of_two(actor, interest) and actor.person_id != speaker(interest)


def _spoke(actor: Identity, interest: Told) -> bool:
    return actor.person_id == speaker(interest)


SEARCH: Final = Permission("matching.search", allows=anyone)
"""Search nearby; also before one has posted."""

SEE_MATCHES: Final = Permission("matching.see_matches", allows=anyone)
"""See what fits one's own posts, and who waits for them; the query behind it shows nobody else's."""

SEE_PAIR: Final = Permission("matching.see_pair", allows=_is_one_of_two)
"""Open the disclosure of an offer and a request, one of them one's own."""

SPEAK_FIRST: Final = Permission("matching.speak_first", allows=_is_one_of_two)
"""Say yes to an offer with one's own request, or invite a family to one's own offer."""

ANSWER: Final = Permission("matching.answer", allows=_is_asked)
"""Accept or decline what the other side said first."""

TAKE_BACK: Final = Permission("matching.take_back", allows=_spoke)
"""Take back one's own yes or invitation."""

TAKE_TURN: Final = Permission("matching.take_turn", allows=anyone)
"""Answer whether one still wants milk that is free again; the use-case behind it knows whose turn it is."""
