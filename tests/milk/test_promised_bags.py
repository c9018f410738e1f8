"""Which bags are promised to whom, counted beside the ledger's millilitres."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.errors import Invalid
from app.milk.models import Lot, LotBags, LotPromise
from app.milk.rules.drafts import Bags
from app.milk.services.promised import bags_of, free_bags, note_met, promise_bags, promises_of
from tests.conftest import NOW
from tests.milk.factories import lot

pytestmark = pytest.mark.both_databases
HOUR = timedelta(hours=1)


@pytest.fixture
def ten_and_two(in_app, donor) -> int:
    """A lot of ten bags of 100 ml and two of 150; its number."""
    public_id = lot(donor, bags=(Bags(10, 100), Bags(2, 150)))
    return db.session.scalars(select(Lot.id).where(Lot.public_id == public_id)).one()


def promised(lot_id: int) -> dict[tuple[str, int], int]:
    db.session.rollback()
    rows = db.session.scalars(select(LotPromise).where(LotPromise.lot_id == lot_id))
    return {(row.holder, row.size_ml): row.count for row in rows}


def counted(lot_id: int) -> dict[int, tuple[int, int]]:
    """How many of each size are promised and gone."""
    db.session.rollback()
    rows = db.session.scalars(select(LotBags).where(LotBags.lot_id == lot_id))
    return {row.size_ml: (row.promised, row.gone) for row in rows}


def promise(lot_id: int, holder: str, bags, *, meets_at=None) -> None:
    with transaction() as session:
        promise_bags(session, lot_id, holder, bags, meets_at=meets_at)


def free(lot_id: int, holder: str, bags, *, gone=False) -> None:
    with transaction() as session:
        free_bags(session, lot_id, holder, bags, gone=gone)


class TestPromising:
    def test_more_of_the_same_size_are_added_to_what_is_promised(self, ten_and_two):
        promise(ten_and_two, "one", {100: 3})
        promise(ten_and_two, "one", {100: 2, 150: 1})
        promise(ten_and_two, "two", {100: 5})
        assert promised(ten_and_two) == {("one", 100): 5, ("one", 150): 1, ("two", 100): 5}
        assert counted(ten_and_two) == {100: (10, 0), 150: (1, 0)}

    @pytest.mark.parametrize("bags", [{100: 11}, {150: 3}, {120: 1}, {100: 0}, {100: -1}, {100: 1, 150: 3}])
    def test_what_is_not_there_is_refused_and_nothing_is_counted(self, ten_and_two, bags):
        with pytest.raises(Invalid) as refused:
            promise(ten_and_two, "one", bags)
        assert list(refused.value.fields) == ["bags"]
        assert (promised(ten_and_two), counted(ten_and_two)) == ({}, {100: (0, 0), 150: (0, 0)})

    def test_the_last_bag_is_promised_once(self, ten_and_two):
        promise(ten_and_two, "one", {150: 2})
        with pytest.raises(Invalid):
            promise(ten_and_two, "two", {150: 1})


class TestFreeing:
    @pytest.mark.parametrize(
        ("bags", "left"), [({100: 1}, {("one", 100): 2}), ({100: 3}, {})], ids=["some", "all of it"]
    )
    @pytest.mark.parametrize("gone", [False, True], ids=["stayed", "went"])
    def test_they_are_free_again_or_gone(self, ten_and_two, bags, left, gone):
        promise(ten_and_two, "one", {100: 3})
        free(ten_and_two, "one", bags, gone=gone)
        assert promised(ten_and_two) == left
        assert counted(ten_and_two)[100] == (3 - bags[100], bags[100] if gone else 0)

    @pytest.mark.parametrize(
        ("holder", "bags"),
        [("one", {100: 4}), ("one", {150: 1}), ("two", {100: 1}), ("one", {100: 0}), ("one", {100: -1})],
    )
    def test_what_was_not_promised_to_this_holder_is_not_freed(self, ten_and_two, holder, bags):
        promise(ten_and_two, "one", {100: 3})
        with pytest.raises(Invalid) as refused:
            free(ten_and_two, holder, bags)
        assert list(refused.value.fields) == ["bags"]
        assert promised(ten_and_two) == {("one", 100): 3}


class TestReading:
    def test_by_holder_by_lot_and_all(self, ten_and_two, donor):
        other = db.session.scalars(select(Lot.id).where(Lot.public_id == lot(donor))).one()
        for lot_id, holder in ((ten_and_two, "one"), (ten_and_two, "two"), (other, "one")):
            promise(lot_id, holder, {100: 1})
        with transaction() as session:
            for asked, found in (
                ({"holder": "one"}, [(ten_and_two, "one"), (other, "one")]),
                ({"lot_id": ten_and_two}, [(ten_and_two, "one"), (ten_and_two, "two")]),
                ({"holder": "two", "lot_id": other}, []),
                ({}, [(ten_and_two, "one"), (ten_and_two, "two"), (other, "one")]),
            ):
                assert [(each.lot_id, each.holder) for each in promises_of(session, **asked)] == found
            assert list(bags_of(session, ten_and_two)) == [100, 150]


class TestMeeting:
    @pytest.mark.parametrize(
        ("known", "kept"),
        [(None, NOW), (NOW - HOUR, NOW - HOUR), (NOW + HOUR, NOW)],
        ids=["unknown", "earlier", "later"],
    )
    def test_the_earliest_moment_from_which_they_may_be_with_their_holder_stands(self, ten_and_two, known, kept):
        promise(ten_and_two, "one", {100: 1}, meets_at=known)
        promise(ten_and_two, "two", {100: 1}, meets_at=NOW + 2 * HOUR)
        with transaction() as session:
            note_met(session, "one", now=NOW)
        db.session.rollback()
        rows = db.session.scalars(select(LotPromise).order_by(LotPromise.holder))
        assert [row.met_at for row in rows] == [kept, NOW + 2 * HOUR]

    def test_of_nothing_promised_nothing_is_noted(self, ten_and_two):
        with transaction() as session:
            note_met(session, "one", now=NOW)
        assert promised(ten_and_two) == {}
