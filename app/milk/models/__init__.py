"""Tables of milk: lots with the custody ledger, each further concept in a module of its own."""

from app.milk.models.lots import CustodyEntry, CustodyHolding, CustodyLot, Lot, LotBags, Statement

__all__ = ["CustodyEntry", "CustodyHolding", "CustodyLot", "Lot", "LotBags", "Statement"]
