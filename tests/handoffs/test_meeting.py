"""From several times to one, on the way, and the code that says that two people met."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from app.handoffs import jobs, queries, services
from app.handoffs.models import HandoffSide, HandoffWindow
from app.handoffs.rules.amounts import MISSED_AFTER, Condition
from app.handoffs.rules.cooler import MOST_TRIES, digits_of, fits, is_code, new_code
from app.handoffs.rules.states import CancelReason, Side
from app.handoffs.rules.steps import Step
from app.infra import jobs as work
from app.infra.database import db
from app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from app.notifications.queries import inbox
from app.notifications.services import open_all
from tests.at_once import at_once
from tests.conftest import NOW
from tests.handoffs.factories import (
    DAY,
    END,
    HOUR,
    START,
    agreed,
    balance,
    draft,
    history,
    notices,
    proposed,
    row,
    talk,
)

SECOND, THIRD = (START + DAY, START + DAY + HOUR), (START + 9 * DAY, START + 9 * DAY + HOUR)


def of(who, public_id, now=NOW):
    return queries.handoff_for(who.identity, public_id, now=now)


def code_of(who, public_id):
    """The code somebody's own page shows."""
    return of(who, public_id).mine.code


def wrong(code):
    return f"{(int(code) + 1) % 10**6:06}"


def several(where, *others, **plan):
    wanted = replace(draft(**plan), others=others)
    return services.propose(where.family.identity, where.public_id, wanted, now=NOW)


class TestTheCode:
    def test_it_is_six_digits_by_chance(self):
        made = {new_code() for _number in range(200)}
        assert all(re.fullmatch("[0-9]{6}", code) for code in made)
        assert len(made) > 150

    @pytest.mark.parametrize(
        ("typed", "code"),
        [("123456", True), (" 123 456 ", True), ("123-456", True), ("١٢٣٤٥٦", True), ("12345", False), ("", False),
         ("1234567", False), ("abcdef", False), ("²³⁴⁵⁶⁷", False)],
    )  # fmt: skip
    def test_spaces_and_dashes_do_not_count_and_every_scripts_digits_do(self, typed, code):
        assert is_code(typed) is code
        assert fits(typed, "123456") is code
        assert digits_of("0 00-07") == "00007"


@pytest.mark.usefixtures("in_app")
@pytest.mark.both_databases
class TestSeveralTimes:
    @pytest.mark.parametrize(("number", "start"), [(0, START), (1, SECOND[0]), (2, THIRD[0])])
    def test_the_other_chooses_one_and_the_rest_is_forgotten(self, pair, number, start):
        public_id = several(pair, SECOND, THIRD)
        assert [each.number for each in of(pair.donor, public_id).windows] == [0, 1, 2]
        services.agree(pair.donor.identity, public_id, window=number, now=NOW)
        assert row(public_id).window_start == start
        assert db.session.query(HandoffWindow).count() == 0
        assert [each.window_start for each in of(pair.donor, public_id).windows] == [start]

    def test_the_same_time_twice_is_one(self, pair):
        public_id = several(pair, SECOND, SECOND, (START, END))
        assert len(of(pair.donor, public_id).windows) == 2

    def test_a_time_that_was_not_offered_cannot_be_chosen(self, pair):
        public_id = several(pair, SECOND)
        for number in (2, -1, 10**6):
            with pytest.raises(Conflict):
                services.agree(pair.donor.identity, public_id, window=number, now=NOW)
        assert row(public_id).state == "proposed"
        assert db.session.query(HandoffWindow).count() == 1

    def test_more_than_three_are_refused(self, pair):
        with pytest.raises(Invalid):
            several(pair, SECOND, THIRD, (START + 2 * DAY, START + 2 * DAY + HOUR))

    def test_each_says_at_its_own_fields_what_is_wrong(self, pair):
        with pytest.raises(Invalid) as refused:
            several(pair, (START, START), (NOW - HOUR, NOW + HOUR))
        assert set(refused.value.fields) == {"ends2", "starts3"}

    def test_a_time_in_another_week_takes_that_weeks_milk(self, donor, family):
        where = talk(donor, family, weekly=True)
        public_id = several(where, THIRD, volume_ml=1000)
        services.agree(donor.identity, public_id, window=1, now=NOW)
        assert row(public_id).period == "2026-W49"
        assert balance(where, "2026-W49") == (1000, 1000, 0)

    def test_a_week_that_holds_less_is_refused_at_its_day(self, donor, family):
        where = talk(donor, family, weekly=True)
        agreed(where, volume_ml=800, start=THIRD[0])
        with pytest.raises(Invalid) as refused:
            several(where, THIRD, volume_ml=400)
        assert set(refused.value.fields) == {"day2"}

    def test_a_proposal_waits_until_the_last_of_its_times_is_over(self, pair):
        public_id = several(pair, SECOND)
        assert of(pair.donor, public_id, now=END).can_agree
        with pytest.raises(Conflict):
            services.agree(pair.donor.identity, public_id, now=END)
        jobs.upkeep(now=END)
        assert row(public_id).state == "proposed"
        jobs.upkeep(now=SECOND[1])
        assert row(public_id).state == "cancelled"
        assert db.session.query(HandoffWindow).count() == 0

    def test_declined_times_are_forgotten(self, pair):
        services.decline(pair.donor.identity, several(pair, SECOND), now=NOW)
        assert db.session.query(HandoffWindow).count() == 0

    def test_who_proposed_chooses_none(self, pair):
        with pytest.raises(Forbidden):
            services.agree(pair.family.identity, several(pair, SECOND), window=1, now=NOW)


