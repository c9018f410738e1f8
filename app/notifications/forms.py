"""What somebody chooses on the page of notices, and what a browser says when it is turned on."""

from datetime import time
from typing import Any, Final

from babel.dates import format_time
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined] # the stubs lag behind the library.
from wtforms.validators import Length

from app.notifications.queries import Preferences
from app.notifications.rules import DEFAULT_PACE, Channel, Choice, Group, Quiet
from app.notifications.services import PreferencesDraft
from app.notifications.words import CHOICES, GROUPS

LONGEST: Final = 1000


def _hours() -> list[SelectChoice]:
    """The hours of the day as the reader's language writes them: "10:00 PM", "22:00"."""
    written = str(get_locale())
    return [SelectChoice(str(hour), format_time(time(hour), "short", locale=written)) for hour in range(24)]


def field_of(group: Group, channel: Channel) -> str:
    """The name of the field that chooses for a group by a channel."""
    return f"{group}_{channel}"


def _choose(channel: Channel) -> SelectField:
    way = {Channel.MAIL: _l("By e-mail"), Channel.PUSH: _l("By push")}[channel]
    return SelectField(way, choices=[SelectChoice(str(choice), _l(words)) for choice, words in CHOICES.items()])


class ReachForm(FlaskForm):  # type: ignore[misc]
    """How somebody wants to be reached: each group by mail and push, quiet hours, and the hour of the summary."""

    messages_mail = _choose(Channel.MAIL)
    messages_push = _choose(Channel.PUSH)
    answers_mail = _choose(Channel.MAIL)
    answers_push = _choose(Channel.PUSH)
    handoffs_mail = _choose(Channel.MAIL)
    handoffs_push = _choose(Channel.PUSH)
    matches_mail = _choose(Channel.MAIL)
    matches_push = _choose(Channel.PUSH)
    posts_mail = _choose(Channel.MAIL)
    posts_push = _choose(Channel.PUSH)
    moderation_mail = _choose(Channel.MAIL)
    moderation_push = _choose(Channel.PUSH)
    quiet = BooleanField(_l("Keep quiet at night"))
    quiet_start = SelectField(_l("Quiet from"), choices=_hours)
    quiet_end = SelectField(_l("Quiet until"), choices=_hours)
    digest_hour = SelectField(_l("Send what comes once a day at"), choices=_hours)

    @classmethod
    def showing(cls, held: Preferences) -> "ReachForm":
        """The form as ``held`` has it, or as it was just sent."""
        quiet = held.pace.quiet or DEFAULT_PACE.quiet or Quiet(22, 7)
        choices = {field_of(*pair): choice.value for pair, choice in held.choices.items()}
        hours = {"quiet_start": quiet.start, "quiet_end": quiet.end, "digest_hour": held.pace.digest_hour}
        form: ReachForm = cls(
            quiet=held.pace.quiet is not None, **choices, **{name: str(hour) for name, hour in hours.items()}
        )
        return form

    def rows(self) -> list[tuple[Any, Any, Any]]:
        """Each group's words with its two fields, in the order of the page."""
        return [
            (GROUPS[group], self[field_of(group, Channel.MAIL)], self[field_of(group, Channel.PUSH)]) for group in Group
        ]

    def draft(self) -> PreferencesDraft:
        """What was chosen; call it after validation."""
        pairs = [(group, channel) for group in Group for channel in Channel]
        return PreferencesDraft(
            choices={pair: Choice(self[field_of(*pair)].data) for pair in pairs},
            quiet=bool(self.quiet.data),
            quiet_start=int(self.quiet_start.data),
            quiet_end=int(self.quiet_end.data),
            digest_hour=int(self.digest_hour.data),
        )

    def refuse(self, fields: dict[str, list[str]]) -> None:
        """Put the reasons of a use-case beside their fields."""
        for name, reasons in fields.items():
            self[name].errors = [_(reason) for reason in reasons]


class DeviceForm(FlaskForm):  # type: ignore[misc]
    """What a browser gives when it is turned on; the page's script fills it in."""

    endpoint = StringField(validators=[Length(max=LONGEST)])
    p256dh = StringField(validators=[Length(max=100)])
    auth = StringField(validators=[Length(max=40)])
