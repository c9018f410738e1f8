"""Two who met although their meeting was called missed: the milk is traced, counted once, and nobody's word is bent."""

from datetime import timedelta

import pytest
import time_machine

from app.handoffs import jobs, queries, services
from app.handoffs.models import HandoffChange
from app.handoffs.rules.absences import Said
from app.handoffs.rules.after_all import SAID_WITHIN, may_say
from app.handoffs.rules.amounts import MISSED_AFTER, Condition
from app.handoffs.rules.promises import Kept as Promises
from app.handoffs.rules.states import CancelReason, HandoffState, Side
from app.infra.database import db
from app.kernel.errors import Conflict, Invalid, NotFound
from app.matching.models import Booking
from app.milk.queries import lots_of, received_by
from app.milk.rules.drafts import Bags
from tests.at_once import at_once
from tests.conftest import NOW
from tests.handoffs.factories import DAY, END, HOUR, agreed, balance, draft, history, notices, offer_of, row, talk
from tests.milk.factories import lot

LATER = END + 2 * DAY


@pytest.fixture
def missed(in_app, pair):
    """A meeting for 400 ml of which the donor says that nobody came."""
    public_id = agreed(pair)
    services.report_missed(pair.donor.identity, public_id, said=Said.WAS_THERE, now=END)
    return public_id


def bags_of(who, count=4):
    found = lots_of(who.identity, today=NOW.date())[0]
    return {found.public_id: {int(found.bags[0].size_ml): count}}


def enter(where, public_id, *, given=400, received=400, now=LATER, bags=None):
    if given:
        chosen = bags or bags_of(where.donor)
        services.confirm(
            where.donor.identity, public_id, amount_ml=given, condition=None, bags=chosen, now=now
        )  # fmt: skip
    if received:
        services.confirm(
            where.family.identity, public_id, amount_ml=received, condition=Condition.FROZEN, now=now
        )  # fmt: skip


def kept(who, now=LATER + 9 * DAY) -> Promises:
    return queries.kept_of([who.id], now=now)[who.id]


class TestWhoMaySayIt:
    @pytest.mark.parametrize(
        ("state", "said", "after", "allowed"),
        [
            ("missed", (), timedelta(0), True),
            ("missed", (), SAID_WITHIN - timedelta(seconds=1), True),
            ("missed", (), SAID_WITHIN, False),
            ("missed", (Side.FAMILY,), DAY, True),
            ("missed", (Side.DONOR,), DAY, False),
            ("cancelled", (), DAY, False),
            ("met", (), DAY, False),
            ("confirmed", (), DAY, False),
        ],
    )
    def test_each_once_of_a_missed_meeting_for_thirty_days(self, state, said, after, allowed):
        assert may_say(HandoffState(state), END, said, Side.DONOR, now=END + after) is allowed

    @pytest.mark.parametrize("who", ["donor", "family"])
    def test_either_of_the_two_says_it_and_the_other_is_asked(self, pair, missed, who):
        other = pair.family if who == "donor" else pair.donor
        services.say_met(getattr(pair, who).identity, missed, now=LATER)
        assert (row(missed).state, balance(pair)) == ("met", (1000, 400, 0))
        assert notices(other)[-1] == "handoff_after_all"
        assert history(missed)[-1] == ("missed", "met", getattr(pair, who).id, "after_all")

    def test_nobody_else_does(self, pair, missed, person):
        stranger = person("Somebody")
        for step in (services.say_met, services.say_not_met):
            with pytest.raises(NotFound):
                step(stranger.identity, missed, now=LATER)

    def test_said_twice_it_is_said_once(self, pair, missed):
        services.say_met(pair.donor.identity, missed, now=LATER)
        services.say_met(pair.family.identity, missed, now=LATER)
        assert [new for _old, new, *_rest in history(missed)].count("met") == 1
        assert balance(pair) == (1000, 400, 0)

    @pytest.mark.parametrize("state", ["agreed", "cancelled"])
    def test_of_no_other_meeting(self, in_app, pair, state):
        public_id = agreed(pair)
        if state == "cancelled":
            services.cancel(pair.donor.identity, public_id, reason=CancelReason.UNSAID, now=NOW)
        with pytest.raises(Conflict):
            services.say_met(pair.donor.identity, public_id, now=END)

    def test_too_late_is_too_late(self, pair, missed):
        with pytest.raises(Conflict):
            services.say_met(pair.donor.identity, missed, now=END + SAID_WITHIN)


