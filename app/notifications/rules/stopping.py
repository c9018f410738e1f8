"""
The links in mails that stop further mails without signing in.

A link carries whose mails and which, signed: it can neither be made up nor turned to another person or group. It does
not run out, because an old mail must still be able to stop the next one.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Final

from app.notifications.rules.choices import Group

DIGEST: Final = "digest"
"""Stands for the summary of the day, whatever groups it holds."""

_PURPOSE: Final = b"milkbridge stops notices by mail, version 1"
_NAMES: Final = frozenset(Group) | {DIGEST}


@dataclass(frozen=True, slots=True)
class Stop:
    """Whose mails end, by public id, and which: a group's value, or :data:`DIGEST`."""

    person: str
    what: str


def stop_token(secret: str, stop: Stop) -> str:
    """The signed text for an address, such as ``"k3…Q.messages.9f…"``."""
    return f"{stop.person}.{stop.what}.{_signature(secret, stop)}"


def read_token(secret: str, token: str) -> Stop | None:
    """What a link stops, or None for one that was not made here with this secret."""
    person, _, rest = token.partition(".")
    what, _, signature = rest.partition(".")
    stop = Stop(person, what)
    sound = what in _NAMES and hmac.compare_digest(_signature(secret, stop).encode(), signature.encode())
    return stop if sound else None


def _signature(secret: str, stop: Stop) -> str:
    key = hmac.new(secret.encode(), _PURPOSE, hashlib.sha256).digest()
    signed = hmac.new(key, f"{stop.person}.{stop.what}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(signed).rstrip(b"=").decode()
