"""Who may report, look into the queue and decide."""

from app.kernel.access import Identity, Permission, Role, anyone
from app.moderation.rules import CaseFacts, has_reported, is_about


def _not_about_oneself(actor: Identity, facts: CaseFacts) -> bool:
    return not is_about(facts, actor.person_id)


def _not_reported_by_oneself(actor: Identity, facts: CaseFacts) -> bool:
    return not has_reported(facts, actor.person_id)


REPORT = Permission("moderation.report", allows=anyone)
SEE_OWN = Permission("moderation.see_own", allows=anyone)
"""One's own reports, and the statements of reasons about oneself."""

REVIEW = Permission("moderation.review", allows=anyone, role=Role.MODERATOR)
SEE_CASE = Permission("moderation.see_case", allows=_not_about_oneself, role=Role.MODERATOR)
DECIDE = Permission("moderation.decide", allows=_not_reported_by_oneself, role=Role.MODERATOR, conceals=False)


def _not_oneself(actor: Identity, person_id: int) -> bool:
    return person_id != actor.person_id


SEE_MEMBER = Permission("moderation.see_member", allows=_not_oneself, role=Role.MODERATOR)
"""See what a member received beside the stated need; not about oneself, as with cases."""
