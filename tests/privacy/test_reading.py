"""Opening a page changes nothing, whoever opens it; and no mail ever leads to a host that is not ours."""

import pytest
from sqlalchemy import text

from app.infra.database import db
from tests.privacy.conftest import World
from tests.privacy.test_form_tokens import state

SIGNS_OUT = {"security.logout"}

pytestmark = pytest.mark.filterwarnings(
    # The accounts library's own second-factor form still lists its choices in the way WTForms is about to drop.
    "ignore:Passing SelectField choices as tuples:DeprecationWarning"
)


def pages(app, world: World) -> list[str]:
    known = {
        "/posts": world.offer, "/matches": world.offer, "/messages": world.conversation, "/handoffs": world.handoff,
        "/conversations": world.conversation, "/reports": world.report, "/moderation": world.case,
        "/report/": world.offer,
    }  # fmt: skip
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or set()) or rule.endpoint in SIGNS_OUT or rule.endpoint == "static":
                continue
            first = next((value for start, value in known.items() if rule.rule.startswith(start)), "x")
            named = {
                "offer_public_id": world.offer, "request_public_id": world.request, "kind": "offer",
                "target_kind": "post", "interest_public_id": world.interest,
            }  # fmt: skip
            filled = {name: named.get(name, first) for name in rule.arguments}
            found.append(rule.build(filled, append_unknown=False)[1])
    return sorted(found)


@pytest.mark.parametrize("reader", [None, "donor", "family", "stranger", "moderator"])
def test_opening_every_page_there_is_changes_nothing(app, world, request, sign_in, reader):
    client = sign_in(request.getfixturevalue(reader)) if reader else app.test_client()
    before = state(app)
    opened = {path: client.get(path).status_code for path in pages(app, world)}
    assert len(opened) > 40
    after = state(app)
    assert [name for name in before if before[name] != after[name]] == []
    if reader:
        assert client.get("/me").status_code == 200


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host"])
def test_a_planted_host_is_in_no_mail(app, world, donor, header):
    client = app.test_client()
    client.post("/reset", data={"email": donor.email}, headers={header: "evil.example"})
    client.post("/reset", data={"email": donor.email}, headers={header: "localhost@evil.example"})
    with app.app_context():
        waiting = db.session.scalars(text("SELECT payload FROM jobs")).all()
    assert [payload for payload in waiting if "evil.example" in payload] == []
