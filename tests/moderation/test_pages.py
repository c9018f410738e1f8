"""The pages of review and reports, as a browser without JavaScript uses them."""

import re

import pytest
from flask import url_for

from app.accounts.models import User
from app.infra.database import db
from app.kernel.access import Role
from app.moderation import services
from app.moderation.models import Case, Report
from app.posts.models import Post
from tests.moderation.conftest import the_case

WHY = "Please take the price out; milk is given here."


@pytest.fixture
def case(app, case_of, donor) -> str:
    """The waiting review of the donor's first post."""
    with app.app_context():
        return case_of(donor, note="2 $ an ounce, pick-up only")


@pytest.fixture
def live(app, offer_of, donor) -> str:
    """A live offer of the donor, by its public id."""
    with app.app_context():
        return offer_of(donor, state="live", note="60 oz, two $ each").public_id


def only_case(app) -> str:
    with app.app_context():
        return db.session.query(Case).order_by(Case.id.desc()).first().public_id


def test_a_visitor_is_asked_to_sign_in(client, case, live):
    for path in ("/moderation", f"/moderation/cases/{case}", f"/report/post/{live}", "/reports"):
        answer = client.get(path)
        assert answer.status_code == 302
        assert "/login" in answer.location


@pytest.mark.parametrize("who", ["donor", "family", "stranger"])
def test_for_a_member_there_is_no_queue_and_no_case(who, request, sign_in, case):
    client = sign_in(request.getfixturevalue(who))
    assert client.get("/moderation").status_code == 404
    assert client.get(f"/moderation/cases/{case}").status_code == 404
    for act in ("claim", "give-back", "decide"):
        assert client.post(f"/moderation/cases/{case}/{act}", data={"action": "approve"}).status_code == 404


def test_an_empty_queue_says_what_happens_next(sign_in, moderator):
    assert "Nothing waits" in sign_in(moderator).get("/moderation").text


def test_the_whole_way_from_queue_to_statement(app, sign_in, moderator, donor, case):
    desk = sign_in(moderator)
    queue = desk.get("/moderation").text
    assert "Dana" in queue
    assert "1 case waits." in queue
    page = desk.get(f"/moderation/cases/{case}").text
    assert "2 $ an ounce, pick-up only" in page
    assert desk.post(f"/moderation/cases/{case}/claim").location == f"/moderation/cases/{case}"
    assert "It is yours until" in desk.get(f"/moderation/cases/{case}").text
    decided = desk.post(
        f"/moderation/cases/{case}/decide", data={"action": "ask_edit", "rule": "no_money", "reason": WHY}
    )
    assert decided.location == "/moderation"
    author = sign_in(donor)
    assert f"/reviews/{case}" in author.get("/reports").text
    statement = author.get(f"/reviews/{case}").text
    assert WHY in statement
    assert "Milk is given, never sold" in statement
    assert "Mona" not in statement


def test_a_decision_that_lacks_a_rule_keeps_what_was_typed(sign_in, moderator, case):
    answer = sign_in(moderator).post(f"/moderation/cases/{case}/decide", data={"action": "decline", "reason": WHY})
    assert answer.status_code == 422
    assert WHY in answer.text
    assert "Say which of our rules this is about." in answer.text


def test_the_second_moderator_sees_who_decided_what(sign_in, moderator, person, case):
    second = sign_in(person("Milo", roles=[Role.MODERATOR]))
    sign_in(moderator).post(f"/moderation/cases/{case}/decide", data={"action": "approve"})
    answer = second.post(
        f"/moderation/cases/{case}/decide", data={"action": "decline", "rule": "honest", "reason": WHY}
    )
    assert answer.status_code == 409
    assert "The first decision stands." in answer.text
    assert "Mona decided on" in answer.text
    assert "Approved" in answer.text


def test_a_held_case_says_who_holds_it_and_offers_no_decision(sign_in, moderator, person, case):
    sign_in(moderator).post(f"/moderation/cases/{case}/claim")
    second = sign_in(person("Milo", roles=[Role.MODERATOR]))
    page = second.get(f"/moderation/cases/{case}")
    assert "Mona is looking at it until" in page.text
    assert 'name="action"' not in page.text
    assert "Mona is looking at it until" in second.get("/moderation").text
    assert second.post(f"/moderation/cases/{case}/claim").status_code == 409


def test_a_case_is_given_back(sign_in, moderator, case):
    desk = sign_in(moderator)
    desk.post(f"/moderation/cases/{case}/claim")
    assert desk.post(f"/moderation/cases/{case}/give-back").location == "/moderation"
    assert "is looking at it until" not in desk.get("/moderation").text


def test_a_report_takes_two_taps(app, sign_in, family, live):
    client = sign_in(family)
    page = client.get(f"/report/post/{live}").text
    assert re.findall(r'<button[^>]*name="reason"\s+value="(\w+)"', page) == [
        "selling", "harassment", "unsafe_practice", "not_who", "spam", "other",
    ]  # fmt: skip
    answer = client.post(f"/report/post/{live}", data={"reason": "selling"})
    receipt = client.get(answer.location).text
    assert "Thank you, we have your report" in receipt
    assert "A moderator will look at it." in receipt
    assert "Dana" in client.get("/reports").text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"words": "She asks for money"}, "She asks for money"),
        ({"reason": "nonsense", "words": "She asks for money"}, "Choose what is wrong."),
        ({"reason": "selling", "words": "x" * 1001}, "x" * 1001),
        ({"reason": "selling", "words": "x" * 1001}, "Please keep it under 1,000 characters."),
    ],
)
def test_a_bad_report_keeps_what_was_typed(data, words, app, sign_in, family, live):
    answer = sign_in(family).post(f"/report/post/{live}", data=data)
    assert answer.status_code == 422
    assert words in answer.text
    with app.app_context():
        assert db.session.query(Report).count() == 0


