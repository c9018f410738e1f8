"""``flask match plan``: spreadsheets in, proposals out; what cannot be read is named and the rest goes on."""

import csv
import io
import json
import os
import random
import re

import pytest

from app.matching.plan.halves import in_halves
from tests.house.source import ROOT

AT = "2026-11-21T15:00:00+00:00"
OFFERS = (
    "id,place,travel_km,volume_ml,pumped_from,pumped_to,storage,facts\n"
    'o1,"Madison, WI",25,3000,2026-07-01,2026-10-01,deep_freezer,'
    '"{""dairy"":{""state"":""avoids"",""since"":""2026-03-12""}}"\n'
    "o2,53703,15,1200,2026-08-01,2026-09-01,freezer,\n"
)
REQUESTS = (
    "id,place,travel_km,need_ml_per_day,baby_age_months,musts\n"
    'r1,"Middleton, WI",25,600,4,dairy\n'
    'r2,"Madison, WI",10,300,9,\n'
)


@pytest.fixture
def plan(app, tmp_path):
    """Runs the command on two texts; gives its result and what it wrote."""

    def run(offers=OFFERS, requests=REQUESTS, *more, names=("offers.csv", "requests.csv"), out="proposals.csv"):
        files = []
        for name, text in zip(names, (offers, requests), strict=True):
            files.append(tmp_path / name)
            files[-1].write_bytes(text if isinstance(text, bytes) else text.encode())
        output = tmp_path / out
        result = app.test_cli_runner().invoke(
            args=["match", "plan", *map(str, files), "-o", str(output), "--at", AT, *more]
        )
        return result, output.read_text() if output.exists() else ""

    return run


def rows(written):
    return list(csv.DictReader(io.StringIO(written)))


def pairs(written):
    return {(row["offer_id"], row["request_id"]) for row in rows(written)}


def test_two_spreadsheets_become_proposals(plan):
    result, written = plan()
    assert result.exit_code == 0
    first = rows(written)[0]
    assert list(first) == [
        "offer_id", "request_id", "volume_ml", "score", "distance_band", "meets", "asks", "reasons"
    ]  # fmt: skip
    assert (first["offer_id"], first["request_id"], first["volume_ml"], first["meets"]) == ("o1", "r1", "3000", "dairy")
    assert pairs(written) == {("o1", "r1"), ("o2", "r1"), ("o1", "r2"), ("o2", "r2")}


def test_the_documented_example_prints_what_the_document_says(app, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    document = (ROOT / "docs/plan.md").read_text()
    blocks = re.findall(r"```(?:sh)?\n(.*?)```", document, re.DOTALL)
    words = blocks[0].split()
    at = words.index("proposals.csv")
    words[at] = str(tmp_path / "proposals.csv")
    result = app.test_cli_runner().invoke(args=words[words.index("match") :])
    written = (tmp_path / "proposals.csv").read_text()
    said = [line for line in result.stderr.splitlines(keepends=True) if not line.startswith("[")]
    assert ("".join(said), result.exit_code) == (blocks[1], 1)
    assert written.startswith(blocks[2])
    assert written == (ROOT / "docs/examples/proposals.csv").read_text()


BAD_OFFERS = {
    "id": (",Madison WI,25,3000,,,,", "fill this in"),
    "place": ("b,Springfield,25,3000,,,,", "several places"),
    "place ": ("b,Madisonn WI,25,3000,,,,", "did you mean"),
    "travel_km": ("b,53703,far,3000,,,,", "no number"),
    "travel_km ": ("b,53703,2000,3000,,,,", "from 0 to 1000"),
    "volume_ml": ("b,53703,25,,,,,", "volume_ml, or weekly_ml"),
    "volume_ml ": ("b,53703,25,0,,,,", "more than 0"),
    "pumped_from": ("b,53703,25,3000,12/03/2026,,,", "no day"),
    "pumped_to": ("b,53703,25,3000,2026-03-12,2026-03-01,,", "swapped"),
    "storage": ("b,53703,25,3000,,,shelf,", "one of"),
    "storage ": ("b,53703,25,3000,,,thawed,", "thawed milk"),
    "facts": ("b,53703,25,3000,,,,no dairy", "no JSON object"),
    "facts ": ('b,53703,25,3000,,,,"{""dairy"": ""sometimes""}"', "avoids, uses or unknown"),
}


@pytest.mark.parametrize(("column", "row", "reason"), [(name, *case) for name, case in BAD_OFFERS.items()])
def test_an_unreadable_row_is_named_by_line_and_column_and_the_rest_goes_on(plan, column, row, reason):
    result, written = plan(OFFERS + row + "\n")
    assert result.exit_code == 1
    line = next(line for line in result.stderr.splitlines() if "offers.csv:4:" in line)
    assert f": {column.strip()}: " in line
    assert reason in line
    assert len(pairs(written)) == 4


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("b,53703,25,,4,", "need_ml_per_day", "fill this in"),
        ("b,53703,25,600,4,diary", "musts", "we do not know what"),
        ("r1,53703,25,600,4,", "id", "already on line 2"),
    ],
)
def test_an_unreadable_request_is_named_too(plan, row, column, reason):
    result, _ = plan(OFFERS, REQUESTS + row + "\n")
    assert result.exit_code == 1
    assert re.search(rf"requests\.csv:4: {column}: .*{reason}", result.stderr)


