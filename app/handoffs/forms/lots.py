"""Forms of a handoff's lots: bags by lot and size, a lot written down at the meeting, and what became of milk."""

from collections.abc import Mapping
from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined] # the stubs lag behind the library.
from wtforms.validators import Length

from app.handoffs.forms.planning import AmountForm, ConfirmForm
from app.handoffs.rules.lots import NewLot
from app.kernel.ids import new_public_id
from app.kernel.quantities import Millilitres
from app.milk.forms.lots import PLACES, TREATMENTS, DayField
from app.milk.rules.choosing import Chosen
from app.milk.rules.drafts import MOST_BAGS
from app.milk.rules.keeping import HOME_HEAT, Heat, Kept
from app.milk.rules.ledger import Entry

PREFIX: Final = "bags-"
"""Fields of bags are named ``bags-<size>-<lot>``; a lot's public id may hold a dash itself."""

OTHERS: Final = "others-"
"""So are those of bags that were promised to another meeting, with this before them."""

BEGAN: Final = "began-with"
"""The field with the bags that a form began with."""

LONGEST_COUNT: Final = 6
"""No size in millilitres and no number of bags has more digits."""

FATES: Final = (
    SelectChoice(Entry.FED.value, _l("fed to the baby")),
    SelectChoice(Entry.STORED.value, _l("still kept")),
    SelectChoice(Entry.DISCARDED.value, _l("poured away")),
)


class _LotFields(FlaskForm):  # type: ignore[misc]
    """Three answers that make a lot; its volume is the handoff's."""

    lot_token = HiddenField(default=new_public_id, validators=[Length(max=64)])
    bags = HiddenField()
    pumped_from = DayField(_l("Pumped from"))
    pumped_to = DayField(_l("Pumped until"))
    kept = RadioField(_l("Where was it kept?"), choices=PLACES, validate_choice=False)
    heat = SelectField(_l("Was it heated?"), choices=TREATMENTS, default=Heat.NONE.value, validate_choice=False)
    as_stated = BooleanField(_l("What my posts say about me was so on all these days."))

    def new_lot(self) -> NewLot | None:
        """The lot that was typed; None when none of its three answers was given."""
        kept = Kept(self.kept.data) if self.kept.data in set(Kept) else None
        typed = [*(self.pumped_from.raw_data or ()), *(self.pumped_to.raw_data or ())]
        return None if kept is None and not any(typed) else self.whole_lot()

    def whole_lot(self) -> NewLot:
        """The lot as it was typed, whatever is missing."""
        kept = Kept(self.kept.data) if self.kept.data in set(Kept) else None
        heat = Heat(self.heat.data) if self.heat.data in set(HOME_HEAT) else None
        return NewLot(
            self.pumped_from.data,
            self.pumped_to.data or self.pumped_from.data,
            kept,
            heat,
            as_stated=bool(self.as_stated.data),
            submit_token=self.lot_token.data or None,
        )


class LotForm(_LotFields):
    """A lot written down before the meeting."""


class GivenForm(_LotFields, ConfirmForm):
    """What the donor gave: the amount, its bags, and the days of what was not written down before."""

    from_others = HiddenField()


class FateForm(AmountForm):
    """What became of so much of the milk that a family received."""

    fate = RadioField(_l("What became of it?"), choices=FATES, validate_choice=False)
    left = HiddenField()

    def said(self) -> Entry | None:
        """What became of it; None when nothing known was chosen."""
        return {choice.value: Entry(choice.value) for choice in FATES}.get(self.fate.data or "")

    def shown_left(self) -> Millilitres | None:
        """How much the page said was left when this was filled in; None when the form did not say."""
        plain = self.left.data or ""
        return Millilitres(int(plain)) if plain.isdecimal() and len(plain) <= LONGEST_COUNT else None

    def stand_at(self, place: str) -> None:
        """Give its fields names of their own for the page, on which the same form stands more than once."""
        for field in self:
            field.id = f"{field.short_name}-{place}"


def bags_typed(typed: Mapping[str, str], prefix: str = PREFIX) -> Chosen | None:
    """The bags of each lot and size as they were typed; None when the form held no such field."""
    found: Chosen = {}
    names = [name for name in typed if name.startswith(prefix)]
    for name in names:
        size, _dash, lot = name.removeprefix(prefix).partition("-")
        count = _count(typed[name])
        if count and size.isdecimal() and len(size) <= LONGEST_COUNT:
            found.setdefault(lot, {})[int(size)] = count
    return found if names else None


def bags_written(bags: Chosen) -> str:
    """The same bags as one line, for a form that has to know later whether somebody chose others."""
    lines = (f"{size}-{lot}={count}" for lot, sizes in bags.items() for size, count in sizes.items() if count)
    return " ".join(sorted(lines))


def other_bags(typed: Mapping[str, str]) -> Chosen | None:
    """The bags that were typed; None when there are none, or just those with which the form began."""
    bags = bags_typed(typed) or {}
    return None if not bags or bags_written(bags) == typed.get(BEGAN) else bags


def _count(text: str) -> int:
    """A number of bags; what is no number is one more than any lot has, and so refused."""
    plain = text.strip()
    if not plain:
        return 0
    return int(plain) if plain.isdecimal() and len(plain) <= LONGEST_COUNT else MOST_BAGS + 1


def words_of(reasons: Mapping[str, list[str]], name: str) -> list[str]:
    """The reasons at one field, in the reader's language."""
    return [str(_(each)) for each in reasons.get(name, [])]
