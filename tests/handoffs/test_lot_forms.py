"""The forms of a handoff's lots without JavaScript: each error at its field, what was typed kept, nothing half done."""

import re

import pytest
import time_machine
from sqlalchemy import func, select

from app.handoffs import queries, services
from app.handoffs.rules.amounts import Condition
from app.infra.database import db
from app.milk.models import CustodyEntry, Lot
from app.milk.queries import lots_of, promised_to, received_by
from app.milk.rules.drafts import Bags
from tests.conftest import NOW
from tests.handoffs.factories import END, agreed, proposed, row, talk
from tests.milk.factories import lot

TODAY = NOW.date()
THREE_ANSWERS = {
    "pumped_from": "2026-11-01", "pumped_to": "2026-11-10", "kept": "freezer", "heat": "none", "lot_token": "once",
}  # fmt: skip
GIVEN = {"amount": "400", "unit": "ml"}
FED = {"amount": "100", "unit": "ml", "fate": "fed"}
TOO_LONG = "x" * 65


@pytest.fixture(autouse=True)
def clock():
    """Noon of the tests' day; the pages read the clock."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def bare(app, donor, family):
    """Donor and family in conversation; no lot is written down."""
    with app.app_context():
        return talk(donor, family, bags=False)


@pytest.fixture
def ten_bags(app, bare):
    """The donor's lot of ten bags of 100 ml."""
    with app.app_context():
        return lot(bare.donor)


@pytest.fixture
def handoff(app, bare, ten_bags):
    """An agreed handoff of 400 ml, for which four of these bags are promised."""
    with app.app_context():
        return agreed(bare)


@pytest.fixture
def lotless(app, bare):
    """An agreed handoff of 400 ml of a donor who has written down no lot."""
    with app.app_context():
        return agreed(bare)


@pytest.fixture
def received(app, bare, handoff):
    """What the family received of the lot, as the address at which it says what became of it."""
    with app.app_context():
        for who in (bare.donor, bare.family):
            services.confirm(who.identity, handoff, amount_ml=400, condition=Condition.FROZEN, now=END)
        [got] = received_by([row(handoff).holder])
        return f"/milk/received/{handoff}/{got.code}"


def state(app) -> tuple[int, int]:
    """How many lots and lines of the ledger there are."""
    with app.app_context():
        db.session.rollback()
        return tuple(db.session.scalar(select(func.count()).select_from(each)) for each in (Lot, CustodyEntry))


def promised(app, public_id: str) -> list[dict[int, int]]:
    """The bags promised to a handoff."""
    with app.app_context():
        return [each.bags for each in promised_to(row(public_id).holder, on=TODAY)]


def at_field(page: str, field: str) -> str:
    """What stands under a field as its error; fails when nothing does, or when the field does not point at it."""
    found = re.search(rf'id="{re.escape(field)}-errors"[^>]*>(.*?)</div>\s*</div>', page, re.DOTALL)
    assert found, f"no error at {field}"
    pointing = re.search(
        rf'<(?:input|select|textarea|fieldset)[^>]*aria-describedby="[^"]*{re.escape(field)}-errors"', page
    )
    assert pointing, f"nothing points at the error of {field}"
    return found[1]


def kept(page: str, form: str, public_id: str) -> str:
    """What stands in the field of the bags of 100 ml of a lot, in one of the two forms of the page."""
    return re.search(rf'<input[^>]*id="{form}-bags-100-{public_id}"[^>]*value="([^"]*)"', page)[1]


