"""Posts, conversations and interests straight in the tables, for tests that are about what moderators do with them."""

from collections.abc import Callable

import pytest

from app.infra.transaction import transaction
from app.kernel.ids import new_public_id
from app.matching.models import Interest
from app.messaging.models import Conversation, Message
from app.moderation import services
from app.moderation.models import Case
from app.posts.models import Offer, Post
from tests.conftest import NOW, Person


@pytest.fixture
def offer_of() -> Callable[..., Post]:
    """Make an offer: ``offer_of(donor, state="live")``; call it inside an application context."""

    def make(author: Person, *, state: str = "in_review", note: str = "60 oz, no dairy.", published=None) -> Post:
        with transaction() as session:
            post = Post(
                public_id=new_public_id(), author_id=author.id, kind="offer", state=state, area_id=1, travel_km=20.0,
                note=note, created_at=NOW, updated_at=NOW, submit_token=new_public_id(),
                published_at=NOW if published or state != "in_review" else None,
                offer=Offer(supply="once", volume_ml=1800, storage="freezer"),
            )  # fmt: skip
            session.add(post)
            session.flush()
            session.expunge_all()
            return post

    return make


@pytest.fixture
def interest_between() -> Callable[..., Interest]:
    """Make an interest of the family in the donor's offer (or the other way round)."""

    def make(
        offer: Post, request: Post, donor: Person, family: Person, *, origin: str = "yes", note: str = "Hello"
    ) -> Interest:
        with transaction() as session:
            interest = Interest(
                public_id=new_public_id(), offer_id=offer.id, request_id=request.id, donor_id=donor.id,
                family_id=family.id, origin=origin, state="accepted", note=note, created_at=NOW,
            )  # fmt: skip
            session.add(interest)
            session.flush()
            session.expunge_all()
            return interest

    return make


@pytest.fixture
def talk(interest_between, offer_of, donor, family) -> Callable[..., str]:
    """Let donor and family say these lines in turn, the donor first; returns the conversation's public id."""

    def make(*lines: str) -> str:
        interest = interest_between(offer_of(donor, state="live"), offer_of(family, state="live"), donor, family)
        with transaction() as session:
            conversation = Conversation(
                public_id=new_public_id(), interest_id=interest.id, offer_id=interest.offer_id,
                request_id=interest.request_id, donor_id=donor.id, family_id=family.id, created_at=NOW,
            )  # fmt: skip
            session.add(conversation)
            session.flush()
            for seq, body in enumerate(lines, start=1):
                sender = donor if seq % 2 else family
                session.add(
                    Message(
                        conversation_id=conversation.id, seq=seq, sender_id=sender.id, client_id=f"c{seq}", body=body,
                        sent_at=NOW,
                    )
                )  # fmt: skip
            return conversation.public_id

    return make


@pytest.fixture
def case_of(offer_of) -> Callable[..., str]:
    """Open the review of a newcomer's first post; returns the case's public id."""

    def make(author: Person, **kwargs: object) -> str:
        post = offer_of(author, **kwargs)
        services.open_review(post.id, author.id, now=NOW)
        return the_case(post.id).public_id

    return make


def the_case(target_id: int, kind: str = "post") -> Case:
    """The newest case of a target."""
    with transaction() as session:
        found = session.query(Case).filter_by(target_kind=kind, target_id=target_id).order_by(Case.id.desc()).first()
        assert found is not None
        session.expunge(found)
        return found
