"""Ids that stand in addresses: they carry no order, no count and nothing to guess."""

import secrets
from typing import Final

PUBLIC_ID_LENGTH: Final = 22
"""Characters of a public id: 128 bits in URL-safe base 64 without padding."""


def new_public_id() -> str:
    """A fresh random id of :data:`PUBLIC_ID_LENGTH` URL-safe characters."""
    return secrets.token_urlsafe(16)
