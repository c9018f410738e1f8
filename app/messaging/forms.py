"""The composer: what a browser without JavaScript sends."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, TextAreaField


class MessageForm(FlaskForm):  # type: ignore[misc]
    """
    A message as typed; the rules decide about it, and their reasons come back to its fields.

    ``client_id`` is made with the page, so that pressing twice sends once.
    """

    client_id = HiddenField()
    kind = HiddenField(default="text")
    body = TextAreaField(_("Your message"))
