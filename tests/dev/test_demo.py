"""The demo community: the printed people find a conversation under way, and the main way open beside it."""

import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from app.dev.demo import seed, story
from app.handoffs import queries as handoffs
from app.handoffs.rules.states import HandoffState
from app.handoffs.rules.steps import Step
from app.infra.database import db
from app.matching import queries as matching
from app.matching import services as offers
from app.messaging import queries
from app.messaging.rules import Kind
from app.milk import queries as milk
from app.milk.rules.keeping import Kept
from tests.conftest import NOW
from tests.fresh import lay_file, lay_fresh_database

# Seeded only once, into a file.
pytestmark = [pytest.mark.slow, pytest.mark.only_sqlite, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module")
def seeded(application, tmp_path_factory):
    """The community as it is seeded into an empty database, and a file with that database."""
    kept = tmp_path_factory.mktemp("demo") / "seeded.sqlite"
    lay_fresh_database(application, "sqlite")
    with application.app_context():
        community = seed.seed(now=NOW)
        db.session.remove()
        with closing(sqlite3.connect(db.engine.url.database)) as connection:
            connection.execute("VACUUM INTO ?", [str(kept)])
    return community, kept


@pytest.fixture
def community(seeded, in_app):
    """The community, in a copy of that database."""
    found, kept = seeded
    lay_file(Path(in_app.instance_path), kept)
    return found


def conversation_with(name: str, reader):
    """The reader's conversation with the person of this name."""
    (line,) = (each for each in queries.inbox(reader) if each.other.display_name == name)
    return line


def test_the_printed_people_find_a_conversation_under_way_and_the_way_to_the_next_is_open(community):
    dana, fatima = community.people["Dana"], community.people["Fatima"]
    assert {"Dana", "Fatima", "Mona"} == {name for _, name in story.SIGN_INS}

    line = conversation_with("Grace", dana)
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

    assert conversation_with("Talia", fatima).unread == 2
    assert conversation_with("Dana", fatima).unread == 2

    # The main way is still there to be walked: the offer is among her matches, she says yes, and may be chosen.
    offer, request = community.posts["Dana"], community.posts["Fatima"]
    assert offer in {match.card.public_id for match in matching.matches_for(fatima, request, now=NOW).matches}
    interest = offers.say_yes(fatima, offer, request, note="", now=NOW)
    assert queries.conversation_of_interest(offers.accept(dana, interest, now=NOW))


def test_the_donor_keeps_milk_near_its_day_and_milk_that_lasts_and_some_of_it_went_to_the_family(community):
    dana = community.people["Dana"]
    lots = milk.lots_of(dana, today=NOW.date())
    assert [(lot.kept, lot.is_soon) for lot in lots] == [
        (Kept.DEEP_FREEZER, False), (Kept.DEEP_FREEZER, False), (Kept.FRIDGE, True),
    ]  # fmt: skip
    oldest, *others = lots
    assert (oldest.balance.given_ml > 0, oldest.balance.reserved_ml > 0) == (True, True)
    assert [lot.not_given for lot in others] == [None, None]
    assert all(lot.days_left > 200 for lot in lots[:2])
    assert {lot.statement.version for lot in lots} == {lots[0].statement.version}


def test_the_printed_people_meet_tomorrow_with_a_code_each_and_have_met_before(community):
    dana, fatima = community.people["Dana"], community.people["Fatima"]
    hers, his = ([each for each in handoffs.handoffs_of(one, now=NOW) if each.is_agreed] for one in (dana, fatima))
    assert [each.public_id for each in hers] == [each.public_id for each in his]
    (coming,) = hers
    assert (coming.other_name, coming.step, len(coming.mine.code)) == ("Fatima", Step.MEET, 6)
    assert coming.mine.code != his[0].mine.code
    assert coming.window_start.astimezone(seed.HOME).strftime("%d %H:%M") == "22 10:00"
    assert "demo" in coming.place_note
    (done,) = (each for each in handoffs.handoffs_of(fatima, now=NOW) if each.state is HandoffState.CONFIRMED)
    assert done.entries.are_both_there
    assert not done.entries.differ


def test_the_family_reads_what_the_donor_reports_of_the_milk_of_tomorrow(community):
    fatima = community.people["Fatima"]
    (coming,) = (each for each in handoffs.handoffs_of(fatima, now=NOW) if each.is_agreed)
    lots = handoffs.lots_for(fatima, coming.public_id)
    assert lots.can_accept
    assert all(line.facts for line in lots.lines)
