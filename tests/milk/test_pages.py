"""The pages of lots as a browser without JavaScript meets them."""

import re

import pytest
import time_machine

from app.infra.database import db
from app.milk import services
from app.milk.models import Lot
from app.milk.rules.keeping import Kept
from tests.conftest import NOW
from tests.milk.factories import TODAY, lot, view


@pytest.fixture(autouse=True)
def clock():
    """Noon of the tests' day; the pages read the clock."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


NEW = {
    "pumped_from": "2026-11-01", "pumped_to": "2026-11-14", "kept": "freezer", "heat": "none", "unit": "oz",
    "count_1": "10", "size_1": "4", "submit_token": "once",
}  # fmt: skip


@pytest.fixture
def kept_lot(app, donor):
    """A litre in ten bags of the donor's."""
    with app.app_context():
        return lot(donor)


def stored(app):
    with app.app_context():
        return db.session.query(Lot).count()


def seen(app, who, public_id):
    with app.app_context():
        return view(who, public_id)


class TestTheList:
    def test_an_empty_list_says_what_a_lot_is_and_leads_to_a_new_one(self, donor, sign_in):
        page = sign_in(donor).get("/milk").text
        assert "No lot yet" in page
        assert 'href="/milk/new"' in page

    def test_lots_stand_oldest_first_with_days_left_and_empty_ones_below(self, app, donor, sign_in):
        with app.app_context():
            empty = lot(donor, pumped_from=TODAY.replace(day=1, month=10), pumped_to=TODAY.replace(day=1, month=10))
            services.discard(donor.identity, empty, {100: 10}, now=NOW)
            newer = lot(donor, pumped_from=TODAY, pumped_to=TODAY, kept=Kept.FRIDGE)
            older = lot(donor)
        page = sign_in(donor).get("/milk").text
        places = [page.index(f"/milk/{public_id}") for public_id in (older, newer, empty)]
        assert places == sorted(places)
        assert "345 days left" in page
        assert "4 days left" in page
        assert "nothing left" in page

    def test_a_stranger_sees_none_of_it(self, kept_lot, stranger, sign_in):
        assert kept_lot not in sign_in(stranger).get("/milk").text

    def test_the_code_on_a_bag_leads_to_the_lot_however_it_is_typed(self, app, donor, sign_in, kept_lot):
        code = seen(app, donor, kept_lot).code
        typed = f"{code[:4].lower()} {code[4:]}"
        assert sign_in(donor).get("/milk/find", query_string={"code": typed}).location == f"/milk/{kept_lot}"

    @pytest.mark.parametrize(
        ("change", "words"),
        [(lambda code: code[:-1] + "23"[code[-1] == "2"], "check each sign"), (str, "None of your lots")],
    )
    def test_a_slip_or_anothers_code_leads_nowhere_and_says_so(
        self, app, donor, stranger, sign_in, kept_lot, change, words
    ):
        code = change(seen(app, donor, kept_lot).code)
        page = sign_in(stranger).get("/milk/find", query_string={"code": code}, follow_redirects=True)
        assert words in page.text
        assert page.status_code == 200

    def test_the_days_left_are_those_of_the_donors_own_calendar(self, app, donor, sign_in, clock):
        with app.app_context():
            lot(donor, pumped_from=TODAY, pumped_to=TODAY, kept=Kept.FRIDGE)
        client = sign_in(donor)
        client.post("/me", data={"display_name": "Dana", "volume_unit": "oz", "distance_unit": "mi",
                                 "timezone": "America/Los_Angeles", "locale": "en"})  # fmt: skip
        clock.move_to("2026-11-26T03:00:00Z")
        assert "today is the last day" in client.get("/milk").text


class TestWhatIsNext:
    @pytest.mark.parametrize(("back", "said"), [(0, False), (1, True), (4, True)])
    def test_the_first_page_names_the_lot_that_ends_first_when_its_time_is_near(self, app, donor, sign_in, back, said):
        pumped = TODAY.replace(day=TODAY.day - back)
        with app.app_context():
            first = lot(donor, pumped_from=pumped, pumped_to=pumped, kept=Kept.FRIDGE)
            lot(donor)
        page = sign_in(donor).get("/").text
        assert (f"/milk/{first}" in page) is said
        assert page.count("Open the lot") == said

    def test_a_lot_that_is_gone_or_past_is_not_named(self, app, donor, sign_in, clock):
        with app.app_context():
            gone = lot(donor, pumped_from=TODAY, pumped_to=TODAY, kept=Kept.FRIDGE)
            lot(donor, pumped_from=TODAY, pumped_to=TODAY, kept=Kept.FRIDGE)
            services.discard(donor.identity, gone, {100: 10}, now=NOW)
        clock.move_to("2026-11-26T12:00:00Z")
        assert "Open the lot" not in sign_in(donor).get("/").text


