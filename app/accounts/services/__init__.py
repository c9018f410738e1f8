"""
The use-cases of accounts: people with their consents, blocks and places, and the tokens of the JSON API.

This package's names are its public face.
"""

from app.accounts.services.people import (
    block,
    choose_area,
    create_account,
    deactivate,
    end_sessions,
    give_consent,
    learn_timezone,
    lower_trust,
    promote,
    raise_trust,
    save_preferences,
    unblock,
    withdraw_consent,
)
from app.accounts.services.tokens import make_token, note_token_used, revoke_all_tokens, revoke_token

__all__ = [
    "block",
    "choose_area",
    "create_account",
    "deactivate",
    "end_sessions",
    "give_consent",
    "learn_timezone",
    "lower_trust",
    "make_token",
    "note_token_used",
    "promote",
    "raise_trust",
    "revoke_all_tokens",
    "revoke_token",
    "save_preferences",
    "unblock",
    "withdraw_consent",
]
