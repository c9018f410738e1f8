"""Forms of lots: days, places and bags in the reader's unit become a draft in millilitres, or errors at fields."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, HiddenField, RadioField, SelectField, StringField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined] # the stubs lag behind the library.
from wtforms.validators import InputRequired, Length

from app.kernel.ids import new_public_id
from app.kernel.quantities import Millilitres, millilitres_from_ounces
from app.milk.rules.drafts import MOST_BAGS, MOST_SIZES, Bags, LotDraft
from app.milk.rules.keeping import HOME_HEAT, MOVES, Heat, Kept

UNITS: Final = (SelectChoice("oz", _l("ounces (oz)")), SelectChoice("ml", _l("millilitres (ml)")))
PLACES: Final = (
    SelectChoice(Kept.FREEZER.value, _l("In a freezer with its own door, above or below a fridge")),
    SelectChoice(Kept.DEEP_FREEZER.value, _l("In a chest or deep freezer")),
    SelectChoice(Kept.FREEZER_UNKNOWN.value, _l("In a freezer, I do not know which kind")),
    SelectChoice(Kept.FRIDGE.value, _l("In a fridge")),
    SelectChoice(Kept.FRESH.value, _l("At room temperature")),
)
TREATMENTS: Final = (
    SelectChoice(Heat.NONE.value, _l("No, it was not heated")),
    SelectChoice(Heat.SCALDED.value, _l("Scalded")),
    SelectChoice(Heat.FLASH_HEATED.value, _l("Flash-heated: in a jar in water that came to a boil")),
    SelectChoice(Heat.HOLDER_HOME.value, _l("Holder: kept at 62.5 °C (145 °F) for 30 minutes")),
)
LONGEST_NUMBER: Final = 12
_UNREADABLE: Final = -1
"""Stands for a number that could not be read, when its field has said so already."""


class DayField(DateField):
    """A day, with a plain answer to what is none."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the day; what cannot be one stays in the field."""
        try:
            super().process_formdata(valuelist if any(valuelist) else [])
        except ValueError as error:
            raise ValueError(_("Please pick a day.")) from error


class LotForm(FlaskForm):  # type: ignore[misc]
    """A new lot: when it was pumped, where it is kept, what heat it saw, and up to four sizes of bags."""

    submit_token = HiddenField(default=new_public_id, validators=[Length(max=64)])
    pumped_from = DayField(_l("Pumped from"))
    pumped_to = DayField(_l("Pumped until"))
    kept = RadioField(_l("Where do you keep it?"), choices=PLACES, validate_choice=False)
    heat = RadioField(_l("Was it heated?"), choices=TREATMENTS, validate_choice=False)
    unit = SelectField(_l("Amounts are in"), choices=UNITS, validate_choice=False)
    count_1 = StringField(_l("Bags"))
    size_1 = StringField(_l("In each"))
    count_2 = StringField(_l("Bags of a second size"))
    size_2 = StringField(_l("In each of these"))
    count_3 = StringField(_l("Bags of a third size"))
    size_3 = StringField(_l("In each of these"))
    count_4 = StringField(_l("Bags of a fourth size"))
    size_4 = StringField(_l("In each of these"))
    as_stated = BooleanField(_l("What my posts say about me was so on all these days."))

    @property
    def sizes(self) -> list[tuple[Any, Any]]:
        """The pairs of fields of the bags: how many, and how much in each."""
        return [(self[f"count_{place}"], self[f"size_{place}"]) for place in range(1, MOST_SIZES + 1)]

    def draft(self) -> LotDraft:
        """What was typed; what could not be read has an error at its field, and its draft is refused besides."""
        return LotDraft(
            self.pumped_from.data,
            self.pumped_to.data,
            Kept(self.kept.data) if self.kept.data in set(Kept) else None,
            Heat(self.heat.data) if self.heat.data in set(HOME_HEAT) else None,
            self._bags(),
            as_stated=bool(self.as_stated.data),
        )

    def _bags(self) -> tuple[Bags, ...]:
        """The rows in which something was typed, up to the last of them."""
        rows = [(count.data or "", size.data or "") for count, size in self.sizes]
        while rows and not "".join(rows[-1]).strip():
            rows.pop()
        return tuple(Bags(_whole(count), self._volume(size)) for count, size in rows)

    def _volume(self, typed: str) -> Millilitres:
        amount = number(typed)
        if amount is None:
            return Millilitres(_UNREADABLE)
        return Millilitres(round(amount)) if self.unit.data == "ml" else millilitres_from_ounces(float(amount))


class PutForm(FlaskForm):  # type: ignore[misc]
    """Where a lot is kept from now on; only the places it may go to are offered."""

    kept = SelectField(_l("Now kept"), validators=[InputRequired()])

    def __init__(self, now: Kept, **kwargs: Any) -> None:  # noqa: ANN401 - WTForms' own open signature.
        super().__init__(**kwargs)
        following = MOVES.following[now]
        self.kept.choices = [choice for choice in PLACES if choice.value in following]


def bags_taken(typed: Mapping[str, str], sizes: Iterable[int]) -> dict[int, int]:
    """How many bags of each size were typed; what is no number is one more than any lot has, and so refused."""
    found = {}
    for size in sizes:
        text = (typed.get(f"bags-{size}") or "").strip()
        found[size] = _whole(text) if text else 0
    return {size: count if count >= 0 else MOST_BAGS + 1 for size, count in found.items()}


def attach(form: FlaskForm, reasons: Mapping[str, list[str]]) -> None:
    """Put the rules' reasons at the form's fields, in the reader's language."""
    for name, words in reasons.items():
        field = form[name]
        field.errors = [*field.errors, *(_(each) for each in words)]


def suggested(today: date, unit: str) -> dict[str, Any]:
    """What a new form begins with."""
    return {"pumped_to": today, "unit": unit, "heat": Heat.NONE.value}


def number(typed: str) -> Decimal | None:
    """The number somebody typed, with a point or a comma; None for anything else."""
    text = typed.strip().replace(",", ".")
    try:
        amount = Decimal(text) if len(text) <= LONGEST_NUMBER else None
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() and abs(amount) <= 10**6 else None


def _whole(typed: str) -> int:
    """A whole number, or one that no rule allows."""
    amount = number(typed)
    return int(amount) if amount is not None and amount == int(amount) else _UNREADABLE
