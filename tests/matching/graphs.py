"""Invented graphs of a round, shared by its tests and its benchmark."""

from dataclasses import replace

import numpy as np

from app.matching.rules.rounds import Candidates, Held, Room, tie_hashes
from app.matching.rules.weights import RoundRules

RULES = RoundRules()
WEEK = "2026-W47"
BASE = round(RULES.base * 100)


def candidates(rows):
    """Candidates from rows of (offer, request, points)."""
    columns = np.array(rows, dtype=np.float64).reshape(-1, 3)
    offer, request = columns[:, 0].astype(np.int32), columns[:, 1].astype(np.int32)
    return Candidates(offer, request, np.rint(columns[:, 2] * 100).astype(np.int32))


def ties(graph, week=WEEK):
    """Hashes of a graph whose posts are named after their positions."""
    most = 1 + max(graph.offer.max(initial=0), graph.request.max(initial=0))
    names = [str(number) for number in range(most)]
    return tie_hashes(week, names, names, graph)


def small_rules(offer_cap=2, page_cap=2, **values):
    """The rules with smaller caps, so that a few pairs already press against them."""
    return replace(RULES, families_at_offer=offer_cap, offers_on_page=page_cap, **values)


def total(graph, chosen, held, rules=RULES):
    """The worth of a choice in hundredths of a point, counted the slow way, pair by pair."""
    at_offer, on_page = held.at_offer.tolist(), held.on_page.tolist()
    found = 0
    for row in np.flatnonzero(chosen):
        offer, request = graph.offer[row], graph.request[row]
        found += int(graph.points[row]) - BASE
        found -= round(100 * rules.offer_steps[at_offer[offer]]) + round(100 * rules.page_steps[on_page[request]])
        at_offer[offer] += 1
        on_page[request] += 1
    return found


def clear(offers, requests):
    """Nothing stands and nothing but the caps limits."""
    return {"held": Held.nothing(offers, requests), "room": Room.plenty(offers, requests)}


def near_each_other(offers, requests, seed, *, towns=3, best=25, ties_often=False):
    """
    People around towns, each with their best partners by points, as a snapshot makes them.

    With ``ties_often`` the points come in few sizes, as from families of one area who say the same.
    """
    dice = np.random.default_rng(seed)
    middle = dice.random((towns, 2)) * 60
    homes = [middle[dice.integers(towns, size=size)] + dice.normal(0, 8, (size, 2)) for size in (offers, requests)]
    apart = np.hypot(*(homes[0][:, None, :] - homes[1][None, :, :]).transpose(2, 0, 1))
    points = 25 * np.clip(1 - apart / 50, 0, 1) + dice.random(requests) * 40 + dice.random((offers, requests)) * 20
    if ties_often:
        points = np.rint(points / 10) * 10
    able = (apart < 40) & (dice.random(apart.shape) < 0.6)
    keep = np.zeros_like(able)
    ranked = np.where(able, points, -1)
    rows, columns = np.argsort(-ranked, axis=1)[:, :best], np.argsort(-ranked, axis=0)[:best]
    np.put_along_axis(keep, rows, values=True, axis=1)
    np.put_along_axis(keep, columns, values=True, axis=0)
    offer, request = np.nonzero(keep & able)
    return candidates(np.column_stack([offer, request, points[offer, request]]))
