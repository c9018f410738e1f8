"""The curated list of public places: reading files and OpenStreetMap's answers, the import, and its command."""

import json

import pytest

from app.dev.demo import safe_places as demo
from app.geo.areas import Box
from app.handoffs.models import SafePlace
from app.handoffs.rules.safe_places import AMENITIES, Kind, PlaceDraft, read_elements, read_list, strip_of
from app.handoffs.services.safe_places import Edition, Imported, import_places
from app.infra import overpass
from app.infra.database import db
from tests.conftest import NOW
from tests.handoffs.grounds import OURS, place

CSV = """name,kind,lat,lon,osm_id,ref
Davis library,library,38.54491,-121.74052,node/1,
Front lot,police,38.5436,-121.7378,,pd-1
Depot,milk_depot,38.58,-121.49,,
"""
DAVIS_LIBRARY = PlaceDraft("osm:node/1", "Davis library", Kind.LIBRARY, 385449, -1217405)
FRONT_LOT = PlaceDraft("county:pd-1", "Front lot", Kind.POLICE, 385436, -1217378)
DEPOT = PlaceDraft("county:Depot@385800,-1214900", "Depot", Kind.MILK_DEPOT, 385800, -1214900)


def geojson(*features: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def feature(lon: object = -121.74052, lat: object = 38.54491, **properties: object) -> dict:
    named = {"name": "Davis library", "kind": "library", "osm_id": "node/1"} | properties
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": named}


class TestReading:
    def test_a_table_is_read_with_what_makes_each_place_the_same_again(self):
        reading = read_list("places.csv", CSV, source="county")
        assert reading.places == (DAVIS_LIBRARY, FRONT_LOT, DEPOT)
        assert reading.bad == ()

    def test_geojson_and_one_object_a_line_say_the_same(self):
        assert read_list("a.geojson", geojson(feature()), source="county").places == (DAVIS_LIBRARY,)
        line = json.dumps(
            {"name": "Davis library", "kind": "LIBRARY", "lat": "38.54491", "lon": -121.74052, "osm_id": "node/1"}
        )
        assert read_list("a.jsonl", f"\n{line}\n\n", source="county").places == (DAVIS_LIBRARY,)

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            (",library,38.5,-121.7", "a place needs a name"),
            ("  \u202e ,library,38.5,-121.7", "a place needs a name"),
            ("Bar,pub,38.5,-121.7", "the kind must be one of police"),
            ("Bar,,38.5,-121.7", "not 'nothing'"),
            ("Pole,library,91,0", "lat must lie between -90 and 90"),
            ("East,library,0,180.1", "lon must lie between -180 and 180"),
            ("Nowhere,library,nan,0", "lat must lie between"),
            ("Nowhere,library,0,inf", "lon must lie between"),
            ("Nowhere,library,north,0", "lat must be a number"),
            ("Nowhere,library,,0", "lat must be a number"),
            ("Short,library", "lat must be a number"),
            ("Odd,library,1,1,house/7", "an osm_id looks like node/123"),
            ("Odd,library,1,1,node/7b", "an osm_id looks like node/123"),
            ("Odd,library,1,1,,", None),
            (f"{'x' * 121},library,1,1", "the name is longer than 120 letters"),
            (f"Odd,library,1,1,,{'r' * 101}", "the ref is longer than 100 letters"),
            ("Again,library,2,2,node/5\nAgain,library,3,3,node/5", "the same place stands on line 2 already"),
        ],
    )
    def test_a_line_that_cannot_be_used_is_named_with_its_reason_and_the_others_go_on(self, row, reason):
        text = f"name,kind,lat,lon,osm_id,ref\n{row}\nDavis library,library,38.54491,-121.74052,node/1,\n"
        reading = read_list("places.csv", text, source="county")
        assert reading.places[-1] == DAVIS_LIBRARY
        assert [bad.line for bad in reading.bad] == ([] if reason is None else [row.count("\n") + 2])
        assert all(reason in bad.reason for bad in reading.bad)

    @pytest.mark.parametrize(
        ("name", "text", "reason"),
        [
            ("a.geojson", "{", "this is not JSON"),
            ("a.geojson", "[]", "this is no JSON object"),
            ("a.json", "[" * 100_000, "this is not JSON"),
            ("a.json", "{}", "needs a list of features"),
            ("a.json", geojson("x"), "needs properties and a Point"),
            ("a.json", geojson({"geometry": {"type": "Polygon"}, "properties": {}}), "needs properties and a Point"),
            ("a.json", geojson(feature() | {"geometry": {"type": "Point", "coordinates": [1]}}), "a longitude and"),
            ("a.json", geojson(feature() | {"geometry": {"type": "Point", "coordinates": None}}), "a longitude and"),
            ("a.json", geojson(feature(lat=None)), "lat must be a number"),
            ("a.json", geojson(feature(lat=[1])), "lat must be a number"),
            ("a.jsonl", "no", "this is not JSON"),
            ("a.ndjson", "3", "this is no JSON object"),
        ],
    )
    def test_a_file_that_is_broken_says_where(self, name, text, reason):
        reading = read_list(name, text, source="county")
        assert reading.places == ()
        assert [bad.line for bad in reading.bad] == [1]
        assert reason in reading.bad[0].reason

    def test_another_kind_of_file_is_refused(self):
        with pytest.raises(ValueError, match=r"\.csv"):
            read_list("places.xlsx", "", source="county")

    def test_an_empty_table_is_an_empty_list(self):
        assert read_list("places.csv", "", source="county").places == ()

    def test_the_antimeridian_has_one_name(self):
        rows = "name,kind,lat,lon\nA,library,0,180\nB,library,0,-180\n"
        assert {each.longitude_e4 for each in read_list("a.csv", rows, source="county").places} == {-1_800_000}

    def test_a_name_loses_what_cannot_be_seen(self):
        rows = "name,kind,lat,lon\nThe\u202e  public\u0007 library,library,0,1\n"
        assert read_list("a.csv", rows, source="county").places[0].name == "The public library"

    def test_strips_go_down_below_the_equator(self):
        assert [strip_of(each) for each in (0, 499, 500, -1, -500, -501)] == [0, 0, 1, -1, -1, -2]


