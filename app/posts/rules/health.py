"""
Which answers of a post are health facts, as the text of the consent ``health-collect`` names them.

That text speaks of "diet, smoking, alcohol, medicine or a baby's health", and of vaccinations: so of every answer a
donor gives to the catalogue, and of a family's two answers about its baby. What a family asks of the milk is a wish,
shown with its request on purpose, and no health fact; nor is a soapy taste, which is a property of the milk.
"""

from collections.abc import Mapping
from typing import Final

from app.kernel.words import N_
from app.posts.rules.drafts import Draft, OfferDraft

NOT_AGREED: Final = N_(
    "Answers about food, smoking, alcohol, medicine, vaccination or a baby's health are kept only if you agree. "
    "Please tick this box, or take those answers out: what is not said, families can ask."
)
NOT_NAMED: Final = N_(
    "The words you agreed to before did not name vaccinations. Please tick this box, or take that answer out."
)
AGREE_FIELD: Final = "agree_collect"
"""The field of both forms at which the agreement is given."""

NAMED_SINCE: Final = {"vaccination": "2026-11-2"}
"""Answers that the consent names only from a version of its words on; all others it has always named."""

_ABOUT_BABY: Final = frozenset({"term_and_healthy", "immediate_allergy", "bank_first"})
_ABOUT_DONOR: Final = "facts-"


def tells_health(draft: Draft) -> bool:
    """Whether ``draft`` says anything about somebody's health."""
    if isinstance(draft, OfferDraft):
        return bool(draft.facts)
    return draft.term_and_healthy != "unsaid" or draft.immediate_allergy


def named_since(draft: Draft) -> str | None:
    """The version of the consent's words that first names everything ``draft`` tells; None when each of them does."""
    told = draft.facts if isinstance(draft, OfferDraft) else ()
    return max((NAMED_SINCE[each.attribute] for each in told if each.attribute in NAMED_SINCE), default=None)


def without_newer(typed: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """A form as typed, less the answers that the first words of the consent did not name."""
    newer = tuple(f"{_ABOUT_DONOR}{attribute}-" for attribute in NAMED_SINCE)
    return {name: values for name, values in typed.items() if not name.startswith(newer)}


def without_health(typed: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """A form as typed, less every answer about health."""
    return {name: values for name, values in typed.items() if not _is_health(name)}


def _is_health(name: str) -> bool:
    return name in _ABOUT_BABY or name.startswith(_ABOUT_DONOR)
