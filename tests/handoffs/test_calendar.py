"""Handoffs in a calendar: one as a file, all by a secret address; the right moment on every clock, and nothing more."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest
import time_machine
from icalendar import Calendar

from app.accounts.models import User
from app.handoffs import queries, services
from app.handoffs.models import HandoffFeed
from app.handoffs.rules.calendar import Meeting, calendar_file
from app.handoffs.rules.states import CancelReason
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.errors import Conflict, NotFound
from tests.at_once import at_once
from tests.conftest import NOW
from tests.handoffs.factories import START, agreed, proposed

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def events(data):
    return list(Calendar.from_ical(data).walk("VEVENT"))


def meeting(starts, ends=None, key="k", title="Handoff with Dana"):
    return Meeting(key, title, "https://example.org/handoffs/k", starts, ends or starts + HOUR)


@pytest.mark.parametrize(
    ("zone", "starts", "shown"),
    [
        ("America/New_York", datetime(2026, 11, 1, 5, 30, tzinfo=UTC), ("01:30", "EDT", "01:30", "EST")),
        ("America/New_York", datetime(2026, 3, 8, 6, 30, tzinfo=UTC), ("01:30", "EST", "03:30", "EDT")),
        ("Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), ("02:30", "CEST", "02:30", "CET")),
        ("Asia/Kolkata", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), ("06:00", "IST", "07:00", "IST")),
    ],
    ids=["an hour comes twice", "an hour is jumped over", "Berlin falls back", "a clock that never changes"],
)
def test_a_meeting_over_a_change_of_clocks_keeps_its_moments(zone, starts, shown):
    (event,) = events(calendar_file([meeting(starts)], name="x", now=NOW))
    begin, end = (event.decoded(name).astimezone(ZoneInfo(zone)) for name in ("dtstart", "dtend"))
    assert (f"{begin:%H:%M}", begin.tzname(), f"{end:%H:%M}", end.tzname()) == shown
    assert end - begin == HOUR or end.astimezone(UTC) - begin.astimezone(UTC) == HOUR


def test_times_of_any_zone_are_written_in_utc():
    starts = datetime(2026, 7, 1, 9, 0, tzinfo=ZoneInfo("America/Los_Angeles"))
    written = calendar_file([meeting(starts)], name="x", now=NOW).decode()
    assert "DTSTART:20260701T160000Z" in written
    assert "TZID" not in written


def test_a_name_cannot_write_lines_of_its_own_into_the_file():
    nasty = meeting(START, title="Handoff with A\r\nATTENDEE:mailto:x@example.org\r\n; , \\ Ω" + "x" * 200)
    data = calendar_file([nasty], name="x", now=NOW)
    (event,) = events(data)
    assert "attendee" not in event
    assert "Ω" in event["summary"]
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))


def test_an_empty_calendar_is_one_too():
    assert events(calendar_file([], name="x", now=NOW)) == []


class TestOneHandoff:
    def test_two_people_in_two_zones_meet_at_the_same_moment(self, app, pair, sign_in):
        with app.app_context():
            public_id = agreed(pair)
            with transaction() as session:
                session.get(User, pair.donor.id).timezone = "America/Los_Angeles"
                session.get(User, pair.family.id).timezone = "Europe/Berlin"
        found = []
        for who, other in ((pair.donor, "Fatima"), (pair.family, "Dana")):
            answer = sign_in(who).get(f"/handoffs/{public_id}/handoff.ics")
            assert answer.mimetype == "text/calendar"
            assert answer.headers["Cache-Control"] == "no-store"
            (event,) = events(answer.data)
            assert event["summary"] == f"Handoff with {other}"
            found.append((event.decoded("dtstart"), event.decoded("dtend"), event["uid"]))
        assert found[0] == found[1]
        assert found[0][0] == START

    def test_nothing_private_stands_in_it(self, app, pair, sign_in):
        with app.app_context():
            public_id = agreed(pair)
            services.set_place_note(pair.donor.identity, public_id, "12 Elm Street, blue door", now=NOW)
        written = sign_in(pair.family).get(f"/handoffs/{public_id}/handoff.ics").text
        for private in ("Elm", "blue door", "LOCATION", "GEO", "oz", " ml", "@example"):
            assert private not in written
        assert f"/handoffs/{public_id}" in written.replace("\r\n ", "")

    def test_a_stranger_finds_none_and_what_is_not_agreed_has_none(self, app, pair, sign_in, stranger):
        with app.app_context():
            public_id, open_one = agreed(pair), proposed(pair, volume_ml=100)
        assert sign_in(stranger).get(f"/handoffs/{public_id}/handoff.ics").status_code == 404
        assert sign_in(pair.donor).get(f"/handoffs/{open_one}/handoff.ics").status_code == 404
        page = sign_in(pair.donor)
        assert "Add to your calendar" in page.get(f"/handoffs/{public_id}").text
        assert "Add to your calendar" not in page.get(f"/handoffs/{open_one}").text


def made(page):
    """The path of the address a page has just shown."""
    answer = page.post("/handoffs/calendar")
    address = answer.text.split('id="address"', 1)[1].split(">", 1)[1].split("<", 1)[0]
    return "/calendar/" + address.split("/calendar/")[1]


class TestTheAddress:
    def test_it_shows_what_is_agreed_to_whoever_knows_it(self, app, client, pair, sign_in):
        with app.app_context():
            shown, waiting, off = agreed(pair), proposed(pair, volume_ml=100), agreed(pair, volume_ml=100)
            services.cancel(pair.donor.identity, off, reason=CancelReason.UNSAID, now=NOW)
        answer = client.get(made(sign_in(pair.family)))
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert [event["uid"].split("@")[0] for event in events(answer.data)] == [shown]
        assert waiting not in answer.text
        assert "Dana" in answer.text

    def test_it_shows_nobody_elses_handoffs(self, app, client, pair, sign_in, stranger):
        with app.app_context():
            agreed(pair)
        assert events(client.get(made(sign_in(stranger))).data) == []

    def test_a_new_one_ends_the_one_before_and_the_end_ends_it(self, client, pair, sign_in):
        page = sign_in(pair.donor)
        assert "Make an address" in page.get("/handoffs/calendar").text
        first = made(page)
        second = made(page)
        assert first != second
        assert client.get(first).status_code == 404
        assert client.get(second).status_code == 200
        assert "End the address" in page.get("/handoffs/calendar").text
        for _again in range(2):
            assert page.post("/handoffs/calendar/end").status_code == 302
        assert client.get(second).status_code == 404

    def test_the_page_shows_it_once_and_only_a_digest_is_kept(self, app, pair, sign_in):
        page = sign_in(pair.donor)
        secret = made(page).removeprefix("/calendar/").removesuffix(".ics")
        assert len(secret) == 43
        assert secret not in page.get("/handoffs/calendar").text
        with app.app_context():
            assert db.session.query(HandoffFeed).one().digest == sha256(secret.encode()).hexdigest()

    @pytest.mark.parametrize("guess", ["x", "0" * 43, "%00", "é", "a" * 5000])
    def test_any_other_address_leads_nowhere(self, client, pair, guess):
        assert client.get(f"/calendar/{guess}.ics").status_code == 404

    def test_a_shut_account_has_no_calendar(self, app, client, pair, sign_in):
        path = made(sign_in(pair.donor))
        with app.app_context(), transaction() as session:
            session.get(User, pair.donor.id).active = False
        assert client.get(path).status_code == 404

    def test_it_speaks_its_owners_language(self, app, client, pair, sign_in, monkeypatch):
        path = made(sign_in(pair.donor))
        with app.app_context(), transaction() as session:
            session.get(User, pair.donor.id).locale = "de"
        spoken = []
        real = queries.meetings_of

        def listening(person_id):
            from flask_babel import get_locale

            spoken.append(str(get_locale()))
            return real(person_id)

        monkeypatch.setattr(queries, "meetings_of", listening)
        assert client.get(path).status_code == 200
        assert spoken == ["de"]


def test_the_latest_meetings_stand_in_a_full_calendar_by_time(in_app, pair):
    agreed(pair, volume_ml=100)
    late = agreed(pair, volume_ml=100, start=START + timedelta(days=2))
    soon = agreed(pair, volume_ml=100, start=START + timedelta(days=1))
    shown = queries.meetings_of(pair.donor.id, limit=2)
    assert [meeting.public_id for meeting in shown] == [soon, late]


@pytest.mark.both_databases
def test_the_button_pressed_eight_times_at_once_leaves_one_address(app, pair):
    answers = at_once(app, *[lambda: services.renew_feed(pair.donor.identity, now=NOW)] * 8)
    assert {type(answer) for answer in answers} <= {str, Conflict}
    secrets = [answer for answer in answers if isinstance(answer, str)]
    with app.app_context():
        assert db.session.query(HandoffFeed).count() == 1
        opening = [secret for secret in secrets if _opens(secret)]
    assert len(opening) == 1


def _opens(secret):
    try:
        return queries.fed_by(secret)
    except NotFound:
        return None
