"""
Web push: a locked letter to one browser, by the push service of that browser's maker.

Only the services named here are ever asked, by https on their usual port, and no redirect is followed: the address
comes from a browser, and nobody may make this server call another. Without a key (``PUSH_KEY``) nothing is sent.
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from flask import Flask, current_app

SERVICES: Final = {
    "fcm.googleapis.com": "Google",
    "updates.push.services.mozilla.com": "Mozilla",
    "push.apple.com": "Apple",
    "notify.windows.com": "Microsoft",
}
"""Each push service's host and whose it is; Apple and Microsoft use many names below theirs."""

BELOW: Final = frozenset({"push.apple.com", "notify.windows.com"})
"""Hosts whose names below them (``web.push.apple.com``) count, and they themselves do not."""

LONGEST_ENDPOINT: Final = 1000
TIME_TO_LIVE: Final = 24 * 60 * 60
"""Seconds a service keeps a letter for a browser that is off."""
SECONDS_TO_WAIT: Final = 5
_HTTPS_PORT: Final = 443
_GONE: Final = frozenset({404, 410})
_POINT_BYTES: Final = 65
_AUTH_BYTES: Final = 16
_EXTENSION: Final = "milkbridge_push"

log = structlog.get_logger(__name__)


class Result(StrEnum):
    """What the push service said."""

    ACCEPTED = "accepted"
    GONE = "gone"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a letter goes: the address and keys the browser gave when it was turned on."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A server's keys as settings and browsers take them: base64url without padding."""

    private: str
    public: str


def service_of(endpoint: str) -> str | None:
    """Whose push service ``endpoint`` is an address of, or None when it is of none we ask."""
    if len(endpoint) > LONGEST_ENDPOINT or not endpoint.isascii() or not endpoint.isprintable() or "\\" in endpoint:
        return None
    try:
        address = urlsplit(endpoint)
        port = address.port
    except ValueError:
        return None
    host = (address.hostname or "").lower()
    plain = address.scheme == "https" and "@" not in address.netloc and port in {None, _HTTPS_PORT}
    return _maker(host) if plain and address.path.strip("/") else None


def _maker(host: str) -> str | None:
    if host in SERVICES and host not in BELOW:
        return SERVICES[host]
    return next((SERVICES[name] for name in BELOW if host.endswith(f".{name}")), None)


def sound_keys(p256dh: str, auth: str) -> bool:
    """Whether the two are a point and a secret as browsers give them."""
    point, secret = _bytes(p256dh), _bytes(auth)
    return len(point) == _POINT_BYTES and point[0] == 4 and len(secret) == _AUTH_BYTES  # noqa: PLR2004 - the mark of an uncompressed point (SEC 1).


def _bytes(text: str) -> bytes:
    """The bytes of a base64url text with or without its padding; none for one that cannot be read."""
    try:
        return urlsafe_b64decode(text.rstrip("=").encode("ascii") + b"=" * (-len(text.rstrip("=")) % 4))
    except ValueError:
        return b""


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def new_keys() -> KeyPair:
    """A new pair for ``PUSH_KEY``; whoever changes it must be turned on again in every browser."""
    from py_vapid import Vapid

    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    number = 1 + secrets.randbelow(order - 1)
    private = _text(number.to_bytes(32))
    return KeyPair(private, _public(Vapid.from_raw(private.encode())))


def _public(vapid: Any) -> str:  # noqa: ANN401 - the library has no types.
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return _text(vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


class Push:
    """The push of one application: its key, and the session through which services are asked."""

    def __init__(self, key: str, contact: str) -> None:
        """Keep the settings; the libraries load when the first letter leaves."""
        self._key = key
        self._contact = contact

    @cached_property
    def vapid(self) -> Any:  # noqa: ANN401 - the library has no types.
        """The key as the library holds it."""
        from py_vapid import Vapid

        return Vapid.from_raw(self._key.encode())

    @cached_property
    def public_key(self) -> str:
        """The public half, which a browser is turned on with; empty when there is no key."""
        return _public(self.vapid) if self._key else ""

    @cached_property
    def session(self) -> Any:  # noqa: ANN401 - requests has no types here.
        """A session that follows no redirect."""
        import requests

        session = requests.Session()
        session.max_redirects = 0
        return session

    def send(self, browser: Browser, letter: Mapping[str, str], *, topic: str, urgent: bool) -> Result:
        """Send ``letter``; a second one with the same ``topic`` (at most 32 letters) replaces one not delivered yet."""
        if service_of(browser.endpoint) is None:
            return Result.GONE
        headers = {"Topic": topic, "Urgency": "high" if urgent else "normal"}
        try:
            return self._post(browser, json.dumps(letter), headers)
        except ValueError:
            return Result.GONE  # Keys that are no point of the curve: nobody can read what is locked with them.

    def _post(self, browser: Browser, data: str, headers: dict[str, str]) -> Result:
        import requests
        from pywebpush import WebPusher

        keys = {"p256dh": browser.p256dh, "auth": browser.auth}
        pusher = WebPusher({"endpoint": browser.endpoint, "keys": keys}, requests_session=self.session)
        try:
            answer = pusher.send(
                data=data, headers=headers | self._signed(browser.endpoint), ttl=TIME_TO_LIVE, timeout=SECONDS_TO_WAIT
            )
        except requests.RequestException as error:
            log.warning("push service did not answer", service=service_of(browser.endpoint), error=type(error).__name__)
            return Result.LATER
        return _result(answer.status_code, browser.endpoint)

    def _signed(self, endpoint: str) -> dict[str, str]:
        """Who sends this, signed for this service alone (RFC 8292)."""
        from py_vapid import Vapid02

        address = urlsplit(endpoint)
        claims = {"sub": self._contact, "aud": f"{address.scheme}://{address.netloc}"}
        signed: dict[str, str] = Vapid02(self.vapid.private_key).sign(claims)
        return signed


def _result(status: int, endpoint: str) -> Result:
    if status in _GONE:
        return Result.GONE
    if 200 <= status < 300:  # noqa: PLR2004 - the statuses of success.
        return Result.ACCEPTED
    log.warning("push service refused", service=service_of(endpoint), status=status)
    return Result.LATER


def install(app: Flask, *, key: str, contact: str) -> None:
    """Give ``app`` its push; an empty ``key`` turns it off."""
    app.extensions[_EXTENSION] = Push(key, contact)


def push() -> Push:
    """The push of the current application."""
    found: Push = current_app.extensions[_EXTENSION]
    return found


def is_on() -> bool:
    """Whether this application can push at all."""
    return bool(push().public_key)
