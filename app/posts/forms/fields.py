"""Fields of the post forms: amounts, whole numbers and days, each with words of its own when it cannot be read."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from flask_babel import lazy_gettext as _
from wtforms import Field, SelectField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined] # the stubs lag behind the library.
from wtforms.widgets import DateInput, TextInput

from app.kernel.quantities import Millilitres, millilitres_from_ounces, ounces

_AMOUNT: Final = re.compile(r"-?\d{1,7}(?:[.,]\d{1,3})?")
_THOUSANDS: Final = re.compile(r"-?\d{1,3}(?:,\d{3})+")
_WHOLE: Final = re.compile(r"-?\d{1,6}")
_DAY: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


class TypedField(Field):
    """A text input that keeps what was typed, whatever it was; an empty one is None."""

    widget: Any = TextInput()
    words_when_unreadable: Any = _("We could not read this.")

    def __init__(self, label: Any = None, **kwargs: Any) -> None:  # noqa: ANN401 - WTForms' own open signature.
        super().__init__(label, **kwargs)
        self.typed: str | None = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the first value; one that cannot be read is an error and stays in the field."""
        self.typed = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if not self.typed:
            return
        try:
            self.data = self.read(self.typed)
        except (ValueError, ArithmeticError) as error:
            raise ValueError(str(self.words_when_unreadable)) from error

    def read(self, text: str) -> Any:  # noqa: ANN401 - each field has its own type.
        """The value of ``text``; raises :class:`ValueError` when it has none."""
        raise NotImplementedError

    def show(self, value: Any) -> str:  # noqa: ANN401
        """A value as it stands in the field."""
        return str(value)

    def _value(self) -> str:
        if self.typed is not None:
            return self.typed
        return "" if self.data is None else self.show(self.data)


class AmountField(TypedField):
    """A number of ounces or millilitres, with a point or a comma: "430", "12,5", "1,300"."""

    words_when_unreadable = _("Please write a number, such as 12 or 4.5.")

    def read(self, text: str) -> Decimal:
        """The number; "1,300" is thirteen hundred, "12,5" twelve and a half."""
        plain = text.replace(" ", "").replace("\u2212", "-")
        if _THOUSANDS.fullmatch(plain):
            return Decimal(plain.replace(",", ""))
        if not _AMOUNT.fullmatch(plain):
            raise ValueError(text)
        return Decimal(plain.replace(",", "."))

    def show(self, value: Any) -> str:  # noqa: ANN401
        """At most two decimals, none when they are zero."""
        return f"{value:.2f}".rstrip("0").rstrip(".")


class WholeField(TypedField):
    """A whole number of at most six digits."""

    words_when_unreadable = _("Please write a whole number.")

    def read(self, text: str) -> int:
        """The number, negative ones too: the rules say why those cannot be."""
        if not _WHOLE.fullmatch(text):
            raise ValueError(text)
        return int(text)


class DayField(TypedField):
    """A calendar day as a date input sends it: 2026-03-12."""

    widget = DateInput()
    words_when_unreadable = _("Please write a day as year-month-day, such as 2026-03-12.")

    def read(self, text: str) -> date:
        """The day."""
        parts = _DAY.fullmatch(text)
        if parts is None:
            raise ValueError(text)
        return date(*(int(part) for part in parts.groups()))


def choices(words: dict[str, str]) -> list[SelectChoice]:
    """A menu of the rules, its words marked for translation."""
    return [SelectChoice(value, _(label)) for value, label in words.items()]


def menu(label: Any, options: Sequence[SelectChoice], **kwargs: Any) -> SelectField:  # noqa: ANN401 - lazy text.
    """A select whose choice the rules check, so that a wrong one gets our words."""
    return SelectField(label, choices=list(options), validate_choice=False, **kwargs)


def millilitres(amount: Decimal | None, unit: str) -> Millilitres | None:
    """An amount in ``unit`` (``oz``: US fluid ounces, else millilitres) as millilitres."""
    if amount is None:
        return None
    return millilitres_from_ounces(float(amount)) if unit == "oz" else Millilitres(round(amount))


def amount_in(volume: Millilitres | None, unit: str) -> Decimal | None:
    """Millilitres as an amount in ``unit``, exact enough to come back as the same millilitres."""
    if volume is None:
        return None
    return Decimal(f"{ounces(volume):.2f}") if unit == "oz" else Decimal(volume)
