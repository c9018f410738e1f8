"""People in pairs with a conversation each, signed in; run in a child of the nursery."""

from flask_migrate import upgrade

from app.factory import create_app
from app.infra.clock import utcnow
from app.infra.transaction import transaction
from app.kernel.ids import new_public_id
from app.matching.events import InterestAccepted
from app.matching.models import Interest
from app.messaging import queries, services
from app.posts.models import Post
from tests.people import PASSWORD, add_person


def pairs(count: int) -> list[dict[str, object]]:
    """Make ``count`` conversations and give their 2 × ``count`` people with what a browser of theirs would hold."""
    app = create_app()
    app.config["TRUSTED_HOSTS"] = None  # the test's client calls itself localhost
    people = []
    with app.app_context():
        for number in range(count):
            donor, family = add_person(f"donor{number}"), add_person(f"family{number}")
            conversation = _conversation(donor[0], family[0])
            people += [(donor, conversation), (family, conversation)]
    return [{"id": who[0], "conversation": conversation, **_browser(app, who[1])} for who, conversation in people]


def _conversation(donor: int, family: int) -> str:
    now = utcnow()
    with transaction() as session:
        posts = [_post(author, kind, now) for author, kind in ((donor, "offer"), (family, "request"))]
        session.add_all(posts)
        session.flush()
        interest = Interest(
            public_id=new_public_id(), offer_id=posts[0].id, request_id=posts[1].id, donor_id=donor, family_id=family,
            origin="yes", state="accepted", note="", created_at=now, answered_at=now,
        )  # fmt: skip
        session.add(interest)
        session.flush()
        accepted = InterestAccepted(
            at=now, interest_id=interest.id, offer_id=posts[0].id, request_id=posts[1].id, donor_id=donor,
            family_id=family,
        )  # fmt: skip
        return queries.conversation(services.open_conversation(accepted, now=now)).public_id


def _post(author: int, kind: str, now) -> Post:
    return Post(
        public_id=new_public_id(), author_id=author, kind=kind, state="live", area_id=1, travel_km=20, created_at=now,
        updated_at=now, submit_token=new_public_id(), note="", replace_bags="unsaid", version=1,
    )  # fmt: skip


def _browser(app, email: str) -> dict[str, str]:
    client = app.test_client()
    form = client.get("/login").text
    token = form.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    answer = client.post("/login", data={"email": email, "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 302, answer.text
    csrf = client.get("/messages").text.split('name="csrf-token" content="')[1].split('"')[0]
    cookie = client.get_cookie("milkbridge_session")
    assert cookie is not None
    return {"cookie": f"{cookie.key}={cookie.value}", "csrf": csrf}


def migrate() -> None:
    """Bring the database to the newest migration."""
    with create_app().app_context():
        upgrade()
