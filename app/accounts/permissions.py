"""The accounts capability's rows of the permission table."""

from app.kernel.access import Permission, anyone

SEE_OWN_ACCOUNT = Permission("accounts.see_own", allows=anyone)
CHANGE_OWN_ACCOUNT = Permission("accounts.change_own", allows=anyone)
BLOCK_SOMEONE = Permission("accounts.block", allows=anyone)
MANAGE_OWN_TOKENS = Permission("accounts.manage_own_tokens", allows=anyone)
"""List, make and revoke the tokens with which one's own programs use the JSON API."""
