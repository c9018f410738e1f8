"""The card of withdrawn milk in the thread in which it was given: who sees what, once, and never why."""

import json

import pytest
import time_machine
from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.models import User
from app.handoffs import queries, services
from app.handoffs.rules.amounts import Condition
from app.infra import jobs
from app.infra.database import db
from app.infra.transaction import transaction
from app.messaging import queries as messages
from app.messaging import services as messaging
from app.messaging.exporting import copy_of
from app.messaging.models import Message
from app.milk.models import Withdrawal, WithdrawalNotice
from app.milk.queries import family_notice, lots_of
from app.milk.rules.codes import shown
from app.milk.rules.withdrawals import Answer, Draft, Level, OpenedAs, Reason, Scope
from app.milk.services import answering, looking, telling, withdrawals
from app.moderation import services as moderation
from app.moderation.models import Case
from app.moderation.queries import targets
from app.notifications.models import Notice
from tests.conftest import NOW
from tests.handoffs.factories import END, agreed, row, talk
from tests.messaging.phones import phone  # noqa: F401 - a fixture.
from tests.milk.factories import lot, view

CAUSES = ("storage", "infection", "substance", "positive", "freezer failed", "fever", "medicine")


@pytest.fixture(autouse=True)
def clock():
    """The moment of the tests; the pages read the clock."""
    with time_machine.travel(END, tick=False) as traveller:
        yield traveller


def held(where, volume=400, *, now=END) -> str:
    """A handoff that was done: so much of the oldest milk is with the family; its public id."""
    public_id = agreed(where, volume_ml=volume)
    for who, condition in ((where.donor, None), (where.family, Condition.FROZEN)):
        services.confirm(who.identity, public_id, amount_ml=volume, condition=condition, now=now)
    return public_id


def lots_in(where, public_id) -> list[str]:
    """Public ids of the lots that a handoff received."""
    codes = {line.code for line in queries.lots_for(where.family.identity, public_id).lines}
    return [each.public_id for each in lots_of(where.donor.identity, today=END.date()) if each.code in codes]


def withdraw(donor, *lots, now=END) -> str:
    token = withdrawals.withdraw(donor.identity, Draft(Reason.STORAGE, lot_public_ids=lots), now=now)
    jobs.run_due(now=now)
    return token


def cards(where) -> list[messages.MessageView]:
    """The cards of withdrawn milk in a conversation, in order."""
    db.session.rollback()
    return [each for each in messages.messages_before(where.id) if "withdrawal" in (each.payload or {})]


def card(where, reader) -> queries.WithdrawnCard | None:
    return queries.withdrawn_cards(reader.identity, [where.public_id]).get(where.public_id)


def block(one, other) -> None:
    accounts.block(one.identity, db.session.get(User, other.id).public_id, now=END)


def notices(who) -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Notice.kind).where(Notice.user_id == who.id).order_by(Notice.id)))


def key_of(who) -> str:
    db.session.rollback()
    return db.session.scalar(select(WithdrawalNotice.token).where(WithdrawalNotice.person_id == who.id))


@pytest.fixture
def gave(in_app, pair):
    """The conversation in which 400 ml were given, and their lots."""
    return pair, lots_in(pair, held(pair))