@pytest.mark.usefixtures("in_app")
@pytest.mark.both_databases
class TestOnTheWay:
    def test_the_first_to_leave_moves_the_state_and_each_tells_the_other_once(self, pair):
        public_id = agreed(pair)
        for who in (pair.donor, pair.donor, pair.family):
            services.say_on_the_way(who.identity, public_id, now=START - HOUR)
        assert history(public_id)[2:] == [("agreed", "on_the_way", pair.donor.id, None)]
        assert notices(pair.family).count("handoff_on_the_way") == notices(pair.donor).count("handoff_on_the_way") == 1
        assert of(pair.donor, public_id, START - HOUR).step is Step.TRAVEL

    def test_it_is_not_said_days_before_nor_by_a_stranger(self, pair, stranger):
        public_id = agreed(pair)
        with pytest.raises(Conflict):
            services.say_on_the_way(pair.donor.identity, public_id, now=NOW)
        with pytest.raises(NotFound):
            services.say_on_the_way(stranger.identity, public_id, now=START)

    def test_on_the_way_it_can_still_be_called_off_or_not_happen(self, pair):
        for end in ("cancelled", "missed"):
            public_id = agreed(pair)
            services.say_on_the_way(pair.donor.identity, public_id, now=START)
            if end == "missed":
                services.report_missed(pair.family.identity, public_id, now=END)
            else:
                services.cancel(pair.family.identity, public_id, reason=CancelReason.UNSAID, now=START)
            assert row(public_id).state == end
            assert balance(pair) == (1000, 0, 0)


