"""Tables of milk: lots and their ledger, days kept back, who stands behind a holder, and withdrawals."""

from app.milk.models.deferrals import Deferral, LotHold
from app.milk.models.lots import CustodyEntry, CustodyHolding, CustodyLot, Lot, LotBags, LotPromise, Statement
from app.milk.models.rests import GivingRest
from app.milk.models.withdrawals import (
    Holder,
    RecallCode,
    RecallContact,
    RecallContactLink,
    Withdrawal,
    WithdrawalHolder,
    WithdrawalLot,
    WithdrawalNotice,
)

__all__ = [
    "CustodyEntry",
    "CustodyHolding",
    "CustodyLot",
    "Deferral",
    "GivingRest",
    "Holder",
    "Lot",
    "LotBags",
    "LotHold",
    "LotPromise",
    "RecallCode",
    "RecallContact",
    "RecallContactLink",
    "Statement",
    "Withdrawal",
    "WithdrawalHolder",
    "WithdrawalLot",
    "WithdrawalNotice",
]