@pytest.mark.both_databases
class TestWhereItStands:
    def test_one_card_stands_where_the_milk_was_given_and_names_its_lots(self, gave):
        where, lots = gave
        withdraw(where.donor, *lots)
        (found,) = cards(where)
        assert found.payload == {"withdrawal": where.public_id}
        codes = tuple(view(where.donor, each, END.date()).code for each in lots)
        seen = card(where, where.family)
        assert (seen.is_family, seen.codes, seen.level) == (True, codes, Level.MEDIUM)

    def test_none_stands_where_nothing_of_it_was_given(self, in_app, gave, other_family):
        where, lots = gave
        apart = talk(where.donor, other_family, bags=False)
        withdraw(where.donor, *lots)
        assert cards(apart) == []
        assert card(apart, other_family) is None

    def test_a_lot_that_is_not_withdrawn_is_not_on_it(self, gave):
        where, lots = gave
        other = lot(where.donor)
        withdraw(where.donor, *lots, other)
        assert len(card(where, where.family).codes) == len(lots)

    def test_three_handoffs_of_the_two_are_one_card(self, in_app, donor, family):
        where = talk(donor, family)
        lots = {each for _ in range(3) for each in lots_in(where, held(where, volume=100))}
        withdraw(donor, *lots)
        assert len(cards(where)) == 1

    def test_milk_that_was_only_promised_for_next_week_puts_no_card(self, in_app, pair):
        public_id = agreed(pair)
        lots = lots_in(pair, public_id)
        withdraw(pair.donor, *lots, now=NOW)
        assert cards(pair) == []

    def test_what_a_moderator_has_yet_to_look_at_puts_one_only_when_it_is_released(self, gave, moderator):
        where, _lots = gave
        token = withdrawals.withdraw(where.donor.identity, Draft(Reason.INFANT_ILL), now=END)
        jobs.run_due(now=END)
        assert (cards(where), card(where, where.family)) == ([], None)
        looking.release(moderator.identity, token, now=END)
        jobs.run_due(now=END)
        assert len(cards(where)) == 1
        assert card(where, where.family).level is Level.HOLD

    def test_the_job_that_is_run_again_puts_no_second_card(self, gave):
        where, lots = gave
        withdraw(where.donor, *lots)
        telling.tell_families(db.session.scalar(select(Withdrawal.id)), [where.family.id], now=END)
        assert len(cards(where)) == 1

    def test_a_card_that_is_there_is_not_put_again_whoever_asks(self, gave):
        where, lots = gave
        withdraw(where.donor, *lots)
        holders = [each.holder for each in [row(held(where, volume=100, now=END))]]
        (one,) = db.session.scalars(select(Withdrawal)).all()
        services.show_in_threads(one.id, holders, now=END)
        assert len(cards(where)) == 1

    def test_more_urgent_words_put_another_and_both_say_what_holds_now(self, gave):
        where, lots = gave
        withdraw(where.donor, *lots)
        withdrawals.open_withdrawal(
            where.donor.id, Reason.POSITIVE_TEST, opened_as=OpenedAs.DONOR, opened_by_id=where.donor.id,
            scope=Scope(lot_public_ids=tuple(lots)), now=END,
        )  # fmt: skip
        jobs.run_due(now=END)
        assert len(cards(where)) == 2
        assert card(where, where.family).level is Level.URGENT

    def test_numbers_of_messages_stay_without_a_hole(self, gave):
        where, lots = gave
        withdraw(where.donor, *lots)
        messaging.send(
            where.family.identity, where.public_id, client_id="0b8f6a52-7f0e-4a53-9c1e-0d7c5f0f1a01", kind="text",
            body="Oh", now=END,
        )  # fmt: skip
        seqs = [each.seq for each in messages.messages_before(where.id)]
        assert seqs == list(range(1, len(seqs) + 1))

    @pytest.mark.parametrize("blocker", ["family", "donor"])
    def test_after_a_block_the_family_is_told_and_the_thread_is_silent(self, gave, blocker):
        where, lots = gave
        one, other = (where.family, where.donor) if blocker == "family" else (where.donor, where.family)
        block(one, other)
        withdraw(where.donor, *lots)
        assert cards(where) == []
        assert "milk_withdrawn_medium" in notices(where.family)

    def test_a_block_that_comes_later_leaves_the_card_without_its_lots(self, gave):
        where, lots = gave
        withdraw(where.donor, *lots)
        block(where.family, where.donor)
        assert len(cards(where)) == 1
        assert [card(where, who).codes for who in (where.family, where.donor)] == [(), ()]
        assert card(where, where.family).path == telling.path_of(key_of(where.family))