class TestANewLot:
    def test_it_is_made_once_and_leads_to_its_page(self, app, donor, sign_in):
        client = sign_in(donor)
        sent = [client.post("/milk/new", data=NEW) for _again in range(2)]
        assert [answer.status_code for answer in sent] == [302, 302]
        assert sent[0].location == sent[1].location
        assert stored(app) == 1
        page = client.get(sent[0].location).text
        assert "10 of 10 bags of 4 oz" in page
        assert re.search(r"Use by</dt>\s*<dd[^>]*>1 Nov 2027|Use by</dt>\s*<dd[^>]*>Nov 1, 2027", page)

    def test_several_sizes_in_millilitres_are_one_lot(self, app, donor, sign_in):
        sizes = {"unit": "ml", "count_1": "3", "size_1": "120", "count_2": "2", "size_2": "62,5"}
        made = sign_in(donor).post("/milk/new", data=NEW | sizes).location
        found = seen(app, donor, made.rsplit("/", 1)[1])
        assert [(bags.size_ml, bags.count) for bags in found.bags] == [(62, 2), (120, 3)]

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"pumped_from": ""}, "the first of it"),
            ({"pumped_from": "soon"}, "Please pick a day."),
            ({"pumped_to": "2026-11-22"}, "still to come"),
            ({"pumped_to": "2026-10-01"}, "comes after the first"),
            ({"kept": ""}, "where you keep it"),
            ({"kept": "cellar"}, "where you keep it"),
            ({"kept": "fridge"}, "past its use-by day"),
            ({"heat": "microwave"}, "whether you heated it"),
            ({"heat": "bank_pasteurised"}, "whether you heated it"),
            ({"count_1": "", "size_1": ""}, "how many bags there are"),
            ({"count_1": "ten"}, "from 1 to 300"),
            ({"count_1": "2.5"}, "from 1 to 300"),
            ({"count_1": "-1"}, "from 1 to 300"),
            ({"count_1": "1e400"}, "from 1 to 300"),
            ({"size_1": "NaN"}, "check the unit"),
            ({"size_1": "400"}, "check the unit"),
            ({"size_1": "9" * 30}, "check the unit"),
            ({"count_3": "1", "size_3": "4"}, "from 1 to 300"),
            ({"submit_token": "x" * 65}, "Please look at the marked fields"),
        ],
    )
    def test_bad_input_is_named_at_its_field_and_kept(self, app, donor, sign_in, typed, words):
        page = sign_in(donor).post("/milk/new", data=NEW | typed)
        assert page.status_code == 422
        assert words in page.text
        chosen = {"kept", "heat", "unit"}
        kept = [value for name, value in (NEW | typed).items() if value and name not in chosen]
        assert [value for value in kept if f'value="{value}"' not in page.text] == []
        assert stored(app) == 0

    def test_who_states_nothing_is_not_asked_whether_it_held(self, app, donor, family, sign_in):
        with app.app_context():
            services.note_statement(donor.id, [("dairy", "avoids", None, None)], now=NOW)
        assert "as_stated" in sign_in(donor).get("/milk/new").text
        assert "as_stated" not in sign_in(family).get("/milk/new").text

    def test_the_version_of_her_answers_stands_on_the_lots_page(self, app, donor, sign_in):
        client = sign_in(donor)
        with app.app_context():
            services.note_statement(donor.id, [("dairy", "avoids", None, None)], now=NOW)
        said = client.post("/milk/new", data=NEW | {"as_stated": "y"}).location
        unsaid = client.post("/milk/new", data=NEW | {"submit_token": "other"}).location
        assert "(version 1)" in client.get(said).text
        assert "none for these days" in client.get(unsaid).text


