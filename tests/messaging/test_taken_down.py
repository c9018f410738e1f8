"""Those who talk about a post hear in their conversation that it was taken down."""

import pytest

from app.accounts import services as accounts
from app.accounts.models import User
from app.infra import event_bus
from app.infra.database import db
from app.infra.transaction import transaction
from app.messaging import queries, words
from app.messaging.rules import Kind
from app.posts.events import PostClosed
from tests.conftest import NOW


def close(post_id, author, kind, state):
    with transaction():
        event_bus.record(PostClosed(at=NOW, post_id=post_id, author_id=author.id, kind=kind, state=state))


def lines(app, talk):
    """What the system said in a conversation, as it is read in English."""
    said = queries.messages_after(talk.id, 0)
    with app.test_request_context("/"):
        return [words.text_of(message) for message in said if message.kind is Kind.SYSTEM]


@pytest.mark.parametrize(
    ("kind", "state", "heard"),
    [
        ("offer", "withdrawn", ["The offer was taken down."]),
        ("offer", "declined", ["The offer was taken down."]),
        ("request", "withdrawn", ["The request was taken down."]),
        ("offer", "paused", []),
        ("offer", "expired", []),
        ("request", "fulfilled", []),
    ],
)
def test_a_post_that_is_taken_down_says_so_where_it_is_talked_about(
    app, in_app, talk, donor, family, kind, state, heard
):
    conversation = queries.conversation(talk.id)
    post_id, author = (conversation.offer_id, donor) if kind == "offer" else (conversation.request_id, family)
    close(post_id, author, kind, state)
    assert lines(app, talk) == heard


def test_every_family_that_talks_about_an_offer_hears_and_no_other_conversation_does(
    app, in_app, open_talk, donor, family, stranger
):
    about, other = open_talk(donor, family), open_talk(donor, stranger)
    close(queries.conversation(about.id).offer_id, donor, "offer", "withdrawn")
    assert lines(app, about) == ["The offer was taken down."]
    assert lines(app, other) == []


def test_a_donor_who_was_blocked_takes_her_offer_down_and_the_other_hears_nothing(app, in_app, talk, donor, family):
    accounts.block(family.identity, db.session.get_one(User, donor.id).public_id, now=NOW)
    close(queries.conversation(talk.id).offer_id, donor, "offer", "withdrawn")
    assert lines(app, talk) == []
