"""Makes what a handoff needs: an offer, a request, and the conversation of their accepted interest."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.handoffs import services
from app.handoffs.models import Handoff, HandoffChange, OfferBalance
from app.handoffs.rules.plan import HandoffDraft
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.ids import new_public_id
from app.matching.events import InterestAccepted
from app.matching.models import Interest
from app.messaging.queries import conversation
from app.messaging.services import open_conversation
from app.milk.queries import lots_of
from app.milk.rules.drafts import Bags
from app.notifications.models import Notice
from app.posts import queries as posts
from app.posts import services as post_services
from tests.conftest import NOW, Person
from tests.milk.factories import lot
from tests.posts.drafts import OFFER, REQUEST, WEEKLY

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
START = NOW + DAY
END = START + 2 * HOUR


@dataclass(frozen=True)
class Talk:
    """A conversation and the two posts behind it."""

    id: int
    public_id: str
    offer_id: int
    offer_public_id: str
    request_id: int
    request_public_id: str
    donor: Person
    family: Person


def offer_of(donor: Person, *, volume_ml: int = 1000, weekly: bool = False, smallest_ml: int | None = None) -> str:
    """A live offer of so much milk, once or each week, and its public id."""
    draft = replace(WEEKLY, weekly_ml=volume_ml) if weekly else replace(OFFER, volume_ml=volume_ml)
    draft = replace(draft, smallest_handoff_ml=smallest_ml, max_families=20)
    return post_services.submit_new(donor.identity, draft, submit_token=new_public_id(), now=NOW)


def bags_of(donor: Person) -> None:
    """Bags enough for any of these handoffs, written down once: three litres in small ones, and ten in larger ones."""
    if not lots_of(donor.identity, today=NOW.date()):
        lot(donor, bags=(Bags(30, 100),), pumped_to=NOW.date() - 14 * DAY)
        lot(donor, bags=(Bags(20, 500),), pumped_from=NOW.date() - 13 * DAY)


def request_of(family: Person) -> str:
    """A live request and its public id."""
    return post_services.submit_new(family.identity, REQUEST, submit_token=new_public_id(), now=NOW)


def talk(donor: Person, family: Person, *, offer: str | None = None, bags: bool = True, **terms) -> Talk:
    """The two in conversation about ``offer`` (a public id), or about a new one with these terms."""
    offer = offer or offer_of(donor, **terms)
    if bags:
        bags_of(donor)
    request = request_of(family)
    offer_id, request_id = posts.post_by_public_id(offer).id, posts.post_by_public_id(request).id
    with transaction() as session:
        interest = Interest(
            public_id=new_public_id(), offer_id=offer_id, request_id=request_id, donor_id=donor.id, family_id=family.id,
            origin="yes", state="accepted", note="", created_at=NOW, answered_at=NOW,
        )  # fmt: skip
        session.add(interest)
        session.flush()
        accepted = InterestAccepted(
            at=NOW, interest_id=interest.id, offer_id=offer_id, request_id=request_id, donor_id=donor.id,
            family_id=family.id,
        )  # fmt: skip
        opened = open_conversation(accepted, now=NOW)
        public_id = conversation(opened).public_id
    return Talk(opened, public_id, offer_id, offer, request_id, request, donor, family)


def draft(volume_ml: int = 400, start: datetime = START, end: datetime | None = None) -> HandoffDraft:
    """A sound proposal: tomorrow for two hours."""
    return HandoffDraft(volume_ml, start, end or start + 2 * HOUR)


def proposed(where: Talk, by: Person | None = None, **plan) -> str:
    """A proposal of the family, or of ``by``; its public id."""
    who = by or where.family
    return services.propose(who.identity, where.public_id, draft(**plan), now=NOW)


def agreed(where: Talk, **plan) -> str:
    """A proposal of the family to which the donor agreed; its public id."""
    public_id = proposed(where, **plan)
    services.agree(where.donor.identity, public_id, now=NOW)
    return public_id


def row(public_id: str) -> Handoff:
    """The stored handoff, fresh."""
    db.session.rollback()
    return db.session.query(Handoff).filter_by(public_id=public_id).one()


def balance(where: Talk, period: str = "all") -> tuple[int, int, int]:
    """The offer's total, promised and given millilitres, fresh."""
    db.session.rollback()
    found = db.session.get(OfferBalance, (where.offer_id, period), populate_existing=True)
    return (found.total_ml, found.reserved_ml, found.given_ml)


def history(public_id: str) -> list[tuple[str | None, str, int | None, str | None]]:
    """Each change of a handoff, in order."""
    changes = db.session.query(HandoffChange).filter_by(handoff_id=row(public_id).id).order_by(HandoffChange.id)
    return [(change.old_state, change.new_state, change.actor_id, change.reason) for change in changes]


def notices(who: Person) -> list[str]:
    """The kinds of handoff notices somebody got, in order."""
    found = db.session.query(Notice).filter_by(user_id=who.id).order_by(Notice.id)
    return [notice.kind for notice in found if notice.kind.startswith("handoff")]
