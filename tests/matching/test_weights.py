"""The numbers of matching: which a site may set, and what stops the boot."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from app.factory import create_app
from app.matching import configuration
from app.matching.rules.weights import DEFAULT, MatchingRules, RoundRules, Weights, parse
from config import Settings


@pytest.fixture(autouse=True)
def defaults_again():
    yield
    configuration.install("")


def test_the_weights_are_a_hundred_points_together() -> None:
    assert sum(getattr(Weights(), field.name) for field in fields(Weights)) == 100


def test_the_defaults_fit_each_other() -> None:
    assert parse({}) == DEFAULT == MatchingRules(Weights(), RoundRules())
    assert len(RoundRules().offer_steps) == RoundRules().families_at_offer
    assert len(RoundRules().page_steps) == RoundRules().offers_on_page


def test_what_a_file_leaves_out_keeps_its_default() -> None:
    given = {"weights": {"near": 20, "short_trip": 5}, "rounds": {"base": 12, "every_hours": 3, "families_at_offer": 9}}
    rules = parse(given)
    assert rules.weights == replace(Weights(), near=20, short_trip=5)
    assert rules.rounds == replace(RoundRules(), base=12.0, every=timedelta(hours=3), families_at_offer=9)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"weight": {}}, "weight"),
        ({"weights": 3}, "weights"),
        ({"weights": {"money": 5}}, r"weights\.money"),
        ({"weights": {"near": -1, "short_trip": 26}}, r"weights\.near"),
        ({"weights": {"near": "much"}}, r"weights\.near"),
        ({"weights": {"near": True}}, r"weights\.near"),
        ({"weights": {"near": float("nan")}}, r"weights\.near"),
        ({"weights": {"near": float("inf")}}, r"weights\.near"),
        ({"weights": {"near": 16}}, "weights must be 100 points together, not 101"),
        ({"rounds": {"families_at_offer": 0}}, r"rounds\.families_at_offer"),
        ({"rounds": {"families_at_offer": 9.5}}, r"rounds\.families_at_offer"),
        ({"rounds": {"offers_on_page": True}}, r"rounds\.offers_on_page"),
        ({"rounds": {"families_at_offer": 11}}, r"rounds\.offer_steps"),
        ({"rounds": {"offers_on_page": 9}}, r"rounds\.page_steps"),
        ({"rounds": {"shown_to_donor": 11}}, r"rounds\.shown_to_donor"),
        ({"rounds": {"base": -0.5}}, r"rounds\.base"),
        ({"rounds": {"every": 6}}, r"rounds\.every "),
        ({"rounds": {"base_hours": 6}}, r"rounds\.base_hours"),
        ({"rounds": {"every_hours": 0}}, r"rounds\.every_hours"),
        ({"rounds": {"offer_steps": 4}}, r"rounds\.offer_steps"),
        ({"rounds": {"offer_steps": []}}, r"rounds\.offer_steps"),
        ({"rounds": {"page_steps": [0, 8, 7, 9, 9, 9, 9, 9]}}, r"rounds\.page_steps"),
        ({"rounds": {"page_steps": [-1, 8, 9, 9, 9, 9, 9, 9]}}, r"rounds\.page_steps"),
        ({"rounds": {"page_steps": ["none"]}}, r"rounds\.page_steps"),
    ],
)
def test_a_wrong_key_or_an_impossible_value_is_named(given, key) -> None:
    with pytest.raises(ValueError, match=key):
        parse(given)


@pytest.mark.parametrize(
    ("text", "words"),
    [("[weights]\nnear = 14\n", "weights must be"), ("[weights\n", "MATCHING_FILE"), ("[prices]\n", "prices")],
)
def test_a_wrong_file_stops_the_boot_and_names_what_is_wrong(tmp_path, text, words) -> None:
    file = tmp_path / "matching.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=words):
        create_app(Settings(testing=True, instance_path=tmp_path, matching_file=str(file)))


def test_a_file_that_is_not_there_stops_the_boot(tmp_path) -> None:
    with pytest.raises(ValueError, match="MATCHING_FILE cannot be read"):
        configuration.install(str(tmp_path / "none.toml"))


def test_the_running_site_takes_the_numbers_of_its_file(tmp_path) -> None:
    file = tmp_path / "matching.toml"
    file.write_text("[weights]\nfirst_milk = 20\nnear = 20\n[rounds]\nunseen_hours = 48\n")
    configuration.install(Settings.from_environment({"MATCHING_FILE": str(file)}).matching_file)
    assert configuration.matching_rules().weights == replace(Weights(), first_milk=20, near=20)
    assert configuration.matching_rules().rounds.unseen == timedelta(hours=48)
