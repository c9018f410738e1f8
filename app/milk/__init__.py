"""Milk: lots with their storage clock, and the custody ledger that says where each part of a lot went."""
