"""The public page about the numbers of matching says what runs."""

from dataclasses import fields
from html import unescape

import pytest

from app.matching import configuration
from app.matching.routes.explaining import GROUNDS
from app.matching.rules.score import Ground
from app.matching.rules.weights import RoundRules, Weights


@pytest.fixture(autouse=True)
def defaults_again():
    yield
    configuration.install("")


def page(client) -> str:
    answer = client.get("/how-matching-works")
    assert answer.status_code == 200
    return unescape(answer.text)


def test_every_ground_stands_on_the_page_with_its_most_points(client) -> None:
    assert set(GROUNDS) == set(Ground) == {field.name for field in fields(Weights)}
    text = page(client)
    for ground, (what, how, why) in GROUNDS.items():
        assert f"{what}: up to {getattr(Weights(), ground.value):g}" in text
        assert how in text
        assert why in text


def test_the_page_shows_the_numbers_of_this_site_and_not_the_defaults(client, tmp_path) -> None:
    file = tmp_path / "matching.toml"
    file.write_text("[weights]\nnear = 12.5\nfirst_milk = 27.5\n[rounds]\nevery_hours = 5\nquiet_days = 77\n")
    configuration.install(str(file))
    text = page(client)
    assert "Near: up to 12.5" in text
    assert "First milk through the site: up to 27.5" in text
    assert "5 hours" in text
    assert "77" in text


def test_every_cap_stands_on_the_page(client) -> None:
    with client.application.test_request_context():
        from app.matching.routes.explaining import caps

        assert len(caps()) == len(fields(RoundRules))


def test_a_stranger_reads_what_is_never_used_and_finds_the_page_at_the_foot_of_every_page(client) -> None:
    text = page(client)
    for word in ("Money", "medicines", "blood tests", "Vaccination", "Being liked"):
        assert word in text
    assert 'href="/how-matching-works"' in client.get("/").text
