"""Makes people in pairs with a conversation each in a new database, and prints what their browsers would hold."""

import json
import sys

from flask import session
from flask_migrate import upgrade
from flask_wtf.csrf import generate_csrf

from app.accounts.models import Consent, User
from app.accounts.rules.consents import TEXTS, fingerprint
from app.factory import create_app
from app.infra.clock import utcnow
from app.infra.transaction import transaction
from app.kernel.ids import new_public_id
from app.matching.models import Interest
from app.messaging.models import Conversation
from app.posts.models import Post
from tests.people import LONG_AGO


def _person(number: int) -> User:
    return User(
        public_id=new_public_id(), email=f"load{number}@example.org", password="", confirmed_at=LONG_AGO,
        created_at=LONG_AGO, display_name=f"Load{number}", adult_confirmed_at=LONG_AGO, area_id=1, trust=1,
    )  # fmt: skip


def _post(author: int, kind: str) -> Post:
    return Post(
        public_id=new_public_id(), author_id=author, kind=kind, state="live", area_id=1, travel_km=20,
        created_at=LONG_AGO, updated_at=LONG_AGO, submit_token=new_public_id(), note="", replace_bags="unsaid",
        version=1,
    )  # fmt: skip


def pairs(count: int) -> list[dict[str, str]]:
    """Fill the database of the environment and return 2 × ``count`` people, the two of a conversation side by side."""
    app = create_app()
    with app.app_context():
        upgrade()
        with transaction() as rows:
            people = [_person(number) for number in range(2 * count)]
            rows.add_all(people)
            rows.flush()
            couples = list(zip(people[::2], people[1::2], strict=True))
            posts = [(_post(donor.id, "offer"), _post(family.id, "request")) for donor, family in couples]
            rows.add_all([post for pair in posts for post in pair])
            rows.add_all([_consent(person.id, text) for person in people for text in TEXTS.values()])
            rows.flush()
            talks = [_talk(*couple, *pair) for couple, pair in zip(couples, posts, strict=True)]
            rows.add_all([interest for interest, _ in talks])
            rows.flush()
            for interest, talk in talks:
                talk.interest_id = interest.id
            rows.add_all([talk for _, talk in talks])
            rows.flush()
            holders = [(person.fs_uniquifier, talks[number // 2][1].public_id) for number, person in enumerate(people)]
    with app.test_request_context():
        csrf = generate_csrf()
        signer = app.session_interface.get_signing_serializer(app)
        name = app.config["SESSION_COOKIE_NAME"]
        known = {"csrf_token": session["csrf_token"], "_fresh": True}
        return [
            {"cookie": f"{name}={signer.dumps({'_user_id': holder, **known})}", "csrf": csrf, "conversation": talk}
            for holder, talk in holders
        ]  # fmt: skip


def _consent(person: int, text) -> Consent:
    return Consent(
        user_id=person, purpose=text.purpose.value, text_version=text.version, text_hash=fingerprint(text.words()),
        language="en", given_at=LONG_AGO,
    )  # fmt: skip


def _talk(donor: User, family: User, offer: Post, request: Post) -> tuple[Interest, Conversation]:
    now = utcnow()
    interest = Interest(
        public_id=new_public_id(), offer_id=offer.id, request_id=request.id, donor_id=donor.id, family_id=family.id,
        origin="yes", state="accepted", note="", created_at=now, answered_at=now,
    )  # fmt: skip
    talk = Conversation(
        public_id=new_public_id(), offer_id=offer.id, request_id=request.id, donor_id=donor.id, family_id=family.id,
        created_at=now,
    )  # fmt: skip
    return interest, talk


if __name__ == "__main__":
    print(json.dumps(pairs(int(sys.argv[1]))))