class TestWhatItCosts:
    def test_the_family_has_one_notice_and_no_word_that_somebody_wrote(self, gave):
        where, lots = gave
        before = [notices(who) for who in (where.donor, where.family)]
        withdraw(where.donor, *lots)
        jobs.run_due(now=END.replace(hour=23))
        assert notices(where.family) == [*before[1], "milk_withdrawn_medium"]
        assert notices(where.donor) == before[0]

    def test_it_is_unread_for_the_family_alone(self, gave):
        where, lots = gave
        messaging.mark_read(where.family.identity, where.public_id, messages.conversation(where.id).last_seq, now=END)
        before = messages.unread_total(where.donor.id)
        withdraw(where.donor, *lots)
        assert (messages.unread_total(where.family.id), messages.unread_total(where.donor.id)) == (1, before)


class TestWhoSeesWhat:
    def test_the_family_finds_its_page_and_the_donor_does_not(self, gave):
        where, lots = gave
        withdraw(where.donor, *lots)
        assert card(where, where.family).path == telling.path_of(key_of(where.family))
        hers = card(where, where.donor)
        assert (hers.is_family, hers.is_answered, hers.codes) == (False, False, card(where, where.family).codes)
        assert hers.path == f"/milk/withdrawals/{db.session.scalar(select(Withdrawal.token))}"

    def test_a_stranger_is_shown_nothing(self, gave, stranger, moderator):
        where, lots = gave
        withdraw(where.donor, *lots)
        assert [card(where, who) for who in (stranger, moderator)] == [None, None]

    def test_what_the_family_answers_shows_on_its_own_card_alone(self, gave):
        where, lots = gave
        withdraw(where.donor, *lots)
        hers = card(where, where.donor)
        assert not card(where, where.family).is_answered
        answering.answer(key_of(where.family), [], had={}, now=END)
        assert card(where, where.family).is_answered
        assert card(where, where.donor) == hers

    def test_a_family_that_was_told_of_two_is_led_to_the_one_it_has_not_answered(self, gave):
        where, lots = gave
        withdraw(where.donor, lots[0])
        first = key_of(where.family)
        answering.answer(first, [], had={}, now=END)
        second = [each for each in lots_in(where, held(where, volume=400)) if each not in lots]
        withdraw(where.donor, *second)
        seen = card(where, where.family)
        assert not seen.is_answered
        assert seen.path not in {"", telling.path_of(first)}

    def test_after_the_erasure_of_its_notice_the_card_stands_without_a_way(self, gave):
        where, lots = gave
        withdraw(where.donor, *lots)
        with transaction() as session:
            for each in session.scalars(select(WithdrawalNotice)):
                each.person_id = None
        assert card(where, where.family).path == ""


@pytest.fixture
def told(app, pair):
    """The same, withdrawn, for the pages: no context is held open."""
    with app.app_context():
        lots = lots_in(pair, held(pair))
        codes = [shown(view(pair.donor, each, END.date()).code) for each in lots]
        withdraw(pair.donor, *lots)
        return pair, codes, key_of(pair.family)