class TestChoosingBags:
    @pytest.mark.parametrize("count", ["11", "99999", "-1", "1.5", "a few"])
    def test_bags_that_are_not_there_are_refused_at_their_place_and_kept(
        self, app, bare, handoff, ten_bags, sign_in, count
    ):
        before = state(app)
        answer = sign_in(bare.donor).post(f"/handoffs/{handoff}/lots", data={f"bags-100-{ten_bags}": count})
        assert answer.status_code == 422
        assert "There is not that much left of this lot." in at_field(answer.text, "choose")
        assert kept(answer.text, "choose", ten_bags) == count
        assert (state(app), promised(app, handoff)) == (before, [{100: 4}])

    @pytest.mark.parametrize("typed", ["", "0", " "])
    def test_no_bags_are_asked_about(self, app, bare, handoff, ten_bags, sign_in, typed):
        answer = sign_in(bare.donor).post(f"/handoffs/{handoff}/lots", data={f"bags-100-{ten_bags}": typed})
        assert answer.status_code == 422
        assert "Please say how many bags." in at_field(answer.text, "choose")
        assert promised(app, handoff) == [{100: 4}]

    def test_a_second_tap_changes_nothing_more(self, app, bare, handoff, ten_bags, sign_in):
        client = sign_in(bare.donor)
        taps = [client.post(f"/handoffs/{handoff}/lots", data={f"bags-100-{ten_bags}": "3"}) for _tap in range(2)]
        assert [answer.location for answer in taps] == [f"/handoffs/{handoff}"] * 2
        assert promised(app, handoff) == [{100: 3}]

    def test_after_they_met_the_page_says_where_bags_are_said_then(self, app, bare, handoff, ten_bags, sign_in):
        with app.app_context():
            services.confirm(bare.family.identity, handoff, amount_ml=400, condition=Condition.FROZEN, now=END)
        answer = sign_in(bare.donor).post(f"/handoffs/{handoff}/lots", data={f"bags-100-{ten_bags}": "3"})
        assert answer.status_code == 409
        assert "The bags are chosen before you meet." in answer.text


NO_LOT = [
    ({"pumped_from": "", "pumped_to": ""}, "pumped_from", "pumped"),
    ({"pumped_from": "soon"}, "pumped_from", "Please pick a day."),
    ({"pumped_to": "soon"}, "pumped_to", "Please pick a day."),
    ({"pumped_from": "2026-12-01", "pumped_to": "2026-12-02"}, "pumped_from", "to come"),
    ({"pumped_from": "2026-11-11"}, "pumped_to", "comes"),
    ({"kept": ""}, "kept", "where"),
    ({"kept": "the moon"}, "kept", "where"),
    ({"heat": "fried"}, "heat", "heated"),
]
"""What is no lot: what was typed, the field that says so, and a word of what it says."""


class TestWritingALot:
    @pytest.mark.parametrize(("typed", "field", "words"), NO_LOT)
    def test_what_is_no_lot_is_said_at_its_field_and_kept(self, app, bare, lotless, sign_in, typed, field, words):
        before = state(app)
        answer = sign_in(bare.donor).post(f"/handoffs/{lotless}/lots/new", data=THREE_ANSWERS | typed)
        assert answer.status_code == 422
        assert words.lower() in at_field(answer.text, field).lower()
        for name in ("pumped_from", "pumped_to"):
            assert f'name="{name}"' in answer.text
            if value := (THREE_ANSWERS | typed)[name]:
                assert re.search(rf'name="{name}"[^>]*value="{value}"', answer.text), name
        assert state(app) == before

    def test_a_second_tap_is_one_lot(self, app, bare, lotless, sign_in):
        client = sign_in(bare.donor)
        taps = [client.post(f"/handoffs/{lotless}/lots/new", data=THREE_ANSWERS) for _tap in range(2)]
        assert [answer.status_code for answer in taps] == [302, 302]
        with app.app_context():
            assert [each.balance.made_ml for each in lots_of(bare.donor.identity, today=TODAY)] == [400]

    def test_where_nothing_is_lacking_it_says_so(self, app, bare, handoff, sign_in):
        before = state(app)
        answer = sign_in(bare.donor).post(f"/handoffs/{handoff}/lots/new", data=THREE_ANSWERS)
        assert answer.status_code == 422
        assert "nothing to write down" in at_field(answer.text, "pumped_from")
        assert state(app) == before

    def test_a_token_that_is_too_long_is_refused_without_a_lot(self, app, bare, lotless, sign_in):
        before = state(app)
        typed = THREE_ANSWERS | {"lot_token": TOO_LONG}
        assert sign_in(bare.donor).post(f"/handoffs/{lotless}/lots/new", data=typed).status_code == 422
        assert state(app) == before


