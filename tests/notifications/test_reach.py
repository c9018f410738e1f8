"""The page on which somebody chooses what reaches her, and the browsers she turned on."""

import pytest

from app.accounts import queries as people
from app.notifications import queries, services
from app.notifications.models import NoticeChoice
from app.notifications.rules import Channel, Choice, Group, Quiet
from tests.notifications.conftest import Browser

PAGE = "/me/notifications"
USUAL = {
    f"{group}_{channel}": "digest" if group is Group.MATCHES else "instant" for group in Group for channel in Channel
} | {"quiet": "y", "quiet_start": "22", "quiet_end": "7", "digest_hour": "18"}


def held(app, person) -> queries.Preferences:
    with app.app_context():
        return queries.preferences(person.identity)


def test_the_page_shows_what_holds_and_keeps_what_is_chosen(app, sign_in, donor, family):
    client = sign_in(donor)
    assert client.get(PAGE).text.count("<select") == 2 * len(Group) + 3
    sent = USUAL | {"messages_mail": "digest", "matches_push": "off", "quiet_start": "20", "digest_hour": "9"}
    assert client.post(PAGE, data=sent).status_code == 302
    kept = held(app, donor)
    assert kept.choices[Group.MESSAGES, Channel.MAIL] is Choice.DIGEST
    assert kept.choices[Group.MATCHES, Channel.PUSH] is Choice.OFF
    assert kept.choices[Group.HANDOFFS, Channel.MAIL] is Choice.INSTANT
    assert (kept.pace.quiet, kept.pace.digest_hour) == (Quiet(20, 7), 9)
    assert held(app, family).choices[Group.MESSAGES, Channel.MAIL] is Choice.INSTANT
    page = client.get(PAGE).text
    assert '<option selected value="digest">Once a day</option>' in page
    assert '<option selected value="20">8:00\u202fPM</option>' in page


def test_quiet_hours_can_be_turned_off_and_keep_their_hours(app, sign_in, donor):
    client = sign_in(donor)
    client.post(PAGE, data={name: value for name, value in USUAL.items() if name != "quiet"} | {"quiet_start": "21"})
    assert held(app, donor).pace.quiet is None
    client.post(PAGE, data=USUAL | {"quiet_start": "21"})
    assert held(app, donor).pace.quiet == Quiet(21, 7)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"quiet_end": "22"}, "Quiet hours begin and end at different hours."),
        ({"quiet_start": "24"}, "Not a valid choice"),
        ({"digest_hour": "soon"}, "Not a valid choice"),
        ({"messages_mail": "sometimes"}, "Not a valid choice"),
        ({"messages_mail": ""}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_kept_is_said_at_its_field_and_nothing_is_kept(app, sign_in, donor, wrong, words):
    before = held(app, donor)
    answer = sign_in(donor).post(PAGE, data=USUAL | {"posts_mail": "off"} | wrong)
    assert answer.status_code == 422
    assert words in answer.text
    assert '<option selected value="off">' in answer.text
    assert held(app, donor) == before


def test_saving_the_page_as_it_stands_chooses_nothing(app, sign_in, donor):
    sign_in(donor).post(PAGE, data=USUAL)
    with app.app_context():
        from app.infra.database import db

        assert db.session.query(NoticeChoice).count() == 0


def test_hours_beyond_the_day_are_refused_by_the_use_case_too(in_app, donor, now):
    from app.kernel.errors import Invalid

    with pytest.raises(Invalid) as refused:
        services.save_preferences(donor.identity, services.PreferencesDraft({}, True, 24, 7, -1), now=now)
    assert set(refused.value.fields) == {"quiet_start", "digest_hour"}


def test_without_a_key_the_page_says_that_push_is_not_set_up(sign_in, donor):
    page = sign_in(donor).get(PAGE).text
    assert "Push is not set up here." in page
    assert "browser.js" not in page


def test_with_a_key_the_page_says_what_it_means_before_the_button(push_service, sign_in, donor, keys):
    page = sign_in(donor).get(PAGE).text
    assert f'data-push-key="{keys.public}"' in page
    assert page.index("such as Google, Mozilla") < page.index("Turn on news in this browser")
    assert "This browser refuses to show news" in page


def test_turning_a_browser_on_is_the_consent_and_turning_it_off_ends_it(app, push_service, sign_in, donor):
    client = sign_in(donor)
    browser = Browser()
    answer = client.post(f"{PAGE}/browsers", data=browser.given(), headers={"Accept": "application/json"})
    assert answer.json["saved"] is True
    with app.app_context():
        assert people.active_consent(donor.id, "notifications")
        assert [device.endpoint for device in queries.devices_of(donor.id)] == [browser.endpoint]
    assert "A browser, by Google" in client.get(PAGE).text
    assert "News on this phone or computer" in client.get("/me").text
    client.post(f"{PAGE}/browsers/{answer.json['public_id']}/off")
    with app.app_context():
        assert queries.devices_of(donor.id) == []


@pytest.mark.parametrize(
    "wrong", [{}, {"endpoint": "https://evil.example/x"}, {"endpoint": "x" * 1001}, {"auth": "x" * 41}]
)
def test_a_browser_of_no_known_service_is_refused_and_no_consent_is_kept(app, push_service, sign_in, donor, wrong):
    sent = Browser().given() | wrong if wrong else {}
    answer = sign_in(donor).post(f"{PAGE}/browsers", data=sent, headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert answer.json["code"] == "invalid"
    with app.app_context():
        assert not people.active_consent(donor.id, "notifications")


def test_signing_out_turns_every_browser_off(app, push_service, sign_in, donor, agree):
    with app.app_context():
        agree(donor, Browser())
    sign_in(donor).post("/logout")
    with app.app_context():
        assert queries.own_devices(donor.identity) == []


def test_taking_the_consent_back_on_the_own_page_turns_every_browser_off(app, push_service, sign_in, donor, agree):
    with app.app_context():
        agree(donor, Browser())
    sign_in(donor).post("/me/consents/notifications/withdraw")
    with app.app_context():
        assert queries.own_devices(donor.identity) == []


def test_taking_another_consent_back_leaves_the_browsers_on(app, push_service, sign_in, donor, agree):
    with app.app_context():
        agree(donor, Browser())
    sign_in(donor).post("/me/consents/need-share/withdraw")
    with app.app_context():
        assert len(queries.own_devices(donor.identity)) == 1


def test_a_zone_nobody_knows_counts_as_utc(app, donor, living_in):
    with app.app_context():
        living_in(donor, "Mars/Olympus")
        assert queries.pace_of(donor.id).zone == "UTC"
