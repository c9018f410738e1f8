"""Who may do what with a handoff; the context is a conversation or a handoff, anything that names the two people."""

from app.handoffs.rules.states import Pair, Proposal, is_one_of, may_answer
from app.kernel.access import Identity, Permission, Role, anyone


def _one_of_the_two(identity: Identity, pair: Pair) -> bool:
    return is_one_of(pair, identity.person_id)


def _the_other_side(identity: Identity, proposal: Proposal) -> bool:
    return may_answer(proposal, identity.person_id)


def _neither_of_the_two(identity: Identity, pair: Pair) -> bool:
    return not is_one_of(pair, identity.person_id)


def _is_donor(identity: Identity, pair: Pair) -> bool:
    return pair.donor_id == identity.person_id


def _is_family(identity: Identity, pair: Pair) -> bool:
    return pair.family_id == identity.person_id


LIST = Permission("handoffs.list", allows=anyone)
FOLLOW = Permission("handoffs.follow", allows=anyone)
"""Let one's own calendar follow one's own handoffs."""
PLAN = Permission("handoffs.plan", allows=_one_of_the_two)
SEE = Permission("handoffs.see", allows=_one_of_the_two)
ANSWER = Permission("handoffs.answer", allows=_the_other_side, conceals=False)
CHANGE = Permission("handoffs.change", allows=_one_of_the_two)
CONFIRM = Permission("handoffs.confirm", allows=_one_of_the_two)
AFTER = Permission("handoffs.after", allows=_one_of_the_two)
"""See and do what follows a confirmed handoff; which of the two may do what is decided where it is done."""
CHOOSE_AFTER = Permission("handoffs.choose_after", allows=anyone)
"""Choose for oneself whether to be asked how it went, and how to hear of thanks."""
SEE_RUNWAY = Permission("handoffs.runway", allows=anyone)
"""See how long the milk of one's own request lasts, and correct what is at home; another's is not found."""

REVIEW_EXCUSES = Permission("handoffs.review_excuses", allows=anyone, role=Role.MODERATOR)
DECIDE_EXCUSE = Permission("handoffs.decide_excuse", allows=_neither_of_the_two, role=Role.MODERATOR)
"""Let an entry go, or not; never one of a meeting of one's own."""
NAME_LOTS = Permission("handoffs.name_lots", allows=_is_donor)
"""Choose the bags the donor brings, and write down a lot for them; on her own page of the handoff alone."""
ACCEPT_LOTS = Permission("handoffs.accept_lots", allows=_is_family)
"""Accept what the donor says of each lot."""
