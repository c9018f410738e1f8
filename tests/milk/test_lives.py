"""The whole life of a lot: which lines belong to it, in what order, and what its printed page says of whom."""

from datetime import timedelta

import pytest
import time_machine

from app.milk import queries, services
from app.milk.rules.deferrals import Kind
from app.milk.rules.drafts import Bags
from app.milk.rules.keeping import Kept
from app.milk.rules.ledger import Arrival, Entry
from app.milk.rules.lives import SplitFor
from app.milk.services import custody, holders
from tests.conftest import NOW
from tests.milk.deferring import agree, keep
from tests.milk.factories import TODAY, lot, view

HOUR = timedelta(hours=1)


def life(who, public_id):
    return queries.life_of(who.identity, public_id, today=TODAY)


def told(who, public_id):
    """Each line as (kind, volume, family, whether it is about the lot itself)."""
    return [
        (str(each.entry.kind), int(each.entry.volume_ml), each.family, each.is_own)
        for each in life(who, public_id).events
    ]


def give(public_id, holder, volume, *, arrival=Arrival.FROZEN, now=NOW):
    services.give(public_id, holder, volume, arrival, now=now)


class TestWhichLines:
    def test_a_lot_alone_tells_its_own_lines_in_their_order(self, in_app, donor):
        made = lot(donor)
        services.put(donor.identity, made, Kept.DEEP_FREEZER, now=NOW + HOUR)
        services.promise(made, "one", 300, now=NOW + 2 * HOUR)
        services.take_back(made, "one", 100, now=NOW + 3 * HOUR)
        give(made, "one", 200, now=NOW + 4 * HOUR)
        services.discard(donor.identity, made, {100: 1}, now=NOW + 5 * HOUR)
        assert told(donor, made) == [
            ("created", 1000, None, True), ("moved", 1000, None, True), ("reserved", 300, 1, True),
            ("released", 100, 1, True), ("handed_over", 200, 1, True), ("discarded", 100, None, True),
        ]  # fmt: skip

    def test_what_was_split_off_goes_on_in_the_same_life(self, in_app, donor):
        made = lot(donor)
        part = services.split_off(donor.identity, made, {100: 4}, now=NOW + HOUR)
        deeper = services.split_off(donor.identity, part, {100: 1}, now=NOW + 2 * HOUR)
        give(deeper, "one", 100, now=NOW + 3 * HOUR)
        assert told(donor, made) == [
            ("created", 1000, None, True), ("split", 400, None, True), ("split", 100, None, False),
            ("handed_over", 100, 1, False),
        ]  # fmt: skip
        assert [each.code for each in life(donor, made).below] == [view(donor, x).code for x in (part, deeper)]

    def test_of_the_lot_above_only_how_its_milk_was_kept_until_the_split(self, in_app, donor):
        made = lot(donor)
        services.put(donor.identity, made, Kept.DEEP_FREEZER, now=NOW)
        give(made, "other", 200)
        part = services.split_off(donor.identity, made, {100: 4}, now=NOW + HOUR)
        give(made, "third", 200, now=NOW + 2 * HOUR)
        services.put(donor.identity, made, Kept.FREEZER, now=NOW + 2 * HOUR)
        give(part, "one", 400, now=NOW + 3 * HOUR)
        assert told(donor, part) == [
            ("created", 1000, None, False), ("moved", 1000, None, False), ("created", 400, None, True),
            ("handed_over", 400, 1, True),
        ]  # fmt: skip
        assert [each.public_id for each in life(donor, part).above] == [made]

    def test_a_sister_lot_is_nobodys_business(self, in_app, donor):
        made = lot(donor)
        part = services.split_off(donor.identity, made, {100: 4}, now=NOW)
        sister = services.split_off(donor.identity, made, {100: 4}, now=NOW)
        give(sister, "one", 400)
        assert "handed_over" not in [kind for kind, *_rest in told(donor, part)]

    def test_bags_that_thawed_say_so_in_the_line_of_the_split(self, in_app, donor):
        made = lot(donor)
        services.thaw(donor.identity, made, {100: 2}, now=NOW + HOUR)
        assert told(donor, made) == [("created", 1000, None, True), ("split", 200, None, True)]
        assert life(donor, made).events[-1].split_for is SplitFor.THAWED

    def test_a_part_that_thaws_later_is_a_line_of_its_own(self, in_app, donor):
        made = lot(donor)
        part = services.split_off(donor.identity, made, {100: 2}, now=NOW + HOUR)
        services.thaw(donor.identity, part, {100: 2}, now=NOW + 2 * HOUR)
        assert [(e.entry.kind, e.split_for) for e in life(donor, made).events[1:]] == [
            (Entry.SPLIT, None), (Entry.THAWED, None),
        ]  # fmt: skip

    def test_lots_withdrawn_at_one_moment_are_one_line(self, in_app, donor):
        made = lot(donor)
        part = services.split_off(donor.identity, made, {100: 2}, now=NOW)
        for public_id in (made, part):
            custody.withdraw(view(donor, public_id).custody_id, now=NOW + HOUR)
        last = life(donor, made).events[-1]
        assert (last.entry.kind, len(last.codes), last.is_own) == (Entry.WITHDRAWN, 2, True)
        assert [kind for kind, *_rest in told(donor, made)].count("withdrawn") == 1

    def test_what_is_split_off_a_withdrawn_lot_is_not_withdrawn_once_more(self, in_app, donor):
        made = lot(donor)
        custody.withdraw(view(donor, made).custody_id, now=NOW)
        services.split_off(donor.identity, made, {100: 2}, now=NOW + HOUR)
        assert [kind for kind, *_rest in told(donor, made)] == ["created", "withdrawn", "split"]

    def test_families_are_numbered_as_they_come_up_and_one_family_has_one_number(self, in_app, donor, family):
        made = lot(donor)
        for number, holder in enumerate(("a", "b", "c", "a")):
            give(made, holder, 100, now=NOW + number * HOUR)
        assert [family for *_kind, family, _own in told(donor, made)[1:]] == [1, 2, 3, 1]
        for holder in ("a", "c"):
            holders.register(holder, family.id, now=NOW)
        assert [family for *_kind, family, _own in told(donor, made)[1:]] == [1, 2, 1, 1]