class TestItIsTraced:
    def test_amounts_and_lots_complete_it_as_any_other(self, pair, missed):
        services.say_met(pair.family.identity, missed, now=LATER)
        enter(pair, missed)
        assert (row(missed).state, balance(pair)) == ("confirmed", (1000, 0, 400))
        assert [int(each.received_ml) for each in received_by([row(missed).holder])] == [400]
        assert db.session.query(Booking).filter_by(handoff=str(row(missed).id)).one().received

    def test_the_donor_has_to_say_which_milk_it_was(self, pair, missed):
        services.say_met(pair.family.identity, missed, now=LATER)
        with pytest.raises(Invalid):
            services.confirm(pair.donor.identity, missed, amount_ml=1400, condition=None, bags={}, now=LATER)
        services.confirm(pair.family.identity, missed, amount_ml=400, condition=Condition.COLD, now=LATER)
        assert row(missed).state == "met"

    def test_it_is_a_kept_promise_for_both_and_no_longer_a_missed_one(self, pair, missed):
        assert kept(pair.family).no_shows == 1
        services.say_met(pair.family.identity, missed, now=LATER)
        enter(pair, missed)
        assert (kept(pair.donor), kept(pair.family)) == (Promises(completed=1), Promises(completed=1))

    def test_time_may_have_called_it_missed(self, in_app, pair):
        public_id = agreed(pair)
        jobs.upkeep(now=END + MISSED_AFTER)
        assert row(public_id).state == "missed"
        services.say_met(pair.donor.identity, public_id, now=END + MISSED_AFTER + DAY)
        enter(pair, public_id, now=END + MISSED_AFTER + DAY)
        assert row(public_id).state == "confirmed"

    def test_the_other_has_a_week_before_one_amount_stands_alone(self, pair, missed):
        said = END + 20 * DAY
        services.say_met(pair.donor.identity, missed, now=said)
        enter(pair, missed, received=None, now=said)
        jobs.upkeep(now=said + MISSED_AFTER - HOUR)
        assert row(missed).state == "met"
        jobs.upkeep(now=said + MISSED_AFTER)
        assert (row(missed).state, balance(pair)) == ("confirmed", (1000, 0, 400))


class TestItWasNotSo:
    def test_the_other_says_so_and_everything_is_as_before(self, pair, missed):
        services.say_met(pair.family.identity, missed, now=LATER)
        services.confirm(pair.family.identity, missed, amount_ml=400, condition=Condition.COLD, now=LATER)
        services.say_not_met(pair.donor.identity, missed, now=LATER + HOUR)
        found = row(missed)
        assert (found.state, found.family_received_ml, balance(pair)) == ("missed", None, (1000, 0, 0))
        assert received_by([found.holder]) == []
        assert notices(pair.family)[-1] == "handoff_not_met"
        assert kept(pair.family).no_shows == 1
        with pytest.raises(Conflict):
            services.say_met(pair.family.identity, missed, now=LATER + 2 * HOUR)
        services.say_met(pair.donor.identity, missed, now=LATER + 2 * HOUR)
        assert row(missed).state == "met"

    def test_not_the_one_who_said_it_nor_one_who_entered_an_amount(self, pair, missed):
        services.say_met(pair.family.identity, missed, now=LATER)
        with pytest.raises(Conflict):
            services.say_not_met(pair.family.identity, missed, now=LATER)
        enter(pair, missed, received=None)
        with pytest.raises(Conflict):
            services.say_not_met(pair.donor.identity, missed, now=LATER)

    def test_calling_it_off_hides_no_missed_meeting(self, pair, missed):
        services.say_met(pair.family.identity, missed, now=LATER)
        services.cancel(pair.family.identity, missed, reason=CancelReason.UNSAID, now=LATER)
        assert (row(missed).state, balance(pair)) == ("missed", (1000, 0, 0))
        assert kept(pair.family).no_shows == 1

    def test_of_which_nobody_enters_anything_it_is_missed_again_after_a_week(self, pair, missed):
        services.say_met(pair.family.identity, missed, now=LATER)
        jobs.upkeep(now=LATER + MISSED_AFTER - HOUR)
        assert row(missed).state == "met"
        jobs.upkeep(now=LATER + MISSED_AFTER)
        assert (row(missed).state, balance(pair)) == ("missed", (1000, 0, 0))
        assert kept(pair.family).no_shows == 1

    def test_one_amount_of_the_family_waits_for_the_donor_who_is_asked(self, pair, missed):
        services.say_met(pair.family.identity, missed, now=LATER)
        services.confirm(pair.family.identity, missed, amount_ml=400, condition=Condition.COLD, now=LATER)
        jobs.upkeep(now=LATER + MISSED_AFTER)
        assert row(missed).state == "met"
        assert "handoff_lot_wanted" in notices(pair.donor)


