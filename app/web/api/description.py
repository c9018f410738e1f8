"""The OpenAPI document: what the library gathers from the views, and what holds for every one of them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from apiflask import APIBlueprint
from flask import Flask, current_app, jsonify
from flask.typing import ResponseReturnValue

from app.web.access import MARK, PUBLIC, public
from app.web.api.blueprint import api_limited, meet_caller
from app.web.api.blueprint import blueprint as api_blueprint
from app.web.api.etags import CHECKED, TAGGED
from app.web.api.once import WAITS

OPTIONS: Final[Mapping[str, Any]] = {
    "title": "Milkbridge", "version": "1", "json_errors": False, "docs_path": None, "spec_path": None,
}  # fmt: skip
"""How the application is made: pages keep their own errors, and no page of the library's is served."""

DESCRIPTION: Final = (
    "Families share human milk without money. Every call is made by one member's own program with that member's token "
    "and may do what the member may do on the site. Amounts are in millilitres, lengths in kilometres, days as "
    "YYYY-MM-DD, moments in UTC. Nobody's place is finer than a published area. The site states what people say and "
    "when they said it; it never says that milk is safe."
)
BEARER: Final = {
    "type": "http", "scheme": "bearer",
    "description": "A token of your own: from your page on the site, or `flask --app wsgi users token EMAIL`.",
}  # fmt: skip
PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem",
    "type": "object",
    "description": "RFC 9457. `code` is stable; `detail` is written for people and may change.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer to the field of the body."},
                    "parameter": {"type": "string", "description": "The parameter of the query."},
                    "header": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "labels": {
            "type": "array", "items": {"type": "string"}, "description": "With `nudge`: what was seen in the text.",
        },
        "spans": {
            "type": "array",
            "items": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
            "description": "With `nudge`: where, as start and end in code points.",
        },
    },
    "example": {
        "type": "about:blank", "title": "Unprocessable Entity", "status": 422, "code": "invalid",
        "detail": "Please look at the marked fields.",
        "errors": [{"pointer": "#/volume_ml", "detail": "Please fill this in."}],
    },
}  # fmt: skip
PROBLEMS: Final = {
    "400": "The body is no sound JSON, or holds what cannot be kept.",
    "401": "No token, or one that is unknown, ended or revoked, or whose account is shut or not confirmed.",
    "403": "The member has not agreed to the site's terms yet, or may not do this.",
    "404": "There is nothing of this id for this member.",
    "406": "The caller takes no JSON (nor, where a picture is given, a picture).",
    "409": "The state of things no longer allows it, or somebody else was first.",
    "412": "It is no longer what `If-Match` names.",
    "413": "The body is larger than 64 KB, or a form with a picture than 11 MB.",
    "415": "The body is not declared as what the operation takes.",
    "422": "A field is missing, unknown, of another type, or says what cannot be.",
    "429": "Too many calls, or a cap that keeps the place fair is reached.",
    "500": "Something broke on our side; nothing is half-saved.",
}
_ALWAYS: Final = ("401", "403", "406", "429", "500")
_WITH_BODY: Final = ("400", "409", "413", "415", "422")
_KEY: Final[dict[str, Any]] = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "description": "Repeat a request under the same key and it has one effect and one answer, for 48 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}  # fmt: skip
_REPLAYED: Final[dict[str, Any]] = {
    "Location": {"schema": {"type": "string"}, "description": "The address of what was made."},
    "Idempotent-Replayed": {
        "schema": {"type": "string", "enum": ["true"]}, "description": "There when the answer is an earlier one's.",
    },
}  # fmt: skip
WAITING: Final = "Kept, and read by a moderator before anybody else sees it."
_TAG: Final[dict[str, Any]] = {
    "ETag": {"schema": {"type": "string"}, "description": "Names this very answer; send it back as `If-Match`."},
}  # fmt: skip
_IF_MATCH: Final[dict[str, Any]] = {
    "name": "If-Match", "in": "header", "required": False,
    "description": "The `ETag` of the answer the change was made from; anything newer is not overwritten.",
    "schema": {"type": "string", "pattern": '^"[0-9a-f]{32}"$'},
}  # fmt: skip
_QUIET: Final = (
    "AUTO_SERVERS", "AUTO_200_RESPONSE", "AUTO_404_RESPONSE", "AUTO_VALIDATION_ERROR_RESPONSE",
    "AUTO_AUTH_ERROR_RESPONSE",
)  # fmt: skip

