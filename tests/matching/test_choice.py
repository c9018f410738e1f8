"""The pairs of a round: the best total, never over a cap, the same whoever asks and in whatever order."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.rules.rounds import Candidates, Held, Room, Solver, choose, choosing, compiled
from app.matching.rules.rounds.components import components
from app.matching.rules.rounds.costs import ends
from app.matching.rules.rounds.greedy import _best_first
from tests.matching.graphs import RULES, candidates, clear, near_each_other, small_rules, ties, total

BOTH = pytest.mark.parametrize("solver", list(Solver))


def chosen(graph, standing=None, rules=RULES, solver=Solver.EXACT, tie=None):
    standing = standing or clear(int(graph.offer.max(initial=0)) + 1, int(graph.request.max(initial=0)) + 1)
    hashes = ties(graph) if tie is None else tie
    return choose(graph, **standing, tie=hashes, rules=rules, solver=solver)


def pairs(graph, mask):
    return set(zip(graph.offer[mask].tolist(), graph.request[mask].tolist(), strict=True))


@st.composite
def tiny(draw):
    offers, requests = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    every = list(product(range(offers), range(requests)))
    picked = draw(st.lists(st.sampled_from(every), unique=True, min_size=1, max_size=9))
    rows = [(one, other, draw(st.integers(0, 8)) * 5) for one, other in picked]
    counts = st.integers(0, 2).map(np.int32)
    held = Held(np.array([draw(counts) for _ in range(offers)]), np.array([draw(counts) for _ in range(requests)]))
    room = Room(np.array([draw(counts) for _ in range(offers)]), np.array([draw(counts) for _ in range(requests)]))
    return candidates(rows), {"held": held, "room": room}


def allowed(graph, mask, standing, rules):
    at_offer = np.bincount(graph.offer[mask], minlength=len(standing["held"].at_offer))
    on_page = np.bincount(graph.request[mask], minlength=len(standing["held"].on_page))
    held, room = standing["held"], standing["room"]
    return (at_offer <= np.maximum(0, np.minimum(room.at_offer, rules.families_at_offer - held.at_offer))).all() and (
        on_page <= np.maximum(0, np.minimum(room.on_page, rules.offers_on_page - held.on_page))
    ).all()


@settings(max_examples=150, deadline=None)
@given(tiny())
def test_the_exact_choice_is_the_best_of_all_choices(case):
    graph, standing = case
    rules = small_rules(3, 2)
    every = (np.array(mask) for mask in product((False, True), repeat=len(graph)))
    best = max(total(graph, mask, standing["held"], rules) for mask in every if allowed(graph, mask, standing, rules))
    mask = chosen(graph, standing, rules)
    assert allowed(graph, mask, standing, rules)
    assert total(graph, mask, standing["held"], rules) == best


@settings(max_examples=150, deadline=None)
@given(tiny())
def test_the_greedy_choice_keeps_the_caps_and_leaves_nothing_that_would_add(case):
    graph, standing = case
    rules = small_rules(3, 2)
    mask = chosen(graph, standing, rules, Solver.GREEDY)
    assert allowed(graph, mask, standing, rules)
    for row in np.flatnonzero(~mask):
        more = mask.copy()
        more[row] = True
        if allowed(graph, more, standing, rules):
            before, after = (total(graph, one, standing["held"], rules) for one in (mask, more))
            assert after <= before


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("offers", "requests", "towns"), [(30, 30, 1), (80, 20, 3), (20, 120, 3), (150, 150, 8)])
@pytest.mark.parametrize("ties_often", [False, True])
def test_the_greedy_choice_is_within_one_per_cent_of_the_exact_one(offers, requests, towns, seed, ties_often):
    graph = near_each_other(offers, requests, seed, towns=towns, ties_often=ties_often)
    standing = clear(offers, requests)
    exact, greedy = (total(graph, chosen(graph, standing, solver=one), standing["held"]) for one in Solver)
    assert greedy <= exact
    assert greedy >= 0.99 * exact > 0


@BOTH
def test_the_order_of_the_rows_changes_nothing(solver):
    graph = near_each_other(40, 50, 7, ties_often=True)
    mask = chosen(graph, solver=solver)
    order = np.random.default_rng(1).permutation(len(graph))
    again = chosen(graph.take(order), clear(40, 50), solver=solver, tie=ties(graph)[order])
    assert (again == mask[order]).all()
    assert mask.any()


@BOTH
def test_the_order_in_which_posts_were_read_changes_nothing(solver):
    graph = near_each_other(40, 50, 7, ties_often=True)
    dice = np.random.default_rng(2)
    new_offer, new_request = dice.permutation(40).astype(np.int32), dice.permutation(50).astype(np.int32)
    renamed = Candidates(new_offer[graph.offer], new_request[graph.request], graph.points)
    again = chosen(renamed, clear(40, 50), solver=solver, tie=ties(graph))
    assert (again == chosen(graph, solver=solver)).all()


@BOTH
def test_rows_whose_hashes_agree_are_still_taken_in_one_order(solver):
    graph = candidates([(0, request, 50) for request in range(4)])
    rules, tie = small_rules(1, 1), np.zeros(4, np.uint64)
    order = np.array([2, 0, 3, 1])
    assert pairs(graph, chosen(graph, rules=rules, solver=solver, tie=tie)) == pairs(
        graph.take(order), chosen(graph.take(order), clear(1, 4), rules, solver, tie)
    )


@BOTH
def test_equal_pairs_are_told_apart_by_the_week(solver):
    graph = candidates([(0, request, 50) for request in range(8)])
    winners = {
        next(
            iter(pairs(graph, chosen(graph, rules=small_rules(1, 1), solver=solver, tie=ties(graph, f"2026-W{week}"))))
        )
        for week in range(10, 50)
    }
    assert len(winners) == 8


def test_a_weeks_hash_is_the_same_on_every_machine():
    assert ties(candidates([(0, 1, 20), (2, 3, 20)])).tolist() == [7056758056397282930, 8765857624667335755]


@BOTH
@pytest.mark.parametrize("ties_often", [False, True])
def test_what_another_part_of_the_country_does_changes_nothing_here(solver, ties_often):
    here, there = near_each_other(30, 30, 3, ties_often=ties_often), near_each_other(30, 30, 4, ties_often=ties_often)
    both = Candidates(
        np.concatenate([here.offer, there.offer + 30]),
        np.concatenate([here.request, there.request + 30]),
        np.concatenate([here.points, there.points]),
    )
    tie = ties(both)
    whole = chosen(both, clear(60, 60), solver=solver, tie=tie)
    assert (whole[: len(here)] == chosen(here, clear(30, 30), solver=solver, tie=tie[: len(here)])).all()
    assert (whole[len(here) :] == chosen(there, clear(30, 30), solver=solver, tie=tie[len(here) :])).all()


@BOTH
def test_an_offer_meets_ten_families_at_most_and_a_page_holds_eight_offers(solver):
    star = candidates([(0, request, 99) for request in range(30)])
    page = candidates([(offer, 0, 99) for offer in range(30)])
    assert chosen(star, solver=solver).sum() == 10
    assert chosen(page, solver=solver).sum() == 8


@BOTH
def test_a_micro_round_only_adds_and_counts_what_stands(solver):
    graph = near_each_other(30, 40, 5)
    first = chosen(graph, solver=solver)
    stands = Held(
        np.bincount(graph.offer[first], minlength=30).astype(np.int32),
        np.bincount(graph.request[first], minlength=40).astype(np.int32),
    )
    rest = graph.take(~first)
    again = choose(rest, stands, Room.plenty(30, 40), tie=ties(graph)[~first], rules=RULES, solver=solver)
    assert (stands.at_offer + np.bincount(rest.offer[again], minlength=30) <= 10).all()
    assert (stands.on_page + np.bincount(rest.request[again], minlength=40) <= 8).all()
    if solver is Solver.EXACT:
        assert not again.any()


@BOTH
def test_a_new_post_is_placed_beside_what_stands(solver):
    held = Held(np.array([10, 3, 0], np.int32), np.array([0], np.int32))
    graph = candidates([(0, 0, 99), (1, 0, 40), (2, 0, 40)])
    assert pairs(graph, chosen(graph, {"held": held, "room": Room.plenty(3, 1)}, solver=solver)) == {(1, 0), (2, 0)}
    short = replace(RULES, base=24.0)
    assert pairs(graph, chosen(graph, {"held": held, "room": Room.plenty(3, 1)}, short, solver)) == {(2, 0)}


@BOTH
def test_who_has_no_room_gets_nothing(solver):
    room = Room(np.array([0, 5], np.int32), np.array([1, 1], np.int32))
    graph = candidates([(0, 0, 90), (0, 1, 90), (1, 0, 30), (1, 1, 30)])
    found = chosen(graph, {"held": Held.nothing(2, 2), "room": room}, solver=solver)
    assert pairs(graph, found) == {(1, 0), (1, 1)}


@BOTH
def test_more_than_the_cap_may_stand_when_a_rule_was_tightened(solver):
    held = Held(np.array([9], np.int32), np.array([0], np.int32))
    graph = candidates([(0, 0, 99)])
    assert not chosen(graph, {"held": held, "room": Room.plenty(1, 1)}, small_rules(2, 2), solver).any()


@BOTH
@pytest.mark.parametrize(("points", "expected"), [(15, False), (16, False), (16.01, True), (0, False)])
def test_a_pair_is_chosen_when_it_passes_the_base(solver, points, expected):
    assert chosen(candidates([(0, 0, points)]), solver=solver).tolist() == [expected]


@BOTH
def test_no_candidates_give_no_pairs(solver):
    assert chosen(candidates([]), solver=solver).tolist() == []


@BOTH
def test_a_second_family_with_less_need_comes_before_a_ninth_offer_for_the_first(solver):
    graph = candidates([*((offer, 0, 50) for offer in range(9)), *((offer, 1, 30) for offer in range(9))])
    found = pairs(graph, chosen(graph, solver=solver))
    assert {request for _, request in found} == {0, 1}


@pytest.mark.parametrize(
    "broken",
    [
        candidates([(0, 0, 50), (0, 0, 60)]),
        Candidates(np.zeros(2, np.int32), np.zeros(1, np.int32), np.zeros(2, np.int32)),
    ],
)
def test_a_pair_given_twice_or_columns_of_different_lengths_are_refused(broken):
    with pytest.raises(ValueError, match=r"twice|length"):
        choose(broken, **clear(1, 1), tie=np.zeros(2, np.uint64), rules=RULES)


@pytest.mark.parametrize("steps", [(0, 4), (0, 8, 4)])
def test_steps_that_fall_or_do_not_reach_the_cap_are_refused(steps):
    with pytest.raises(ValueError, match="step"):
        ends(steps, 3, np.zeros(1, np.int32), np.zeros(1, np.int32))


def test_without_the_flow_the_exact_choice_falls_back_to_the_greedy_one(monkeypatch):
    graph = near_each_other(40, 50, 7)
    greedy = chosen(graph, solver=Solver.GREEDY)
    monkeypatch.setattr(choosing, "find_spec", lambda _: None)
    assert (chosen(graph) == greedy).all()


def test_only_a_part_that_is_too_large_is_chosen_greedily(monkeypatch):
    large, small = near_each_other(60, 60, 9, towns=1), candidates([(60, 60, 50), (60, 61, 40), (61, 60, 40)])
    both = Candidates(
        *(np.concatenate([getattr(one, name) for one in (large, small)]) for name in Candidates.__slots__)
    )
    tie = ties(both)
    greedy, exact = (chosen(both, clear(62, 62), solver=one, tie=tie) for one in (Solver.GREEDY, Solver.EXACT))
    monkeypatch.setattr(choosing, "LARGEST_EXACT", 1000)
    assert len(large) > 1000
    found = chosen(both, clear(62, 62), tie=tie)
    assert (found[: len(large)] == greedy[: len(large)]).all()
    assert (found[len(large) :] == exact[len(large) :]).all()


def test_compiled_loops_choose_what_plain_ones_do(monkeypatch):
    graph = near_each_other(60, 60, 11)
    plain = [chosen(graph, solver=one) for one in Solver]
    monkeypatch.setattr(compiled, "WORTH_COMPILING", 1)
    for mask, solver in zip(plain, Solver, strict=True):
        assert (chosen(graph, solver=solver) == mask).all()


def test_parts_are_numbered_as_the_pairs_name_them():
    offer, request = np.array([5, 1, 5, 2, 1], np.int32), np.array([0, 3, 1, 1, 4], np.int32)
    assert components(offer, request, 6, 5).tolist() == [0, 1, 0, 0, 1]


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3), st.integers(0, 9)), min_size=1, max_size=40),
    st.sampled_from([1, 1 << 20, 1 << 62]),
)
def test_pairs_stand_by_gain_then_hash_then_position_however_alike_the_hashes_are(rows, apart):
    gain, tie = np.array([row[0] for row in rows], np.int64), np.array([row[1] * apart for row in rows], np.uint64)
    offer = np.array([row[2] for row in rows], np.int32)
    pairs = Candidates(offer, np.arange(len(rows), dtype=np.int32)[::-1].copy(), offer)
    found = _best_first(pairs, gain, tie)
    assert found.tolist() == np.lexsort((pairs.request, pairs.offer, tie, -gain)).tolist()
