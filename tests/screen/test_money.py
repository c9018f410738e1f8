"""Milk is given, never sold: a note that names a price is noticed, one that speaks about bags or money is not."""

import pytest

from app.screen.money import asks_money


@pytest.mark.parametrize(
    "text",
    [
        "$1 an oz just to cover bags",
        "1 dollar per ounce",
        "I ask 2 $ an ounce for shipping",
        "one dollar an ounce",
        "3€ pro Beutel",
        "0,50 € par sachet",
        "£5 a bag, collect today",
        "per ounce $2",
        "My stash is for sale",
        "selling my milk, good price",
        "Verkaufe Muttermilch",
        "I will gladly pay you for the milk",
        "We would compensate you",
        "venmo me and it is yours",
        "I take paypal",
        "send it via Zelle",
        "asking $200 for all of it",
        "＄１ an oz",
    ],
)
def test_asking_or_offering_money_is_noticed(text) -> None:
    assert asks_money(text)


@pytest.mark.parametrize(
    "text",
    [
        "Happy to replace your bags, they cost about the same everywhere",
        "Someone asked me for Venmo, is that ok?",
        "Another donor wanted me to pay her 2 dollars an ounce, I said no",
        "I do not want money, only new bags",
        "No need to pay me",
        "I would never charge $1 an oz",
        "100 oz in 4 oz bags, 30 bags an evening",
        "The price of freezer bags went up",
        "We will pay for parking ourselves",
        "I pay attention to dairy",
        "It costs me nothing to keep them",
        "Best price is a smile",
        "",
    ],
)
def test_speaking_about_bags_or_money_is_left_alone(text) -> None:
    assert not asks_money(text)
