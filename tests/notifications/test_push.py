"""Web push: whose services are asked and how, what their answers mean, and the keys."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from app.infra import jobs, push
from app.kernel.errors import Invalid, LimitReached, NotFound
from app.notifications import queries, services
from app.notifications.services.devices import MOST_DEVICES
from app.notifications.services.outward import GRACE
from config import SettingError, Settings
from tests.notifications.conftest import ENDPOINT, Browser, base64url

LETTER = {"words": "Your meeting is agreed.", "path": "/handoffs/h", "tag": "t"}


@pytest.mark.parametrize(
    ("endpoint", "maker"),
    [
        (ENDPOINT, "Google"),
        ("https://FCM.googleapis.com/fcm/send/x", "Google"),
        ("https://fcm.googleapis.com:443/fcm/send/x", "Google"),
        ("https://updates.push.services.mozilla.com/wpush/v2/x", "Mozilla"),
        ("https://web.push.apple.com/x", "Apple"),
        ("https://db5p.notify.windows.com/w/?token=x", "Microsoft"),
        ("http://fcm.googleapis.com/fcm/send/x", None),
        ("https://fcm.googleapis.com:8443/fcm/send/x", None),
        ("https://fcm.googleapis.com/", None),
        ("https://fcm.googleapis.com.evil.example/x", None),
        ("https://evil.example/fcm.googleapis.com", None),
        ("https://fcm.googleapis.com@evil.example/x", None),
        ("https://evil.example\\@fcm.googleapis.com/x", None),
        ("https://evilpush.apple.com/x", None),
        ("https://push.apple.com/x", None),
        ("https://notify.windows.com/x", None),
        ("https://127.0.0.1/x", None),
        ("https://localhost/x", None),
        ("https://[::1]/x", None),
        ("https://169.254.169.254/latest/meta-data", None),
        ("https://fcm.googleapis.com:99999/x", None),
        ("https://fcm.googleapis.com\n.evil.example/x", None),
        ("https://fcm.googleapіs.com/x", None),
        ("https://[bad/x", None),
        ("https://fcm.googleapis.com/" + "x" * 1000, None),
        ("ftp://fcm.googleapis.com/x", None),
        ("", None),
    ],
)  # fmt: skip
def test_only_addresses_of_the_known_services_are_asked(endpoint, maker):
    assert push.service_of(endpoint) == maker


@pytest.mark.parametrize(
    ("status", "result"),
    [(200, "accepted"), (201, "accepted"), (202, "accepted"), (404, "gone"), (410, "gone"), (400, "later"),
     (401, "later"), (403, "later"), (413, "later"), (429, "later"), (500, "later"), (503, "later"), (301, "later"),
     (307, "later"), (308, "later")],
)  # fmt: skip
def test_what_an_answer_means(in_app, push_service, status, result):
    browser = Browser()
    push_service.answers = {browser.endpoint: status}
    said = push.push().send(push.Browser(**browser.given()), LETTER, topic="t", urgent=False)
    assert said == result
    assert len(push_service.brought) == 1, "no redirect is followed"


def test_an_address_of_another_service_is_never_asked_even_if_it_was_kept(in_app, push_service):
    browser = Browser("https://evil.example/x")
    assert push.push().send(push.Browser(**browser.given()), LETTER, topic="t", urgent=False) == "gone"
    assert push_service.brought == []


def test_a_key_that_is_no_point_of_the_curve_ends_the_browser(in_app, push_service):
    given = Browser().given() | {"p256dh": base64url(b"\x04" + b"\x01" * 64)}
    assert push.push().send(push.Browser(**given), LETTER, topic="t", urgent=False) == "gone"


@pytest.mark.parametrize(("urgent", "urgency"), [(True, "high"), (False, "normal")])
def test_a_letter_is_locked_signed_and_replaces_one_about_the_same(in_app, push_service, keys, urgent, urgency):
    browser = Browser()
    push.push().send(push.Browser(**browser.given()), LETTER, topic="a-notice", urgent=urgent)
    (brought,) = push_service.brought
    assert browser.read(brought.body) == LETTER
    assert (brought.headers["Topic"], brought.headers["Urgency"], brought.headers["TTL"]) == (
        "a-notice",
        urgency,
        "86400",
    )
    token, key = (part.split("=")[1] for part in brought.headers["Authorization"].removeprefix("vapid ").split(","))
    assert key == keys.public
    assert claims_of(token, key)["aud"] == "https://fcm.googleapis.com"
    assert claims_of(token, key)["sub"] == "mailto:team@example.org"


def claims_of(token: str, key: str) -> dict:
    """What the token claims, provided that the key signed it (RFC 8292)."""

    def raw(text: str) -> bytes:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    head, claims, signature = token.split(".")
    r, s = (int.from_bytes(half) for half in (raw(signature)[:32], raw(signature)[32:]))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(key))
    public.verify(encode_dss_signature(r, s), f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    return json.loads(raw(claims))


def test_the_command_prints_a_new_pair_that_the_settings_take(app):
    printed = [app.test_cli_runner().invoke(args=["push", "keys"]).output for _ in range(2)]
    assert printed[0] != printed[1]
    key = printed[0].splitlines()[0].removeprefix("PUSH_KEY=")
    settings = Settings.from_environment({"PUSH_KEY": key})
    assert push.Push(settings.push_key, settings.push_contact).public_key in printed[0]


@pytest.mark.parametrize(
    ("variable", "value"), [("PUSH_KEY", "short"), ("PUSH_KEY", "!" * 43), ("PUSH_CONTACT", "team@example.org")]
)
def test_a_wrong_setting_of_push_stops_the_boot_and_names_its_variable(variable, value):
    with pytest.raises(SettingError, match=variable):
        Settings.from_environment({variable: value})


def test_without_a_key_nothing_is_pushed_and_the_mail_goes(in_app, donor, agree, outbox, now):
    agree(donor, Browser())
    services.notify(donor.id, "handoff_agreed", item="h", path="/handoffs/h", mail=True, now=now)
    jobs.run_due(now=now + GRACE)
    assert len(outbox) == 1


# The browsers.


def test_a_browser_its_service_no_longer_knows_is_forgotten(in_app, donor, push_service, agree, now):
    kept, gone = Browser(), Browser(ENDPOINT + "-gone")
    for browser in (kept, gone):
        agree(donor, browser)
    push_service.answers = {gone.endpoint: 410}
    services.notify(donor.id, "handoff_agreed", item="h", path="/handoffs/h", mail=True, now=now)
    jobs.run_due(now=now + GRACE)
    assert [device.endpoint for device in queries.own_devices(donor.identity)] == [kept.endpoint]
    assert len(push_service.brought) == 2


@pytest.mark.both_databases
def test_a_browser_belongs_to_the_last_who_turned_it_on(in_app, donor, family, agree):
    browser = Browser()
    first, second = agree(donor, browser), agree(family, browser)
    assert first != second
    assert queries.own_devices(donor.identity) == []
    assert [device.public_id for device in queries.own_devices(family.identity)] == [second]


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "https://evil.example/x"}, {"endpoint": ""}, {"p256dh": "short"}, {"p256dh": "é" * 87},
        {"p256dh": base64url(b"\x05" + b"\x01" * 64)}, {"auth": "short"}, {"auth": ""}, {"auth": "!" * 22},
    ],
)  # fmt: skip
def test_a_browser_with_a_strange_address_or_keys_is_refused(in_app, donor, now, wrong):
    with pytest.raises(Invalid):
        services.remember_device(donor.identity, **(Browser().given() | wrong), now=now)
    assert queries.own_devices(donor.identity) == []


def test_ten_browsers_are_enough_and_the_same_again_is_no_eleventh(in_app, donor, now):
    browsers = [Browser(f"{ENDPOINT}-{number}") for number in range(MOST_DEVICES)]
    for browser in [*browsers, browsers[0]]:
        services.remember_device(donor.identity, **browser.given(), now=now)
    with pytest.raises(LimitReached):
        services.remember_device(donor.identity, **Browser().given(), now=now)


def test_another_persons_browser_is_not_there(in_app, donor, stranger, agree):
    device = agree(donor, Browser())
    with pytest.raises(NotFound):
        services.forget_device(stranger.identity, device)
    services.forget_device(donor.identity, device)
    assert queries.own_devices(donor.identity) == []


def test_without_the_consent_no_browser_is_asked(in_app, donor, push_service, outbox, now):
    services.remember_device(donor.identity, **Browser().given(), now=now)
    assert queries.devices_of(donor.id) == []
    services.notify(donor.id, "handoff_agreed", item="h", path="/handoffs/h", mail=True, now=now)
    jobs.run_due(now=now + GRACE)
    assert (push_service.brought, len(outbox)) == ([], 1)
