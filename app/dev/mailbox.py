"""
The development mailbox: every mail the file backend wrote, newest first.

It shows everybody's mail, so it exists only where ``DEV_MAILBOX`` is on; production refuses to start with it.
"""

import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from flask import Blueprint, Flask, current_app, render_template
from flask.typing import ResponseReturnValue

from app.web.access import public

NEWEST: Final = 50
_BETWEEN: Final = b"\n" + b"-" * 79 + b"\n"
"""What the file backend writes after each mail."""

blueprint = Blueprint("mailbox", __name__)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as it was sent."""

    to: str
    subject: str
    sent: str
    text: str


def letters(folder: Path) -> list[Letter]:
    """The newest :data:`NEWEST` mails of ``folder``; none when it does not exist."""
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime_ns, reverse=True)[:NEWEST]
    found = [part for file in files for part in reversed(file.read_bytes().split(_BETWEEN)) if part.strip()]
    return [_letter(part) for part in found[:NEWEST]]


def _letter(raw: bytes) -> Letter:
    message = email.message_from_bytes(raw.lstrip(), _class=EmailMessage, policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    text = body.get_content() if body is not None else ""
    return Letter(str(message["To"]), str(message["Subject"]), str(message["Date"]), text)


@blueprint.get("/dev/mailbox")
@public
def mailbox() -> ResponseReturnValue:
    """List the mails, with their links to follow."""
    return render_template("dev/mailbox.html", letters=letters(Path(current_app.config["MAIL_FILE_PATH"])))


def install(app: Flask) -> None:
    """Add the page to a development application."""
    app.register_blueprint(blueprint)
