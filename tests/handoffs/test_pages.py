"""The pages of handoffs as a browser without JavaScript meets them."""

import re
from datetime import timedelta

import pytest
import time_machine

from app.accounts.models import User
from app.handoffs import services
from app.handoffs.models import Handoff
from app.handoffs.rules.amounts import Condition
from app.infra.database import db
from app.infra.transaction import transaction
from app.matching import services as matching
from app.web import realtime
from tests.conftest import NOW
from tests.handoffs.factories import END, START, agreed, balance, offer_of, proposed, request_of, row, talk


@pytest.fixture(autouse=True)
def clock():
    """Noon of the tests' day; the pages read the clock."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


PLAN = {
    "day": "2026-11-22", "starts": "10:00", "ends": "12:00", "amount": "10", "unit": "oz", "submit_token": "once",
}  # fmt: skip


def plan_url(pair):
    return f"/conversations/{pair.public_id}/handoff"


def stored(app):
    with app.app_context():
        return db.session.query(Handoff).count()


def live_in(app, who, zone):
    with app.app_context(), transaction() as session:
        session.get(User, who.id).timezone = zone


class TestPlanning:
    def test_the_form_starts_with_all_that_is_free_tomorrow(self, pair, sign_in):
        page = sign_in(pair.family).get(plan_url(pair))
        assert page.status_code == 200
        assert "Free: 34 oz of 34 oz" in page.text
        assert 'value="2026-11-22"' in page.text
        assert "Plan a handoff with Dana" in page.text

    def test_while_another_family_waits_a_week_of_milk_is_suggested(self, app, donor, family, other_family, sign_in):
        with app.app_context():
            where = talk(donor, family, volume_ml=9000)
            asked = request_of(other_family)
            matching.say_yes(other_family.identity, where.offer_public_id, asked, now=NOW)
        page = sign_in(family).get(plan_url(where))
        assert "we suggest a week of milk for each" in page.text
        assert 'value="142"' in page.text
        assert "Free: 304 oz of 304 oz" in page.text

    @pytest.mark.parametrize("crumbs", [0, 15], ids=["nothing at all", "less than is shown"])
    def test_where_nothing_is_free_no_form_is_offered_and_what_was_typed_meanwhile_stays(
        self, app, pair, sign_in, crumbs
    ):
        client = sign_in(pair.family)
        assert 'name="day"' in client.get(plan_url(pair)).text
        with app.app_context():
            agreed(pair, volume_ml=1000 - crumbs)
        page = client.get(plan_url(pair)).text
        assert "Nothing of this milk is free now" in page
        assert 'class="btn btn-primary" href="/handoffs"' in page
        assert 'name="day"' not in page
        late = client.post(plan_url(pair), data=PLAN)
        assert (late.status_code, 'value="2026-11-22"' in late.text) == (422, True)
        assert "Nothing of this milk is free now" in late.text

    def test_a_sound_plan_leads_to_its_page_and_sent_twice_to_the_same(self, app, pair, sign_in):
        client = sign_in(pair.family)
        sent = [client.post(plan_url(pair), data=PLAN) for _again in range(2)]
        assert [answer.status_code for answer in sent] == [302, 302]
        assert sent[0].location == sent[1].location
        assert stored(app) == 1
        assert "Dana has not answered yet" in client.get(sent[0].location).text

    def test_local_time_is_stored_in_utc(self, app, pair, sign_in):
        live_in(app, pair.family, "America/Los_Angeles")
        location = sign_in(pair.family).post(plan_url(pair), data=PLAN).location
        with app.app_context():
            found = row(location.rsplit("/", 1)[1])
            assert found.window_start.isoformat() == "2026-11-22T18:00:00+00:00"
            assert found.volume_ml == 296

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"amount": "-3"}, "an amount that can be"),
            ({"amount": "a lot"}, "Please enter a number."),
            ({"amount": "NaN"}, "Please enter a number"),
            ({"amount": "1e999"}, "an amount that can be"),
            ({"amount": ""}, "Please enter an amount."),
            ({"amount": "99"}, "That is more than is free."),
            ({"amount": "0"}, "Please say how much milk."),
            ({"amount": "0.5"}, "at least one ounce"),
            ({"unit": "barrels"}, "Not a valid choice"),
            ({"day": "2026-11-20"}, "That time has passed"),
            ({"day": "2027-06-01"}, "in the next 60 days"),
            ({"day": "yesterday"}, "Please pick a day."),
            ({"day": "0001-01-01"}, "That time has passed"),
            ({"starts": "12:00", "ends": "10:00"}, "The end comes after the start."),
            ({"starts": "06:00", "ends": "19:00"}, "12 hours or less"),
            ({"starts": "26:00"}, "Please pick a time."),
            ({"ends": ""}, "Please pick a time."),
            ({"submit_token": "x" * 65}, "Please look at the marked fields"),
        ],
    )
    def test_bad_input_is_named_at_its_field_and_kept(self, app, pair, sign_in, typed, words):
        page = sign_in(pair.family).post(plan_url(pair), data=PLAN | typed)
        assert page.status_code == 422
        assert words in page.text
        kept = [value for name, value in (PLAN | typed).items() if value and name != "unit"]
        assert [value for value in kept if f'value="{value}"' not in page.text] == []
        assert stored(app) == 0

    def test_a_comma_is_a_decimal_point(self, app, pair, sign_in):
        assert sign_in(pair.family).post(plan_url(pair), data=PLAN | {"amount": "10,5"}).status_code == 302
        with app.app_context():
            assert db.session.query(Handoff.volume_ml).scalar() == 311

    def test_a_time_the_clock_jumps_over_is_named_at_its_field(self, app, pair, sign_in, clock):
        live_in(app, pair.family, "America/Los_Angeles")
        clock.move_to("2027-03-01T12:00:00Z")
        client = sign_in(pair.family)
        page = client.post(plan_url(pair), data=PLAN | {"day": "2027-03-14", "starts": "02:30", "ends": "04:00"})
        assert page.status_code == 422
        assert "this time does not exist" in page.text

    def test_a_day_at_the_end_of_the_calendar_is_refused_not_a_failure(self, app, pair, sign_in):
        live_in(app, pair.family, "America/Los_Angeles")
        page = sign_in(pair.family).post(plan_url(pair), data=PLAN | {"day": "9999-12-31", "starts": "23:00"})
        assert page.status_code == 422

    def test_nobody_else_finds_the_form(self, app, pair, sign_in, stranger, client):
        assert sign_in(stranger).get(plan_url(pair)).status_code == 404
        assert sign_in(stranger).post(plan_url(pair), data=PLAN).status_code == 404
        assert client.get(plan_url(pair)).status_code == 302
        assert stored(app) == 0

    def test_a_closed_conversation_says_so_above_the_form_and_keeps_what_was_typed(self, app, pair, sign_in):
        with app.app_context():
            from app.posts import services as posts

            posts.withdraw(pair.donor.identity, pair.offer_public_id, now=NOW)
        page = sign_in(pair.family).post(plan_url(pair), data=PLAN)
        assert page.status_code == 422
        assert "closed" in page.text
        assert 'value="10"' in page.text

    def test_another_time_starts_from_the_first_and_takes_its_place(self, app, pair, sign_in):
        with app.app_context():
            first = proposed(pair, volume_ml=400)
        client = sign_in(pair.donor)
        page = client.get(f"/handoffs/{first}/other-time")
        assert 'value="15:00"' in page.text
        answer = client.post(f"/handoffs/{first}/other-time", data=PLAN)
        assert answer.status_code == 302
        with app.app_context():
            assert row(first).state == "declined"
            assert row(answer.location.rsplit("/", 1)[1]).proposed_by_id == pair.donor.id
        refused = client.post(f"/handoffs/{first}/other-time", data=PLAN | {"submit_token": "again", "amount": "99"})
        assert refused.status_code == 422


class TestThePage:
    @pytest.mark.parametrize(
        ("method", "path", "data"),
        [
            ("get", "", {}),
            ("get", "/card", {}),
            ("get", "/other-time", {}),
            ("post", "/other-time", PLAN),
            ("post", "/agree", {}),
            ("post", "/decline", {}),
            ("post", "/cancel", {"reason": "unsaid"}),
            ("post", "/cancel", {"reason": "because"}),
            ("post", "/missed", {}),
            ("post", "/place", {"place": "here"}),
            ("post", "/place", {"place": "x" * 400}),
            ("post", "/confirm", {"amount": "10", "unit": "oz"}),
            ("post", "/confirm", {"amount": "x"}),
        ],
    )
    def test_a_stranger_finds_nothing_at_any_address_of_it(self, app, pair, sign_in, stranger, method, path, data):
        with app.app_context():
            public_id = proposed(pair)
        answer = getattr(sign_in(stranger), method)(f"/handoffs/{public_id}{path}", data=data)
        assert answer.status_code == 404
        with app.app_context():
            assert row(public_id).state == "proposed"

    def test_the_other_agrees_by_a_button_and_writes_the_place(self, app, pair, sign_in):
        with app.app_context():
            public_id = proposed(pair)
        client = sign_in(pair.donor)
        assert "Fatima waits for your answer." in client.get(f"/handoffs/{public_id}").text
        assert client.post(f"/handoffs/{public_id}/agree").status_code == 302
        client.post(f"/handoffs/{public_id}/place", data={"place": "Library <east>"})
        page = sign_in(pair.family).get(f"/handoffs/{public_id}")
        assert "Library &lt;east&gt;" in page.text
        assert "cdc.gov" in page.text

    def test_who_proposed_has_no_button_to_agree_and_is_refused(self, app, pair, sign_in):
        with app.app_context():
            public_id = proposed(pair)
        client = sign_in(pair.family)
        assert f"/handoffs/{public_id}/agree" not in client.get(f"/handoffs/{public_id}").text
        assert client.post(f"/handoffs/{public_id}/agree").status_code == 403

    def test_who_comes_second_reads_what_is_left(self, app, donor, family, other_family, sign_in):
        with app.app_context():
            offer = offer_of(donor)
            first, second = talk(donor, family, offer=offer), talk(donor, other_family, offer=offer)
            waiting = proposed(second, volume_ml=700)
            agreed(first, volume_ml=600)
        page = sign_in(donor).post(f"/handoffs/{waiting}/agree")
        assert page.status_code == 409
        assert "Another family has that milk now. Still free: 14 oz." in page.text

    def test_declining_and_calling_off_by_buttons(self, app, pair, sign_in):
        with app.app_context():
            one, two = proposed(pair), agreed(pair)
        donor = sign_in(pair.donor)
        assert donor.post(f"/handoffs/{one}/decline").status_code == 302
        assert donor.post(f"/handoffs/{two}/cancel", data={"reason": "because"}).status_code == 422
        assert donor.post(f"/handoffs/{two}/cancel", data={"reason": "plans_changed"}).status_code == 302
        page = sign_in(pair.family).get(f"/handoffs/{two}")
        assert "Plans changed." in page.text
        assert "Plan another handoff" in page.text

    def test_a_place_too_long_is_kept_and_named(self, app, pair, sign_in):
        with app.app_context():
            public_id = agreed(pair)
        page = sign_in(pair.donor).post(f"/handoffs/{public_id}/place", data={"place": "x" * 301})
        assert page.status_code == 422
        assert "x" * 301 in page.text
        assert "under 300 characters" in page.text

    def test_a_place_before_agreement_is_answered_in_plain_words(self, app, pair, sign_in):
        with app.app_context():
            public_id = proposed(pair)
        page = sign_in(pair.donor).post(f"/handoffs/{public_id}/place", data={"place": "Library"})
        assert page.status_code == 409
        assert "after both said yes" in page.text

    def test_it_did_not_happen_is_offered_after_the_window(self, app, pair, sign_in, clock):
        with app.app_context():
            public_id = agreed(pair)
        client = sign_in(pair.family)
        assert f"/handoffs/{public_id}/missed" not in client.get(f"/handoffs/{public_id}").text
        said = {"said": "neither"}
        assert client.post(f"/handoffs/{public_id}/missed", data=said).status_code == 409
        clock.move_to(END + timedelta(minutes=1))
        client = sign_in(pair.family)
        assert f"/handoffs/{public_id}/missed" in client.get(f"/handoffs/{public_id}").text
        assert client.post(f"/handoffs/{public_id}/missed").status_code == 422
        assert client.post(f"/handoffs/{public_id}/missed", data=said).status_code == 302


class TestConfirming:
    def test_both_enter_and_thawed_milk_brings_the_hint(self, app, pair, sign_in):
        with app.app_context():
            public_id = agreed(pair, volume_ml=296)
        donor, family = sign_in(pair.donor), sign_in(pair.family)
        assert donor.post(f"/handoffs/{public_id}/confirm", data={"amount": "10", "unit": "oz"}).status_code == 302
        typed = {"amount": "296", "unit": "ml", "condition": "thawed"}
        assert family.post(f"/handoffs/{public_id}/confirm", data=typed).status_code == 302
        page = family.get(f"/handoffs/{public_id}")
        assert "This handoff is done." in page.text
        assert "Never freeze it again." in page.text
        with app.app_context():
            assert balance(pair) == (1000, 0, 296)

    @pytest.mark.parametrize(
        ("side", "typed", "words"),
        [
            ("donor", {"amount": "0", "unit": "oz"}, "more than zero"),
            ("donor", {"amount": "50", "unit": "oz"}, "more than this offer still holds"),
            ("donor", {"amount": "x", "unit": "oz"}, "Please enter a number."),
            ("family", {"amount": "13", "unit": "oz"}, "Please say how the milk arrived."),
            ("family", {"amount": "13", "unit": "oz", "condition": "boiled"}, "Please say how the milk arrived."),
        ],
    )
    def test_an_impossible_entry_is_named_and_kept(self, app, pair, sign_in, side, typed, words):
        with app.app_context():
            public_id = agreed(pair)
        page = sign_in(getattr(pair, side)).post(f"/handoffs/{public_id}/confirm", data=typed)
        assert page.status_code == 422
        assert words in page.text
        assert f'value="{typed["amount"]}"' in page.text

    def test_differing_numbers_are_shown_to_both(self, app, pair, sign_in):
        with app.app_context():
            public_id = agreed(pair)
            services.confirm(pair.donor.identity, public_id, amount_ml=400, condition=None, now=NOW)
            services.confirm(pair.family.identity, public_id, amount_ml=300, condition=Condition.COLD, now=NOW)
        for who in (pair.donor, pair.family):
            page = sign_in(who).get(f"/handoffs/{public_id}").text
            assert "Your amounts differ" in page
            assert "14 oz" in page
            assert "10 oz" in page
            assert "cold, never frozen" in page


class TestListsAndCards:
    def test_ones_handoffs_are_listed_and_an_empty_list_says_what_comes(self, app, pair, sign_in, stranger):
        with app.app_context():
            one, over = proposed(pair), proposed(pair)
            services.decline(pair.donor.identity, over, now=NOW)
        page = sign_in(pair.family).get("/handoffs").text
        assert f"/handoffs/{one}" in page
        assert f"/handoffs/{over}" in page
        assert page.index("To come") < page.index("Over")
        assert "No handoff yet" in sign_in(stranger).get("/handoffs").text

    def test_the_card_stands_in_the_thread_with_its_buttons(self, app, pair, sign_in):
        with app.app_context():
            public_id = proposed(pair)
        page = sign_in(pair.donor).get(f"/messages/{pair.public_id}")
        assert f'id="handoff-{public_id}"' in page.text
        assert f'action="/handoffs/{public_id}/agree"' in page.text
        family = sign_in(pair.family)
        assert f'action="/handoffs/{public_id}/agree"' not in family.get(f"/messages/{pair.public_id}").text
        card = family.get(f"/handoffs/{public_id}/card").text
        assert f'id="handoff-{public_id}"' in card
        assert "<html" not in card

    @pytest.mark.parametrize(
        ("hours", "shown"), [(2, ">17:00</time>"), (12, "Mon 23 Nov, 03:00</time>")], ids=["same day", "over midnight"]
    )
    def test_a_window_shows_its_end_with_a_day_only_when_that_is_another(self, app, pair, sign_in, hours, shown):
        with app.app_context():
            public_id = proposed(pair, end=START + timedelta(hours=hours))
        page = sign_in(pair.donor).get(f"/handoffs/{public_id}").text
        assert "Sun 22 Nov, 15:00</time>" in page
        assert shown in page

    def test_the_card_asks_for_the_amount_once_agreed(self, app, pair, sign_in):
        with app.app_context():
            public_id = agreed(pair)
        assert "We met: enter the amount" in sign_in(pair.donor).get(f"/handoffs/{public_id}/card").text

    def test_each_change_is_pushed_to_the_two_and_nobody_else(self, app, pair, monkeypatch):
        sent = []
        monkeypatch.setattr("app.handoffs.subscribers.push", lambda *what: sent.append(what))
        with app.app_context():
            public_id = agreed(pair)
            services.set_place_note(pair.donor.identity, public_id, "Library", now=NOW)
        told = {"kind": "handoff", "id": public_id, "conversation": pair.public_id}
        assert sent == [(who.id, "card.changed", told) for _change in range(3) for who in (pair.donor, pair.family)]
        assert callable(realtime.push)

    def test_a_weekly_plan_says_what_is_free_that_week(self, app, donor, family, sign_in):
        with app.app_context():
            where = talk(donor, family, weekly=True)
        assert "Free that week: 34 oz" in sign_in(family).get(plan_url(where)).text

    def test_no_page_carries_an_inline_script_handler_or_style(self, app, pair, sign_in):
        with app.app_context():
            public_id = agreed(pair)
        client = sign_in(pair.donor)
        for path in (plan_url(pair), "/handoffs", f"/handoffs/{public_id}", f"/handoffs/{public_id}/card"):
            page = client.get(path).text
            assert not re.search(r"\sstyle=|\son[a-z]+=", page)
            assert page.count("<h1") == (0 if path.endswith("card") else 1)
