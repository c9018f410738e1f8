"""The pages of days kept back: hers alone, three presses, and nothing promised in the site's own voice."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from app.accounts.queries import active_consents
from app.infra.database import db
from app.milk import services
from app.milk.models import Deferral, Withdrawal
from app.milk.rules.deferrals import Days, Kind
from app.milk.rules.ledger import Arrival
from app.milk.rules.months import month_of
from app.milk.rules.waits import WAITS, would_end
from app.milk.services import holders
from tests.conftest import NOW
from tests.milk.deferring import agree, keep
from tests.milk.factories import TODAY, lot, view

FEVER_TODAY = {"kind": "fever", "when": "today", "agree": "y"}


@pytest.fixture(autouse=True)
def clock():
    """Noon of the tests' day; the pages read the clock."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def entry(app, donor):
    """Her entry of the third of November, which touches a lot of hers partly."""
    with app.app_context():
        agree(donor)
        return keep(donor, 3)


def entries(app) -> list[tuple[str, str, str | None]]:
    with app.app_context():
        wanted = select(Deferral.kind, Deferral.first_day, Deferral.last_day).order_by(Deferral.id)
        return [
            (kind, first.isoformat(), last and last.isoformat()) for kind, first, last in db.session.execute(wanted)
        ]


def main_of(page) -> str:
    return page.text.split("<main", 1)[1].split("</main>", 1)[0]


class TestAnEntry:
    @pytest.mark.parametrize(
        ("typed", "days"),
        [
            ({}, ("2026-11-21", "2026-11-21")),
            ({"when": "yesterday"}, ("2026-11-20", "2026-11-20")),
            ({"goes_on": "y"}, ("2026-11-21", None)),
            ({"when": "pick", "first": "2026-11-02", "last": "2026-11-05"}, ("2026-11-02", "2026-11-05")),
            ({"when": "pick", "first": "2026-11-02"}, ("2026-11-02", "2026-11-02")),
            ({"when": "pick", "first": "2026-11-02", "goes_on": "y"}, ("2026-11-02", None)),
            ({"first": "2026-11-02"}, ("2026-11-21", "2026-11-21")),
        ],
    )
    def test_it_is_today_unless_she_says_otherwise_and_leads_to_its_page(self, app, donor, sign_in, typed, days):
        client = sign_in(donor)
        answer = client.post("/milk/days", data=FEVER_TODAY | typed)
        assert answer.status_code == 302
        assert entries(app) == [("fever", *days)]
        assert "Fever or illness" in client.get(answer.location).text

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"kind": ""}, "Please say what it was."),
            ({"kind": "plague"}, "Please say what it was."),
            ({"when": "pick"}, "on which day it began"),
            ({"when": "pick", "first": "soon"}, "Please pick a day."),
            ({"when": "pick", "first": "2026-11-22"}, "still to come"),
            ({"when": "pick", "first": "2026-11-03", "last": "2026-11-02"}, "comes after the first"),
            ({"when": "pick", "first": "2026-11-03", "last": "x"}, "Please pick a day."),
            ({"when": "pick", "first": "2020-11-03"}, "two years ago"),
            ({"agree": ""}, "kept only if you agree"),
            ({"submit_token": "x" * 65}, "Please look at the marked fields"),
        ],
    )
    def test_bad_input_is_named_at_its_field_and_kept(self, app, donor, sign_in, typed, words):
        page = sign_in(donor).post("/milk/days", data=FEVER_TODAY | typed)
        assert page.status_code == 422
        assert words in page.text
        assert entries(app) == []
        if "first" in typed:
            assert f'value="{typed["first"]}"' in page.text

    def test_the_consent_is_asked_for_once_and_kept_with_its_words(self, app, donor, sign_in):
        client = sign_in(donor)
        assert 'name="agree"' in client.get("/milk/days").text
        client.post("/milk/days", data=FEVER_TODAY)
        with app.app_context():
            assert "health-days" in {each.purpose for each in active_consents(donor.id)}
        assert 'name="agree"' not in client.get("/milk/days").text
        assert "Keeping a calendar of days" in client.get("/me").text

    def test_taking_the_consent_back_on_her_own_page_deletes_the_days(self, app, donor, sign_in, entry):
        sign_in(donor).post("/me/consents/health-days/withdraw")
        assert entries(app) == []

    def test_again_today_is_one_press(self, app, donor, sign_in, entry):
        client = sign_in(donor)
        assert f'action="/milk/days/{entry}/again"' in client.get("/milk/days").text
        assert client.post(f"/milk/days/{entry}/again").status_code == 302
        assert entries(app)[-1] == ("fever", "2026-11-21", "2026-11-21")
        assert f'action="/milk/days/{entry}/again"' not in client.get("/milk/days").text

    def test_one_that_goes_on_ends_with_one_press(self, app, donor, sign_in):
        client = sign_in(donor)
        page = client.post("/milk/days", data=FEVER_TODAY | {"goes_on": "y"}, follow_redirects=True)
        assert "still going on" in page.text
        client.post(f"{page.request.path}/end")
        assert entries(app) == [("fever", "2026-11-21", "2026-11-21")]

    def test_it_is_changed_and_bad_days_are_named(self, app, donor, sign_in, entry):
        client = sign_in(donor)
        bad = client.post(f"/milk/days/{entry}", data={"kind": "fever", "first": "2026-11-05", "last": "2026-11-04"})
        assert bad.status_code == 422
        assert "comes after the first" in bad.text
        client.post(f"/milk/days/{entry}", data={"kind": "mastitis", "first": "2026-11-05", "last": "2026-11-06"})
        assert entries(app) == [("mastitis", "2026-11-05", "2026-11-06")]

    def test_deleting_it_says_before_and_after_what_becomes_of_the_lots(self, app, donor, sign_in, entry):
        with app.app_context():
            kept = lot(donor)
        client = sign_in(donor)
        assert "stays kept back until you say" in client.get(f"/milk/days/{entry}").text
        page = client.post(f"/milk/days/{entry}/delete", follow_redirects=True)
        assert "stay so until you say otherwise" in page.text
        assert f'action="/milk/{kept}/give-again"' in page.text
        assert "may be given again" in client.post(f"/milk/{kept}/give-again", follow_redirects=True).text
        with app.app_context():
            assert view(donor, kept).not_given is None


