"""The notifications capability's rows of the permission table."""

from app.kernel.access import Permission, anyone

SEE_OWN_NOTICES = Permission("notifications.see_own", allows=anyone)
CHOOSE_OWN_NOTICES = Permission("notifications.choose_own", allows=anyone)
"""Choose what reaches oneself outside the site, and which browsers take pushes."""
