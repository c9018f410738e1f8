"""Who may do what with lots: a lot is its donor's, and to everybody else it does not exist."""

from typing import Final, Protocol

from app.kernel.access import Identity, Permission, anyone


class Given(Protocol):
    """Anything with a donor."""

    @property
    def donor_id(self) -> int:
        """Whose milk it is."""


def _is_donor(actor: Identity, lot: Given) -> bool:
    return lot.donor_id == actor.person_id


LIST: Final = Permission("milk.list", allows=anyone)
"""The list of one's own lots, and beginning one."""

KEEP: Final = Permission("milk.keep", allows=_is_donor)
"""See a lot, print its labels, and say what became of its bags."""

LIST_DAYS: Final = Permission("milk.days", allows=anyone)
"""The days one keeps back oneself, and saying new ones."""

KEEP_DAYS: Final = Permission("milk.keep_days", allows=_is_donor)
"""See, change and delete an entry of days kept back."""