@pytest.mark.usefixtures("in_app")
@pytest.mark.both_databases
class TestAtTheCooler:
    @pytest.mark.parametrize("typist", ["donor", "family"])
    def test_either_types_the_others_code_and_they_have_met(self, pair, typist):
        public_id = agreed(pair)
        who, other = (pair.donor, pair.family) if typist == "donor" else (pair.family, pair.donor)
        answer = services.enter_code(who.identity, public_id, code_of(other, public_id), now=START)
        assert answer.fits
        assert history(public_id)[-1] == ("agreed", "met", who.id, "code")
        assert of(other, public_id, START).step is Step.ENTER
        assert balance(pair) == (1000, 400, 0)

    def test_it_may_be_typed_hours_later_when_the_network_is_back(self, pair):
        public_id = agreed(pair)
        assert services.enter_code(pair.donor.identity, public_id, code_of(pair.family, public_id), now=END + DAY).fits

    def test_nobody_sees_the_others_code_nor_meets_by_the_own(self, pair):
        public_id = agreed(pair)
        own = code_of(pair.donor, public_id)
        assert of(pair.donor, public_id).other.code == ""
        assert not services.enter_code(pair.donor.identity, public_id, own, now=START).fits or own == code_of(
            pair.family, public_id
        )

    def test_wrong_tries_are_counted_down_and_then_even_the_right_one_is_not_looked_at(self, pair):
        public_id = agreed(pair)
        right = code_of(pair.family, public_id)
        left = [
            services.enter_code(pair.donor.identity, public_id, wrong(right), now=START).tries_left
            for _try in range(MOST_TRIES + 1)
        ]
        assert left == [4, 3, 2, 1, 0, 0]
        assert not services.enter_code(pair.donor.identity, public_id, right, now=START).fits
        assert row(public_id).state == "agreed"
        assert services.enter_code(pair.family.identity, public_id, code_of(pair.donor, public_id), now=START).fits

    def test_what_is_no_code_costs_no_try(self, pair):
        public_id = agreed(pair)
        for typed in ("12345", "hello", ""):
            with pytest.raises(Invalid):
                services.enter_code(pair.donor.identity, public_id, typed, now=START)
        assert of(pair.donor, public_id).mine.tries_left == MOST_TRIES

    def test_once_met_a_further_code_changes_nothing(self, pair):
        public_id = agreed(pair)
        right = code_of(pair.family, public_id)
        for typed in (right, right, wrong(right)):
            assert services.enter_code(pair.donor.identity, public_id, typed, now=START).fits
        assert [change[1] for change in history(public_id)] == ["proposed", "agreed", "met"]

    def test_a_proposal_and_an_end_have_no_code_and_a_stranger_finds_nothing(self, pair, stranger):
        open_one, public_id = proposed(pair, volume_ml=100), agreed(pair)
        assert code_of(pair.donor, open_one) == ""
        with pytest.raises(Conflict):
            services.enter_code(pair.donor.identity, open_one, "123456", now=START)
        with pytest.raises(NotFound):
            services.enter_code(stranger.identity, public_id, "123456", now=START)
        services.cancel(pair.donor.identity, public_id, reason=CancelReason.UNSAID, now=START)
        assert db.session.query(HandoffSide).count() == 0

    def test_an_amount_says_as_well_that_they_met(self, pair):
        public_id = agreed(pair)
        services.confirm(pair.donor.identity, public_id, amount_ml=400, condition=None, now=START)
        services.confirm(pair.family.identity, public_id, amount_ml=400, condition=Condition.FROZEN, now=START)
        assert [(change[1], change[3]) for change in history(public_id)[2:]] == [("met", "amount"), ("confirmed", None)]

    def test_after_they_met_it_did_happen_and_may_only_be_called_off(self, pair):
        public_id = met(pair)
        with pytest.raises(Conflict):
            services.report_missed(pair.family.identity, public_id, now=END)
        services.cancel(pair.family.identity, public_id, reason=CancelReason.NOT_A_FIT, now=END)
        assert balance(pair) == (1000, 0, 0)

    def test_met_and_nobody_counted_what_was_promised_stands_after_a_week(self, pair):
        public_id = met(pair)
        jobs.upkeep(now=END + MISSED_AFTER)
        assert history(public_id)[-1] == ("met", "confirmed", None, "not_counted")
        assert balance(pair) == (1000, 0, 400)


def met(where):
    public_id = agreed(where)
    services.enter_code(where.donor.identity, public_id, code_of(where.family, public_id), now=START)
    return public_id