blueprint = api_blueprint("document", __name__, tag="Document")


@blueprint.get("/openapi.json")
@blueprint.doc(hide=True)
@public
@api_limited("120/minute")
def openapi() -> ResponseReturnValue:
    """The description of everything under ``/api/v1``, for programs."""
    return jsonify(current_app.spec)  # type: ignore[attr-defined] # the library's application has it.


def install(app: Flask) -> None:
    """Let the caller be met before any other step of a request, and set up the document."""
    app.before_request(meet_caller)
    app.config.update(dict.fromkeys(_QUIET, False), AUTO_OPERATION_ID=True, OPENAPI_VERSION="3.1.0")
    app.config["SECURITY_SCHEMES"] = {"bearer": BEARER}
    app.config["INFO"] = {"description": DESCRIPTION}
    app.spec_processor(lambda document: _completed(app, document))  # type: ignore[attr-defined]


def register(app: Flask, faces: Iterable[APIBlueprint]) -> None:
    """Add the faces; a form's token is not asked of them, because they read no cookie."""
    for face in faces:
        app.register_blueprint(face)
        app.extensions["csrf"].exempt(face)


def _completed(app: Flask, document: dict[str, Any]) -> dict[str, Any]:
    """Add what holds for all: the token, the problems, the key of a creating call."""
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    components["responses"] = {
        f"Problem{status}": {"description": words, "content": content} for status, words in PROBLEMS.items()
    }
    document["servers"] = [{"url": "/", "description": "This site."}]
    views = {
        operation_id(rule.endpoint, method): app.view_functions[rule.endpoint]
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    for path in document["paths"].values():
        for operation in path.values():
            view = views[operation["operationId"]]
            _complete(operation, open_to_all=getattr(view, MARK, None) == PUBLIC)
            if hasattr(view, WAITS):
                operation["responses"]["202"] = {**operation["responses"]["201"], "description": WAITING}
            _complete_tags(operation, tagged=hasattr(view, TAGGED), checked=hasattr(view, CHECKED))
    return document


def operation_id(endpoint: str, method: str) -> str:
    """The name of an operation in the document."""
    return f"{method.lower()}_{endpoint.replace('.', '_')}"


def _complete(operation: dict[str, Any], *, open_to_all: bool) -> None:
    operation["security"] = [] if open_to_all else [{"bearer": []}]
    told = [status for status in _ALWAYS if not (open_to_all and status in {"401", "403"})]
    parameters = operation.setdefault("parameters", [])
    body = operation.get("requestBody")
    if body is not None:
        body["required"] = True
        told += _WITH_BODY
    if operation["operationId"].startswith("post_"):
        told += ["404", "409"]
    if any(each["in"] == "query" for each in parameters):
        told += ["422"]
    if any(each["in"] == "path" for each in parameters):
        told += ["404"]
    if "201" in operation["responses"]:
        parameters.append(_KEY)
        told += ["404", "422"]
        operation["responses"]["201"]["headers"] = _REPLAYED
    for status in told:
        operation["responses"].setdefault(status, {"$ref": f"#/components/responses/Problem{status}"})


def _complete_tags(operation: dict[str, Any], *, tagged: bool, checked: bool) -> None:
    if tagged:
        operation["responses"]["200"]["headers"] = _TAG
    if checked:
        operation["parameters"].append(_IF_MATCH)
        operation["responses"]["412"] = {"$ref": "#/components/responses/Problem412"}
