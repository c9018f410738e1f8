"""Faults on purpose: processes killed, lines cut, and a ledger that says what was lost, doubled or out of order."""
