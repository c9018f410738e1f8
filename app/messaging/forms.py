"""The composer and its companions: what a browser without JavaScript sends."""

from contextlib import closing
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import FileField, HiddenField, StringField, TextAreaField


class MessageForm(FlaskForm):  # type: ignore[misc]
    """
    A message as typed; the rules decide about it, and their reasons come back to its fields.

    ``client_id`` is made with the page, so that pressing twice sends once. ``state``, ``since`` and ``level`` belong to
    an answer, ``reply_to`` says to which question; ``confirmed`` sends what the screen asked about. ``seen`` is the
    last message the page showed, of a form sent without the script: whoever answers has read so far.
    """

    client_id = HiddenField()
    kind = HiddenField(default="text")
    body = TextAreaField(_("Your message"))
    after = HiddenField()
    seen = HiddenField()
    confirmed = HiddenField()
    reply_to = HiddenField()
    state = HiddenField()
    since = HiddenField()
    level = HiddenField()

    def sent(self) -> dict[str, Any]:
        """The fields as the use-case of sending takes them."""
        answered = {"state": self.state.data, "since": self.since.data, "level": self.level.data}
        return {
            "client_id": self.client_id.data,
            "kind": self.kind.data,
            "body": self.body.data,
            "payload": answered if self.kind.data == "answer" else None,
            "reply_to": self.reply_to.data,
            "after": self.after.data or None,
            "confirmed": bool(self.confirmed.data),
        }


class EditForm(FlaskForm):  # type: ignore[misc]
    """New words for a message one sent."""

    body = TextAreaField(_("Your message"))
    confirmed = HiddenField()


class AddressForm(FlaskForm):  # type: ignore[misc]
    """Where to come, for the eyes of the two alone."""

    client_id = HiddenField()
    address = TextAreaField(_("Where to come"))


class PictureForm(FlaskForm):  # type: ignore[misc]
    """A picture with what it shows in words."""

    client_id = HiddenField()
    picture = FileField(_("A picture"))
    description = StringField(_("What it shows"))

    def data_sent(self) -> bytes:
        """The bytes of the chosen file; none when none was chosen."""
        if not isinstance(self.picture.data, FileStorage):
            return b""
        with closing(self.picture.data) as chosen:
            data: bytes = chosen.read()
        return data
