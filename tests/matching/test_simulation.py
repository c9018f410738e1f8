"""Communities on paper: who is fed under one way of meeting or another, by people who behave the same."""

from dataclasses import astuple, replace
from datetime import timedelta

import numpy as np
import pytest

from app.kernel.quantities import Kilometres
from app.matching.rules.sides import FactState, MilkFact, Strength, Supply, Wish, Wishes
from app.matching.rules.simulation import (
    SETTINGS,
    Behaviour,
    Community,
    Donor,
    Family,
    NearestFirst,
    Outcome,
    Rounds,
    Wall,
    average,
    invent,
    run,
)
from app.matching.rules.simulation.behaviour import Chance
from app.matching.rules.simulation.engine import Run
from app.matching.rules.simulation.invent import START
from app.matching.rules.simulation.outcome import gini, measured
from app.matching.rules.simulation.rounds import best_of_each
from app.matching.rules.simulation.world import World
from app.matching.rules.weights import DEFAULT
from tests.matching.graphs import near_each_other
from tests.matching.sides import MILK, OFFER, REQUEST

SURE = Behaviour(says_yes=1, ask_fails=0, no_show=0, silent_donors=0, notice_read=1)
SCARCE = SETTINGS[0]
EVERY_WAY = pytest.mark.parametrize("way", [Wall, NearestFirst, Rounds])
MILK_OF_MARCH = replace(MILK, pumped_from=START.date(), pumped_to=START.date(), stated={})


def donor(comes=0.0, goes=2000.0, **side):
    return Donor(replace(OFFER, **({"milk": MILK_OF_MARCH, "volume": 5000} | side)), comes, goes)


def family(number, comes=0.0, goes=2000.0, visits=2.0, **side):
    asks = {"id": 100 + number, "author_id": 100 + number, "wishes": Wishes(), "stock": 0} | side
    return Family(replace(REQUEST, **asks), comes, goes, goes, visits)


def community(donors, families, apart=7.0, days=20):
    lengths = np.broadcast_to(np.asarray(apart, np.float64), (len(donors), len(families)))
    return Community(tuple(donors), tuple(families), lengths, START, days)


def played(people, way, behaviour=SURE, seed=1):
    world = World(people, behaviour, Chance(seed), way.free_text)
    Run(world, way).plays()
    return world


@EVERY_WAY
def test_a_fitting_pair_meets_within_the_week(way):
    outcome = run(community([donor()], [family(0)]), way(), seed=1, behaviour=SURE)
    assert outcome.fed == 1
    assert outcome.kilometres == 7
    assert outcome.messages_p95 == 1
    assert outcome.waste == 0


@EVERY_WAY
@pytest.mark.parametrize(
    ("donors", "families", "apart"),
    [
        ([donor()], [family(0)], 65.001),
        ([donor(volume=200)], [family(0)], 7),
        ([donor(author_id=100)], [family(0)], 7),
        ([donor()], [family(0, stock=30 * 600)], 7),
        ([donor(goes=1.0)], [family(0, comes=2.0)], 7),
        ([donor(comes=50.0)], [family(0, goes=40.0)], 7),
    ],
)
def test_nobody_meets_who_may_not_or_need_not(way, donors, families, apart):
    world = played(community(donors, families, apart), way())
    assert world.ways == []
    assert sum(world.messages) == 0


@EVERY_WAY
def test_the_same_dice_give_the_same_outcome_and_others_another(way):
    people = invent(SCARCE, seed=3, days=12)
    again = invent(SCARCE, seed=3, days=12)
    assert astuple(run(people, way(), seed=4)) == astuple(run(again, way(), seed=4))
    assert astuple(run(people, way(), seed=4)) != astuple(run(people, way(), seed=5))


