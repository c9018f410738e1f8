"""Who may do what with lots: a lot is its donor's, and to everybody else it does not exist."""

from typing import Final, Protocol

from app.kernel.access import Identity, Permission, Role, anyone


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


class Withdrawn(Protocol):
    """Anything with a donor, who may be gone."""

    @property
    def donor_id(self) -> int | None:
        """Whose milk it is; None when the account is gone."""


def _is_team(actor: Identity, _context: object) -> bool:
    return actor.has(Role.MODERATOR) or actor.has(Role.SCREENER)


def _is_team_or_donor(actor: Identity, withdrawal: Withdrawn) -> bool:
    return withdrawal.donor_id == actor.person_id or _is_team(actor, withdrawal)


LOOK_BACK: Final = Permission("milk.look_back", allows=_is_team)
"""Withdraw somebody's milk, and see every withdrawal: moderators and screeners."""

SEE_WITHDRAWAL: Final = Permission("milk.see_withdrawal", allows=_is_team_or_donor)
"""How a withdrawal stands: the team, and the donor whose milk it is."""


class Told(Protocol):
    """A withdrawal with whose milk it is about and who began it; either may be gone."""

    @property
    def donor_id(self) -> int | None:
        """Whose milk it is; None when the account is gone."""

    @property
    def opened_by_id(self) -> int | None:
        """Who began it; None when nobody with an account stands behind it."""


def _is_not_about_oneself(actor: Identity, withdrawal: Told) -> bool:
    return actor.person_id not in {withdrawal.donor_id, withdrawal.opened_by_id}


END_WITHDRAWAL: Final = Permission("milk.end_withdrawal", allows=_is_not_about_oneself, conceals=False)
"""End a withdrawal that waits without telling anybody: one of the team, and never of one's own milk or word."""
