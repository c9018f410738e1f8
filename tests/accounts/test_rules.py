"""What is true of names, passwords, places and the words people agree to."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accounts.rules.consents import ASKED_LATER, TEXTS, Purpose, fingerprint
from app.accounts.rules.names import MAX_NAME, name_problem
from app.accounts.rules.passwords import MAX_PASSWORD, normalised_password, password_problem
from app.accounts.rules.places import CHANGE_WINDOW, is_far, may_change_place, usual_units
from app.kernel.quantities import Kilometres
from app.kernel.text import one_line

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "name", ["Ana", "Ana & Leo", "mama2026", "Zoë", "Мария", "J.R.", "Mrs. Lee", "أم سارة", "x" * 60]
)
def test_a_name_people_choose_is_taken(name):
    assert name_problem(name) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "choose a name"),
        ("x" * 61, "at most 60"),
        ("123456", "at least one letter"),
        ("!!!", "at least one letter"),
        ("ana@example.org", "e-mail"),
        ("ana at example dot org", "e-mail"),
        ("Ana 916 555 0100", "phone number"),
        ("Ana (916)5550100", "phone number"),
        ("Ana ٩١٦٥٥٥٠١٠٠", "phone number"),
        ("https://ana", "links"),
        ("www.ana", "links"),
        ("ana-milk.com", "links"),
    ],
)
def test_a_name_that_reaches_a_person_is_refused(name, words):
    assert words in (name_problem(name) or "")


@pytest.mark.parametrize(
    ("typed", "tidied"),
    [("  Ana\u00a0 B \n", "Ana B"), ("A\u200bna", "Ana"), ("\u202eanA", "anA"), ("Zoe\u0308", "Zoë"), ("\u200b", "")],
)
def test_a_name_is_tidied_before_it_is_judged(typed, tidied):
    assert one_line(typed) == tidied


@given(st.text(max_size=200))
def test_tidying_a_name_twice_changes_nothing_more(typed):
    assert one_line(one_line(typed)) == one_line(typed)


@given(st.text(max_size=200))
def test_a_name_that_is_taken_is_short_and_has_a_letter(typed):
    name = one_line(typed)
    if name_problem(name) is None:
        assert 0 < len(name) <= MAX_NAME
        assert any(sign.isalpha() for sign in name)


@pytest.mark.parametrize(
    ("password", "staff", "words"),
    [
        ("moon-pear-7", False, "at least 12"),
        ("moon-pear-70", False, None),
        ("moon-pear-70", True, "at least 15"),
        ("moon-pear-70-ok", True, None),
        ("password1234", False, "easy to guess"),
        ("aaaaaaaaaaaaaaaaaaaa", False, "easy to guess"),
        ("123456789012", False, "easy to guess"),
        ("ana.lopez1987", False, "easy to guess"),
        ("milkbridge12", False, "easy to guess"),
        ("nodigitsnosigns quietly", False, None),
        ("moon pear lamp " * 10, False, None),
        ("x" * (MAX_PASSWORD + 1), False, "at most 256"),
    ],
)
def test_a_password_is_refused_for_being_short_or_easy_to_guess(password, staff, words):
    problem = password_problem(password, staff=staff, known=["ana.lopez1987@example.org"])
    assert (problem is None) if words is None else (words in (problem or ""))


def test_two_ways_to_type_an_accent_are_one_password():
    assert normalised_password("größe") == normalised_password("gro\u0308ße")


@pytest.mark.parametrize(
    ("days_ago", "allowed"),
    [([], True), ([1, 2], True), ([1, 2, 3], False), ([1, 2, 29], False), ([1, 2, 30], True), ([31, 32, 33], True)],
)
def test_a_place_changes_three_times_in_thirty_days(days_ago, allowed):
    assert may_change_place([NOW - timedelta(days=days) for days in days_ago], now=NOW) is allowed


@given(st.lists(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=90))))
def test_never_more_than_three_changes_count_in_any_window(gaps):
    """Moving whenever it is allowed never makes four changes within thirty days."""
    moment, made = NOW, []
    for gap in gaps:
        moment += gap
        if may_change_place(made, now=moment):
            made.append(moment)
    assert all(later - first >= CHANGE_WINDOW for first, later in zip(made, made[3:], strict=False))


@pytest.mark.parametrize(
    ("country", "units"), [("US", ("oz", "mi")), ("GB", ("ml", "mi")), ("CA", ("ml", "km")), ("FR", ("ml", "km"))]
)
def test_the_units_are_those_usual_in_the_country(country, units):
    assert usual_units(country) == units


def test_each_purpose_is_agreed_to_on_its_own_and_health_is_a_choice():
    assert set(TEXTS) | set(ASKED_LATER) == set(Purpose)
    assert {purpose for purpose, text in TEXTS.items() if text.required} == {Purpose.TERMS, Purpose.INFORMED_CHOICE}


def test_the_fingerprint_changes_with_any_word():
    assert fingerprint(["a", "b"]) == fingerprint(iter(["a", "b"]))
    assert fingerprint(["a", "b"]) != fingerprint(["a", "c"])
    assert len(fingerprint([])) == 64


@pytest.mark.parametrize(("kilometres", "far"), [(0, False), (50, False), (50.1, True), (3_000, True)])
def test_a_move_is_far_beyond_fifty_kilometres(kilometres, far):
    assert is_far(Kilometres(kilometres)) is far