class TestAccepting:
    def test_the_button_sends_what_was_shown_and_a_second_tap_is_harmless(self, app, bare, handoff, sign_in):
        client = sign_in(bare.family)
        seen = re.search(r'name="seen" value="([^"]+)"', client.get(f"/handoffs/{handoff}").text)[1]
        taps = [client.post(f"/handoffs/{handoff}/lots/accept", data={"seen": seen}) for _tap in range(2)]
        assert [answer.location for answer in taps] == [f"/handoffs/{handoff}"] * 2
        with app.app_context():
            assert queries.lots_for(bare.family.identity, handoff).is_accepted

    @pytest.mark.parametrize("seen", ["", "junk", "2", "999:1", "1:" + "9" * 30, ":", "1:2:3"])
    def test_what_is_not_what_stands_there_is_refused_and_shown_anew(self, app, bare, handoff, sign_in, seen):
        answer = sign_in(bare.family).post(f"/handoffs/{handoff}/lots/accept", data={"seen": seen})
        assert answer.status_code == 409
        assert "changed which bags she brings" in answer.text
        with app.app_context():
            assert not queries.lots_for(bare.family.identity, handoff).is_accepted

    def test_without_lots_there_is_no_button_and_nothing_to_accept(self, bare, lotless, sign_in):
        client = sign_in(bare.family)
        assert "/lots/accept" not in client.get(f"/handoffs/{lotless}").text
        answer = client.post(f"/handoffs/{lotless}/lots/accept", data={"seen": ""})
        assert answer.status_code == 409
        assert "There is nothing to accept here now." in answer.text


class TestTheAmounts:
    """With the donor's amount she says which bags they were, and the days of what is in no lot."""

    @pytest.mark.parametrize(("typed", "field", "words"), NO_LOT[1:])
    def test_days_that_are_none_are_said_at_their_field_and_all_is_kept(
        self, app, bare, lotless, sign_in, typed, field, words
    ):
        before = state(app)
        answer = sign_in(bare.donor).post(f"/handoffs/{lotless}/confirm", data=GIVEN | THREE_ANSWERS | typed)
        assert answer.status_code == 422
        assert words.lower() in at_field(answer.text, field).lower()
        assert re.search(r'name="amount"[^>]*value="400"', answer.text)
        assert state(app) == before
        with app.app_context():
            assert row(lotless).state == "agreed"

    @pytest.mark.parametrize(
        ("typed", "field", "words"),
        [
            ({"amount": "a lot"}, "amount", "Please enter a number."),
            ({"amount": ""}, "amount", "Please enter an amount."),
            ({"amount": "-1"}, "amount", "an amount that can be"),
            ({"amount": "9999"}, "amount", "more than this offer still holds"),
            ({"unit": "barrels"}, "unit", "Not a valid choice"),
            ({"count": "2"}, "given", "These bags hold less than you entered."),
            ({"count": "9"}, "given", "Fewer of these bags would hold"),
            ({"count": "a few"}, "given", "Please check the bags and the amount."),
        ],
    )  # fmt: skip
    def test_what_cannot_have_been_given_is_said_at_its_field_and_kept(
        self, app, bare, handoff, ten_bags, sign_in, typed, field, words
    ):
        typed = dict(typed)
        count, before = typed.pop("count", "4"), state(app)
        sent = GIVEN | {f"bags-100-{ten_bags}": count} | typed
        answer = sign_in(bare.donor).post(f"/handoffs/{handoff}/confirm", data=sent)
        assert answer.status_code == 422
        assert words in at_field(answer.text, field)
        assert re.search(rf'name="amount"[^>]*value="{sent["amount"]}"', answer.text)
        assert kept(answer.text, "given", ten_bags) == count
        assert (state(app), promised(app, handoff)) == (before, [{100: 4}])

    def test_a_second_tap_is_one_amount_and_the_same_bags(self, app, bare, handoff, ten_bags, sign_in):
        client, sent = sign_in(bare.donor), GIVEN | {f"bags-100-{ten_bags}": "4"}
        taps = [client.post(f"/handoffs/{handoff}/confirm", data=sent) for _tap in range(2)]
        assert [answer.status_code for answer in taps] == [302, 302]
        assert promised(app, handoff) == [{100: 4}]

    def test_bags_the_family_sends_with_its_amount_are_nobodys(self, app, bare, handoff, ten_bags, sign_in):
        sent = GIVEN | {"condition": "frozen", f"bags-100-{ten_bags}": "9"}
        assert sign_in(bare.family).post(f"/handoffs/{handoff}/confirm", data=sent).status_code == 302
        assert promised(app, handoff) == [{100: 4}]