@pytest.mark.usefixtures("in_app")
@pytest.mark.both_databases
class TestInOnesPlace:
    def test_the_other_alone_sees_the_name_and_the_code_is_a_new_one(self, pair, stranger):
        public_id = agreed(pair)
        before = code_of(pair.family, public_id)
        services.name_delegate(pair.family.identity, public_id, "  Aunt Rosa ", now=START)
        after = code_of(pair.family, public_id)
        assert of(pair.donor, public_id).other.delegate_name == "Aunt Rosa"
        assert notices(pair.donor)[-1] == "handoff_delegate"
        with pytest.raises(NotFound):
            of(stranger, public_id)
        if before != after:
            assert not services.enter_code(pair.donor.identity, public_id, before, now=START).fits
        assert services.enter_code(pair.donor.identity, public_id, after, now=START).fits

    def test_each_other_delegate_is_told_of_and_the_same_one_once(self, pair):
        public_id = agreed(pair)
        for minutes, name in enumerate(("Rosa", "Rosa", "Aunt Ida")):
            services.name_delegate(pair.donor.identity, public_id, name, now=START + minutes * timedelta(minutes=1))
        assert notices(pair.family).count("handoff_delegate") == 2

    def test_a_further_delegate_is_no_further_mail_until_the_notice_before_was_opened(self, pair, in_app):
        public_id = agreed(pair)
        work.run_due(now=START)
        in_app.extensions["mailman"].outbox = outbox = []
        moments = [START + minutes * timedelta(minutes=1) for minutes in range(4)]
        for name, now in zip(("Rosa", "Aunt Ida", "Uncle Tom"), moments, strict=False):
            services.name_delegate(pair.donor.identity, public_id, name, now=now)
            work.run_due(now=now)
        assert (len(outbox), notices(pair.family).count("handoff_delegate")) == (1, 3)
        open_all(pair.family.identity, now=moments[-1])
        services.name_delegate(pair.donor.identity, public_id, "Aunt May", now=moments[-1])
        work.run_due(now=moments[-1])
        assert len(outbox) == 2

    def test_that_one_comes_oneself_after_all_is_told_the_other_once(self, pair, in_app):
        public_id = agreed(pair)
        work.run_due(now=START)
        in_app.extensions["mailman"].outbox = outbox = []
        for minutes, name in enumerate(("", "Rosa", "", "")):
            services.name_delegate(pair.donor.identity, public_id, name, now=START + minutes * timedelta(minutes=1))
        work.run_due(now=START + timedelta(minutes=5))
        assert notices(pair.family)[-2:] == ["handoff_delegate", "handoff_delegate_off"]
        assert notices(pair.family).count("handoff_delegate_off") == 1
        assert not [kind for kind in notices(pair.donor) if kind.startswith("handoff_delegate")]
        # What was so for two minutes is not mailed any more; what is so, is.
        (mail,) = outbox
        assert "the other comes in person" in mail.body
        assert "Somebody else comes" not in mail.body

    def test_what_is_so_no_more_waits_for_nobody(self, pair):
        """Of who comes only the last word is unread, however often it changed."""
        public_id = agreed(pair)
        for minutes, name in enumerate(("Rosa", "", "Aunt Ida", "", "Uncle Tom")):
            now = START + minutes * timedelta(minutes=1)
            services.name_delegate(pair.donor.identity, public_id, name, now=now)
            (unread,) = [each for each in inbox(pair.family.identity, unread=True) if "delegate" in each.kind]
            assert unread.kind == ("handoff_delegate" if name else "handoff_delegate_off")

    @pytest.mark.parametrize("name", ["Rosa", ""])
    def test_the_open_pages_of_the_two_hear_of_it(self, pair, in_app, monkeypatch, name):
        public_id = agreed(pair)
        services.name_delegate(pair.donor.identity, public_id, "" if name else "Rosa", now=START)
        pushed = []
        monkeypatch.setattr("app.handoffs.subscribers.push", lambda *said, **_more: pushed.append(said))
        services.name_delegate(pair.donor.identity, public_id, name, now=START)
        card = {"kind": "handoff", "id": public_id, "conversation": pair.public_id}
        assert pushed == [(who.id, "card.changed", card) for who in (pair.donor, pair.family)]

    def test_no_name_means_one_comes_oneself_and_the_code_given_away_is_worth_nothing(self, pair, monkeypatch):
        codes = iter(["111111", "222222", "333333", "444444"])
        monkeypatch.setattr("app.handoffs.services.sides.new_code", lambda: next(codes))
        monkeypatch.setattr("app.handoffs.services.meeting.new_code", lambda: next(codes))
        public_id = agreed(pair)
        services.name_delegate(pair.donor.identity, public_id, "Rosa", now=START)
        assert code_of(pair.donor, public_id) == "333333"
        services.name_delegate(pair.donor.identity, public_id, "Rosa", now=START)
        assert code_of(pair.donor, public_id) == "333333"
        services.name_delegate(pair.donor.identity, public_id, "", now=START)
        assert of(pair.family, public_id).other.delegate_name is None
        assert not services.enter_code(pair.family.identity, public_id, "333333", now=START).fits
        assert services.enter_code(pair.family.identity, public_id, "444444", now=START).fits

    def test_the_name_goes_when_the_handoff_ends(self, pair):
        public_id = agreed(pair)
        services.name_delegate(pair.family.identity, public_id, "Rosa", now=START)
        services.cancel(pair.family.identity, public_id, reason=CancelReason.UNSAID, now=START)
        assert of(pair.donor, public_id).other.delegate_name is None
        assert db.session.query(HandoffSide).count() == 0

    def test_it_is_said_of_what_is_agreed_and_in_a_name_of_some_length(self, pair, stranger):
        open_one, public_id = proposed(pair, volume_ml=100), agreed(pair)
        with pytest.raises(Conflict):
            services.name_delegate(pair.family.identity, open_one, "Rosa", now=START)
        with pytest.raises(Invalid):
            services.name_delegate(pair.family.identity, public_id, "R" * 61, now=START)
        with pytest.raises(NotFound):
            services.name_delegate(stranger.identity, public_id, "Rosa", now=START)


