"""What is true of stored milk: codes, places kept, how long it keeps, and what the ledger may say. Pure."""