class TestWhatBecameOfIt:
    @pytest.mark.parametrize(
        ("typed", "field", "words"),
        [
            ({"amount": ""}, "amount", "Please enter an amount."),
            ({"amount": "some"}, "amount", "Please enter a number."),
            ({"amount": "0"}, "amount", "more than zero"),
            ({"amount": "401"}, "amount", "at most what you still have"),
            ({"amount": "-1"}, "amount", "an amount that can be"),
            ({"unit": "barrels"}, "unit", "Not a valid choice"),
            ({"fate": ""}, "fate", "Please say what became of it."),
            ({"fate": "sold"}, "fate", "Please say what became of it."),
        ],
    )
    def test_what_cannot_be_is_said_at_its_field_and_kept(self, app, bare, received, sign_in, typed, field, words):
        before, place = state(app), "-".join(received.split("/")[-2:])
        answer = sign_in(bare.family).post(received, data=FED | typed)
        assert answer.status_code == 422
        assert words in at_field(answer.text, f"{field}-{place}")
        assert f'href="#{field}-{place}"' in answer.text
        if value := (FED | typed)["amount"]:
            assert re.search(rf'name="amount"[^>]*value="{re.escape(value)}"', answer.text)
        assert state(app) == before

    def test_a_second_tap_writes_nothing_more_and_says_so(self, app, bare, received, sign_in):
        client = sign_in(bare.family)
        left = re.search(r'name="left"[^>]*value="(\d+)"', client.get("/milk/received").text)[1]
        taps = [client.post(received, data=FED | {"left": left}) for _tap in range(2)]
        assert [answer.location for answer in taps] == ["/milk/received"] * 2
        page = client.get("/milk/received").text
        assert "That is saved already" in page
        assert 'name="left" type="hidden" value="300"' in page

    def test_what_is_used_up_asks_nothing_more(self, bare, received, sign_in):
        client = sign_in(bare.family)
        client.post(received, data=FED | {"amount": "400"})
        assert "/milk/received/" not in client.get("/milk/received").text.replace("/milk/received/sheet", "")

    @pytest.mark.parametrize("code", ["7777-7777", "x", "0" * 99])
    def test_a_lot_that_did_not_come_here_is_not_found(self, bare, received, sign_in, code):
        assert sign_in(bare.family).post(f"{received.rsplit('/', 1)[0]}/{code}", data=FED).status_code == 404


