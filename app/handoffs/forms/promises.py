"""Forms about a meeting that did not happen: how it was, and a moderator's decision."""

from typing import Final

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined] # the stubs lag behind the library.
from wtforms.validators import InputRequired

from app.handoffs.rules.absences import Said
from app.handoffs.rules.promises import ExcuseReason

MISSED: Final = (
    SelectChoice(Said.WAS_THERE.value, _l("I was there, and nobody came")),
    SelectChoice(Said.NOT_THERE.value, _l("I did not make it")),
    SelectChoice("came_up", _l("I did not make it, because something came up that could not wait")),
    SelectChoice(Said.NEITHER.value, _l("Neither of us could")),
)

EXCUSE_REASONS: Final = (
    SelectChoice(ExcuseReason.BEYOND_CONTROL.value, _l("Does not count: beyond control")),
    SelectChoice(ExcuseReason.TOLD_IN_TIME.value, _l("Does not count: said in time")),
    SelectChoice(ExcuseReason.MISTAKE.value, _l("Does not count: a mistake")),
    SelectChoice(ExcuseReason.SITE_FAULT.value, _l("Does not count: the site's fault")),
    SelectChoice(ExcuseReason.NOT_ENOUGH.value, _l("It stays: not enough is known")),
)


class MissedForm(FlaskForm):  # type: ignore[misc]
    """How a meeting that did not happen was for oneself."""

    said = RadioField(
        _l("How was it for you?"), choices=MISSED, validators=[InputRequired(_l("Please choose what fits best."))]
    )

    def words(self) -> tuple[Said, bool]:
        """What was said, and whether something came up; call it only after validation."""
        came_up = self.said.data == "came_up"
        return (Said.NOT_THERE if came_up else Said(self.said.data)), came_up


class ExcuseForm(FlaskForm):  # type: ignore[misc]
    """A moderator's decision with its reason."""

    reason = SelectField(_l("Decision"), choices=EXCUSE_REASONS)
