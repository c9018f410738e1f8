"""Forms of handoffs: local days, times and amounts become UTC moments and millilitres, or errors at their fields."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    DecimalField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined] # the stubs lag behind the library.
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.cooler import LONGEST_NAME
from app.handoffs.rules.local_time import NO_SUCH_TIME, NoSuchTime, moment_of
from app.handoffs.rules.plan import MOST_OTHERS, HandoffDraft, Window, at_window, window_problems
from app.handoffs.rules.states import CancelReason
from app.kernel.ids import new_public_id
from app.kernel.quantities import Millilitres, millilitres_from_ounces
from app.milk.rules.choosing import Chosen

LARGEST: Final = 200_000
"""No amount in either unit is larger; what an offer holds is checked where the milk is."""

UNITS: Final = (SelectChoice("oz", _l("ounces (oz)")), SelectChoice("ml", _l("millilitres (ml)")))

CONDITIONS: Final = (
    SelectChoice(Condition.FROZEN.value, _l("frozen solid")),
    SelectChoice(Condition.COLD.value, _l("cold, never frozen")),
    SelectChoice(Condition.PARTLY_THAWED.value, _l("partly thawed")),
    SelectChoice(Condition.THAWED.value, _l("thawed")),
)

CANCEL_REASONS: Final = (
    SelectChoice(CancelReason.UNSAID.value, _l("I would rather not say")),
    SelectChoice(CancelReason.PLANS_CHANGED.value, _l("My plans changed")),
    SelectChoice(CancelReason.CANNOT_TRAVEL.value, _l("I cannot get there")),
    SelectChoice(CancelReason.CAME_UP.value, _l("Something came up that cannot wait (somebody ill, a hard night)")),
    SelectChoice(CancelReason.MILK_KEPT.value, _l("I need the milk myself")),
    SelectChoice(CancelReason.NOT_NEEDED.value, _l("We no longer need it")),
    SelectChoice(CancelReason.NOT_A_FIT.value, _l("It is not a fit after all")),
)


class AmountField(DecimalField):
    """A volume as people type it: a comma is a decimal point, and nothing that is not a number gets through."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the typed number; the words typed stay as they are when it is none."""
        typed = [str(value).strip().replace(",", ".") for value in valuelist]
        with _in_plain_words(_("Please enter a number.")):
            super().process_formdata(typed)
        # A form sent without this field leaves its default, which may be a plain number.
        if isinstance(self.data, Decimal) and not self.data.is_finite():
            self.data = None
            raise ValueError(_("Please enter a number."))


class DayField(DateField):
    """A day, with a plain answer to what is none."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the typed day."""
        with _in_plain_words(_("Please pick a day.")):
            super().process_formdata(valuelist)


class ClockField(TimeField):
    """A time of day, with a plain answer to what is none."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the typed time."""
        with _in_plain_words(_("Please pick a time.")):
            super().process_formdata(valuelist)


@contextmanager
def _in_plain_words(words: str) -> Iterator[None]:
    """Say ``words`` in place of what the library says about something it cannot read."""
    try:
        yield
    except ValueError:
        raise ValueError(words) from None


def amount_field(label: Any) -> AmountField:  # noqa: ANN401 - words that are translated when they are shown.
    """A field for a volume; nothing is an amount, and the largest stash of a home fits."""
    return AmountField(
        label,
        places=None,
        validators=[
            InputRequired(_l("Please enter an amount.")),
            NumberRange(0, LARGEST, _l("Please enter an amount that can be.")),
        ],
        render_kw={"inputmode": "decimal", "autocomplete": "off"},
    )


class AmountForm(FlaskForm):  # type: ignore[misc]
    """A number and its unit."""

    amount = amount_field(_l("How much"))
    unit = SelectField(_l("Unit"), choices=UNITS)

    def millilitres(self) -> Millilitres:
        """What was typed, in millilitres; call it only after validation."""
        amount = self.amount.data or Decimal(0)
        return millilitres_from_ounces(float(amount)) if self.unit.data == "oz" else Millilitres(round(amount))


