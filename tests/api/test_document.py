"""The OpenAPI document is complete, and every answer to whatever it allows or forbids is as it says."""

import itertools
import warnings
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.notifications.services import notify
from tests.api.test_posts import OFFER, POSTS, REQUEST
from tests.handoffs.factories import talk
from tests.messaging.test_pictures import photo

DOCUMENT = "/api/v1/openapi.json"
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
CALM = settings(
    max_examples=5, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)  # fmt: skip


@pytest.fixture
def document(client) -> dict:
    """The document as a program without a token gets it."""
    return client.get(DOCUMENT).json


def operations(document):
    return [operation for path in document["paths"].values() for operation in path.values()]


def test_every_operation_of_the_api_stands_in_the_document(app, document):
    described = {
        (path, method) for path, found in document["paths"].items() for method in found if method != "parameters"
    }
    served = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.rule != DOCUMENT
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == served


def test_every_operation_names_its_problems_its_tag_and_the_token(document):
    for operation in operations(document):
        assert {"401", "403", "406", "429", "500"} <= set(operation["responses"]), operation["operationId"]
        assert operation["security"] == [{"bearer": []}]
        assert operation["tags"]
        assert operation["summary"].endswith(".")
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_every_reference_leads_somewhere(document):
    def references(node):
        if isinstance(node, dict):
            yield from (value for key, value in node.items() if key == "$ref")
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        yield from itertools.chain.from_iterable(references(child) for child in children)

    for reference in references(document):
        found = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def test_points_stand_nowhere_in_the_document(document):
    names = {
        name for schema in document["components"]["schemas"].values() for name in schema.get("properties", {})
    }  # fmt: skip
    assert not names & {"points", "score", "latitude", "longitude", "author_id", "email"}


@pytest.fixture
def schema(app):
    """The document as schemathesis reads it, calling the application in this process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return schemathesis.openapi.from_wsgi(DOCUMENT, app)


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_as_the_document_says_and_nothing_breaks(schema, app, api, bearer, donor, family, mode):
    weekly = {"supply": "weekly", "volume_ml": None, "weekly_ml": 900, "pumped_from": None, "pumped_to": None}
    own = api.post(POSTS, json=OFFER | weekly)
    his = bearer(family)
    with app.app_context():
        pair = talk(donor, family)
    his.post(POSTS, json=REQUEST)
    headers = {"Authorization": api.environ_base["HTTP_AUTHORIZATION"]}
    ids = {"posts": own.json["id"], "conversations": pair.public_id, **spoken_of(app, api, donor, pair)}
    ids["handoffs"] = agreed_handoff(his, pair)
    assert api.post(f"/api/v1/handoffs/{ids['handoffs']}/agree", json={}).status_code == 200
    for found in schema.get_all_operations():
        operation = found.ok()
        try_out(operation, headers, mode, ids.get(operation.path.split("/")[3], own.json["id"]))


def spoken_of(app, api, donor, pair) -> dict[str, str]:
    """A message at the first place, an address, a notice and a picture of the donor's; the ids of the last three."""
    place = f"/api/v1/conversations/{pair.public_id}"
    api.post(f"{place}/messages", json={"kind": "text", "body": "Hello"})
    told = api.post(f"{place}/addresses", json={"address": "12 Lake St"}).json["id"]
    with app.app_context():
        notify(donor.id, "post_live", item="a", path="/me", now=datetime.now(UTC))
    notice = api.get("/api/v1/notifications").json["items"][0]["id"]
    sent = api.post(f"{place}/pictures", data={"picture": (BytesIO(photo()), "a.jpg")}).headers["Location"]
    shown = api.get(sent).json["payload"]["picture"]
    made = api.post("/api/v1/lots", json=fresh_lot()).json["id"]
    return {"addresses": told, "notifications": notice, "pictures": shown, "lots": made}


def fresh_lot() -> dict:
    """A lot pumped today."""
    today = datetime.now(UTC).date().isoformat()
    bags = [{"count": 10, "size_ml": 120}]
    return {"pumped_from": today, "pumped_to": today, "kept": "freezer", "heat": "none", "bags": bags}


def agreed_handoff(program, pair) -> str:
    """The id of a handoff of tomorrow that the family proposed and the donor agreed to."""
    begin = datetime.now(UTC) + timedelta(days=1)
    window = {"starts_at": begin.isoformat(), "ends_at": (begin + timedelta(hours=2)).isoformat()}
    plan = {"conversation_id": pair.public_id, "volume_ml": 100, "windows": [window]}
    return program.post("/api/v1/handoffs", json=plan).json["id"]


def try_out(operation, headers, mode, own_id):
    """Call an operation with what the document allows (or, in negative mode, forbids), on something own or nothing."""
    flip = itertools.cycle([True, False])

    @CALM
    @given(case=operation.as_strategy(generation_mode=mode))
    def call(case):
        if case.path_parameters and next(flip):
            case.path_parameters = {name: "1" if name == "seq" else own_id for name in case.path_parameters}
        # An invented token would only ever be told 401, so the real one goes in its place.
        tampered = "Authorization" in (case.headers or {})
        case.headers = {**(case.headers or {}), **headers}
        strict = mode is GenerationMode.NEGATIVE and not tampered
        case.validate_response(case.call(), checks=[*CHECKS, negative_data_rejection] if strict else CHECKS)

    call()
