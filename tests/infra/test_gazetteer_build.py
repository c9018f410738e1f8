"""Building a version of the areas, its file, and the command line."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from app.infra.areas import build
from app.infra.areas.build import AreaBuild, MeasuredRegion, build_version
from app.infra.areas.commands import areas_cli
from app.infra.areas.population import read_towns
from app.infra.areas.storage import DEFAULT_FILE, load_catalogue, load_names

LUXEMBOURG = frozenset({"LU"})

# One worker process builds for all of these tests.
pytestmark = pytest.mark.xdist_group("areas-build")


@pytest.fixture(scope="module")
def luxembourg() -> AreaBuild:
    """A whole build of a small country, public data read once."""
    public = read_towns(LUXEMBOURG)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "read_towns", lambda _countries: public)
        made = build_version(7, LUXEMBOURG)
        again = build_version(7, LUXEMBOURG)
    assert made is not again
    AGAIN.append(again)
    return made


AGAIN: list[AreaBuild] = []


def test_a_small_region_built_twice_gives_the_same_bytes(luxembourg: AreaBuild, tmp_path: Path) -> None:
    luxembourg.write(tmp_path / "one.npz")
    AGAIN[0].write(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_zip_codes_are_read_with_the_united_states_only(luxembourg: AreaBuild) -> None:
    assert len(luxembourg.names.zip_code) == 0
    assert len(load_names().zip_code) > 38_000


def test_a_version_is_read_as_it_was_written(luxembourg: AreaBuild, tmp_path: Path) -> None:
    luxembourg.write(tmp_path / "areas.npz")
    read, names = load_catalogue(tmp_path / "areas.npz"), load_names(tmp_path / "areas.npz")
    assert read.version == 7
    assert [read.area(one) for one in read.areas_within(1, 500)] == [
        luxembourg.catalogue.area(one) for one in luxembourg.catalogue.areas_within(1, 500)
    ]
    assert list(names.keys) == list(luxembourg.names.keys)
    assert np.array_equal(names.key_town, luxembourg.names.key_town)


def test_a_version_is_never_rewritten(luxembourg: AreaBuild, tmp_path: Path) -> None:
    luxembourg.write(tmp_path / "areas.npz")
    with pytest.raises(FileExistsError):
        luxembourg.write(tmp_path / "areas.npz")


def test_the_file_holds_no_coordinate_finer_than_two_decimals(luxembourg: AreaBuild, tmp_path: Path) -> None:
    luxembourg.write(tmp_path / "areas.npz")
    with np.load(tmp_path / "areas.npz", allow_pickle=False) as file:
        assert {file[name].dtype.kind for name in file.files} <= {"i", "u"}
        assert file["latitude"].dtype == file["longitude"].dtype == np.int16


def test_the_committed_file_stays_small() -> None:
    assert DEFAULT_FILE.stat().st_size < 12_000_000


def test_the_command_prints_figures_and_writes_a_new_version(
    luxembourg: AreaBuild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "build_version", lambda _version, _countries: luxembourg)
    target = tmp_path / "areas-v7.npz"
    first = CliRunner().invoke(areas_cli, ["build", "--country", "lu", "--output", str(target)])
    assert first.exit_code == 0, first.output
    assert "version 7:" in first.output
    assert target.exists()
    again = CliRunner().invoke(areas_cli, ["build", "--output", str(target)])
    assert again.exit_code == 1
    assert "never rewritten" in again.output


def test_the_command_prints_what_areas_cost_and_hide(luxembourg: AreaBuild, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "REGIONS", (MeasuredRegion("mixed: Luxembourg", 49.61, 6.13, 30),))
    monkeypatch.setattr(build, "build_version", lambda _version, _countries: luxembourg)
    output = CliRunner().invoke(areas_cli, ["build"]).output
    assert "mixed: Luxembourg:" in output
    assert "households hidden among" in output


def test_an_unknown_country_is_a_plain_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_version: int, _countries: frozenset[str]) -> AreaBuild:
        raise ValueError("no place with people to build areas from")

    monkeypatch.setattr(build, "build_version", nothing)
    result = CliRunner().invoke(areas_cli, ["build", "--country", "XX"])
    assert result.exit_code == 1
    assert "no place with people" in result.output


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("95814", 0, "near Sacramento, CA"),
        ("Springfield", 0, "add a state or country"),
        ("Sacremento", 1, "Did you mean Sacramento, CA, United States?"),
        ("zzzzqqqq", 1, "No place of this name is known."),
    ],
)
def test_show_names_the_area_or_says_that_it_knows_none(query: str, status: int, words: str) -> None:
    result = CliRunner().invoke(areas_cli, ["show", query])
    assert result.exit_code == status
    assert words in result.output