class TestALotsPage:
    @pytest.mark.parametrize(
        ("method", "path", "data"),
        [
            ("get", "", {}),
            ("post", "/put", {"kept": "deep_freezer"}),
            ("post", "/put", {"kept": "cellar"}),
            ("post", "/discard", {"bags-100": "1"}),
            ("post", "/thaw", {"bags-100": "1"}),
            ("post", "/thaw", {"bags-100": "x"}),
        ],
    )
    def test_a_stranger_finds_nothing_at_any_address_of_it(
        self, app, donor, stranger, sign_in, kept_lot, method, path, data
    ):
        assert getattr(sign_in(stranger), method)(f"/milk/{kept_lot}{path}", data=data).status_code == 404
        assert seen(app, donor, kept_lot).balance.free_ml == 1000

    def test_it_says_who_gives_how_many_days(self, donor, sign_in, kept_lot):
        page = sign_in(donor).get(f"/milk/{kept_lot}").text
        assert "www.cdc.gov" in page
        assert "healthlinkbc.ca" in page
        assert "breastfeedingnetwork.org.uk" not in page
        assert "healthy, term baby" in page

    @pytest.mark.parametrize("word", ["safe", "clean", "tested"])
    def test_it_promises_nothing(self, donor, sign_in, kept_lot, word):
        for path in ("/milk", f"/milk/{kept_lot}", "/milk/new"):
            main = sign_in(donor).get(path).text.split("<main", 1)[1].split("</main>", 1)[0]
            assert not re.search(rf"\b{word}\b", re.sub(r"<[^>]+>", " ", main), re.IGNORECASE)

    def test_it_moves_to_a_colder_place(self, app, donor, sign_in, kept_lot):
        client = sign_in(donor)
        assert client.post(f"/milk/{kept_lot}/put", data={"kept": "deep_freezer"}).status_code == 302
        assert "moved, now in a deep freezer" in client.get(f"/milk/{kept_lot}").text
        assert client.post(f"/milk/{kept_lot}/put", data={"kept": "fridge"}).status_code == 422
        assert seen(app, donor, kept_lot).kept is Kept.DEEP_FREEZER

    def test_some_bags_thaw_and_lead_to_their_own_lot(self, app, donor, sign_in, kept_lot):
        client = sign_in(donor)
        answer = client.post(f"/milk/{kept_lot}/thaw", data={"bags-100": "2"})
        assert answer.location != f"/milk/{kept_lot}"
        page = client.get(answer.location).text
        assert "not passed on and not frozen again" in page
        assert "taken out of lot" in page
        assert "made a lot of its own" in client.get(f"/milk/{kept_lot}").text
        again = client.post(f"{answer.location}/thaw", data={"bags-100": "1"})
        assert again.status_code == 409
        assert "Only frozen milk can thaw." in again.text

    @pytest.mark.parametrize("typed", ["", "0", "11", "-1", "x", "1.5", "1e99"])
    @pytest.mark.parametrize("way", ["discard", "thaw"])
    def test_bags_that_are_not_there_are_refused_and_what_was_typed_is_kept(
        self, app, donor, sign_in, kept_lot, way, typed
    ):
        page = sign_in(donor).post(f"/milk/{kept_lot}/{way}", data={"bags-100": typed})
        assert page.status_code == 422
        assert "Please say how many bags." in page.text or "not so many bags" in page.text
        assert f'value="{typed}"' in page.text
        assert seen(app, donor, kept_lot).bags_left == 10

    def test_promised_bags_are_not_poured_away(self, app, donor, sign_in, kept_lot):
        with app.app_context():
            services.promise(kept_lot, "handoff", 1000, now=NOW)
        page = sign_in(donor).post(f"/milk/{kept_lot}/discard", data={"bags-100": "1"})
        assert page.status_code == 409
        assert "not that much left" in page.text
        assert seen(app, donor, kept_lot).bags_left == 10

    def test_poured_away_bags_are_gone_and_a_lot_without_any_says_so(self, app, donor, sign_in, kept_lot):
        client = sign_in(donor)
        client.post(f"/milk/{kept_lot}/discard", data={"bags-100": "4"})
        assert "poured away" in client.get(f"/milk/{kept_lot}").text
        client.post(f"/milk/{kept_lot}/discard", data={"bags-100": "6"})
        page = client.get(f"/milk/{kept_lot}").text
        assert "nothing left" in page
        assert "They are gone" not in page

    def test_milk_past_its_use_by_day_says_so_and_offers_no_new_place(self, donor, sign_in, kept_lot, clock):
        clock.move_to("2027-11-02T15:00:00Z")
        page = sign_in(donor).get(f"/milk/{kept_lot}").text
        assert "past its use-by day" in page
        assert "kept somewhere else now" not in page