@EVERY_WAY
@pytest.mark.parametrize("seed", [1, 2])
def test_no_milk_is_made_up_or_lost_from_sight(way, seed):
    people = invent(SETTINGS[1], seed=seed, days=25)
    world = played(people, way(), Behaviour(), seed)
    weekly = sum(
        int((min(one.goes, people.hours) - one.comes) // 168) * one.side.volume
        for one in people.donors
        if one.side.supply is Supply.WEEKLY
    )
    posted = sum(one.side.volume for one in people.donors)
    assert min(world.free) > -1e-6
    assert sum(world.received) > 0
    assert sum(world.received) + world.wasted <= posted + weekly + 1e-6
    assert all(amount >= -1e-6 for amount in world.booked)


@EVERY_WAY
def test_a_promise_that_is_not_kept_frees_the_milk_for_the_next(way):
    people = community([donor()], [family(number) for number in range(3)])
    behaviour = replace(SURE, no_show=0.5)
    kept = [played(people, way(), behaviour, seed) for seed in range(12)]
    assert any(world.spent and world.ways for world in kept)
    assert all(world.received[family] == 0 for world in kept for _, family in world.spent)


@EVERY_WAY
def test_an_answer_that_does_not_fit_after_asking_frees_the_milk(way):
    asking = family(0, wishes=REQUEST.wishes)
    world = played(community([donor()], [asking]), way(), replace(SURE, ask_fails=1))
    assert world.spent == {(0, 0)}
    assert world.ways == []


@EVERY_WAY
def test_milk_nobody_took_is_lost_when_its_donor_gives_up(way):
    assert played(community([donor(goes=48.0)], []), way()).wasted == 5000
    assert played(community([donor(goes=2000.0)], []), way()).wasted == 0


@EVERY_WAY
def test_a_promise_that_breaks_after_its_donor_left_is_lost(way):
    world = played(community([donor(goes=30.0)], [family(0, visits=24.0)]), way(), replace(SURE, no_show=1), seed=2)
    assert world.promised == [0]
    assert world.wasted == 5000


@EVERY_WAY
def test_a_silent_donor_never_answers(way):
    world = played(community([donor()], [family(0)]), way(), replace(SURE, silent_donors=1))
    assert world.messages == [1]
    assert world.ways == []


@EVERY_WAY
def test_the_milk_of_each_week_goes_on_to_the_same_family(way):
    weekly = donor(supply=Supply.WEEKLY)
    world = played(community([weekly], [family(0, days=60)], days=40), way())
    assert len(world.ways) >= 3


@EVERY_WAY
def test_a_family_without_a_promise_turns_elsewhere(way):
    gone = replace(family(0), gives_up=24.0)
    assert played(community([donor(comes=30.0)], [gone]), way()).ways == []
    assert played(community([donor(comes=30.0)], [family(0)]), way()).ways != []


def test_on_a_wall_the_first_who_looks_wins_and_a_list_by_distance_favours_the_near():
    keen, slow = family(0, visits=48.0), family(1, visits=0.5)
    people = community([donor(comes=100.0)], [keen, slow], [[30.0, 3.0]])
    patient = replace(SURE, answer_hours=48)
    wall = [played(people, Wall(), patient, seed).ways[0] for seed in range(9)]
    near = [played(people, NearestFirst(), patient, seed).ways[0] for seed in range(9)]
    assert sorted(wall)[4] == 30
    assert sum(near) <= sum(wall)


def test_rounds_put_a_family_without_milk_before_one_that_had_some():
    served, new = family(0, fed_before=True), family(1)
    people = community([donor(volume=3000)], [served, new])
    assert [played(people, Rounds(), SURE, seed).received[1] > 0 for seed in range(5)].count(True) >= 3


def test_never_more_than_ten_families_stand_before_an_offer_and_eight_offers_on_a_page():
    class Counting(Rounds):
        most = (0, 0)

        def visits(self, family, hour):
            super().visits(family, hour)
            waiting = self.world.waiting
            at_offer = max(len(self.before[one]) + len(waiting.get(one, ())) for one in self.world.donors)
            on_page = max(len(self.page[one]) + len(self.yeses[one]) for one in self.world.families)
            self.most = (max(self.most[0], at_offer), max(self.most[1], on_page))

    crowd = community([donor(id=number, author_id=number) for number in range(12)], [family(n) for n in range(25)])
    way = Counting()
    played(crowd, way, replace(SURE, silent_donors=1))
    assert way.most[0] == DEFAULT.rounds.families_at_offer
    assert way.most[1] <= DEFAULT.rounds.offers_on_page


def test_a_donor_who_leaves_two_yeses_unanswered_is_paused():
    way = Rounds()
    played(community([donor()], [family(0), family(1), family(2, comes=300.0)]), way, replace(SURE, silent_donors=1))
    assert way.paused == {0}


def test_what_was_not_looked_at_is_free_again():
    way = Rounds()
    world = played(community([donor()], [family(0, visits=0.001)], days=10), way, replace(SURE, notice_read=0))
    assert world.messages == [0]
    assert way.page[0][0] > 72


def test_a_page_is_free_again_when_the_offer_on_it_is_promised_and_when_it_is_gone():
    way = Rounds()
    people = community([donor(), donor(id=9, author_id=9, comes=479.0)], [family(0), family(1, visits=0.001)])
    played(people, way, replace(SURE, notice_read=0))
    assert 0 not in way.page[1]
    assert 1 in way.page[1]


def test_the_open_map_holds_offers_that_stood_a_day_and_a_half_without_a_promise():
    full = DEFAULT.rounds
    closed = replace(DEFAULT, rounds=replace(full, base=1000.0))
    world = played(community([donor()], [family(0, visits=24.0)]), Rounds(closed))
    assert world.first_milk[0] > 36
    patient = replace(closed, rounds=replace(closed.rounds, open_map_after=timedelta(days=19)))
    assert played(community([donor()], [family(0, visits=24.0)]), Rounds(patient)).ways == []


def test_who_searches_the_whole_list_does_not_wait_for_the_open_map():
    closed = replace(DEFAULT, rounds=replace(DEFAULT.rounds, base=1000.0, open_map_after=timedelta(days=19)))
    people = community([donor(), donor(id=9, author_id=9)], [family(0, visits=24.0)])
    assert len(played(people, Rounds(closed, whole_list=True)).ways) == 2


def test_on_a_wall_what_the_post_left_out_ends_the_talk_and_the_milk_goes_to_the_next():
    strict = family(0, wishes=Wishes((Wish("dairy", Strength.MUST, 14),)), visits=48.0)
    eats = replace(MILK_OF_MARCH, stated={"dairy": MilkFact(FactState.USES)})
    people = community([donor(milk=eats)], [strict, family(1, visits=0.5)])
    silent, frank = (played(people, Wall(), replace(SURE, post_tells=told)) for told in (0, 1))
    assert (silent.messages, frank.messages) == ([2], [1])
    assert silent.spent == {(0, 0)}
    assert silent.received[0] == frank.received[0] == 0
    assert silent.received[1] > 0
    assert played(people, Rounds(), replace(SURE, post_tells=0)).messages == [1]


def test_on_a_wall_families_write_to_milk_that_is_promised_unless_the_donor_marks_it():
    people = community([donor(volume=600)], [family(0, visits=48.0), family(1, comes=30.0, visits=48.0)])
    marked, unmarked = (played(people, Wall(), replace(SURE, marks_gone=share)) for share in (1, 0))
    assert (marked.messages, unmarked.messages) == ([1], [2])
    assert len(marked.ways) == len(unmarked.ways) == 1


def test_on_a_wall_requests_push_offers_down():
    crowd = [family(number, visits=0.001) for number in range(1, 40)]
    people = community([donor()], [family(0, comes=1.0, visits=48.0), *crowd])
    assert played(people, Wall(), replace(SURE, feed=10)).messages == [0]
    assert played(people, Wall(), replace(SURE, feed=60)).messages[0] > 0


def test_a_large_offer_is_divided_while_others_without_milk_stand_behind():
    two = community([donor(volume=9000)], [family(0, visits=48.0), family(1, visits=48.0)])
    patient = replace(SURE, answer_hours=48, follows_share=1)
    assert sorted(played(two, Rounds(), patient, 3).received) == [4200, 4800]
    assert 8400 in played(two, Rounds(), replace(patient, follows_share=0), 3).received
    assert 8400 in played(two, Wall(), patient, 3).received


def test_an_offer_for_one_family_is_shown_to_nobody_once_that_family_is_chosen():
    late = family(1, comes=60.0, visits=48.0)
    people = community([donor(volume=12000)], [family(0, visits=48.0), late])
    alone = replace(people, donors=(replace(people.donors[0], families=1),))
    unmapped = replace(DEFAULT, rounds=replace(DEFAULT.rounds, open_map_after=timedelta(days=19)))
    assert min(played(people, Rounds(unmapped), SURE).received) > 0
    assert min(played(alone, Rounds(unmapped), SURE).received) == 0


@pytest.mark.slow
def test_rounds_feed_many_more_families_within_a_week_than_a_wall_does():
    ways = {"wall": Wall, "rounds": Rounds}
    people = [(seed, invent(SCARCE, seed=seed, days=35)) for seed in (11, 12)]
    found = {name: average([run(one, way(), seed=seed) for seed, one in people]) for name, way in ways.items()}
    wall, rounds = found["wall"], found["rounds"]
    assert rounds.fed >= wall.fed + 0.15
    assert rounds.messages_p95 < wall.messages_p95 / 2
    assert rounds.gini < wall.gini
    assert rounds.kilometres < wall.kilometres


@pytest.mark.parametrize(
    ("amounts", "expected"), [([], 0), ([0, 0], 0), ([5, 5, 5], 0), ([0, 0, 0, 8], 0.75), ([1, 3], 0.25)]
)
def test_gini_of_amounts(amounts, expected):
    assert gini(amounts) == pytest.approx(expected)


def test_a_family_counts_as_fed_up_to_the_end_of_its_seventh_day():
    numbers = {"received": [], "messages": [], "givers": 0, "ways": [], "given": 0, "wasted": 0}
    assert measured(first_milk=[168.0, 168.1, None, 1.0], **numbers) == Outcome(0.5, 0, 0, 0, 0, 0)
    assert measured(first_milk=[], **numbers).fed == 0


def test_families_who_came_before_the_start_or_in_the_last_week_are_not_counted():
    before, last = family(0, comes=-48.0), family(1, comes=15 * 24.0)
    assert run(community([donor(comes=-50.0)], [before, last]), Rounds(), seed=1, behaviour=SURE).fed == 0
    counted = community([donor(), donor(id=9, author_id=9)], [family(0), last])
    assert run(counted, Rounds(), seed=1, behaviour=SURE).fed == 1


def test_the_best_partners_of_each_are_kept():
    graph = near_each_other(30, 30, 1, best=30)
    kept = best_of_each(graph, 3)
    for end in (graph.offer, graph.request):
        for one in np.unique(end):
            best = np.sort(graph.points[end == one])[-3:]
            assert (graph.points[kept & (end == one)] >= best[0]).sum() >= min(3, len(best))
    assert kept.sum() <= 2 * 3 * 30


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_an_invented_community_is_as_its_setting_says(setting):
    people = invent(setting, seed=1, days=30)
    assert len(people.donors) == round(setting.offers_a_day * 30)
    assert all(0 <= one.comes <= 30 * 24 and one.goes > one.comes for one in (*people.donors, *people.families))
    assert {one.side.travel for one in people.donors} <= {Kilometres(float(one)) for one in setting.travel}


def test_dice_remember_what_they_were_asked():
    dice = Chance(5)
    assert dice.share(1, 2) == dice.share(1, 2) != dice.share(2, 1)
    drawn = [dice.share(number) for number in range(4000)]
    assert 0 <= min(drawn) < 0.01
    assert 0.99 < max(drawn) < 1
    assert np.mean([dice.wait(8, number) for number in range(4000)]) == pytest.approx(8, rel=0.1)