def test_several_problems_of_one_row_are_all_named(plan):
    result, _ = plan(OFFERS + "b,nowhere at all,far,3000,,,,\n")
    assert len([line for line in result.stderr.splitlines() if "offers.csv:4:" in line]) == 2


@pytest.mark.parametrize("latitude", ["43.073123", "143.073123", "43,073123x"])
def test_a_coordinate_is_never_repeated_not_even_in_an_error(plan, latitude):
    offers = f"id,lat,lon,volume_ml\no1,{latitude},-89.401234,3000\no2,43.073123,-89.401234,abc\n"
    result, written = plan(offers, REQUESTS, "--explain")
    assert not re.search(r"073123|401234|43\.07|89\.40", result.output + result.stderr + written)


def test_a_coordinate_in_the_wrong_cell_is_not_repeated_either(plan):
    result, _ = plan(OFFERS + '"b","43.073123, -89.401234",25,3000,,,,\n')
    assert result.exit_code == 1
    assert "073123" not in result.stderr


def test_degrees_stand_for_their_area(plan):
    offers = "id,lat,lon,volume_ml,pumped_from,pumped_to\no1,43.0731,-89.4012,3000,2026-08-01,2026-09-01\n"
    _, written = plan(offers, REQUESTS)
    assert ("o1", "r2") in pairs(written)