class TestOpenStreetMap:
    def test_named_public_places_are_taken_with_their_middle(self):
        davis = {"name": "Davis library", "amenity": "library"}
        reading = read_elements([
            {"type": "node", "id": 1, "lat": 38.54491, "lon": -121.74052, "tags": davis},
            {"type": "way", "id": 2, "center": {"lat": 1, "lon": 2}, "tags": {"name": "Hall", "amenity": "townhall"}},
            {"type": "node", "id": 3, "lat": 1, "lon": 2, "tags": {"amenity": "library"}},
            {"type": "node", "id": 4, "lat": 1, "lon": 2, "tags": davis | {"access": "private"}},
            {"type": "node", "id": 5, "lat": 1, "lon": 2, "tags": {"name": "Bar", "amenity": "pub"}},
            {"type": "node", "id": 6},
        ])  # fmt: skip
        assert reading.places == (DAVIS_LIBRARY, PlaceDraft("osm:way/2", "Hall", Kind.TOWN_HALL, 10_000, 20_000))
        assert reading.bad == ()

    def test_one_without_a_place_is_named(self):
        reading = read_elements([{"type": "node", "id": 1, "tags": {"name": "A", "amenity": "library"}}])
        assert [bad.reason for bad in reading.bad] == ["lat must be a number of degrees"]

    def test_every_kind_but_the_depot_has_a_word_there(self):
        assert set(AMENITIES.values()) == set(Kind) - {Kind.MILK_DEPOT}


def standing() -> dict[str, tuple[str, bool]]:
    """What is on the list: the name of each place and whether it is open."""
    db.session.rollback()
    return {row.ref: (row.name, row.closed_at is None) for row in db.session.query(SafePlace)}


