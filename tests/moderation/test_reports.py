"""Two taps report anything; one case per target; the reporter hears what became of it."""

from datetime import timedelta

import pytest

from app.accounts.models import User
from app.infra.database import db
from app.kernel.errors import Invalid, LimitReached, NotFound
from app.moderation import rules, services
from app.moderation.models import Case, Report
from app.moderation.queries import cases, outcomes, targets
from app.notifications.models import Notice
from app.posts.models import Post
from tests.moderation.conftest import the_case

pytestmark = [pytest.mark.usefixtures("in_app"), pytest.mark.both_databases]


def report(who, post: Post, reason: str = "selling", words: str = "", **kwargs):
    return services.report(who.identity, "post", post.public_id, reason, words, **kwargs)


def test_a_report_opens_a_case_and_gives_a_receipt(offer_of, donor, family, now):
    post = offer_of(donor, state="live")
    receipt = report(family, post, words="She asks for 2 $ an ounce", now=now)
    case = the_case(post.id)
    assert (case.cause, case.harm, case.state, case.about_id) == ("report", 2, "open", donor.id)
    seen = outcomes.report_view(family.identity, receipt)
    assert (seen.reason, seen.words, seen.about, seen.action) == ("selling", "She asks for 2 $ an ounce", "Dana", None)


def test_further_reports_join_the_open_case_and_the_worst_reason_counts(offer_of, donor, family, stranger, now):
    post = offer_of(donor, state="live")
    report(family, post, "spam", now=now)
    report(stranger, post, "harassment", now=now + timedelta(hours=1))
    assert db.session.query(Case).count() == 1
    assert the_case(post.id).harm == 3
    assert the_case(post.id).opened_at == now


def test_three_reporters_make_a_case_urgent(offer_of, donor, family, stranger, other_family, now):
    post = offer_of(donor, state="live")
    for who in (family, stranger, other_family):
        report(who, post, "spam", now=now)
    assert the_case(post.id).harm == rules.URGENT


def test_the_same_person_reports_a_case_once_and_gets_the_same_receipt(offer_of, donor, family, now):
    post = offer_of(donor, state="live")
    assert report(family, post, now=now) == report(family, post, "spam", now=now)
    assert db.session.query(Report).count() == 1


def test_after_a_decision_a_further_report_opens_a_new_case(offer_of, donor, family, moderator, now):
    post = offer_of(donor, state="live")
    first = report(family, post, now=now)
    services.decide(moderator.identity, the_case(post.id).public_id, "dismiss", "", "", now=now)
    second = report(family, post, now=now)
    assert first != second
    assert [case.state for case in db.session.query(Case).order_by(Case.id)] == ["decided", "open"]


def test_nobody_reports_themselves(offer_of, donor, now):
    with pytest.raises(NotFound):
        report(donor, offer_of(donor, state="live"), now=now)


def test_a_post_nobody_has_seen_yet_cannot_be_reported(offer_of, donor, family, now):
    with pytest.raises(NotFound):
        report(family, offer_of(donor, state="in_review"), now=now)


@pytest.mark.parametrize(
    ("kind", "address"),
    [("post", "nothing"), ("message", "nothing.1"), ("message", "nothing"), ("message", "a.١"), ("message", "a.-1"),
     ("message", "a.99999999999999999999"), ("interest", "nothing"), ("member", "nothing"), ("house", "x"), ("", "")],
)  # fmt: skip
def test_what_does_not_exist_is_not_found(kind, address, family, now):
    with pytest.raises(NotFound):
        services.report(family.identity, kind, address, "spam", "", now=now)


def test_a_message_is_reported_by_the_other_person_of_the_conversation_only(talk, donor, family, stranger, now):
    conversation = talk("Do you have PayPal?", "No")
    receipt = services.report(family.identity, "message", f"{conversation}.1", "selling", "", now=now)
    assert outcomes.report_view(family.identity, receipt).target_kind == "message"
    for who, number in ((donor, 1), (stranger, 1), (family, 3)):
        with pytest.raises(NotFound):
            services.report(who.identity, "message", f"{conversation}.{number}", "selling", "", now=now)


