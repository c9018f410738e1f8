"""The atlas at close zoom and the pictures maps draw: areas only, nothing finer."""

import os
import re

import pytest

from app.geo.areas import AreaId
from app.infra.areas.storage import load_catalogue
from app.infra.gazetteer import find_places
from app.kernel.quantities import Kilometres
from app.web.maps import MOST_PLACES, areas_map, pair_map

FINER_THAN_TWO_DECIMALS = re.compile(r"\d\.\d{3,}")


def area(name: str) -> AreaId:
    return find_places(name).exact[0].area


class TestAtlas:
    def test_anyone_reads_the_areas_in_a_view(self, client):
        answer = client.get("/places/areas?box=38.4,-121.8,38.7,-121.2")
        assert answer.status_code == 200
        assert answer.json["kind"] == "area"
        assert "Sacramento, CA" in {shape["name"] for shape in answer.json["shapes"]}

    def test_no_answer_holds_more_than_two_decimals(self, client):
        answer = client.get("/places/areas?box=43.0,-89.6,43.2,-89.2")
        assert answer.json["shapes"]
        assert not FINER_THAN_TWO_DECIMALS.search(answer.text)

    def test_two_views_of_one_town_get_the_same_bytes(self, client):
        one = client.get("/places/areas?box=43.051,-89.449,43.101,-89.351")
        other = client.get("/places/areas?box=43.0517,-89.4482,43.1093,-89.3511")
        assert one.data == other.data

    def test_a_view_of_the_world_is_too_wide_to_pick_from(self, client):
        answer = client.get("/places/areas?box=-90,-180,90,180")
        assert answer.json == {"kind": "region", "complete": False, "shapes": []}

    @pytest.mark.parametrize(
        "box", ["", "1,2,3", "a,b,c,d", "1,2,3,4,5", "nan,0,1,1", "inf,0,1,1", "2,0,1,1", "0,2,1,1", "1e999,0,1,1"]
    )
    def test_a_view_that_is_none_is_refused_with_a_reason(self, client, box):
        answer = client.get("/places/areas", query_string={"box": box}, headers={"Accept": "application/json"})
        assert answer.status_code == 422
        assert [error["parameter"] for error in answer.json["errors"]] == ["box"]


class TestPairMap:
    def test_two_discs_that_meet_have_a_lens(self):
        drawn = pair_map(area("Madison, WI"), 40, area("Janesville, WI"), 60)
        assert drawn is not None
        assert [place["side"] for place in drawn["places"]] == ["offer", "request"]
        assert [place["travel"] for place in drawn["places"]] == [40, 60]
        assert drawn["lens"]["type"] == "Polygon"

    def test_discs_that_do_not_meet_have_none(self):
        drawn = pair_map(area("Madison, WI"), 5, area("Sacramento, CA"), 5)
        assert drawn is not None
        assert drawn["lens"] is None

    def test_somebody_who_does_not_travel_has_no_disc(self):
        drawn = pair_map(area("Madison, WI"), 0, area("Madison, WI"), 10)
        assert drawn is not None
        assert "travel" not in drawn["places"][0]

    @pytest.mark.parametrize(("donor", "family"), [(0, 1), (1, 10**9), (-1, 1)])
    def test_an_unknown_area_draws_no_map(self, donor, family):
        assert pair_map(donor, 5, family, 5) is None


class TestAreasMap:
    def test_rows_of_one_area_are_drawn_once_with_the_words_of_each(self):
        here = area("Madison, WI")
        drawn = areas_map([(here, "offer", "60 oz", None, "#a"), (here, "offer", "20 oz", None, "#b")])
        assert [place["words"] for place in drawn["places"]] == ["60 oz\n20 oz"]

    def test_an_unknown_area_is_left_out(self):
        assert areas_map([(10**9, "offer", "60 oz", None, None)])["places"] == []

    def test_without_words_the_area_is_named(self):
        drawn = areas_map([(area("Madison, WI"), "mine", "", 25, None)])
        assert drawn["places"][0]["words"] == "Madison, WI"
        assert drawn["places"][0]["travel"] == 25

    def test_a_long_list_draws_its_first_areas_only(self):
        rows = [
            (int(found), "offer", "", None, None)
            for found in load_catalogue().areas_within(area("Madison, WI"), Kilometres(300))
        ]
        assert len(rows) > MOST_PLACES
        assert len(areas_map(rows)["places"]) == MOST_PLACES


class TestCompressedFiles:
    @pytest.fixture(autouse=True)
    def static(self, app, tmp_path, monkeypatch):
        (tmp_path / "dist").mkdir()
        for name in ["dist/a.css", "secret.css"]:
            (tmp_path / name).write_text("plain")
            (tmp_path / f"{name}.gz").write_bytes(b"packed")
        monkeypatch.setattr(app, "static_folder", str(tmp_path))
        return tmp_path

    @pytest.mark.parametrize(
        ("path", "accepts", "body"),
        [
            ("dist/a.css", "gzip, br", b"packed"),
            ("dist/a.css", "gzip;q=0", b"plain"),
            ("dist/a.css", "", b"plain"),
            ("secret.css", "gzip", b"plain"),
            ("dist/../secret.css", "gzip", b"plain"),
        ],
    )
    def test_a_browser_gets_the_copy_it_can_read(self, client, path, accepts, body):
        with client.get(f"/static/{path}", headers={"Accept-Encoding": accepts}) as answer:
            assert answer.data == body
            assert answer.mimetype == "text/css"
            assert (answer.headers.get("Content-Encoding") == "gzip") == (body == b"packed")

    def test_a_copy_older_than_its_file_is_not_used(self, client, static):
        os.utime(static / "dist" / "a.css.gz", (1, 1))
        with client.get("/static/dist/a.css", headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.data == b"plain"

    @pytest.mark.parametrize("path", ["dist/none.css", "dist/../../secret.css", "vendor/../../../etc/passwd"])
    def test_a_path_outside_the_folder_is_not_found(self, client, path):
        assert client.get(f"/static/{path}", headers={"Accept-Encoding": "gzip"}).status_code == 404