class TestPages:
    def test_the_thread_shows_the_family_what_to_do_and_not_why(self, told, sign_in):
        where, codes, key = told
        page = sign_in(where.family).get(f"/messages/{where.public_id}").text
        thread = page[page.index('data-card="withdrawal"') : page.index("</article>", page.index('data-card="withdr'))]
        assert "Please do not feed this milk" in thread
        assert all(code in thread for code in codes)
        assert f'href="/milk/withdrawn/{key}"' in thread
        assert not [cause for cause in CAUSES if cause in thread.lower()]
        assert where.donor.display_name not in thread

    def test_what_was_received_says_so_before_all_else_and_leads_to_what_to_do(self, told, sign_in):
        where, _codes, key = told
        client = sign_in(where.family)
        page, paper = client.get("/milk/received").text, client.get("/milk/received/sheet").text
        for each in (page, paper):
            assert 0 < each.index("This milk was withdrawn. Please do not feed it.") < each.index("Use by")
        assert f'href="/milk/withdrawn/{key}"' in page
        assert key not in paper

    def test_the_donor_reads_that_the_family_was_told_and_not_what_it_answers(self, told, sign_in):
        where, codes, key = told
        page = sign_in(where.donor).get(f"/messages/{where.public_id}").text
        assert "Milk you gave here is withdrawn" in page
        assert all(code in page for code in codes)
        assert key not in page

    def test_nobody_is_said_to_have_posted_it(self, told, sign_in):
        where, _codes, _key = told
        for who in (where.donor, where.family):
            page = sign_in(who).get(f"/messages/{where.public_id}").text
            item = page[page.rindex("<li", 0, page.index('data-card="withdrawal"')) :].split("</li>")[0]
            assert "sr-only" not in item
            assert "data-mine" not in item
            assert "/report" not in item
        listed = sign_in(where.donor).get("/messages").text
        assert "A notice about milk that was given" in listed
        assert "You: A notice" not in listed

    def test_it_is_reported_as_nobodys_word(self, app, told, sign_in):
        where, _codes, _key = told
        with app.app_context():
            numbers = [(each.seq, "withdrawal" in (each.payload or {})) for each in messages.messages_before(where.id)]
        client = sign_in(where.family)
        answers = {found: client.get(f"/report/message/{where.public_id}.{seq}").status_code for seq, found in numbers}
        assert answers == {False: 200, True: 404}

    def test_once_it_has_answered_the_card_says_so(self, app, told, sign_in):
        where, _codes, key = told
        with app.app_context():
            answering.answer(key, [], had={}, now=END)
        assert "You have said that you know" in sign_in(where.family).get(f"/messages/{where.public_id}").text
        assert "You have said that you know" not in sign_in(where.donor).get(f"/messages/{where.public_id}").text

    def test_the_family_is_not_promised_that_nobody_reads_what_it_answers(self, app, told, sign_in):
        """Its donor does: what became of the milk is part of the life of the lot."""
        where, _codes, key = told
        with app.app_context():
            got = family_notice(key).lots[0]
            said = [Answer(got.lot_id, fed_ml=100)]
            answering.answer(key, said, had={got.lot_id: int(got.left_ml)}, now=END)
            code_of = {each.code: each.public_id for each in lots_of(where.donor.identity, today=END.date())}
        life = sign_in(where.donor).get(f"/milk/{code_of[got.code]}/life").text
        assert "fed, the family says" in life
        assert where.family.display_name not in life
        thread = sign_in(where.family).get(f"/messages/{where.public_id}").text
        assert "Nobody but you sees" not in thread
        assert "its donor can read it without your name" in thread

    def test_a_phone_that_catches_up_gets_words_for_both_alike(self, told, sign_in):
        where, _codes, key = told
        answers = [
            sign_in(who).get(f"/messages/{where.public_id}?after_seq=0", headers={"Accept": "application/json"}).json
            for who in (where.donor, where.family)
        ]
        said = [answer["messages"][-1] for answer in answers]
        assert said[0] == said[1]
        assert said[0]["body"].startswith("Milk that was given here is withdrawn.")
        assert (said[0]["mine"], "client_id" in said[0]) == (False, False)
        assert key not in json.dumps(answers)

    def test_the_api_has_it_like_any_message(self, told, bearer):
        where, _codes, _key = told
        got = bearer(where.family).get(f"/api/v1/conversations/{where.public_id}/messages").json
        assert (got["messages"][-1]["kind"], got["messages"][-1]["mine"]) == ("card", False)
        assert got["messages"][-1]["payload"] == {"withdrawal": where.public_id}

    def test_the_copy_of_the_conversation_has_it_from_nobody(self, app, told):
        where, codes, key = told
        with app.test_request_context():
            for who in (where.donor, where.family):
                found = messages.conversation_for(who.identity, where.public_id)
                copy = copy_of(found, who.identity, now=END)
                assert copy["messages"][-1]["from"] is None
                assert copy["messages"][-1]["text"].startswith("Milk that was given here is withdrawn.")
                assert not [each for each in (*codes, key) if each in json.dumps(copy)]