class TestLots:
    def test_a_lot_says_why_it_is_kept_back_and_asks_which_bags(self, app, donor, sign_in, entry):
        with app.app_context():
            kept = lot(donor)
        client = sign_in(donor)
        page = client.get(f"/milk/{kept}").text
        assert "This milk is kept back" in page
        assert "Fever or illness" in page
        assert f"/milk/{kept}/which" in page
        assert 'value="10"' in client.get(f"/milk/{kept}/which").text

    def test_bags_she_names_stay_back_and_the_rest_is_free(self, app, donor, sign_in, entry):
        with app.app_context():
            kept = lot(donor)
        client = sign_in(donor)
        answer = client.post(f"/milk/{kept}/which", data={"bags-100": "2"})
        child = answer.location.rsplit("/", 1)[1]
        assert child != kept
        assert "kept back" in client.get(answer.location).text
        with app.app_context():
            assert view(donor, kept).not_given is None
            assert view(donor, child).excluded

    @pytest.mark.parametrize(("typed", "status"), [("11", 422), ("x", 422), ("-1", 422)])
    def test_bags_that_are_not_there_are_refused_and_what_was_typed_is_kept(
        self, app, donor, sign_in, entry, typed, status
    ):
        with app.app_context():
            kept = lot(donor)
        page = sign_in(donor).post(f"/milk/{kept}/which", data={"bags-100": typed})
        assert page.status_code == status
        assert f'value="{typed}"' in page.text
        assert "not so many bags" in page.text

    def test_more_bags_than_there_is_milk_are_refused_with_a_word(self, app, donor, sign_in, entry):
        with app.app_context():
            services.delete_days(donor.identity, entry, now=NOW)
            kept = lot(donor)
            services.give(kept, "handoff", 950, Arrival.FROZEN, now=NOW)
            keep(donor, 3)
        page = sign_in(donor).post(f"/milk/{kept}/which", data={"bags-100": "9"})
        assert page.status_code == 409
        assert "not that much left" in page.text

    def test_where_there_is_nothing_to_ask_the_page_leads_back(self, app, donor, sign_in, entry):
        with app.app_context():
            whole, free = (lot(donor, pumped_from=day, pumped_to=day) for day in (TODAY.replace(day=3), TODAY))
        client = sign_in(donor)
        for each in (whole, free):
            assert client.get(f"/milk/{each}/which").location == f"/milk/{each}"
        refused = client.post(f"/milk/{whole}/give-again", follow_redirects=True)
        assert "Please change those days first" in refused.text

    @pytest.mark.parametrize(
        ("method", "path"),
        [("get", "/which"), ("post", "/which"), ("post", "/give-again")],
    )
    def test_a_stranger_finds_nothing_there(self, app, donor, stranger, sign_in, entry, method, path):
        with app.app_context():
            kept = lot(donor)
        assert getattr(sign_in(stranger), method)(f"/milk/{kept}{path}").status_code == 404

    @pytest.mark.parametrize(
        ("method", "path"),
        [("get", ""), ("post", ""), ("post", "/again"), ("post", "/end"), ("post", "/delete"), ("post", "/tell")],
    )
    @pytest.mark.parametrize("who", ["stranger", "family", "moderator"])
    def test_nobody_else_finds_an_entry_at_any_address_of_it(self, app, request, sign_in, entry, who, method, path):
        other = request.getfixturevalue(who)
        data = {"kind": "fever", "first": "2026-11-05", "last": "2026-11-05"}
        assert getattr(sign_in(other), method)(f"/milk/days/{entry}{path}", data=data).status_code == 404
        assert entries(app) == [("fever", "2026-11-03", "2026-11-03")]


