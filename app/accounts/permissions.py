"""The accounts capability's rows of the permission table."""

from app.kernel.access import Permission, anyone

SEE_OWN_ACCOUNT = Permission("accounts.see_own", allows=anyone)
CHANGE_OWN_ACCOUNT = Permission("accounts.change_own", allows=anyone)
BLOCK_SOMEONE = Permission("accounts.block", allows=anyone)