FORMS = {
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "windows line ends": lambda text: text.replace("\n", "\r\n").encode(),
    "old encoding": lambda text: text.replace("o2,", "ö2,").encode("cp1252"),
    "utf-16": lambda text: text.encode("utf-16"),
    "empty lines and short rows": lambda text: (text + "\n,,,,,,,\n").replace("freezer,\n", "freezer\n").encode(),
    "headings as people write them": lambda text: text.replace("travel_km", " Travel KM ").encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_files_as_spreadsheets_write_them_read_well(plan, form):
    result, written = plan(FORMS[form](OFFERS))
    assert (result.exit_code, len(pairs(written))) == (0, 4)


def test_semicolons_between_cells_read_well(plan):
    requests = "id;place;need_ml_per_day;travel_km\nr1;Madison, WI;600;12,5\n"
    result, written = plan(OFFERS, requests)
    assert (result.exit_code, len(pairs(written))) == (0, 2)


def as_json(text):
    def value(name, cell):
        if name == "facts":
            return json.loads(cell)
        if name == "musts":
            return cell.split(";")
        return int(cell) if name in {"volume_ml", "travel_km"} else cell

    found = csv.DictReader(io.StringIO(text))
    return "".join(json.dumps({name: value(name, cell) for name, cell in row.items() if cell}) + "\n" for row in found)


def test_json_lines_say_the_same_as_csv(plan):
    _, expected = plan()
    result, written = plan(as_json(OFFERS), as_json(REQUESTS), names=("o.jsonl", "r.jsonl"), out="p.jsonl")
    assert result.exit_code == 0
    found = [json.loads(line) for line in written.splitlines()]
    assert [(row["offer_id"], row["score"], "; ".join(row["reasons"])) for row in found] == [
        (row["offer_id"], float(row["score"]), row["reasons"]) for row in rows(expected)
    ]


def test_the_order_of_the_rows_changes_nothing(plan):
    offers = (ROOT / "docs/examples/offers.csv").read_text().splitlines(keepends=True)
    requests = (ROOT / "docs/examples/requests.csv").read_text().splitlines(keepends=True)
    _, first = plan("".join(offers), "".join(requests))
    dice = random.Random(1)  # noqa: S311
    shuffled = [dice.sample(lines[1:], len(lines) - 1) for lines in (offers, requests)]
    _, second = plan(offers[0] + "".join(shuffled[0]), requests[0] + "".join(shuffled[1]))
    assert first == second


def test_cells_that_would_be_formulas_are_guarded(plan):
    _, written = plan(OFFERS.replace("o1,", "=HYPERLINK(1),").replace("o2,", "@o2,"))
    assert {row["offer_id"] for row in rows(written)} == {"'=HYPERLINK(1)", "'@o2"}


def test_unknown_columns_and_facts_are_named_once_and_passed_over(plan):
    offers = (
        OFFERS.replace("id,", "phone,id,").replace("\no", "\n555,o").replace('""dairy""', '""moonlight"":{},""dairy""')
    )
    result, written = plan(offers)
    assert (result.exit_code, len(pairs(written))) == (0, 4)
    assert result.stderr.count("phone") == result.stderr.count("moonlight") == 1
    assert "555" not in result.stderr


def test_names_out_of_a_file_do_nothing_to_a_terminal(plan):
    """A heading, the name of a fact, and a word in a cell; the long ones are cut."""
    offers = OFFERS.replace("id,", "\x1b[31mred,id,").replace("\no", "\nx,o")
    offers = offers.replace('""dairy""', f'""moon\\u001b]0;light\\u202e{"x" * 500}"":{{}},""dairy""')
    requests = REQUESTS.replace("4,dairy", "4,mi\x1b[2Jlk")
    result, _ = plan(offers, requests)
    assert "\\x1b[31mred" in result.stderr
    assert "moon\\x1b]0;light\\u202exxx" in result.stderr
    assert all(sign.isprintable() or sign == "\n" for sign in result.stderr)
    assert max(map(len, result.stderr.split())) < 120


def test_of_very_many_unknown_names_some_are_told(plan):
    strange = ",".join(f"c{number:03}" for number in range(50))
    result, _ = plan(OFFERS.replace("id,", f"{strange},id,").replace("\no", "\n" + "," * 50 + "o"))
    assert ", c019, … (+30)\n" in result.stderr
    assert "c020" not in result.stderr


YEARS = ("the year of this day must be one from 2000 to 2099", "the year of this day must be one from 1900 to 2099")


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        ("pumped_from", "0001-01-01", YEARS[0]), ("pumped_to", "9999-12-31", YEARS[0]),
        ("pumped_from", "0001-01-01T00:00:00+14:00", YEARS[0]), ("posted_at", "9999-12-31", YEARS[0]),
        ("posted_at", "9999-12-31T23:59:59-14:00", YEARS[0]), ("posted_at", "0001-01-01T00:00:00+14:00", YEARS[0]),
        ("ends_at", "9999-12-31", YEARS[0]), ("ends_at", "1999-12-31", YEARS[0]), ("ends_at", "2100-01-01", YEARS[0]),
        ("facts", '"{""dairy"":{""state"":""avoids"",""since"":""0001-01-01""}}"', YEARS[1]),
        ("facts", '"{""dairy"":{""state"":""avoids"",""since"":""9999-12-31""}}"', YEARS[1]),
    ],
)  # fmt: skip
def test_a_day_in_a_year_that_nobody_can_mean_leaves_its_row_out(plan, column, text, reason):
    result, written = plan(f'id,place,volume_ml,{column}\no1,"Madison, WI",3000,{text}\no2,"Madison, WI",3000,\n')
    assert result.exit_code == 1
    assert f"offers.csv:2: {column}: {reason}\n" in result.stderr
    assert {offer for offer, _ in pairs(written)} == {"o2"}


@pytest.mark.parametrize("text", ["2000-01-01", "2099-12-31", "2099-12-31T23:59:59-14:00", "2000-01-01T00:00:00+14:00"])
@pytest.mark.parametrize("column", ["pumped_from", "posted_at", "ends_at"])
def test_a_day_at_the_edge_of_those_years_is_read(plan, column, text):
    result, _ = plan(f'id,place,volume_ml,{column}\no1,"Madison, WI",3000,{text}\n')
    assert (result.exit_code, "1 offers" in result.stderr) == (0, True)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00", "1999-12-31T23:59:59"])
def test_nobody_plans_at_a_moment_of_such_a_year(plan, at):
    result, written = plan(OFFERS, REQUESTS, "--at", at)
    assert (result.exit_code, written) == (2, "")
    assert "The year must be one from 2000 to 2099." in result.stderr


def test_milk_in_store_counts_before_milk_of_each_week_and_the_command_says_so(plan):
    both = OFFERS.replace("volume_ml", "volume_ml,weekly_ml").replace("3000,", "3000,700,").replace("1200,", "1200,,")
    result, written = plan(both)
    assert "1 offers name both volume_ml and weekly_ml. The milk in store counts" in result.stderr
    assert written == plan()[1]
    assert "name both" not in plan()[0].stderr


def test_an_amount_of_each_week_that_cannot_be_read_is_named_beside_milk_in_store_too(plan):
    result, _ = plan(OFFERS.replace("volume_ml", "volume_ml,weekly_ml").replace("3000,", "3000,lots,"))
    assert "offers.csv:2: weekly_ml: " in result.stderr