@pytest.mark.both_databases
class TestImport:
    def test_the_same_list_twice_changes_nothing(self, in_app):
        places = [place("A", 1, 1), place("B", 2, 2)]
        assert import_places(places, OURS, now=NOW) == Imported(2, 0, 0, 0)
        ids = {row.ref: row.public_id for row in db.session.query(SafePlace)}
        assert import_places(places, OURS, now=NOW) == Imported(0, 0, 2, 0)
        assert {row.ref: row.public_id for row in db.session.query(SafePlace)} == ids

    def test_what_disappeared_is_closed_and_opens_when_it_is_back(self, in_app):
        one, other = place("A", 1, 1), place("B", 2, 2)
        import_places([one, other], OURS, now=NOW)
        assert import_places([one], OURS, now=NOW) == Imported(0, 0, 1, 1)
        assert standing() == {"ours:A": ("A", True), "ours:B": ("B", False)}
        assert import_places([one], OURS, now=NOW) == Imported(0, 0, 1, 0)
        assert import_places([one, other], OURS, now=NOW) == Imported(0, 1, 1, 0)
        assert standing() == {"ours:A": ("A", True), "ours:B": ("B", True)}

    def test_a_change_keeps_the_place_under_its_id(self, in_app):
        import_places([place("A", 1, 1, ref="ours:1")], OURS, now=NOW)
        before = db.session.query(SafePlace).one().public_id
        assert import_places([place("A, new door", 1.2, 1, ref="ours:1")], OURS, now=NOW) == Imported(0, 1, 0, 0)
        db.session.rollback()
        row = db.session.query(SafePlace).one()
        assert (row.public_id, row.name, row.latitude_e4, row.strip) == (before, "A, new door", 12_000, 24)

    def test_a_box_closes_only_what_lies_in_it(self, in_app):
        world = Edition("osm", "OSM")
        import_places(
            [place("In", 1, 1), place("Edge", 2, 2), place("Out", 3, 3), place("West", 1, -1)], world, now=NOW
        )
        small = Edition("osm", "OSM", box=Box(0, 0, 2, 2))
        assert import_places([place("New", 1.5, 1.5)], small, now=NOW) == Imported(1, 0, 0, 2)
        assert {name for name, is_open in standing().values() if is_open} == {"New", "Out", "West"}

    def test_another_source_is_left_alone(self, in_app):
        import_places([place("A", 1, 1)], OURS, now=NOW)
        assert import_places([place("B", 1, 1)], Edition("theirs", "T"), now=NOW) == Imported(1, 0, 0, 0)
        assert all(is_open for _, is_open in standing().values())

    def test_a_place_of_two_lists_belongs_to_the_last(self, in_app):
        shared = place("A", 1, 1, ref="osm:node/1")
        import_places([shared], OURS, now=NOW)
        assert import_places([shared], Edition("osm", "OSM"), now=NOW) == Imported(0, 1, 0, 0)
        db.session.rollback()
        assert db.session.query(SafePlace).one().credit == "OSM"

    @pytest.mark.parametrize(
        ("places", "edition"), [([], OURS), ([place("B", 2, 2)], Edition("ours", "O", is_whole=False))]
    )
    def test_an_empty_list_and_one_with_bad_lines_close_nothing(self, in_app, places, edition):
        import_places([place("A", 1, 1)], OURS, now=NOW)
        assert import_places(places, edition, now=NOW).closed == 0
        assert standing()["ours:A"] == ("A", True)