class PlanForm(AmountForm):
    """A window in the person's own time, and a volume."""

    submit_token = HiddenField(default=new_public_id, validators=[Length(max=64)])
    bags = HiddenField()
    day = DayField(_l("Day"), validators=[InputRequired(_l("Please pick a day."))])
    starts = ClockField(_l("From"), validators=[InputRequired(_l("Please pick a time."))])
    ends = ClockField(_l("Until"), validators=[InputRequired(_l("Please pick a time."))])

    day2 = DayField(_l("Day"), validators=[Optional()])
    starts2 = ClockField(_l("From"), validators=[Optional()])
    ends2 = ClockField(_l("Until"), validators=[Optional()])
    day3 = DayField(_l("Day"), validators=[Optional()])
    starts3 = ClockField(_l("From"), validators=[Optional()])
    ends3 = ClockField(_l("Until"), validators=[Optional()])

    def __init__(self, *, zone: tzinfo, now: datetime, **kwargs: Any) -> None:  # noqa: ANN401 - WTForms' own.
        self.zone, self.now = zone, now
        self.windows: list[Window] = []
        super().__init__(**kwargs)

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Check the fields, then whether such times exist and may be proposed."""
        if not super().validate(extra_validators):
            return False
        # Each window is read, so that each says at its own fields what is wrong with it.
        fine = [self._read_window(number) for number in range(1 + MOST_OTHERS) if self._is_meant(number)]
        return all(fine)

    def others(self) -> list[tuple[DayField, ClockField, ClockField]]:
        """The fields of the other windows."""
        return [(self.day2, self.starts2, self.ends2), (self.day3, self.starts3, self.ends3)]

    def names_others(self) -> bool:
        """Whether anything of another window was typed."""
        return any(field.raw_data and any(field.raw_data) for fields in self.others() for field in fields)

    def _of_window(self, number: int) -> tuple[DayField, ClockField, ClockField]:
        return self.others()[number - 1] if number else (self.day, self.starts, self.ends)

    def _is_meant(self, number: int) -> bool:
        """Whether a window was filled in; the first always is."""
        return not number or any(field.data is not None for field in self._of_window(number))

    def _read_window(self, number: int) -> bool:
        day, starts, ends = self._of_window(number)
        missing = [field for field in (day, starts, ends) if field.data is None]
        if missing:
            return not attach(self, {field.short_name: [_("Please fill this in too.")] for field in missing})
        start, end = self._moment(day, starts), self._moment(day, ends)
        if start is None or end is None:
            return False
        self.windows.append((start, end))
        return not attach(self, at_window(number, window_problems(start, end, now=self.now)))

    def _moment(self, day: DayField, field: ClockField) -> datetime | None:
        clock: time = field.data or time()
        try:
            return moment_of(day.data or date.min, clock, self.zone)
        except NoSuchTime:
            attach(self, {field.short_name: [NO_SUCH_TIME]})
        except OverflowError:
            attach(self, {day.short_name: [_("Please pick a day that is not so far away.")]})
        return None

    def draft(self, bags: Chosen | None = None) -> HandoffDraft:
        """What is proposed, with the bags that the donor chose; call it only after validation."""
        if not self.windows:
            msg = "draft() needs a validated form"
            raise RuntimeError(msg)
        return HandoffDraft(self.millilitres(), *self.windows[0], others=tuple(self.windows[1:]), bags=bags)


class ConfirmForm(AmountForm):
    """What was really given or received; the family also says how it arrived."""

    condition = RadioField(_l("How did the milk arrive?"), choices=CONDITIONS, validate_choice=False)

    def arrived(self) -> Condition | None:
        """How the milk arrived, or None when nothing known was chosen."""
        known = {choice.value: choice for choice in Condition}
        return known.get(self.condition.data or "")


class PlaceForm(FlaskForm):  # type: ignore[misc]
    """The exact spot, typed by the two after both agreed."""

    place = TextAreaField(
        _l("Where exactly"),
        validators=[Length(max=300, message=_l("That is too long. Please keep it under 300 characters."))],
        render_kw={"rows": 2, "maxlength": 300},
    )


class CodeForm(FlaskForm):  # type: ignore[misc]
    """The other's six digits; spaces and dashes do not matter."""

    code = StringField(
        _l("The other's code"),
        validators=[InputRequired(_l("Please enter the six digits.")), Length(max=30)],
        render_kw={"inputmode": "numeric", "autocomplete": "off", "maxlength": 30},
    )


class DelegateForm(FlaskForm):  # type: ignore[misc]
    """Who comes in one's place."""

    name = StringField(
        _l("Who comes in your place"),
        validators=[Length(max=LONGEST_NAME, message=_l("That is too long. A first name is enough."))],
        render_kw={"autocomplete": "off", "maxlength": LONGEST_NAME},
    )


class CancelForm(FlaskForm):  # type: ignore[misc]
    """Why it will not happen; saying nothing is an answer too."""

    reason = SelectField(_l("Why"), choices=CANCEL_REASONS, default=CancelReason.UNSAID.value)


def attach(form: FlaskForm, problems: Mapping[str, Sequence[str]]) -> bool:
    """Put each reason at its field, in the reader's language, and return whether there was any."""
    for name, reasons in problems.items():
        field: Field = form[name]
        field.errors = [*field.errors, *(_(reason) for reason in reasons)]
    return bool(problems)


def suggested(now: datetime, zone: tzinfo) -> dict[str, Any]:
    """The values a new plan starts with: tomorrow, ten to noon, where the person lives."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return {"day": tomorrow, "starts": time(10), "ends": time(12)}
