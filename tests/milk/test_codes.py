"""The code of a lot: easy to write, and every usual slip in copying it is found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.milk.rules.codes import LENGTH, SIGNS, new_code, read_code, shown, with_check

ALIKE = ["0OQD", "1IL", "5S", "2Z", "8B", "6G", "UV"]
unhurried = settings(deadline=None)
"""The machine may be busy with other tests."""
codes = st.text(SIGNS, min_size=LENGTH - 1, max_size=LENGTH - 1).map(with_check)


@pytest.mark.parametrize("group", ALIKE)
def test_no_two_signs_look_alike_when_they_are_written_by_hand(group):
    assert sum(sign in SIGNS for sign in group) <= 1


def test_the_number_of_signs_is_a_prime_which_the_check_rests_on():
    assert len(set(SIGNS)) == len(SIGNS) == 23
    assert all(len(SIGNS) % divisor for divisor in range(2, len(SIGNS)))


@unhurried
@given(codes, st.data())
def test_every_single_wrong_sign_is_found(code, data):
    place = data.draw(st.integers(0, LENGTH - 1))
    for wrong in set(SIGNS) - {code[place]}:
        assert read_code(code[:place] + wrong + code[place + 1 :]) is None


@unhurried
@given(codes)
def test_every_swap_of_neighbours_and_of_any_two_is_found(code):
    for first in range(LENGTH):
        for second in range(first + 1, LENGTH):
            swapped = list(code)
            swapped[first], swapped[second] = swapped[second], swapped[first]
            assert code[first] == code[second] or read_code("".join(swapped)) is None


@unhurried
@given(codes, st.data())
def test_a_sign_too_many_or_too_few_is_found(code, data):
    place = data.draw(st.integers(0, LENGTH - 1))
    assert read_code(code[:place] + code[place + 1 :]) is None
    assert read_code(code[:place] + data.draw(st.sampled_from(SIGNS)) + code[place:]) is None


@unhurried
@given(codes)
def test_a_code_reads_the_same_however_it_is_typed(code):
    ways = (code, code.lower(), shown(code), f" {shown(code)} ", " ".join(code), code[:4] + " – " + code[4:])
    assert {read_code(way) for way in ways} == {code}


@unhurried
@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_code_or_none(text):
    assert read_code(text) is None or len(read_code(text)) == LENGTH


def test_a_known_code_keeps_its_check():
    assert with_check("2345678") == "2345678M"
    assert shown("2345678M") == "2345-678M"


@pytest.mark.parametrize("signs", ["", "234567", "23456789", "234567O", "234567a"])
def test_a_check_is_made_for_seven_known_signs_only(signs):
    with pytest.raises(ValueError, match="seven signs"):
        with_check(signs)


def test_new_codes_are_codes_and_differ():
    made = {new_code() for _time in range(200)}
    assert len(made) == 200
    assert all(read_code(code) == code for code in made)
