"""What the tests of notices share: a mailbox, a push service that stands only at its own door, and a reader's clock."""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

import http_ece
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.accounts import services as accounts
from app.accounts.models import User
from app.infra import push
from app.infra.transaction import transaction
from app.notifications import services
from tests.conftest import NOW

ENDPOINT = "https://fcm.googleapis.com/fcm/send/a-browser"


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class Browser:
    """A browser's side of web push: keys of its own, and it alone can read what is sent."""

    def __init__(self, endpoint: str = ENDPOINT) -> None:
        self.endpoint = endpoint
        self._key = ec.generate_private_key(ec.SECP256R1())
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.p256dh, self._secret = base64url(point), b"sixteen secrets."
        self.auth = base64url(self._secret)

    def given(self) -> dict[str, str]:
        return {"endpoint": self.endpoint, "p256dh": self.p256dh, "auth": self.auth}

    def read(self, body: bytes) -> dict:
        """Unlock a letter as the browser does (RFC 8291)."""
        return json.loads(http_ece.decrypt(body, private_key=self._key, auth_secret=self._secret))


@dataclass
class PushService(requests.adapters.BaseAdapter):
    """The door of every push service: what was brought to it, and what it answers (201, or a status per address)."""

    brought: list[requests.PreparedRequest] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    offline: bool = False

    def send(self, request, **_options):
        if self.offline:
            raise requests.ConnectionError
        self.brought.append(request)
        answer = requests.Response()
        answer.status_code = self.answers.get(request.url, 201)
        answer.request, answer.url = request, request.url
        if answer.status_code in {301, 302, 307, 308}:
            answer.headers["Location"] = "https://evil.example/"
        answer._content = b""
        return answer

    def close(self):
        pass


@pytest.fixture(scope="session")
def keys() -> push.KeyPair:
    return push.new_keys()


@pytest.fixture
def push_service(app, keys, monkeypatch) -> PushService:
    """Push is on, and whatever leaves comes to this door."""
    service = PushService()
    ready = push.Push(keys.private, "mailto:team@example.org")
    session = requests.Session()
    session.max_redirects = ready.session.max_redirects
    session.mount("https://", service)
    ready.session = session
    monkeypatch.setitem(app.extensions, "milkbridge_push", ready)
    return service


@pytest.fixture
def outbox(app):
    """The mails that left."""
    mailman = app.extensions["mailman"]
    mailman.outbox = []
    return mailman.outbox


@pytest.fixture
def agree():
    """Let somebody turn on a browser, with the consent that goes with the button."""

    def turn_on(person, browser: Browser, *, now=NOW) -> str:
        device = services.remember_device(person.identity, **browser.given(), now=now)
        accounts.give_consent(person.identity, "notifications", text_version="1", text_hash="0", language="en", now=now)
        return device

    return turn_on


@pytest.fixture
def living_in():
    """Set somebody's clock: ``living_in(donor, "America/Los_Angeles")``."""

    def move(person, zone: str, locale: str = "en") -> None:
        with transaction() as session:
            row = session.get(User, person.id)
            row.timezone, row.locale = zone, locale

    return move