@pytest.fixture
def clock():
    """Noon of the tests' day; the pages read the clock."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.mark.usefixtures("clock")
class TestThePage:
    def test_it_tells_the_life_and_names_no_family(self, app, donor, family, sign_in):
        with app.app_context():
            made = lot(donor, bags=(Bags(8, 100), Bags(2, 60)))
            holders.register("one", family.id, now=NOW)
            give(made, "one", 200, arrival=Arrival.PARTLY_THAWED)
            custody.settle(view(donor, made).custody_id, "one", Entry.FED, 100, now=NOW)
        page = sign_in(donor).get(f"/milk/{made}/life")
        assert page.status_code == 200
        for words in ("8 × ", "2 × ", "Family 1: ", "partly thawed on arrival", "fed, the family says", "Best by"):
            assert words in page.text
        assert family.display_name not in page.text
        assert "<nav" not in page.text
        assert "<script" not in page.text

    @pytest.mark.parametrize("who", ["family", "stranger", "moderator"])
    def test_for_anybody_else_there_is_no_such_page(self, request, app, donor, sign_in, who):
        with app.app_context():
            made = lot(donor)
            give(made, "one", 200)
        assert sign_in(request.getfixturevalue(who)).get(f"/milk/{made}/life").status_code == 404

    def test_a_day_of_the_donor_is_that_of_her_own_zone(self, app, donor, sign_in, clock):
        with app.app_context():
            made = lot(donor)
            give(made, "one", 200, now=NOW.replace(hour=3))
        client = sign_in(donor)
        client.post("/me", data={"display_name": "Dana", "volume_unit": "oz", "distance_unit": "mi",
                                 "timezone": "America/Los_Angeles", "locale": "en"})  # fmt: skip
        page = client.get(f"/milk/{made}/life").text
        assert f"{TODAY - timedelta(days=1):%b} {(TODAY - timedelta(days=1)).day}, {TODAY.year}, 7:00" in page
        assert "America/Los_Angeles" in page

    def test_her_own_reasons_stand_there_only_when_she_asks_for_them(self, app, donor, sign_in):
        with app.app_context():
            made = lot(donor)
            agree(donor)
            keep(donor, 3, 4, kind=Kind.MASTITIS)
            services.say_which_bags(donor.identity, made, {100: 2}, now=NOW)
        client = sign_in(donor)
        page = client.get(f"/milk/{made}/life").text
        assert "kept back" in page
        assert "Nov 3" in page
        assert "Mastitis" not in page
        assert "why=1" in page
        assert "Mastitis" in client.get(f"/milk/{made}/life?why=1").text

    def test_the_lot_leads_to_it_and_back(self, app, donor, sign_in):
        with app.app_context():
            made = lot(donor)
        client = sign_in(donor)
        assert f'href="/milk/{made}/life"' in client.get(f"/milk/{made}").text
        assert f'href="/milk/{made}"' in client.get(f"/milk/{made}/life").text
