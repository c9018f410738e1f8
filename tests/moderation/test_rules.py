"""What a moderator may decide, when a lease ends, how urgent a report is."""

from datetime import UTC, datetime, timedelta

import pytest

from app.kernel.errors import Invalid
from app.moderation import rules
from app.moderation.rules import Action, CaseFacts, ReportReason, Rule, TargetKind

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
LONG = "x" * 1001


def facts(*, claimed_by: int | None = None, until: datetime | None = None, reporters: frozenset[int] = frozenset()):
    return CaseFacts(1, reporters, claimed_by, until, TargetKind.POST, "in_review")


@pytest.mark.parametrize(
    ("kind", "post_state", "allowed"),
    [
        (TargetKind.POST, "in_review", ["approve", "ask_edit", "decline"]),
        (TargetKind.POST, "live", ["dismiss", "warn", "hide"]),
        (TargetKind.POST, "paused", ["dismiss", "warn", "hide"]),
        (TargetKind.POST, "matched", ["dismiss", "warn", "hide"]),
        (TargetKind.POST, "withdrawn", ["dismiss", "warn"]),
        (TargetKind.POST, "declined", ["dismiss", "warn"]),
        (TargetKind.MESSAGE, None, ["dismiss", "warn"]),
        (TargetKind.INTEREST, None, ["dismiss", "warn"]),
        (TargetKind.MEMBER, None, ["dismiss", "warn"]),
    ],
)
def test_what_can_be_decided_depends_on_what_it_is_about(kind, post_state, allowed):
    assert list(rules.actions_for(kind, post_state)) == allowed


@pytest.mark.parametrize(
    ("until", "person", "held"),
    [
        (None, 7, False),
        (NOW + timedelta(seconds=1), 7, True),
        (NOW + timedelta(seconds=1), 5, False),
        (NOW, 7, False),
        (NOW - timedelta(seconds=1), 7, False),
    ],
)
def test_a_claim_keeps_others_away_until_the_very_moment_it_ends(until, person, held):
    assert rules.held_by_another(facts(claimed_by=5, until=until), person, NOW) is held


def test_a_lease_is_a_quarter_of_an_hour():
    assert timedelta(minutes=15) == rules.LEASE


@pytest.mark.parametrize(
    ("reasons", "reporters", "harm"),
    [
        ([], 0, 1),
        ([ReportReason.SPAM], 1, 2),
        ([ReportReason.SELLING], 1, 2),
        ([ReportReason.NOT_WHO], 1, 2),
        ([ReportReason.OTHER], 2, 2),
        ([ReportReason.HARASSMENT], 1, 3),
        ([ReportReason.SPAM, ReportReason.UNSAFE_PRACTICE], 2, 3),
        ([ReportReason.SPAM, ReportReason.SPAM, ReportReason.SPAM], 3, 3),
    ],
)
def test_harm_is_the_worst_reason_or_many_reporters(reasons, reporters, harm):
    assert rules.harm_of(reasons, reporters) == harm


def test_somebody_is_party_to_a_case_about_them_or_reported_by_them():
    reported = facts(reporters=frozenset({9}))
    assert rules.is_about(reported, 1)
    assert rules.has_reported(reported, 9)
    assert not rules.is_about(reported, 9)
    assert not rules.has_reported(reported, 1)


@pytest.mark.parametrize("action", sorted(rules.ADVERSE))
@pytest.mark.parametrize(
    ("rule", "reason", "field"),
    [
        ("", "Please name no price.", "rule"),
        ("none", "Please name no price.", "rule"),
        ("invented", "Please name no price.", "rule"),
        ("no_money", "", "reason"),
        ("no_money", "   too short  "[:10], "reason"),
        ("no_money", LONG, "reason"),
    ],
)
def test_a_decision_somebody_may_mind_names_a_rule_and_says_why(action, rule, reason, field):
    with pytest.raises(Invalid) as refused:
        rules.written_reason(action, reason) if rules.chosen_rule(action, rule) else None
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize("action", sorted(set(Action) - rules.ADVERSE))
def test_a_mild_decision_needs_neither_rule_nor_reason(action):
    assert rules.chosen_rule(action, "no_money") is Rule.NONE
    assert rules.written_reason(action, "  ") == ""


def test_a_mild_decision_may_carry_a_word_of_its_own_but_no_essay():
    assert rules.written_reason(Action.APPROVE, " Welcome! ") == "Welcome!"
    with pytest.raises(Invalid):
        rules.written_reason(Action.APPROVE, LONG)


def test_an_action_that_is_not_offered_is_refused_at_its_field():
    with pytest.raises(Invalid) as refused:
        rules.chosen_action("hide", (Action.APPROVE,))
    assert list(refused.value.fields) == ["action"]
    assert rules.chosen_action("approve", (Action.APPROVE,)) is Action.APPROVE


@pytest.mark.parametrize("raw", ["", "nonsense", "SELLING"])
def test_a_report_needs_a_reason_from_the_list(raw):
    with pytest.raises(Invalid) as refused:
        rules.report_reason(raw)
    assert list(refused.value.fields) == ["reason"]


def test_a_report_may_hold_a_thousand_characters_and_not_one_more():
    assert rules.report_words(" " + "ä" * 1000 + " ") == "ä" * 1000
    with pytest.raises(Invalid) as refused:
        rules.report_words(LONG)
    assert list(refused.value.fields) == ["words"]


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (ReportReason, rules.REASON_WORDS),
        (ReportReason, rules.HARM),
        (Rule, rules.RULE_WORDS),
        (Action, rules.ACTION_WORDS),
        (Action, rules.ACTION_LABELS),
        (Action, rules.OUTCOME_WORDS),
        (TargetKind, rules.TARGET_WORDS),
        (TargetKind, rules.OWN_TARGET_WORDS),
        (rules.Cause, rules.CAUSE_WORDS),
    ],
)
def test_every_code_has_its_words(codes, words):
    assert set(codes) == set(words)
