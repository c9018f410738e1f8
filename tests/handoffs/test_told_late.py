"""Milk that is written down only after it changed hands, of days that were withdrawn before: its family is told."""

from app.handoffs import services
from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.lots import NewLot
from app.infra import jobs
from app.infra.database import db
from app.milk.models import WithdrawalNotice
from app.milk.queries import family_notice
from app.milk.rules.keeping import Kept
from app.milk.rules.withdrawals import Draft, Reason
from app.milk.services import withdrawals
from tests.conftest import NOW
from tests.handoffs.factories import END, agreed, row, talk
from tests.milk.factories import lot

DAYS = NewLot(NOW.date().replace(day=10), NOW.date().replace(day=12), Kept.FREEZER)


def test_a_family_that_has_withdrawn_milk_without_a_label_is_told_once_it_is_written_down(in_app, donor, family):
    lot(donor)
    withdrawals.withdraw(donor.identity, Draft(Reason.INFECTION, first=DAYS.pumped_from), now=NOW)
    public_id = agreed(talk(donor, family, bags=False))
    services.confirm(family.identity, public_id, amount_ml=400, condition=Condition.FROZEN, now=END)
    services.confirm(donor.identity, public_id, amount_ml=400, condition=None, lot=DAYS, now=END)
    assert row(public_id).state == "confirmed"
    jobs.run_due(now=END)
    told = db.session.query(WithdrawalNotice).one()
    assert told.person_id == family.id
    assert [each.received_ml for each in family_notice(told.token).lots] == [400]