@pytest.mark.both_databases
def test_the_right_code_typed_by_both_at_once_is_one_meeting(app, pair):
    with app.app_context():
        public_id = agreed(pair)
        codes = {side: code_of(getattr(pair, side), public_id) for side in Side}
    steps = [
        lambda who=who, other=other: services.enter_code(
            getattr(pair, who).identity, public_id, codes[other], now=START
        )
        for who, other in ((Side.DONOR, Side.FAMILY), (Side.FAMILY, Side.DONOR)) * 4
    ]
    assert all(answer.fits for answer in at_once(app, *steps))
    with app.app_context():
        assert [change[1] for change in history(public_id)] == ["proposed", "agreed", "met"]


@pytest.mark.both_databases
def test_many_guesses_at_once_are_counted_each(app, pair):
    with app.app_context():
        public_id = agreed(pair)
        guess = wrong(code_of(pair.family, public_id))
    at_once(app, *[lambda: services.enter_code(pair.donor.identity, public_id, guess, now=START)] * 8)
    with app.app_context():
        assert of(pair.donor, public_id).mine.tries_left == 0
        assert db.session.query(HandoffSide).filter_by(side="donor").one().wrong_tries == MOST_TRIES


class TestThePages:
    @pytest.fixture(autouse=True)
    def _clock(self):
        with time_machine.travel(START - HOUR, tick=False):
            yield

    def test_the_code_stands_on_the_page_and_the_card_and_scanning_types_it(self, app, pair, sign_in):
        with app.app_context():
            public_id = agreed(pair)
            code = code_of(pair.family, public_id)
        family, donor = sign_in(pair.family), sign_in(pair.donor)
        page = family.get(f"/handoffs/{public_id}").text
        assert code in page
        assert "<svg" in page
        assert not re.search(r"\sstyle=", page)
        assert code in family.get(f"/handoffs/{public_id}/card").text
        assert code not in donor.get(f"/handoffs/{public_id}").text
        assert f'value="{code}"' in donor.get(f"/handoffs/{public_id}?code={code}").text
        with app.app_context():
            assert row(public_id).state == "agreed"

    def test_the_right_code_and_then_the_amounts(self, app, pair, sign_in):
        with app.app_context():
            public_id = agreed(pair)
            code = code_of(pair.family, public_id)
        donor = sign_in(pair.donor)
        said = donor.post(f"/handoffs/{public_id}/on-the-way", follow_redirects=True).text
        assert "You said that you are on the way." in said
        assert "Dana is on the way." in sign_in(pair.family).get(f"/handoffs/{public_id}").text
        done = donor.post(f"/handoffs/{public_id}/code", data={"code": f"{code[:3]} {code[3:]}"}, follow_redirects=True)
        assert "you have met" in done.text
        assert "At the cooler" not in done.text
        assert "What was really given" in done.text

    def test_a_wrong_code_is_told_kindly_and_what_was_typed_is_kept(self, app, pair, sign_in):
        with app.app_context():
            public_id = agreed(pair)
            guess = wrong(code_of(pair.family, public_id))
        donor = sign_in(pair.donor)
        words = []
        for _try in range(MOST_TRIES):
            answer = donor.post(f"/handoffs/{public_id}/code", data={"code": guess})
            assert answer.status_code == 422
            words.append(answer.text)
        assert "you can try 4 more times" in words[0]
        assert f'value="{guess}"' in words[0]
        assert "you can try 1 more time." in words[3]
        assert "just enter the amounts" in words[4]
        assert "No more codes can be tried here" in donor.get(f"/handoffs/{public_id}").text
        assert donor.post(f"/handoffs/{public_id}/code", data={"code": "12"}).status_code == 422
        assert donor.post(f"/handoffs/{public_id}/code", data={}).status_code == 422

    def test_who_comes_in_ones_place_is_named_and_shown(self, app, pair, sign_in):
        with app.app_context():
            public_id = agreed(pair)
        donor = sign_in(pair.donor)
        assert donor.post(f"/handoffs/{public_id}/delegate", data={"name": "Rosa"}).status_code == 302
        assert donor.post(f"/handoffs/{public_id}/delegate", data={"name": "R" * 61}).status_code == 422
        family = sign_in(pair.family)
        assert '<strong dir="auto">Rosa</strong>' in family.get(f"/handoffs/{public_id}").text
        assert "Rosa" not in family.get("/notices").text
        assert "Rosa" not in family.get(f"/handoffs/{public_id}/handoff.ics").text

    def test_what_is_only_proposed_takes_no_code(self, app, pair, sign_in):
        with app.app_context():
            public_id = proposed(pair)
        assert sign_in(pair.donor).post(f"/handoffs/{public_id}/code", data={"code": "123456"}).status_code == 409

    def test_several_times_are_offered_and_one_is_chosen_without_a_script(self, app, pair, sign_in):
        plan = {
            "day": "2026-11-23", "starts": "10:00", "ends": "12:00", "amount": "10", "unit": "oz", "submit_token": "x",
            "day2": "2026-11-24", "starts2": "15:00", "ends2": "16:00", "day3": "", "starts3": "", "ends3": "",
        }  # fmt: skip
        family, donor = sign_in(pair.family), sign_in(pair.donor)
        address = f"/conversations/{pair.public_id}/handoff"
        half = family.post(address, data=plan | {"ends2": ""})
        assert half.status_code == 422
        assert "Please fill this in too." in half.text
        odd = family.post(address, data=plan | {"starts2": "soon"})
        assert odd.status_code == 422
        made = family.post(address, data=plan)
        assert made.status_code == 302
        public_id = made.location.rsplit("/", 1)[1]
        page = donor.get(f"/handoffs/{public_id}").text
        assert "Which time suits you?" in page
        assert page.count('name="window"') == 2
        assert "Tue 24 Nov, 15:00" in family.get(f"/handoffs/{public_id}").text
        assert donor.post(f"/handoffs/{public_id}/agree", data={"window": "7"}).status_code == 409
        assert donor.post(f"/handoffs/{public_id}/agree", data={"window": "1"}).status_code == 302
        with app.app_context():
            assert f"{row(public_id).window_start:%d %H}" == "24 15"
