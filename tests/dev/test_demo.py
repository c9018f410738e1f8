"""The demo community: the printed people find a conversation under way, and the main way open beside it."""

from itertools import pairwise

import pytest

from app.dev.demo import seed, story
from app.matching import queries as matching
from app.matching import services as offers
from app.messaging import queries
from app.messaging.rules import Kind
from tests.conftest import NOW


@pytest.fixture
def community(in_app):
    """The community as it is seeded into an empty database."""
    return seed.seed(now=NOW)


def test_the_printed_people_find_a_conversation_under_way_and_the_way_to_the_next_is_open(community):
    dana, fatima = community.people["Dana"], community.people["Fatima"]
    assert {"Dana", "Fatima", "Mona"} == {name for _, name in story.SIGN_INS}

    (line,) = queries.inbox(dana)
    said = queries.messages_before(line.conversation.id)
    kinds = [message.kind for message in said]
    question, answer = said[kinds.index(Kind.QUESTION)], said[kinds.index(Kind.ANSWER)]
    assert answer.reply_to == question.seq
    assert answer.payload["since"] < NOW.date().isoformat()
    assert any("handoff" in (message.payload or {}) for message in said)
    assert kinds[-1] is Kind.TEXT
    assert (line.waits, line.unread, queries.unread_total(dana.person_id)) == (True, 2, 2)
    assert said[-1].sender_id != dana.person_id
    assert all(earlier.sent_at <= later.sent_at < NOW for earlier, later in pairwise(said))

    (theirs,) = queries.inbox(fatima)
    assert theirs.unread == 2

    # The main way is still there to be walked: the offer is among her matches, she says yes, and may be chosen.
    offer, request = community.posts["Dana"], community.posts["Fatima"]
    assert offer in {match.card.public_id for match in matching.matches_for(fatima, request, now=NOW).matches}
    interest = offers.say_yes(fatima, offer, request, note="", now=NOW)
    assert queries.conversation_of_interest(offers.accept(dana, interest, now=NOW))
