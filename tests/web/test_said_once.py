"""Sentences are kept by who reads them: nobody reads another's units or language."""

from types import SimpleNamespace

import pytest
from flask import Flask
from flask_babel import force_locale

from app.kernel.quantities import Millilitres
from app.web.login import be
from app.web.templating import Spoken, said_once, volume


def reading(volume_unit: str = "oz", distance_unit: str = "mi") -> None:
    """Somebody with these units reads from now on."""
    be(SimpleNamespace(is_authenticated=True, volume_unit=volume_unit, distance_unit=distance_unit, timezone="UTC"))


@pytest.fixture
def told() -> list[int]:
    """The amounts for which words were made."""
    return []


@pytest.fixture
def amount(told: list[int]) -> Spoken:
    @said_once
    def amount(much: int) -> str:
        told.append(much)
        return volume(Millilitres(much))

    return amount


def test_what_is_said_again_to_the_same_reader_is_not_made_again(app: Flask, amount: Spoken, told: list[int]) -> None:
    with app.test_request_context("/"):
        reading()
        assert [amount(300), amount(300), amount.aloud()(300)] == ["10 oz"] * 3
        assert told == [300]


@pytest.mark.parametrize("units", [("ml", "mi"), ("oz", "km"), ("ml", "km")])
def test_a_reader_with_other_units_gets_words_of_her_own(app: Flask, amount: Spoken, told: list[int], units) -> None:
    with app.test_request_context("/"):
        reading()
        amount(300)
        reading(*units)
        assert amount(300) == amount.aloud()(300) == ("300 ml" if "ml" in units else "10 oz")
        assert told == [300, 300]


def test_words_are_made_anew_in_another_language(app: Flask, amount: Spoken, told: list[int]) -> None:
    with app.test_request_context("/"):
        reading()
        amount(300)
        with force_locale("de"):
            amount.aloud()(300)
        amount(300)
        assert told == [300, 300]