class TestWhatWasHandedOver:
    @pytest.fixture
    def given(self, app, donor, family):
        """A lot of hers of which a family has some."""
        with app.app_context():
            agree(donor)
            made = lot(donor)
            services.give(made, "token-of-a-handoff", 300, Arrival.FROZEN, now=NOW)
            holders.register("token-of-a-handoff", family.id, now=NOW)
            return made

    def test_she_is_told_what_withdrawing_means_before_she_does_it(self, app, donor, sign_in, given):
        with app.app_context():
            made = keep(donor, 3)
        page = sign_in(donor).get(f"/milk/days/{made}").text
        assert "neither who you are nor why" in page
        assert "may guess" in page
        assert f'action="/milk/days/{made}/tell"' in page

    @pytest.mark.parametrize(
        ("kind", "first", "offered"),
        [(Kind.FEVER, 17, True), (Kind.FEVER, 18, False), (Kind.MEDICINE, 14, True), (Kind.MEDICINE, 15, False)],
    )
    def test_an_infection_reaches_three_days_back_and_what_was_taken_its_own_days(
        self, app, donor, sign_in, given, kind, first, offered
    ):
        with app.app_context():
            made = keep(donor, first, 20, kind=kind)
        assert ("Withdraw this milk" in sign_in(donor).get(f"/milk/days/{made}").text) is offered

    def test_the_team_reads_that_it_is_withdrawn_and_neither_why_nor_of_which_days(
        self, app, donor, moderator, sign_in, bearer, given
    ):
        with app.app_context():
            token = services.tell_families(donor.identity, keep(donor, 3), now=NOW)
        team, path = sign_in(moderator), f"/milk/withdrawals/{token}"
        for page in (team.get(path), team.get("/milk/withdrawals")):
            shown = re.sub(r"<[^>]+>", " ", main_of(page))
            assert "ithdraw" in shown
            assert not re.search(r"fever|infection|calendar|Nov [1-9], 2026|Oct", shown, re.IGNORECASE)
        assert "A fever, mastitis or another infection" in sign_in(donor).get(path).text
        told, hers = (bearer(who).get(f"/api/v1/withdrawals/{token}").json for who in (moderator, donor))
        assert (told["reason"], told["first"], told["opened_as"]) == (None, None, "donor")
        assert (hers["reason"], hers["first"], hers["opened_as"]) == ("infection", "2026-10-31", "deferral")

    @pytest.mark.parametrize(("kind", "reason"), [(Kind.FEVER, "infection"), (Kind.CANNABIS, "substance")])
    def test_one_press_withdraws_it_once(self, app, donor, sign_in, given, kind, reason):
        with app.app_context():
            made = keep(donor, 3, kind=kind, goes_on=True)
        client = sign_in(donor)
        first, second = (client.post(f"/milk/days/{made}/tell", follow_redirects=True).text for _again in range(2))
        assert "are being told" in first
        assert "was told before" in second
        with app.app_context():
            assert view(donor, given).withdrawn
            assert db.session.scalars(select(Withdrawal.reason)).all() == [reason]
        assert "Withdraw this milk" not in client.get(f"/milk/days/{made}").text


@pytest.mark.parametrize("path", ["", "/again", "/end", "/delete", "/tell"])
def test_an_entry_that_is_none_is_not_found(donor, sign_in, path):
    assert sign_in(donor).post(f"/milk/days/no-such{path}").status_code == 404


