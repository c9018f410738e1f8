"""One cause is one notice to each person it concerns, whichever capabilities have something to say about it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.handoffs import jobs as upkeep
from app.handoffs import services
from app.handoffs.rules.amounts import MISSED_AFTER, Condition
from app.handoffs.rules.states import CancelReason
from app.infra import jobs
from app.infra.database import db
from app.infra.transaction import transaction
from app.matching import services as matching
from app.milk.rules.withdrawals import Draft, Reason
from app.milk.services import withdrawals
from app.notifications.models import Notice
from app.notifications.words import sentence
from app.posts import services as posts
from app.posts.models import Post
from tests.conftest import NOW
from tests.handoffs.factories import END, HOUR, START, agreed, notices, offer_of, proposed, request_of, talk
from tests.handoffs.test_withdrawal_cards import held, lots_in

CAUSE = START - timedelta(hours=2)
LATER = END + timedelta(hours=2)


@pytest.fixture
def line(in_app, pair, person):
    """Two others wait in line for the milk of the pair."""
    for name in ("Nora", "Olga"):
        who = person(name)
        matching.say_yes(who.identity, pair.offer_public_id, request_of(who), now=NOW)
    return pair


def told(who, since) -> list[tuple[str, str | None]]:
    """Each notice left since then: its kind, and what was joined to it."""
    db.session.rollback()
    rows = db.session.scalars(select(Notice).where(Notice.user_id == who.id).order_by(Notice.id))
    return [(row.kind, row.params.get("then")) for row in rows if row.created_at >= since]


def _family_cancels(where, meeting):
    services.cancel(where.family.identity, meeting, reason=CancelReason.PLANS_CHANGED, now=CAUSE)


def _donor_cancels(where, meeting):
    services.cancel(where.donor.identity, meeting, reason=CancelReason.PLANS_CHANGED, now=CAUSE)


def _family_says_missed(where, meeting):
    services.report_missed(where.family.identity, meeting, now=END)


def _donor_says_missed(where, meeting):
    services.report_missed(where.donor.identity, meeting, now=END)


def _time_ends_it(_where, _meeting):
    upkeep.upkeep(now=END + MISSED_AFTER)


def _nobody_answers(_where, _meeting):
    upkeep.upkeep(now=END)


def _offer_withdrawn(where, _meeting):
    posts.withdraw(where.donor.identity, where.offer_public_id, now=CAUSE)


def _offer_expires(where, _meeting):
    with transaction() as session:
        session.get(Post, where.offer_id).ends_on = CAUSE.date() - timedelta(days=1)
    posts.expire_due(now=CAUSE)


def _request_withdrawn(where, _meeting):
    posts.withdraw(where.family.identity, where.request_public_id, now=CAUSE)


def _missed_but_met(where, *, by, says):
    """A meeting that was missed and of which ``by`` says that it was held after all; what happened before is read."""
    meeting = agreed(where)
    services.report_missed(says.identity, meeting, now=END)
    services.say_met(by.identity, meeting, now=END + HOUR)
    return meeting


def _donor_said_met(where):
    return _missed_but_met(where, by=where.donor, says=where.donor)


def _family_said_met(where):
    return _missed_but_met(where, by=where.family, says=where.family)


def _other_denies(who):
    return lambda where, meeting: services.say_not_met(getattr(where, who).identity, meeting, now=LATER)


def _takes_it_back(who):
    return lambda where, meeting: services.cancel(
        getattr(where, who).identity, meeting, reason=CancelReason.UNSAID, now=LATER
    )


def _nobody_enters_anything(_where, _meeting):
    upkeep.upkeep(now=LATER + MISSED_AFTER)


def _invited(where):
    """The donor invited the family to two more offers of hers."""
    for volume in (600, 700):
        matching.invite(where.donor.identity, offer_of(where.donor, volume_ml=volume), where.request_public_id, now=NOW)


def _invited_as_well(where):
    _invited(where)
    return proposed(where)


def _declines(where, meeting):
    services.decline(where.donor.identity, meeting, now=CAUSE)


def _by_donor(where):
    return proposed(where, by=where.donor)


CAUSES = {
    "the family calls an agreed meeting off": (
        agreed, _family_cancels, CAUSE, [("handoff_cancelled", "turn_planned")], [],
    ),
    "the donor calls an agreed meeting off": (
        agreed, _donor_cancels, CAUSE, [("next_in_line", None)], [("handoff_cancelled", None)],
    ),
    "the family says that they did not meet": (
        agreed, _family_says_missed, END, [("handoff_missed_said", "next_in_line")], [],
    ),
    "the donor says that they did not meet": (
        agreed, _donor_says_missed, END, [("next_in_line", None)], [("handoff_missed_said", None)],
    ),
    "nobody says anything for a week": (
        agreed, _time_ends_it, END + MISSED_AFTER, [("handoff_missed", "turn_planned")], [("handoff_missed", None)],
    ),
    "the family lets the donor's proposal go by": (
        _by_donor, _nobody_answers, END, [("handoff_lapsed", "turn_planned")], [],
    ),
    "the family says that they did not meet after all": (
        _donor_said_met, _other_denies("family"), LATER, [("handoff_not_met", "next_in_line")], [],
    ),
    "the donor says that they did not meet after all": (
        _family_said_met, _other_denies("donor"), LATER, [("next_in_line", None)], [("handoff_not_met", None)],
    ),
    "the family takes back that they met after all": (
        _family_said_met, _takes_it_back("family"), LATER, [("handoff_not_met", "next_in_line")], [],
    ),
    "the donor takes it back": (
        _donor_said_met, _takes_it_back("donor"), LATER, [("next_in_line", None)], [("handoff_not_met", None)],
    ),
    "nobody enters anything after that": (
        _donor_said_met, _nobody_enters_anything, LATER + MISSED_AFTER, [("handoff_missed", "next_in_line")],
        [("handoff_missed", None)],
    ),
    "the request is withdrawn under a proposal and two invitations": (
        _invited_as_well, _request_withdrawn, CAUSE, [("turn_planned", None)], [],
    ),
    "the donor declines a proposal": (proposed, _declines, CAUSE, [], [("handoff_declined", None)]),
    "the offer is withdrawn under a proposal": (proposed, _offer_withdrawn, CAUSE, [], [("handoff_closed", None)]),
    "the offer expires under a proposal": (
        proposed, _offer_expires, CAUSE, [("handoff_closed", None)], [("handoff_closed", None)],
    ),
    "the offer is withdrawn under two proposals": (
        lambda where: [proposed(where, volume_ml=100), proposed(where, volume_ml=200)][0],
        _offer_withdrawn, CAUSE, [], [("handoff_closed", None)],
    ),
    "the offer is withdrawn under a chosen family without a plan": (
        lambda _where: "", _offer_withdrawn, CAUSE, [], [("milk_gone", None)],
    ),
    "the request is withdrawn under a proposal": (
        proposed, _request_withdrawn, CAUSE, [("turn_planned", None)], [],
    ),
}  # fmt: skip
"""By the cause: what stands before, what happens, when, and what donor and family are told of it."""


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_leaves_at_most_one_notice_with_each_of_the_two(line, cause):
    before, happens, at, of_donor, of_family = CAUSES[cause]
    happens(line, before(line))
    jobs.run_due(now=at)
    assert told(line.donor, at) == of_donor
    assert told(line.family, at) == of_family


@pytest.mark.parametrize(("plan", "told_donor"), [(proposed, "handoff_closed"), (lambda _where: "", "need_over")])
def test_where_nobody_waits_a_need_that_is_over_is_one_notice_too(in_app, pair, plan, told_donor):
    """The donor invited the family to two more offers, and has a plan with it or has none."""
    _invited(pair)
    plan(pair)
    posts.withdraw(pair.family.identity, pair.request_public_id, now=CAUSE)
    jobs.run_due(now=CAUSE)
    assert told(pair.donor, CAUSE) == [(told_donor, None)]


def test_whoever_is_told_again_and_again_that_they_did_not_meet_hears_it_each_time(in_app, pair):
    """Each of the two may say once that they met; the same one of them may be told twice that it was not so."""
    meeting = _missed_but_met(pair, by=pair.donor, says=pair.donor)
    services.cancel(pair.donor.identity, meeting, reason=CancelReason.UNSAID, now=LATER)
    services.say_met(pair.family.identity, meeting, now=LATER + HOUR)
    services.say_not_met(pair.donor.identity, meeting, now=LATER + 2 * HOUR)
    assert [kind for kind, _then in told(pair.family, LATER)] == ["handoff_not_met", "handoff_not_met"]


def test_time_says_again_that_a_meeting_was_missed(in_app, pair):
    meeting = agreed(pair)
    first, said, second = END + MISSED_AFTER, END + 2 * MISSED_AFTER, END + 3 * MISSED_AFTER
    upkeep.upkeep(now=first)
    services.say_met(pair.donor.identity, meeting, now=said)
    upkeep.upkeep(now=second)
    for who in (pair.donor, pair.family):
        assert [kind for kind, _then in told(who, second)] == ["handoff_missed"]


def test_it_says_what_happened_and_what_comes_next_and_leads_to_where_it_is_stopped(line):
    _family_cancels(line, agreed(line))
    (row,) = [row for row in db.session.scalars(select(Notice)) if row.kind == "handoff_cancelled"]
    assert row.path == f"/matches/{line.offer_public_id}/line"
    with db.session.no_autoflush:
        said, plain = sentence(row.kind, row.params), sentence(row.kind, row.params, named=False)
    assert said == (
        "Fatima called the meeting off. A promise lapsed. Next in line is Nora: we ask soon, unless you stop it."
    )
    assert "Fatima" not in plain
    assert "Nora" not in plain
    assert plain.endswith("We ask the next family in line soon, unless you stop it.")


def test_a_family_whose_proposal_goes_with_the_offer_is_led_to_its_next_best(line):
    proposed(line)
    posts.withdraw(line.donor.identity, line.offer_public_id, now=CAUSE)
    (row,) = [row for row in db.session.scalars(select(Notice)) if row.kind == "handoff_closed"]
    assert (row.user_id, row.path.rsplit("/", 1)[0]) == (line.family.id, "/matches/instead")


def test_a_cancelled_meeting_of_long_ago_takes_up_no_news_of_today(line):
    """Only what is told at the same moment is one notice."""
    _family_cancels(line, agreed(line))
    again = agreed(line)
    services.cancel(line.family.identity, again, reason=CancelReason.PLANS_CHANGED, now=CAUSE + timedelta(hours=1))
    assert [kind for kind, _then in told(line.donor, CAUSE)] == ["handoff_cancelled", "handoff_cancelled"]


def test_milk_that_is_withdrawn_is_one_notice_to_its_family_and_none_that_somebody_wrote(line):
    lots = lots_in(line, held(line))
    since = END + timedelta(minutes=1)
    withdrawals.withdraw(line.donor.identity, Draft(Reason.STORAGE, lot_public_ids=tuple(lots)), now=since)
    jobs.run_due(now=since)
    jobs.run_due(now=since + timedelta(hours=3))
    assert told(line.family, since) == [("milk_withdrawn_medium", None)]
    assert "milk_withdrawn_medium" not in notices(line.donor)


def test_the_last_bag_given_is_one_notice_to_each_who_is_concerned(line, other_family):
    other = talk(line.donor, other_family, offer=line.offer_public_id)
    proposed(other, volume_ml=1000)
    meeting = agreed(line, volume_ml=1000)
    services.confirm(line.donor.identity, meeting, amount_ml=990, condition=None, now=END - timedelta(minutes=1))
    services.confirm(line.family.identity, meeting, amount_ml=990, condition=Condition.FROZEN, now=END)
    jobs.run_due(now=END)
    assert [told(who, END) for who in (line.donor, line.family, other_family)] == [
        [("handoff_confirmed", None)], [("handoff_confirmed", None)], [("handoff_closed", None)],
    ]  # fmt: skip