class TestTheMilkIsAnothersByNow:
    @pytest.fixture
    def gone(self, in_app, donor, family, person):
        """A missed meeting for 800 of 1,000 ml, and another family that was promised 600 of them since."""
        offer = offer_of(donor)
        lot(donor, bags=(Bags(30, 100),))
        first, second = (talk(donor, who, offer=offer, bags=False) for who in (family, person("Second")))
        public_id = agreed(first, volume_ml=800)
        services.report_missed(donor.identity, public_id, said=Said.NEITHER, now=END)
        other = agreed(second, volume_ml=600, start=END + 2 * DAY)
        return first, public_id, second, other

    def test_what_happened_is_counted_and_the_donor_is_told_plainly(self, gone):
        first, public_id, _second, other = gone
        services.say_met(first.family.identity, public_id, now=END + HOUR)
        assert balance(first) == (1400, 1400, 0)
        assert notices(first.donor)[-2:] == ["handoff_over", "handoff_after_all"]
        assert queries.after_all_of(first.donor.identity, public_id, now=END + HOUR).over_ml == 400
        assert queries.after_all_of(first.family.identity, public_id, now=END + HOUR).over_ml == 0
        enter(first, public_id, given=800, received=800, bags=bags_of(first.donor, 8), now=END + HOUR)
        assert (balance(first), row(other).state) == ((1400, 600, 800), "agreed")

    def test_nothing_more_is_free_of_it_when_the_other_meeting_falls_through(self, gone, person):
        first, public_id, second, other = gone
        services.say_met(first.family.identity, public_id, now=END + HOUR)
        enter(first, public_id, given=800, received=800, bags=bags_of(first.donor, 8), now=END + HOUR)
        services.cancel(second.family.identity, other, reason=CancelReason.UNSAID, now=END + HOUR)
        assert queries.handoff_for(first.donor.identity, public_id, now=END + HOUR).free_ml == 200
        third = talk(first.donor, person("Third"), offer=first.offer_public_id, bags=False)
        agreed(third, volume_ml=200, start=END + 3 * DAY)
        assert balance(first) == (1000, 200, 800)

    def test_when_it_was_not_so_the_books_hold_no_more_than_the_offer(self, gone, person):
        first, public_id, _second, other = gone
        services.say_met(first.family.identity, public_id, now=END + HOUR)
        services.say_not_met(first.donor.identity, public_id, now=END + HOUR)
        third = talk(first.donor, person("Third"), offer=first.offer_public_id, bags=False)
        with pytest.raises((Conflict, Invalid)):
            agreed(third, volume_ml=600, start=END + 3 * DAY)
        agreed(third, volume_ml=400, start=END + 3 * DAY)
        assert balance(first) == (1000, 1000, 0)
        assert row(other).state == "agreed"

    def test_a_larger_amount_than_agreed_is_counted_too(self, gone):
        first, public_id, _second, _other = gone
        services.say_met(first.donor.identity, public_id, now=END + HOUR)
        enter(first, public_id, given=1000, received=None, bags=bags_of(first.donor, 10), now=END + HOUR)
        assert balance(first) == (1600, 1600, 0)


@pytest.mark.both_databases
def test_both_say_it_at_one_moment_while_another_agrees(app, donor, family, person):
    with app.app_context():
        offer = offer_of(donor)
        first, second = (talk(donor, who, offer=offer) for who in (family, person("Second")))
        public_id = agreed(first, volume_ml=800)
        services.report_missed(donor.identity, public_id, said=Said.NEITHER, now=END)
        asked = services.propose(
            donor.identity, second.public_id, draft(600, END + 2 * DAY), now=END
        )  # fmt: skip
    answers = at_once(
        app,
        lambda: services.say_met(donor.identity, public_id, now=END + HOUR),
        lambda: services.say_met(family.identity, public_id, now=END + HOUR),
        lambda: services.agree(second.family.identity, asked, now=END + HOUR),
    )
    assert answers[:2] == [None, None], answers
    with app.app_context():
        total, reserved, given = balance(first)
        assert (reserved, given) == (800 if answers[2] else 1400, 0)
        assert total == max(1000, reserved)
        assert db.session.query(HandoffChange).filter_by(new_state="met").count() == 1


class TestThePage:
    @pytest.fixture
    def of_pages(self, app, pair):
        """The same, for browsers."""
        with app.app_context():
            public_id = agreed(pair)
            services.report_missed(pair.donor.identity, public_id, said=Said.WAS_THERE, now=END)
        with time_machine.travel(LATER, tick=False):
            yield public_id

    def test_the_family_presses_and_the_donor_enters_or_says_no(self, of_pages, pair, sign_in):
        family = sign_in(pair.family)
        assert "We met after all" in family.get(f"/handoffs/{of_pages}").text
        assert family.post(f"/handoffs/{of_pages}/after-all").status_code == 302
        page = family.get(f"/handoffs/{of_pages}").text
        assert "What was really received" in page
        assert "We did not meet" not in page
        donor = sign_in(pair.donor)
        page = donor.get(f"/handoffs/{of_pages}").text
        assert "says that you met after all" in page
        assert "Which bags they were" in page
        assert donor.post(f"/handoffs/{of_pages}/after-all/no").status_code == 302
        assert "We met after all" in donor.get(f"/handoffs/{of_pages}").text
        refused = sign_in(pair.family).post(f"/handoffs/{of_pages}/after-all")
        assert refused.status_code == 409
        assert "once, and within 30 days" in refused.text

    def test_a_stranger_finds_nothing(self, of_pages, stranger, sign_in):
        client = sign_in(stranger)
        assert client.post(f"/handoffs/{of_pages}/after-all").status_code == 404
        assert client.post(f"/handoffs/{of_pages}/after-all/no").status_code == 404