class TestLive:
    def test_both_open_pages_hear_of_it_after_the_commit(self, app, pair, phone):  # noqa: F811
        with app.app_context():
            lots = lots_in(pair, held(pair))
        hers, theirs = phone(pair.donor), phone(pair.family)
        with app.app_context():
            withdraw(pair.donor, *lots)
        for one in (hers, theirs):
            (heard,) = one.heard("message.new")
            assert (heard["kind"], heard["payload"], heard["mine"]) == ("card", {"withdrawal": pair.public_id}, False)

    def test_many_at_once_are_one_call_to_catch_up(self, app, donor, person, phone):  # noqa: F811
        with app.app_context():
            wheres = [talk(donor, person(f"Family{n}"), bags=n == 0) for n in range(9)]
            lots = {each for where in wheres for each in lots_in(where, held(where, volume=100))}
        hers, theirs = phone(donor), phone(wheres[0].family)
        with app.app_context():
            withdraw(donor, *lots)
        kinds = [packet["name"] for packet in hers.socket.queue]
        assert (kinds.count("message.new"), kinds.count("resync")) == (0, 1)
        assert len(theirs.heard("message.new")) == 1

    def test_an_answer_is_heard_by_the_familys_own_pages_alone(self, app, told, phone):  # noqa: F811
        where, _codes, key = told
        hers, theirs = phone(where.donor), phone(where.family)
        with app.app_context():
            answering.answer(key, [], had={}, now=END)
        assert theirs.heard("card.changed") == [{"kind": "withdrawal", "conversation": where.public_id}]
        assert hers.heard("card.changed") == []


def test_a_moderator_reads_it_beside_a_reported_message_as_nobody_s(app, told, moderator, sign_in):
    """Its row stands under the donor; in the context of a report that would read as her word."""
    where, _codes, _key = told
    with app.app_context():
        messaging.send(
            where.family.identity, where.public_id, client_id="0b8f6a52-7f0e-4a53-9c1e-0d7c5f0f1a01", kind="text",
            body="You never told me", now=END,
        )  # fmt: skip
        last = messages.messages_before(where.id)[-1]
        moderation.report(where.donor.identity, "message", f"{where.public_id}.{last.seq}", "harassment", "", now=END)
        case = db.session.scalars(select(Case).where(Case.target_kind == "message")).one()
        lines = targets.messages_around(case.target_id)
        (site,) = [line for line in lines if "withdrawal" in (line.said.payload or {})]
        assert (site.sender, site.sender_id) == (None, None)
        assert {line.sender for line in lines if line is not site} == {"Dana", "Fatima"}
        address = f"/moderation/cases/{case.public_id}"
    said = "A notice about milk that was given"
    page = sign_in(moderator).get(address).text
    before, _, after = page.partition("From the site itself")
    assert said not in before
    assert said in after.split("</li>")[0]


def test_the_family_page_still_names_nobody(told, app):
    where, _codes, key = told
    with app.app_context():
        assert family_notice(key).person_id == where.family.id
    page = app.test_client().get(f"/milk/withdrawn/{key}").text
    assert where.donor.display_name not in page


def test_the_message_keeps_no_words_of_its_own(told, app):
    where, _codes, _key = told
    with app.app_context():
        stored = db.session.scalars(select(Message).where(Message.conversation_id == where.id)).all()[-1]
        assert (stored.body, list(stored.payload)) == ("", ["withdrawal"])
