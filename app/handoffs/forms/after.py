"""Forms of afterwards: a few words of thanks, and how much milk is at home."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField

from app.handoffs.forms.planning import AmountForm, amount_field
from app.matching.rules.life import NOTE_LENGTH


class ThanksForm(FlaskForm):  # type: ignore[misc]
    """Thanks, with a few words or none; how long they may be and what they may hold is checked where they are kept."""

    note = TextAreaField(_l("A few words, if you like"), render_kw={"rows": 3, "maxlength": NOTE_LENGTH})


class StockForm(AmountForm):
    """How much milk is at home now."""

    amount = amount_field(_l("How much milk you have at home"))