class TestTheCalendar:
    def test_a_month_stands_in_whole_weeks_with_its_entries(self):
        month = month_of(TODAY, [(Kind.FEVER, Days(TODAY, None))], today=TODAY, week_begins=6)
        assert [len(week) for week in month.weeks] == [7] * 5
        assert month.weeks[0][0].date.isoformat() == "2026-11-01"
        marked = [each.date.day for week in month.weeks for each in week if each.kinds and not each.is_other]
        assert marked == list(range(21, 31))
        assert [each.date for week in month.weeks for each in week if each.is_today] == [TODAY]

    @pytest.mark.parametrize("week_begins", range(7))
    @pytest.mark.parametrize("back", [0, 40, 300, 731])
    def test_every_day_of_a_month_stands_there_once(self, week_begins, back):
        month = month_of(TODAY - timedelta(back), [], today=TODAY, week_begins=week_begins)
        days = [each.date for week in month.weeks for each in week]
        assert days == [days[0] + timedelta(number) for number in range(len(days))]
        assert days[0].weekday() == week_begins
        assert {each.date.month for week in month.weeks for each in week if not each.is_other} == {month.first.month}

    def test_it_ends_where_no_entry_can_be(self):
        oldest = month_of(TODAY - timedelta(731), [], today=TODAY)
        newest = month_of(TODAY + timedelta(731), [], today=TODAY)
        assert (oldest.before, newest.after) == (None, None)
        assert month_of(TODAY - timedelta(732), [], today=TODAY).first == TODAY.replace(day=1)
        december = month_of(TODAY.replace(month=12), [], today=TODAY)
        assert december.after is not None
        assert december.after.isoformat() == "2027-01-01"

    @pytest.mark.parametrize(
        ("asked", "title"),
        [
            ("2026-10", "October 2026"),
            ("2026-13", "November 2026"),
            ("x", "November 2026"),
            ("1066-10", "November 2026"),
        ],
    )
    def test_a_month_is_asked_for_by_its_address(self, donor, sign_in, asked, title):
        assert f">{title}</h2>" in sign_in(donor).get("/milk/days", query_string={"month": asked}).text

    def test_an_entry_stands_in_its_day_in_words(self, donor, sign_in, entry):
        page = sign_in(donor).get("/milk/days?month=2026-11").text
        assert re.search(r'>3</span>\s*<span[^>]*><span aria-hidden="true">Fev</span><span class="sr-only">Fever', page)


class TestWhatOthersSay:
    def test_every_kind_has_its_rows_or_says_that_there_is_none(self, app, donor, sign_in):
        assert set(WAITS) == set(Kind)
        with app.app_context():
            agree(donor)
            made = {kind: keep(donor, 3, kind=kind) for kind in Kind}
        client = sign_in(donor)
        for kind, public_id in made.items():
            page = client.get(f"/milk/days/{public_id}").text
            for wait in WAITS[kind]:
                assert wait.source.url.replace("&", "&amp;") in page
                assert wait.source.read_in in page
                assert ("read in a page that reports it" in page) or not wait.is_secondhand
            assert ("We have read no source" in page) is (not WAITS[kind])
            assert "You decide which days" in page

    @pytest.mark.parametrize(
        ("kind", "last", "ends"),
        [(Kind.NICOTINE, 3, "2026-12-03"), (Kind.ALCOHOL, 21, "2026-11-22"), (Kind.FEVER, 3, None),
         (Kind.NICOTINE, None, None), (Kind.NICOTINE, 22, None)],
    )  # fmt: skip
    def test_days_are_counted_from_the_last_one_where_a_source_gives_them(self, kind, last, ends):
        found = would_end(WAITS[kind][0], TODAY.replace(day=last) if last else None, today=TODAY)
        assert (found and found.isoformat()) == ends

    def test_one_press_takes_the_end_that_a_source_gives(self, app, donor, sign_in):
        with app.app_context():
            agree(donor)
            made = keep(donor, 3, kind=Kind.NICOTINE)
        client = sign_in(donor)
        page = client.get(f"/milk/days/{made}").text
        sent = dict(re.findall(r'<input type="hidden" name="(kind|first|last)" value="([^"]*)"', page))
        client.post(f"/milk/days/{made}", data=sent)
        assert entries(app) == [("nicotine", "2026-11-03", "2026-12-03")]
        assert "Let these days end" not in client.get(f"/milk/days/{made}").text

    @pytest.mark.parametrize("word", ["safe", "clean", "tested"])
    def test_nothing_is_promised(self, donor, sign_in, entry, word):
        for path in ("/milk/days", f"/milk/days/{entry}"):
            shown = re.sub(r"<[^>]+>", " ", main_of(sign_in(donor).get(path)))
            assert not re.search(rf"\b{word}\b", shown, re.IGNORECASE)


def test_the_count_of_entries_is_hers_alone(app, donor, stranger, sign_in, entry):
    with app.app_context():
        assert db.session.scalar(select(func.count(Deferral.id))) == 1
    page = main_of(sign_in(stranger).get("/milk/days"))
    assert "All days you keep back" not in page
    assert entry not in page