def test_an_offer_meets_no_more_families_than_it_names(plan):
    offers = OFFERS.replace(",facts", ",facts,max_families").replace('""}}"\n', '""}}",1\n')
    _, written = plan(offers)
    assert [row["offer_id"] for row in rows(written)].count("o1") == 1


def test_an_offer_whose_last_day_is_over_is_proposed_to_nobody(plan):
    offers = OFFERS.replace(",facts", ",facts,ends_at").replace("freezer,\n", "freezer,,2026-11-20\n")
    _, written = plan(offers)
    assert {offer for offer, _ in pairs(written)} == {"o1"}


def test_a_fragile_baby_takes_part_and_the_coordinator_is_told(plan):
    result, written = plan(OFFERS, REQUESTS.replace("musts", "musts,fragile").replace("4,dairy", "4,dairy,yes"))
    assert ("o1", "r1") in pairs(written)
    assert "1 of these requests" in result.stderr
    assert "milk bank" in result.stderr


def test_medicines_to_ask_about_stand_among_the_asks_and_in_no_reason(plan):
    requests = REQUESTS.replace("musts", "musts,medications").replace("4,dairy", "4,dairy,ask")
    _, written = plan(OFFERS, requests)
    row = next(row for row in rows(written) if row["request_id"] == "r1" and row["offer_id"] == "o1")
    assert "medicines" in row["asks"]
    assert "medicine" not in row["reasons"]


def test_explain_adds_points_that_sum_to_the_score_and_what_made_each_answer(plan):
    _, written = plan(OFFERS, REQUESTS, "--explain")
    for row in rows(written):
        points = [float(each.split("=")[1]) for each in row["points"].split("; ")]
        assert sum(points) == pytest.approx(float(row["score"]), abs=0.06)
    assert (
        "must dairy: meets (avoided_long_enough since=2026-03-12 days=111 asked_days=14)" in rows(written)[0]["answers"]
    )


@pytest.mark.parametrize(
    ("offers", "said"),
    [
        ("", "is empty"),
        ("place,volume_ml\nMadison WI,3\n", "column called id"),
        ("id,id,place,volume_ml\n", "two columns"),
    ],
)
def test_a_file_that_cannot_be_used_at_all_is_wrong_usage(plan, offers, said):
    result, written = plan(offers)
    assert (result.exit_code, written) == (2, "")
    assert said in result.stderr


def test_a_file_that_is_not_there_is_wrong_usage(app, tmp_path):
    result = app.test_cli_runner().invoke(args=["match", "plan", "gone.csv", "gone.csv", "-o", str(tmp_path / "p.csv")])
    assert result.exit_code == 2
    assert "gone.csv cannot be opened" in result.stderr


@pytest.mark.parametrize("out", ["proposals.csv", "proposals.jsonl", "-"])
def test_two_processes_write_what_one_writes(plan, monkeypatch, out):
    offers, requests = ((ROOT / f"docs/examples/{name}.csv").read_text() for name in ("offers", "requests"))
    one = plan(offers, requests, out=out)
    monkeypatch.setattr("app.matching.plan.output.WORTH_TWO_WRITERS", 1)
    monkeypatch.setattr("app.matching.plan.output.CHUNK_ROWS", 10)
    two = plan(offers, requests, out=out)
    assert two[1] == one[1]
    assert two[0].stdout_bytes == one[0].stdout_bytes


def test_a_second_half_that_cannot_be_written_is_said_and_nothing_appears(plan, monkeypatch, tmp_path):
    def full(file, first, second, *, folder):
        def nothing_fits(_):
            raise OSError(28, "no space")

        in_halves(file, first, nothing_fits, folder=folder)

    monkeypatch.setattr("app.matching.plan.output.WORTH_TWO_WRITERS", 1)
    monkeypatch.setattr("app.matching.plan.output.in_halves", full)
    result, written = plan()
    assert (result.exit_code, written) == (2, "")
    assert "proposals.csv cannot be written" in result.stderr
    assert not list(tmp_path.glob(".*.part"))


def test_a_half_that_fails_in_another_way_is_no_file(tmp_path):
    def broken(_):
        os._exit(3)

    with (tmp_path / "part").open("wb") as file, pytest.raises(RuntimeError, match="ended with 3"):
        in_halves(file, lambda here: here.write(b"first"), broken, folder=tmp_path)
    with (tmp_path / "part").open("wb") as file, pytest.raises(ZeroDivisionError):
        in_halves(file, lambda _: 1 / 0, lambda _: None, folder=None)