class TestWhoMay:
    FORMS = ("lots", "lots/new", "lots/accept", "confirm")

    @pytest.mark.parametrize("form", FORMS)
    def test_a_stranger_finds_no_form_and_a_visitor_is_asked_to_sign_in(
        self, app, bare, handoff, sign_in, stranger, client, form
    ):
        before = state(app)
        assert sign_in(stranger).post(f"/handoffs/{handoff}/{form}", data=THREE_ANSWERS | GIVEN).status_code == 404
        answer = client.post(f"/handoffs/{handoff}/{form}", data=THREE_ANSWERS | GIVEN)
        assert (answer.status_code, "/login" in answer.location) == (302, True)
        assert state(app) == before

    @pytest.mark.parametrize(("side", "form"), [("family", "lots"), ("family", "lots/new"), ("donor", "lots/accept")])
    def test_what_is_the_others_to_say_is_not_found(self, app, bare, handoff, sign_in, side, form):
        answer = sign_in(getattr(bare, side)).post(f"/handoffs/{handoff}/{form}", data=THREE_ANSWERS | {"seen": "1:"})
        assert answer.status_code == 404
        assert promised(app, handoff) == [{100: 4}]

    @pytest.mark.parametrize("who", ["donor", "stranger"])
    def test_nobody_but_the_family_says_what_became_of_it(self, app, bare, received, sign_in, stranger, who):
        before = state(app)
        actor = stranger if who == "stranger" else bare.donor
        assert sign_in(actor).post(received, data=FED).status_code == 404
        assert state(app) == before

    @pytest.mark.parametrize("page", ["/handoffs/{}", "/milk/received", "/milk/received/sheet"])
    def test_a_visitor_signs_in_and_comes_back_to_the_page(self, handoff, client, page):
        address = page.format(handoff)
        asked = client.get(address)
        assert asked.status_code == 302
        assert asked.location.replace("%2F", "/").endswith(address)


class TestTheOrderOfThePage:
    """What is needed next stands first."""

    def places(self, client, handoff: str) -> list[str]:
        page = client.get(f"/handoffs/{handoff}").text
        names = ("after", "cooler", "lots", "place")
        found = {name: page.find(f'id="{name}"') for name in names}
        return sorted((name for name in names if found[name] > 0), key=lambda name: found[name])

    @pytest.mark.parametrize(
        ("hours", "order"),
        [
            (0, ["lots", "place", "cooler", "after"]),
            (22, ["cooler", "lots", "place", "after"]),
            (24.5, ["cooler", "after", "lots", "place"]),
            (27, ["after", "cooler", "lots"]),
        ],
    )
    def test_first_the_milk_and_the_place_then_the_code_then_the_amounts(
        self, bare, handoff, sign_in, clock, hours, order
    ):
        clock.shift(hours * 3600)
        for who in (bare.donor, bare.family):
            assert self.places(sign_in(who), handoff) == order

    def test_the_amounts_are_folded_until_the_meeting_and_the_card_opens_them(self, bare, handoff, sign_in):
        client = sign_in(bare.donor)
        folded = re.compile(r'<details id="after"[^>]*>')
        assert " open" not in folded.search(client.get(f"/handoffs/{handoff}").text)[0]
        address = re.search(r'href="([^"]+#after)"', client.get(f"/handoffs/{handoff}/card").text)[1]
        assert " open" in folded.search(client.get(address.replace("&amp;", "&")).text)[0]

    def test_lots_of_which_bags_are_promised_stand_before_the_others(self, app, bare, handoff, ten_bags, sign_in):
        with app.app_context():
            other = lot(bare.donor, bags=(Bags(3, 120),))
        page = sign_in(bare.donor).get(f"/handoffs/{handoff}").text
        form = page.split('action="/handoffs/' + handoff + '/lots"')[1].split("</form>")[0]
        assert form.index(f"-{ten_bags}") < form.index("Bags of other lots") < form.index(f"-{other}")

    def test_a_proposal_shows_the_donor_her_own_words_not_the_familys(self, app, bare, handoff, sign_in):
        assert "You can ask" not in sign_in(bare.donor).get(f"/handoffs/{handoff}").text
        assert "You can ask" in sign_in(bare.family).get(f"/handoffs/{handoff}").text
        with app.app_context():
            assert proposed(bare)
