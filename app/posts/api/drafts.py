"""Between the API's bodies and the drafts of the use-cases: the form's checks, reasons at the API's fields."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from app.kernel.errors import Conflict, Invalid
from app.kernel.words import N_
from app.posts.api.models import FactIn, OfferIn, RequestIn, WishIn
from app.posts.rules import AGREE_FIELD, Draft, Fact, OfferDraft, RequestDraft, Wish

Found = TypeVar("Found")
BANK_FIRST: Final = N_(
    "For a baby born early or ill, a milk bank and your clinician come first. Please show the words about milk banks, "
    "then send bank_first as true."
)
NOT_AGREED: Final = N_(
    "Answers about food, smoking, alcohol, medicine, vaccination or a baby's health are kept only if you agree. "
    "Please agree on the site first, or leave them out: what is not said, families can ask."
)
OTHER_KIND: Final = N_("A post of this kind has no such field.")
ONE_AMOUNT: Final = N_(
    "Milk given once has volume_ml, milk that comes again each week has weekly_ml. Please leave this one out: nobody "
    "would read it."
)
STALE: Final = N_(
    "The post has changed since you read it. Nothing was overwritten: read it again, then send your change."
)
_NAMES: Final = {
    "need": "need_ml_per_day", "stock": "stock_ml", "smallest_handoff": "smallest_handoff_ml", "travel": "travel_km",
}  # fmt: skip


def draft_from(body: OfferIn | RequestIn) -> Draft:
    """
    The draft a complete body describes.

    Raises :class:`Invalid` when the words about milk banks were not shown, or for an amount that nobody would read.
    """
    given = body.model_dump(exclude={"kind", "bank_first"})
    if isinstance(body, OfferIn):
        _require_one_amount(body.supply, given)
        return OfferDraft(**(given | {"facts": _facts(body.facts)}))
    _require_bank_first(body.term_and_healthy, body.bank_first)
    return RequestDraft(**(given | {"wishes": _wishes(body.wishes)}))


def changed(draft: Draft, body: BaseModel) -> Draft:
    """
    ``draft`` with the fields that ``body`` gives.

    Raises :class:`Invalid` for a field of the other kind, or for an amount that nobody would read.
    """
    given: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set if name != "version"}
    bank_first = bool(given.pop("bank_first", False)) if isinstance(draft, RequestDraft) else False
    known = {field.name for field in fields(draft)}
    foreign = {f"/{name}": [OTHER_KIND] for name in sorted(given) if name not in known}
    if foreign:
        raise Invalid(foreign)
    if isinstance(draft, RequestDraft) and given.get("term_and_healthy") not in {None, draft.term_and_healthy}:
        _require_bank_first(given["term_and_healthy"], bank_first)
    if "facts" in given:
        given["facts"] = _facts(given["facts"])
    if "wishes" in given:
        given["wishes"] = _wishes(given["wishes"])
    if isinstance(draft, OfferDraft):
        _require_one_amount(given.get("supply", draft.supply), given)
    return replace(draft, **given)


def _require_one_amount(supply: str, given: Mapping[str, Any]) -> None:
    idle = {"once": "weekly_ml", "weekly": "volume_ml"}.get(supply)
    if idle is not None and given.get(idle) is not None:
        raise Invalid({f"/{idle}": [ONE_AMOUNT]})


def _require_bank_first(term_and_healthy: str, bank_first: bool) -> None:  # noqa: FBT001 - one of two names it.
    if term_and_healthy == "no" and not bank_first:
        raise Invalid({"/bank_first": [BANK_FIRST]})


def _facts(stated: Mapping[str, FactIn]) -> tuple[Fact, ...]:
    return tuple(Fact(key, each.state, each.since, each.level) for key, each in stated.items())


def _wishes(wished: Mapping[str, WishIn]) -> tuple[Wish, ...]:
    return tuple(Wish(key, each.strength, each.avoid_days, each.level) for key, each in wished.items())


def at_fields(draft: Draft, act: Callable[[], Found]) -> Found:
    """Run a use-case; its reasons come out at the API's names for the fields, and a stale version in its words."""
    try:
        return act()
    except Invalid as error:
        raise Invalid(_renamed(error.fields, draft), error.message) from None
    except Conflict as error:
        raise (Conflict(STALE, code=error.code) if error.code == "stale" else error) from None


def _renamed(reasons: Mapping[str, list[str]], draft: Draft) -> dict[str, list[str]]:
    offer = isinstance(draft, OfferDraft)
    amount = "weekly_ml" if isinstance(draft, OfferDraft) and draft.supply == "weekly" else "volume_ml"
    agree = "facts" if offer else "term_and_healthy"
    names = {**_NAMES, "amount": amount, AGREE_FIELD: agree}
    found: dict[str, list[str]] = {}
    for name, words in reasons.items():
        told = [NOT_AGREED] if name == AGREE_FIELD else words
        found.setdefault("/" + names.get(name, name).replace("-", "/"), []).extend(told)
    return found
