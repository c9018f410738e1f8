""" "Milk" in the bars: where its door leads each person, and the links between the pages about milk."""

import re

import pytest
import time_machine

from app.handoffs import queries
from app.handoffs.rules.states import Side
from tests.conftest import NOW
from tests.handoffs.factories import offer_of, request_of, talk
from tests.milk.factories import lot


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


def links(page: str) -> list[tuple[str, bool]]:
    """The links between the pages about milk, and which of them is the page itself."""
    found = re.search(r'<nav class="mb-4" aria-label="Milk">(.*?)</nav>', page, re.DOTALL)
    shown = re.findall(r'href="([^"]+)"( aria-current="page")?', found[1].replace("\n", "")) if found else []
    return [(to, bool(current)) for to, current in shown]


@pytest.mark.parametrize(
    ("begin", "sides"),
    [
        (lambda _who, _other: None, set()),
        (lambda who, _other: lot(who), {Side.DONOR}),
        (lambda who, _other: offer_of(who), {Side.DONOR}),
        (lambda who, _other: request_of(who), {Side.FAMILY}),
        (lambda who, other: (talk(other, who), lot(who)), {Side.DONOR, Side.FAMILY}),
        (lambda _who, other: (lot(other), request_of(other)), set()),
    ],
)  # fmt: skip
def test_the_side_somebody_stands_on_is_told_by_what_she_did(app, person, begin, sides):
    who, other = person("Wanda"), person("Olga")
    with app.app_context():
        begin(who, other)
        assert queries.sides_of(who.identity) == sides


def test_the_bars_lead_through_one_door_and_a_visitor_has_to_sign_in(client, donor, sign_in):
    page = sign_in(donor).get("/me").text
    assert page.count('href="/milk/here"') == 2
    assert "/login" in client.get("/milk/here").location


def test_the_door_leads_a_donor_to_her_lots(app, donor, sign_in):
    with app.app_context():
        lot(donor)
    assert sign_in(donor).get("/milk/here").location == "/milk"


def test_the_door_never_leads_a_family_to_lots(app, family, sign_in):
    with app.app_context():
        request_of(family)
    client = sign_in(family)
    to = client.get("/milk/here").location
    assert to in {"/milk/received", "/handoffs"}
    assert client.get(to).status_code == 200


def test_who_gives_and_receives_finds_the_pages_of_both_sides(app, donor, sign_in):
    with app.app_context():
        lot(donor)
        request_of(donor)
    client = sign_in(donor)
    found = links(client.get("/milk").text)
    assert [to for to, current in found if current] == ["/milk"]
    assert {"/milk", "/handoffs"} <= {to for to, _ in found}
    assert [to for to, current in links(client.get("/handoffs").text) if current] == ["/handoffs"]


@pytest.mark.parametrize("path", ["/milk", "/handoffs", "/milk/new"])
def test_pages_about_milk_mark_it_in_both_bars(donor, sign_in, path):
    page = sign_in(donor).get(path).text
    marked = re.findall(r'href="([^"]+)" aria-current="page"', re.sub(r"\s+", " ", page))
    assert marked.count("/milk/here") == 2
