"""Forms of afterwards: a few words of thanks, and how much milk is at home."""

from decimal import Decimal

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired, NumberRange

from app.handoffs.forms.planning import LARGEST, UNITS, AmountField
from app.kernel.quantities import Millilitres, millilitres_from_ounces
from app.matching.rules.life import NOTE_LENGTH


class ThanksForm(FlaskForm):  # type: ignore[misc]
    """Thanks, with a few words or none; how long they may be and what they may hold is checked where they are kept."""

    note = TextAreaField(_l("A few words, if you like"), render_kw={"rows": 3, "maxlength": NOTE_LENGTH})


class StockForm(FlaskForm):  # type: ignore[misc]
    """How much milk is at home now; nothing is an amount."""

    amount = AmountField(
        _l("How much milk you have at home"),
        places=None,
        validators=[
            InputRequired(_l("Please enter an amount.")),
            NumberRange(0, LARGEST, _l("Please enter an amount that can be.")),
        ],
        render_kw={"inputmode": "decimal", "autocomplete": "off"},
    )
    unit = SelectField(_l("Unit"), choices=UNITS)

    def millilitres(self) -> Millilitres:
        """What was typed, in millilitres; call it only after validation."""
        amount = self.amount.data or Decimal(0)
        return millilitres_from_ounces(float(amount)) if self.unit.data == "oz" else Millilitres(round(amount))
