"""Forms of days kept back: made for one hand, three presses and a button."""

from datetime import date, timedelta
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined] # the stubs lag behind the library.
from wtforms.validators import Length

from app.accounts.rules.consents import Purpose, text_of
from app.kernel.ids import new_public_id
from app.milk.forms.lots import DayField
from app.milk.rules.deferrals import DeferralDraft, Kind

KINDS: Final = (
    SelectChoice(Kind.MEDICINE.value, _l("Medicine")),
    SelectChoice(Kind.ALCOHOL.value, _l("Alcohol")),
    SelectChoice(Kind.NICOTINE.value, _l("Nicotine")),
    SelectChoice(Kind.CANNABIS.value, _l("Cannabis")),
    SelectChoice(Kind.FEVER.value, _l("Fever or illness")),
    SelectChoice(Kind.MASTITIS.value, _l("Mastitis")),
    SelectChoice(Kind.CONTRAST.value, _l("Contrast agent")),
    SelectChoice(Kind.VACCINE.value, _l("Vaccine")),
    SelectChoice(Kind.OTHER.value, _l("Something else")),
)
WHEN: Final = (
    SelectChoice("today", _l("Today")),
    SelectChoice("yesterday", _l("Yesterday")),
    SelectChoice("pick", _l("Pick days")),
)


class DaysForm(FlaskForm):  # type: ignore[misc]
    """An entry with its days written out."""

    kind = RadioField(_l("What was it?"), choices=KINDS, validate_choice=False)
    first = DayField(_l("First day"))
    last = DayField(_l("Last day"))
    goes_on = BooleanField(_l("It still goes on"))

    def draft(self) -> DeferralDraft:
        """What was typed; what could not be read has an error at its field. No last day is the first one alone."""
        return DeferralDraft(self._kind(), self.first.data, self.last.data or self._alone(), self._goes_on())

    def _alone(self) -> date | None:
        return None if self.last.errors else self.first.data

    def _kind(self) -> Kind | None:
        return Kind(self.kind.data) if self.kind.data in set(Kind) else None

    def _goes_on(self) -> bool:
        return bool(self.goes_on.data)


class NewDaysForm(DaysForm):
    """A new entry: a kind, today or yesterday, and done; days can be picked, and the consent is asked for once."""

    submit_token = HiddenField(default=new_public_id, validators=[Length(max=64)])
    when = RadioField(_l("When?"), choices=WHEN, default="today", validate_choice=False)
    agree = BooleanField()

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - WTForms' own open signature.
        super().__init__(**kwargs)
        self.agree.label.text = _(text_of(Purpose.HEALTH_DAYS).agree)

    def draft_on(self, today: date) -> DeferralDraft:
        """What was said on ``today``, her own day."""
        if self.when.data == "pick":
            return self.draft()
        only = today - timedelta(days=self.when.data == "yesterday")
        return DeferralDraft(self._kind(), only, only, self._goes_on())
