"""A coordinator plays the past weeks again under changed rules, and reads nothing about a person."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.infra.database import db
from app.matching import configuration, services
from app.matching.commands import replay
from app.matching.models import Interest
from app.matching.queries.log import ReplayError, past_weeks
from app.posts import services as posts
from app.posts.queries import post_by_public_id
from tests.matching.conftest import OFFER, REQUEST, place, post

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
TOWNS = ("Sacramento, CA", "Davis, CA", "Roseville, CA", "Folsom, CA", "Woodland, CA")
TIGHT = "[rounds]\nfamilies_at_offer = 1\noffers_on_page = 1\nshown_to_donor = 1\n"
NEAR = "[weights]\nnear = 60\nshort_trip = 30\nfirst_milk = 10\n" + "\n".join(
    f"{name} = 0"
    for name in (
        *("need", "next_days", "freezer_empty", "musts_stated", "one_handoff", "waited", "use_soon"),
        *("weekly", "like_age"),
    )
)


def ago(days):
    return NOW - timedelta(days=days)


@pytest.fixture
def weeks(in_app, person, monkeypatch):
    """Eight donors and fourteen families of five towns, over three weeks."""
    monkeypatch.setattr(replay, "utcnow", lambda: NOW)
    areas = [place(town) for town in TOWNS]
    donors = [person(f"Donor{number}", area_id=areas[number % 5]) for number in range(8)]
    families = [person(f"Family{number}", area_id=areas[number % 3]) for number in range(14)]
    offers = [post(one, OFFER, now=ago(24 - 2 * number)) for number, one in enumerate(donors)]
    wants = [post(one, replace(REQUEST, stock_ml=0), now=ago(26 - 1.2 * number)) for number, one in enumerate(families)]
    return {"donors": donors, "families": families, "offers": offers, "requests": wants}


@pytest.fixture
def call(in_app):
    """Run the command with these arguments."""
    yield lambda *arguments: in_app.test_cli_runner().invoke(args=["match", "replay", *arguments])
    configuration.install("")


def rules(folder, text):
    path = folder / "changed.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def told(answer):
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.output)


def test_the_same_rules_make_no_difference(weeks, call, tmp_path):
    found = told(call("--json", "--runs", "2", "--with", rules(tmp_path, "")))
    assert found["current"] == found["changed"]
    assert set(found["difference"].values()) == {0}
    assert (found["offers"], found["requests"]) == (8, 14)
    assert found["current"]["fed"] > 0
    assert found["current"]["messages_p95"] > 1


def test_smaller_caps_bring_a_donor_fewer_messages(weeks, call, tmp_path):
    found = told(call("--json", "--with", rules(tmp_path, TIGHT)))
    assert found["difference"]["messages_p95"] < 0


def test_larger_caps_bring_a_donor_more_messages(weeks, call, tmp_path):
    configuration.install(rules(tmp_path, TIGHT))
    (tmp_path / "usual.toml").write_text("", encoding="utf-8")
    found = told(call("--json", "--with", str(tmp_path / "usual.toml")))
    assert found["difference"]["messages_p95"] > 0


def test_points_for_nearness_alone_shorten_the_way(weeks, call, tmp_path):
    found = told(call("--json", "--with", rules(tmp_path, NEAR)))
    assert found["difference"]["kilometres"] < 0


def test_without_a_change_it_tells_how_the_rules_in_force_do(weeks, call):
    found = told(call("--json", "--runs", "1"))
    assert "changed" not in found
    assert found["runs"] == 1


def test_the_table_names_the_assumptions_and_both_columns(weeks, call, tmp_path):
    printed = call("--runs", "1", "--with", rules(tmp_path, TIGHT)).output
    assert printed.startswith("2026-10-24 to 2026-11-21: 8 offers, 14 requests, mean of 1 runs")
    assert "current   changed" in printed
    for words in replay.ASSUMED:
        assert f"- {words}" in printed
    assert "changed" not in call("--runs", "1").output.splitlines()[1]


def test_nothing_printed_leads_to_a_person_a_place_or_a_health_fact(weeks, call, tmp_path):
    changed = rules(tmp_path, TIGHT)
    printed = call("--runs", "1", "--with", changed).output + call("--runs", "1", "--with", changed, "--json").output
    people = [*weeks["donors"], *weeks["families"]]
    private = [
        *weeks["offers"], *weeks["requests"], *(one.display_name for one in people), *(one.email for one in people),
        *(town.split(",")[0] for town in TOWNS), "dairy", "allerg", "preterm", "medicine",
    ]  # fmt: skip
    assert [word for word in private if word.lower() in printed.lower()] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [("[weights]\nnear = 99", "weights"), ("[rounds]\nfamilies = 3", "rounds.families"), ("[", "changed.toml")],
)
def test_a_wrong_file_is_named_with_its_key(weeks, call, tmp_path, text, words):
    answer = call("--with", rules(tmp_path, text))
    assert answer.exit_code == 2
    assert words in answer.output


def test_too_few_people_are_no_community(in_app, donor, family, call, monkeypatch):
    monkeypatch.setattr(replay, "utcnow", lambda: NOW)
    post(donor, OFFER, now=ago(3))
    post(family, REQUEST, now=ago(3))
    answer = call()
    assert answer.exit_code == 1
    assert "fewer than 5" in answer.output


def test_too_many_posts_ask_for_fewer_days(weeks, monkeypatch):
    monkeypatch.setattr("app.matching.queries.log.MOST", 10)
    with pytest.raises(ReplayError, match="fewer days"):
        past_weeks(28, now=NOW)


def test_what_ended_before_or_was_never_live_is_not_read(weeks, person):
    posts.withdraw(weeks["donors"][0].identity, weeks["offers"][0], now=ago(12))
    assert len(past_weeks(28, now=NOW).community.donors) == 8
    assert len(past_weeks(10, now=NOW).community.donors) == 7
    late = person("Late")
    post(late, OFFER, now=NOW + timedelta(days=1))
    assert len(past_weeks(28, now=NOW).community.donors) == 8


def test_who_stood_before_the_start_is_there_but_not_counted(weeks):
    community = past_weeks(20, now=NOW).community
    assert min(one.comes for one in community.families) < 0
    assert len(community.families) == 14


def test_families_that_rounds_leave_out_are_left_out(weeks, person):
    for changes in ({"term_and_healthy": "no"}, {"immediate_allergy": True}):
        post(person(f"Other{len(changes)}{next(iter(changes))}"), replace(REQUEST, **changes), now=ago(5))
    assert len(past_weeks(28, now=NOW).community.families) == 14


def test_an_offer_ends_with_its_last_day_its_use_by_or_when_it_was_taken_down(weeks, person):
    fridge = replace(OFFER, storage="fridge", pumped_from=date(2026, 11, 9), pumped_to=date(2026, 11, 10))
    post(person("Fridge"), fridge, now=ago(11))
    dated = replace(OFFER, ends_on=date(2026, 11, 19))
    post(person("Dated"), dated, now=ago(10))
    posts.withdraw(weeks["donors"][7].identity, weeks["offers"][7], now=ago(4))
    ends = {one.goes for one in past_weeks(28, now=NOW).community.donors}
    start = NOW - timedelta(days=28)
    for moment in (datetime(2026, 11, 14, tzinfo=UTC), datetime(2026, 11, 19, tzinfo=UTC), ago(4)):
        assert (moment - start).total_seconds() / 3600 in ends


def test_an_earlier_fulfilled_request_makes_a_family_one_that_had_milk(weeks, family):
    first = post(family, REQUEST, now=ago(25))
    posts.fulfil(post_by_public_id(first).id, now=ago(20))
    post(family, REQUEST, now=ago(15))
    had = [one.side.fed_before for one in past_weeks(28, now=NOW).community.families]
    assert had.count(True) == 1


def test_donors_answer_as_fast_as_the_log_says_once_it_holds_enough_answers(weeks):
    assert past_weeks(28, now=NOW).measured == ()
    for number, (one, asked) in enumerate(zip(weeks["families"], weeks["requests"], strict=True)):
        for other in (number % 8, (number + 3) % 8):
            yes = services.say_yes(one.identity, weeks["offers"][other], asked, now=ago(6))
            services.decline(weeks["donors"][other].identity, yes, now=ago(5))
    found = past_weeks(28, now=NOW)
    assert found.measured == ("answer_hours",)
    assert found.behaviour.answer_hours == 24


def test_reading_the_log_writes_nothing(weeks):
    past_weeks(28, now=NOW)
    assert not db.session.new
    assert not db.session.dirty


def test_promises_break_as_often_as_the_log_says_once_it_holds_enough_of_them(weeks):
    pairs = [(offer, asked) for offer in weeks["offers"] for asked in weeks["requests"][:3]]
    broken = []
    for number, (offer, asked) in enumerate(pairs):
        ids = {"offer_id": post_by_public_id(offer).id, "request_id": post_by_public_id(asked).id}
        if number % 4:
            services.book(f"{number}", **ids, volume=500, at=ago(5))
            services.receive(f"{number}", volume=500, now=ago(4))
        else:
            people = {"donor_id": weeks["donors"][number // 3].id, "family_id": weeks["families"][number % 3].id}
            ended = {"state": "accepted", "note": "", "created_at": ago(6), "fell_through_at": ago(3)}
            broken.append(Interest(public_id=f"p{number}", origin="invitation", **ids, **people, **ended))
    db.session.add_all(broken)
    db.session.commit()
    found = past_weeks(28, now=NOW)
    assert found.measured == ("no_show",)
    assert found.behaviour.no_show == 0.25
