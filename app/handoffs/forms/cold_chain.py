"""The form of the time budget: sent by GET, it changes nothing and keeps nothing."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import RadioField, SelectField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined] # the stubs lag behind the library.
from wtforms.validators import InputRequired, NumberRange, Optional

from app.handoffs.forms.planning import LARGEST, UNITS, AmountField
from app.handoffs.rules.cold_chain import COLDEST_C, HOTTEST_C, Kept, Packing, Trip, celsius, volume_of
from app.kernel.quantities import Millilitres, millilitres_from_ounces

PREFIX: Final = "cold-"
LONGEST_MINUTES: Final = 2 * 24 * 60
MOST_BAGS: Final = 2_000
_WHOLE: Final = {"inputmode": "numeric", "autocomplete": "off"}
_DECIMAL: Final = {"inputmode": "decimal", "autocomplete": "off"}


class ColdForm(FlaskForm):  # type: ignore[misc]
    """How much milk, how it is, how it is packed, how long it travels and how warm it is."""

    class Meta:
        """No token stands in an address."""

        csrf = False

    kept = RadioField(
        _l("How is the milk when it leaves?"),
        choices=[
            SelectChoice(Kept.FROZEN.value, _l("frozen")),
            SelectChoice(Kept.FRIDGE.value, _l("cold, from the fridge")),
            SelectChoice(Kept.FRESH.value, _l("freshly pumped")),
        ],
    )
    packing = RadioField(
        _l("How is it packed?"),
        choices=[
            SelectChoice(Packing.ICE.value, _l("insulated cooler with frozen ice packs")),
            SelectChoice(Packing.DRY_ICE.value, _l("foam box with dry ice")),
            SelectChoice(Packing.NONE.value, _l("nothing that cools")),
        ],
    )
    minutes = AmountField(
        _l("Minutes on the way"),
        places=None,
        validators=[
            InputRequired(_l("Please enter how many minutes.")),
            NumberRange(1, LONGEST_MINUTES, _l("Please enter between 1 minute and two days.")),
        ],
        render_kw=_WHOLE,
    )
    amount = AmountField(
        _l("How much milk"),
        places=None,
        validators=[Optional(), NumberRange(0, LARGEST, _l("Please enter an amount that can be."))],
        render_kw=_DECIMAL,
    )
    unit = SelectField(_l("Unit"), choices=UNITS)
    bags = AmountField(
        _l("Or how many bags"),
        places=None,
        validators=[Optional(), NumberRange(0, MOST_BAGS, _l("Please enter a number of bags that can be."))],
        render_kw=_WHOLE,
    )
    heat = AmountField(_l("How warm it is outside"), places=None, validators=[Optional()], render_kw=_DECIMAL)
    degrees = SelectField(_l("Degrees"), choices=[SelectChoice("F", _l("°F")), SelectChoice("C", _l("°C"))])

    def __init__(self, typed: MultiDict[str, str], **starting: object) -> None:
        """Read ``typed`` when it was sent; without it the form begins with ``starting``."""
        self.is_sent = any(name.startswith(PREFIX) for name in typed)
        filled = MultiDict(typed)
        for name in ("unit", "degrees"):
            # An address written by hand may leave out the units; the reader's own are meant.
            filled.setdefault(PREFIX + name, str(starting.get(name)))
        super().__init__(filled if self.is_sent else None, prefix=PREFIX, **starting)

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Check the fields, then whether there is any milk and whether such weather exists."""
        if not super().validate(extra_validators):
            return False
        if self._volume() is None:
            self.amount.errors = [_("Please enter how much milk, or how many bags.")]
        heat = self._celsius()
        if heat is not None and not COLDEST_C <= heat <= HOTTEST_C:
            self.heat.errors = [_("Please enter a temperature that can be, and look at its unit.")]
        return not self.amount.errors and not self.heat.errors

    def _volume(self) -> Millilitres | None:
        amount = self.amount.data or Decimal(0)
        volume = millilitres_from_ounces(float(amount)) if self.unit.data == "oz" else Millilitres(round(amount))
        return volume_of(volume, round(self.bags.data or 0))

    def _celsius(self) -> float | None:
        return None if self.heat.data is None else celsius(float(self.heat.data), self.degrees.data)

    def trip(self) -> Trip:
        """What was typed; call it only after validation."""
        minutes = max(1, round(self.minutes.data or Decimal(0)))
        volume = self._volume() or Millilitres(0)
        return Trip(Kept(self.kept.data), Packing(self.packing.data), volume, minutes, self._celsius())