@pytest.fixture
def command(app, tmp_path):
    """Run ``flask safe-places import`` on a file of this text; what it printed and its exit status."""

    def run(*arguments: str, name: str = "places.csv", text: str | bytes | None = None):
        if text is not None:
            (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
            arguments = (str(tmp_path / name), *arguments)
        result = app.test_cli_runner().invoke(args=["safe-places", "import", *arguments])
        return result.output, result.exit_code

    return run


@pytest.fixture
def no_server(monkeypatch):
    """What Overpass would answer, and the boxes it was asked for."""
    asked, answers = [], []

    def amenities(_self, box, _kinds):
        asked.append(box)
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(overpass.Overpass, "amenities", amenities)
    return asked, answers


class TestCommand:
    def test_a_good_file_says_what_it_did(self, app, command):
        assert command(text=CSV) == ("3 added, 0 changed, 0 as before, 0 closed\n", 0)
        assert command(text="\ufeff" + CSV) == ("0 added, 0 changed, 3 as before, 0 closed\n", 0)
        assert command(text=CSV.rsplit("Depot", maxsplit=1)[0]) == ("0 added, 0 changed, 2 as before, 1 closed\n", 0)

    def test_bad_lines_are_named_the_others_stand_and_nothing_is_closed(self, app, command):
        command(text=CSV)
        printed, status = command(text="name,kind,lat,lon\nNew,library,1,1\nBar,pub,1,1\nPole,police,99,1\n")
        assert status == 1
        assert "1 added, 0 changed, 0 as before, 0 closed" in printed
        assert "line 3: the kind must be one of" in printed
        assert "line 4: lat must lie between -90 and 90 degrees" in printed
        assert "2 lines were left out, so nothing was closed." in printed

    @pytest.mark.parametrize(
        ("arguments", "text", "words"),
        [
            ((), None, "either a FILE or --overpass"),
            (("--overpass", "1,1,2,2"), CSV, "either a FILE or --overpass"),
            (("--source", "osm"), CSV, "not osm or demo"),
            (("--source", "two words"), CSV, "a short word of letters"),
            ((), b"name\xff", "not written in UTF-8"),
            (("--overpass", "1,2,3"), None, "four sides"),
            (("--overpass", "2,1,1,2"), None, "does not lie on Earth"),
            (("--overpass", "1,nan,2,3"), None, "does not lie on Earth"),
            (("--overpass", "1,170,2,190"), None, "does not lie on Earth"),
            (("--overpass", "Nowhere at all"), None, "no place of this name is known"),
            (("--overpass", "Springfield"), None, "more than one place of this name is known"),
        ],
    )
    def test_what_makes_no_sense_is_told_and_changes_nothing(self, app, command, arguments, text, words):
        printed, status = command(*arguments, text=text)
        assert status != 0
        assert words in printed
        with app.app_context():
            assert standing() == {}

    def test_another_kind_of_file_is_told(self, command):
        printed, status = command(name="places.txt", text=CSV)
        assert status == 1
        assert "must end in one of .csv" in printed

    def test_openstreetmap_is_asked_for_a_box_and_named_beside_its_places(self, app, command, no_server):
        asked, answers = no_server
        answers.append([{"type": "node", "id": 1, "lat": 1.5, "lon": 1.5, "tags": {"name": "A", "amenity": "library"}}])
        assert command("--overpass", "1,1,2,2") == ("1 added, 0 changed, 0 as before, 0 closed\n", 0)
        assert asked == [Box(1, 1, 2, 2)]
        with app.app_context():
            row = db.session.query(SafePlace).one()
            assert (row.ref, row.source, row.credit) == ("osm:node/1", "osm", "© OpenStreetMap contributors, ODbL")

    def test_a_town_stands_for_the_region_around_it(self, command, no_server):
        asked, answers = no_server
        answers.append([])
        assert command("--overpass", "Davis, CA", "--around", "20")[1] == 0
        assert asked[0].north - asked[0].south == pytest.approx(0.36, abs=0.01)
        assert asked[0].south < 38.55 < asked[0].north

    def test_a_server_that_fails_changes_nothing_and_says_so(self, app, command, no_server):
        no_server[1].append(overpass.OverpassFailed("the server is busy (429); tried 4 times"))
        printed, status = command("--overpass", "1,1,2,2")
        assert status == 1
        assert "the server is busy (429); tried 4 times. Nothing was changed." in printed


def test_the_places_of_the_demo_are_made_up_and_say_so(in_app):
    demo.seed(now=NOW)
    demo.seed(now=NOW)
    db.session.rollback()
    rows = db.session.query(SafePlace).all()
    assert len(rows) == len(demo.TOWNS) * len(demo.AROUND)
    assert {(row.is_demo, row.source, row.credit) for row in rows} == {(True, "demo", "Milkbridge demo, made up")}
    assert not any(row.ref.startswith("osm:") for row in rows)