def test_the_evidence_of_a_message_is_the_few_lines_around_it(talk, family, now):
    conversation = talk(*[f"line {n}" for n in range(1, 13)])
    target = targets.reportable(family.identity, "message", f"{conversation}.7")
    lines = targets.messages_around(target.id)
    assert [line.said.body for line in lines] == [f"line {n}" for n in range(3, 10)]
    assert [line.said.body for line in lines if line.reported] == ["line 7"]
    assert lines[0].sender == "Dana"


@pytest.mark.parametrize(
    ("origin", "writer", "reader"), [("yes", "family", "donor"), ("invitation", "donor", "family")]
)
def test_a_note_is_reported_by_whom_it_was_written_to(
    origin, writer, reader, interest_between, offer_of, donor, family, stranger, now
):
    cast = {"donor": donor, "family": family}
    offer, request = offer_of(donor, state="live"), offer_of(family, state="live")
    note = interest_between(offer, request, donor, family, origin=origin, note="Call me")
    services.report(cast[reader].identity, "interest", note.public_id, "harassment", "", now=now)
    assert the_case(note.id, "interest").about_id == cast[writer].id
    assert targets.note_of(note.id) == "Call me"
    for who in (cast[writer], stranger):
        with pytest.raises(NotFound):
            services.report(who.identity, "interest", note.public_id, "harassment", "", now=now)


def test_a_member_can_be_reported_by_another(person, donor, family, now):
    public_id = db.session.get_one(User, donor.id).public_id
    services.report(family.identity, "member", public_id, "not_who", "", now=now)
    assert the_case(donor.id, "member").about_id == donor.id
    with pytest.raises(NotFound):
        services.report(donor.identity, "member", public_id, "not_who", "", now=now)


@pytest.mark.parametrize(("reason", "words", "field"), [("", "", "reason"), ("selling", "x" * 1001, "words")])
def test_a_bad_report_leaves_nothing_behind(offer_of, donor, family, now, reason, words, field):
    with pytest.raises(Invalid) as refused:
        report(family, offer_of(donor, state="live"), reason, words, now=now)
    assert list(refused.value.fields) == [field]
    assert db.session.query(Case).count() == 0


def test_a_flood_of_reports_is_stopped_and_a_day_later_one_may_report_again(offer_of, donor, family, now):
    for _ in range(rules.REPORTS_A_DAY):
        report(family, offer_of(donor, state="live"), now=now)
    one_more = offer_of(donor, state="live")
    with pytest.raises(LimitReached):
        report(family, one_more, now=now)
    assert db.session.query(Case).filter_by(target_id=one_more.id).count() == 0
    assert report(family, one_more, now=now + timedelta(days=1))


def test_a_receipt_is_its_reporters_alone(offer_of, donor, family, stranger, now):
    receipt = report(family, offer_of(donor, state="live"), now=now)
    for other in (donor, stranger):
        with pytest.raises(NotFound):
            outcomes.report_view(other.identity, receipt)
        assert outcomes.own_reports(other.identity) == ()
    assert [seen.public_id for seen in outcomes.own_reports(family.identity)] == [receipt]


@pytest.mark.parametrize(("action", "rule", "reason"), [("dismiss", "", ""), ("hide", "no_money", "It names a price.")])
def test_the_reporter_hears_the_outcome(action, rule, reason, offer_of, donor, family, moderator, now):
    post = offer_of(donor, state="live")
    receipt = report(family, post, now=now)
    services.decide(moderator.identity, the_case(post.id).public_id, action, rule, reason, now=now)
    assert outcomes.report_view(family.identity, receipt).action == action
    notices = db.session.query(Notice).filter_by(user_id=family.id, kind="report_decided").all()
    assert len(notices) == 1
    assert notices[0].path == "/reports"


def test_a_report_of_a_post_in_review_joins_its_review(offer_of, donor, family, now):
    post = offer_of(donor, state="in_review", published=True)
    services.open_review(post.id, donor.id, now=now)
    report(family, post, "unsafe_practice", now=now)
    assert db.session.query(Case).count() == 1
    assert the_case(post.id).harm == 3


def test_the_queue_says_how_many_reported(offer_of, donor, family, stranger, moderator, now):
    post = offer_of(donor, state="live")
    for who in (family, stranger):
        report(who, post, now=now)
    (line,), waiting = cases.queue(moderator.identity, now=now)
    assert (line.reports, line.about, waiting) == (2, "Dana", 1)
