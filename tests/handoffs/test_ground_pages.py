"""Where to meet, as the two see it: the list, who drives how far, the map's data, and a place put into the plan."""

import html
import json
import re

import pytest
import time_machine

from app.accounts.models import User
from app.handoffs.models import SafePlace
from app.handoffs.rules.safe_places import Kind
from app.handoffs.services.safe_places import Edition
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.infra.overpass import CREDIT
from app.infra.transaction import transaction
from tests.conftest import NOW
from tests.handoffs import grounds
from tests.handoffs.factories import agreed, proposed, talk
from tests.handoffs.grounds import listed, live, near

DAVIS, SACRAMENTO, MADISON = "Davis, CA", "Sacramento, CA", "Madison, WI"


@pytest.fixture(autouse=True)
def today():
    """The clock shows the moment at which the tests play."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def neighbours(app, pair):
    """A donor of Davis and a family of Sacramento who both drive, with two places on the list."""
    with app.app_context():
        live(pair, (DAVIS, 25), (SACRAMENTO, 25))
        listed(near(DAVIS, "Davis library"), near(SACRAMENTO, "Sacramento police", kind=Kind.POLICE))
    return pair


def plan_page(client, where) -> str:
    return client.get(f"/conversations/{where.public_id}/handoff").text


def words(page: str) -> str:
    """The text of the section, as it is read."""
    section = page.split('id="where"')[1].split("</section>", maxsplit=1)[0]
    without_data = re.sub(r"<script.*?</script>", "", section, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", without_data)).split())


def picture(page: str) -> dict:
    """What the map draws."""
    return json.loads(re.search(r'id="ground-data">(.*?)</script>', page, re.DOTALL)[1])


def in_kilometres(app, who) -> None:
    with app.app_context(), transaction() as session:
        session.get(User, who.id).distance_unit = "km"


class TestPlanPage:
    def test_it_lists_the_public_places_both_can_reach_with_who_drives_how_far(self, app, neighbours, sign_in):
        said = words(plan_page(sign_in(neighbours.donor), neighbours))
        assert "Public places that you can both reach." in said
        assert "Davis library library You: less than 3 miles · Fatima: less than 15 miles" in said
        assert "Sacramento police police station You: less than 15 miles · Fatima: less than 3 miles" in said
        assert "The county's list, CC0" in said

    def test_each_reads_it_from_the_own_side_and_in_the_own_unit(self, app, neighbours, sign_in):
        in_kilometres(app, neighbours.family)
        said = words(plan_page(sign_in(neighbours.family), neighbours))
        assert "Davis library library You: less than 25 km · Dana: less than 5 km" in said

    def test_the_map_shows_both_areas_the_lens_and_the_places(self, neighbours, sign_in):
        drawn = picture(plan_page(sign_in(neighbours.donor), neighbours))
        assert [place["travel"] for place in drawn["places"]] == [25, 25]
        assert drawn["lens"]["type"] == "Polygon"
        assert {mark["words"] for mark in drawn["marks"]} == {"Davis library", "Sacramento police"}
        assert all(isinstance(number, int) for mark in drawn["marks"] for number in mark["at"])

    def test_the_three_fairest_stand_open_and_the_rest_is_folded_with_the_map(self, app, neighbours, sign_in):
        with app.app_context():
            kinds = [Kind.LIBRARY, Kind.POLICE, Kind.CLINIC, Kind.PHARMACY]
            listed(*(near(DAVIS, f"Place {n}", north_km=-n, kind=kind) for n, kind in enumerate(kinds)))
        open_part, _, folded = (
            plan_page(sign_in(neighbours.donor), neighbours).split('id="where"')[1].partition("<details")
        )
        assert [f"Place {n}" in open_part for n in range(4)] == [True, True, True, False]
        assert "Place 3" in folded
        assert 'start="4"' in folded
        assert "More places, and the map" in folded

    def test_nothing_can_be_chosen_before_both_agreed(self, app, neighbours, sign_in):
        client = sign_in(neighbours.family)
        assert "Meet here" not in plan_page(client, neighbours)
        with app.app_context():
            handoff = proposed(neighbours)
        assert "Meet here" not in client.get(f"/handoffs/{handoff}").text

    @pytest.mark.parametrize(
        ("donor_km", "family_km", "said_to_donor"),
        [
            (0, 40, "Your post says that you do not travel, so Fatima comes to your area."),
            (40, 0, "Fatima does not travel, so you go to Fatima's area."),
            (5, 5, "You live too far apart to meet inside both your travel distances."),
        ],
    )
    def test_it_says_plainly_how_the_discs_lie(self, app, neighbours, sign_in, donor_km, family_km, said_to_donor):
        with app.app_context():
            live(neighbours, (DAVIS, donor_km), (SACRAMENTO, family_km))
        assert said_to_donor in words(plan_page(sign_in(neighbours.donor), neighbours))

    def test_who_stays_is_met_near_home_and_nowhere_else(self, app, neighbours, sign_in):
        with app.app_context():
            live(neighbours, (DAVIS, 0), (SACRAMENTO, 40))
        said = words(plan_page(sign_in(neighbours.donor), neighbours))
        assert "Davis library" in said
        assert "Sacramento police" not in said

    def test_two_of_one_area_who_do_not_travel_are_told_so(self, app, neighbours, sign_in):
        with app.app_context():
            live(neighbours, (DAVIS, 0), (DAVIS, 0))
        assert "Neither of you travels, and you live in the same area." in words(
            plan_page(sign_in(neighbours.donor), neighbours)
        )

    def test_an_empty_list_says_what_to_look_for(self, app, pair, sign_in):
        with app.app_context():
            live(pair, (DAVIS, 25), (SACRAMENTO, 25))
        said = words(plan_page(sign_in(pair.donor), pair))
        assert "Our list has no public place there." in said
        assert "police station's lot" in said

    def test_a_place_from_openstreetmap_leads_there_by_its_id_and_names_who_drew_the_map(self, app, pair, sign_in):
        with app.app_context():
            live(pair, (DAVIS, 25), (SACRAMENTO, 25))
            latitude, longitude = grounds.centre(DAVIS)
            listed(grounds.place("Davis library", latitude, longitude, ref="osm:way/7"), edition=Edition("osm", CREDIT))
        page = plan_page(sign_in(pair.donor), pair)
        assert 'href="https://www.openstreetmap.org/way/7" rel="noopener noreferrer"' in page
        assert "© OpenStreetMap contributors, ODbL" in words(page)
        assert 'href="https://www.openstreetmap.org/copyright"' in page

    def test_places_made_up_for_the_demo_say_so(self, app, pair, sign_in):
        with app.app_context():
            live(pair, (DAVIS, 25), (SACRAMENTO, 25))
            listed(near(DAVIS, "Davis library"), edition=Edition("demo", "Made up", is_demo=True))
        said = words(plan_page(sign_in(pair.donor), pair))
        assert "Davis library library demo" in said
        assert "Places marked as demo are made up." in said


class TestChoosing:
    def test_a_place_fills_the_note_and_is_kept_once_saved(self, app, neighbours, sign_in):
        with app.app_context():
            handoff = agreed(neighbours)
            chosen = db.session.query(SafePlace).filter_by(name="Davis library").one().public_id
        client = sign_in(neighbours.family)
        page = client.get(f"/handoffs/{handoff}").text
        assert f"/handoffs/{handoff}?place={chosen}#place" in page
        filled = client.get(f"/handoffs/{handoff}?place={chosen}").text
        note = re.search(r'<textarea[^>]*name="place"[^>]*>\s*(.*?)</textarea>', filled, re.DOTALL)[1]
        assert note == "Davis library (library)"
        client.post(f"/handoffs/{handoff}/place", data={"place": note})
        assert "Davis library (library)" in sign_in(neighbours.donor).get(f"/handoffs/{handoff}").text

    @pytest.mark.parametrize("typed", ["nothing", "'; DROP TABLE safe_places; --", "x" * 5000, ""])
    def test_an_unknown_place_fills_nothing(self, app, neighbours, sign_in, typed):
        with app.app_context():
            handoff = agreed(neighbours)
        page = sign_in(neighbours.family).get(f"/handoffs/{handoff}", query_string={"place": typed})
        assert page.status_code == 200
        assert re.search(r'<textarea[^>]*name="place"[^>]*>\s*</textarea>', page.text)

    def test_a_place_out_of_reach_of_the_two_fills_nothing(self, app, neighbours, sign_in):
        with app.app_context():
            listed(near(MADISON, "Madison library"), near(DAVIS, "Davis library"))
            far = db.session.query(SafePlace).filter_by(name="Madison library").one().public_id
            handoff = agreed(neighbours)
        assert "Madison library" not in sign_in(neighbours.family).get(f"/handoffs/{handoff}?place={far}").text

    def test_once_a_place_is_written_down_the_rest_is_folded(self, app, neighbours, sign_in):
        with app.app_context():
            handoff = agreed(neighbours)
        client = sign_in(neighbours.family)
        client.post(f"/handoffs/{handoff}/place", data={"place": "Davis library"})
        open_part, _, folded = client.get(f"/handoffs/{handoff}").text.split('id="where"')[1].partition("<details")
        assert "Sacramento police" not in open_part
        assert "Sacramento police" in folded
        assert "Other public places that you can both reach" in folded


class TestWhoSees:
    @pytest.mark.parametrize("who", ["stranger", "moderator"])
    def test_nobody_but_the_two_reads_the_ground(self, app, neighbours, sign_in, request, who):
        with app.app_context():
            handoff = agreed(neighbours)
        client = sign_in(request.getfixturevalue(who))
        assert client.get(f"/conversations/{neighbours.public_id}/handoff").status_code == 404
        assert client.get(f"/handoffs/{handoff}").status_code == 404


HOMES = [((43.0105, -89.4701), (43.0189, -89.4622)), ((38.5802, -121.4944), (38.5841, -121.4899))]
"""Pairs of homes some hundred metres apart, each pair in one published area."""


def without_chance(text: str) -> str:
    """A page without what is new at each reading: random ids, tokens and nonces."""
    text = re.sub(r'name="csrf_token" (type="hidden" )?value="[^"]*"', "token", text)
    text = re.sub(r'(nonce|content)="[A-Za-z0-9._=-]{16,}"', "nonce", text)
    return re.sub(r"[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])", "id", text)


@pytest.mark.parametrize("homes", HOMES)
def test_two_homes_of_one_area_get_the_same_suggestions_to_the_byte(homes, app, person, sign_in):
    areas = {load_catalogue().snap(*home) for home in homes}
    assert len(areas) == 1, "the pair is chosen so"
    latitude, longitude = load_catalogue().area(areas.copy().pop()).centre
    places = [grounds.place(f"Library {n}", latitude + n / 100, longitude - n / 200) for n in range(9)]
    told = []
    for name, home in zip(("Dora", "Dana"), homes, strict=True):
        with app.app_context():
            listed(*places)
        donor = person(name, area_id=load_catalogue().snap(*home))
        family = person(f"Fa{name}", area_id=load_catalogue().snap(*homes[0]))
        with app.app_context():
            where = talk(donor, family)
            handoff = agreed(where)
        pages = []
        for reader in (donor, family):
            client = sign_in(reader)
            for path in (f"/conversations/{where.public_id}/handoff", f"/handoffs/{handoff}"):
                page = client.get(path).text
                pages.append(without_chance(page.split('id="where"')[1].split("</section>")[0]).replace(name, "her"))
        assert all("Library 0" in page for page in pages)
        told.append(pages)
    assert told[0] == told[1]
