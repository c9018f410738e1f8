"""Wherever somebody meets somebody: report the note, the post or the person, and part with one question."""

import html
import re

import pytest

from app.accounts.queries import are_blocked
from app.accounts.queries import person as person_of
from app.matching import services
from tests.matching.conftest import read


@pytest.fixture
def ids(app, donor, family):
    with read(app):
        return {one.display_name: person_of(one.id).public_id for one in (donor, family)}


def test_the_donor_can_report_a_note_in_her_line_and_the_family_cannot_report_its_own(
    sign_in, donor, family, live, said
):
    assert f"/report/interest/{said}" in sign_in(donor).get(f"/matches/{live[0]}").text
    assert f"/report/interest/{said}" not in sign_in(family).get("/matches/mine").text


def test_a_family_can_report_the_note_of_an_invitation(app, sign_in, donor, family, live, clock):
    with read(app):
        invited = services.invite(donor.identity, *live, note="Call me.", now=clock)
    assert f"/report/interest/{invited}" in sign_in(family).get("/matches/mine").text
    assert f"/report/interest/{invited}" not in sign_in(donor).get(f"/matches/{live[0]}").text


def test_the_pair_page_names_note_post_and_person_of_the_other_side(sign_in, donor, family, live, said, ids):
    hers = sign_in(donor).get(f"/matches/pair/{live[0]}/{live[1]}").text
    for address in (f"interest/{said}", f"post/{live[1]}", f"member/{ids['Fatima']}"):
        assert f"/report/{address}" in hers
    theirs = sign_in(family).get(f"/matches/pair/{live[0]}/{live[1]}").text
    assert f"/report/post/{live[0]}" in theirs
    assert f"/report/member/{ids['Dana']}" in theirs
    assert f"/report/interest/{said}" not in theirs


def test_the_conversation_names_note_and_person(app, sign_in, donor, family, said, clock, ids):
    with read(app):
        services.accept(donor.identity, said, now=clock)
    hers = sign_in(donor).get(f"/messages/of/{said}", follow_redirects=True).text
    assert f"/report/interest/{said}" in hers
    assert f"/report/member/{ids['Fatima']}" in hers
    assert f"/report/interest/{said}" not in sign_in(family).get(f"/messages/of/{said}", follow_redirects=True).text


@pytest.mark.parametrize("where", ["pair", "conversation"])
def test_every_way_to_report_opens_and_a_block_says_first_what_it_does(
    app, sign_in, donor, family, live, said, clock, ids, where
):
    with read(app):
        services.accept(donor.identity, said, now=clock)
    client = sign_in(donor)
    address = f"/matches/pair/{live[0]}/{live[1]}" if where == "pair" else f"/messages/of/{said}"
    page = html.unescape(client.get(address, follow_redirects=True).text)
    ways = re.findall(r'href="(/report/[^"]+)"', page)
    assert ways
    assert {client.get(way).status_code for way in ways} == {200}
    assert "You two no longer see each other's posts and cannot write to each other. Fatima is not told." in page
    assert client.post(f"/people/{ids['Fatima']}/block").status_code == 302
    with read(app):
        assert are_blocked(donor.id, family.id)