@pytest.mark.parametrize("address", ["post/nothing", "message/nothing.1", "house/nothing", "member/nothing"])
def test_what_is_not_there_cannot_be_reported(address, sign_in, family):
    assert sign_in(family).get(f"/report/{address}").status_code == 404


def test_one_cannot_report_ones_own_post(sign_in, donor, live):
    assert sign_in(donor).post(f"/report/post/{live}", data={"reason": "spam"}).status_code == 404


def test_a_reported_message_is_shown_to_the_moderator_in_its_context(app, sign_in, talk, family, moderator, now):
    with app.app_context():
        conversation = talk("Hello", "Hi", "Send me 20 $ first")
        services.report(family.identity, "message", f"{conversation}.3", "selling", "Asked for money", now=now)
    page = sign_in(moderator).get(f"/moderation/cases/{only_case(app)}").text
    for words in ("Hello", "Send me 20 $ first", "Asked for money", "Fatima"):
        assert words in page


def test_a_reported_note_and_a_reported_member_are_shown(
    app, sign_in, interest_between, offer_of, donor, family, moderator, now
):
    with app.app_context():
        note = interest_between(
            offer_of(donor, state="live"), offer_of(family, state="live"), donor, family, note="Ring me"
        )
        services.report(donor.identity, "interest", note.public_id, "spam", "", now=now)
        noted = the_case(note.id, "interest").public_id
        services.report(donor.identity, "member", db.session.get_one(User, family.id).public_id, "spam", "", now=now)
        member = the_case(family.id, "member").public_id
    desk = sign_in(moderator)
    assert "Ring me" in desk.get(f"/moderation/cases/{noted}").text
    assert "about the person as a whole" in desk.get(f"/moderation/cases/{member}").text


def test_a_request_is_shown_in_full(app, sign_in, offer_of, donor, moderator, now):
    from app.infra.transaction import transaction
    from app.posts.models import PostFact, PostWish, Request

    with app.app_context():
        post = offer_of(donor, note="Need milk for my girl")
        with transaction() as session:
            row = session.get(Post, post.id)
            row.kind, row.offer = "request", None
            row.request = Request(need_ml_per_day=700, days=30, baby_age_band="0_3", term_and_healthy="yes")
            row.wishes = [PostWish(attribute="dairy", strength="must", avoid_days=21)]
            row.facts = [PostFact(attribute="dairy", state="avoids", since=now.date())]
        services.open_review(post.id, donor.id, now=now)
    page = sign_in(moderator).get(f"/moderation/cases/{only_case(app)}").text
    for words in ("Need milk for my girl", "24 oz", "30"):
        assert words in page


def test_a_moderator_who_reported_it_cannot_decide_it(app, sign_in, moderator, live):
    desk = sign_in(moderator)
    desk.post(f"/report/post/{live}", data={"reason": "spam"})
    case = only_case(app)
    assert "Somebody else decides it." in desk.get(f"/moderation/cases/{case}").text
    assert desk.post(f"/moderation/cases/{case}/decide", data={"action": "dismiss"}).status_code == 403


def test_a_case_taken_back_says_so(app, sign_in, moderator, donor, offer_of, now):
    with app.app_context():
        post = offer_of(donor)
        services.open_review(post.id, donor.id, now=now)
        services.close_review(post.id, post_state="withdrawn")
        case = the_case(post.id).public_id
    page = sign_in(moderator).get(f"/moderation/cases/{case}").text
    assert "Its author took this back." in page
    assert 'name="action"' not in page


def test_the_receipt_offers_a_block_and_it_holds(app, sign_in, family, donor, live):
    client = sign_in(family)
    receipt = client.post(f"/report/post/{live}", data={"reason": "harassment"}).location
    assert "Block Dana" in client.get(receipt).text
    blocked = client.post(f"{receipt}/block")
    assert "You no longer see each other" in client.get(blocked.location).text
    from app.accounts.models import Block

    with app.app_context():
        assert db.session.query(Block).filter_by(blocker_id=family.id, blocked_id=donor.id).count() == 1


def test_nobody_blocks_by_the_receipt_of_another(app, sign_in, family, stranger, live):
    receipt = sign_in(family).post(f"/report/post/{live}", data={"reason": "harassment"}).location
    other = sign_in(stranger)
    assert other.get(receipt).status_code == 404
    assert other.post(f"{receipt}/block").status_code == 404


def test_the_outcome_stands_in_my_reports(app, sign_in, family, moderator, live):
    client = sign_in(family)
    assert "You have reported nothing" in client.get("/reports").text
    receipt = client.post(f"/report/post/{live}", data={"reason": "selling"}).location
    sign_in(moderator).post(
        f"/moderation/cases/{only_case(app)}/decide", data={"action": "hide", "rule": "no_money", "reason": WHY}
    )
    for path in ("/reports", receipt):
        page = client.get(path).text
        assert "We took it out of view." in page
        assert WHY not in page


def test_the_paths_in_notices_are_the_paths_of_pages(app):
    with app.test_request_context():
        assert url_for("moderation.statement", public_id="x") == "/reviews/x"
        assert url_for("moderation.my_reports") == "/reports"
