"""The secret address of a person's calendar: made by chance, and kept only as what it digests to."""

import secrets
from hashlib import sha256
from typing import Final

SECRET_BYTES: Final = 32
"""256 bits of chance: nobody comes upon an address by trying."""


def new_secret() -> str:
    """A secret that has never been, in letters an address may hold (43 of them)."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> str:
    """What is kept of a secret: SHA-256 in hexadecimal, which is enough for what is chance already."""
    return sha256(secret.encode()).hexdigest()
