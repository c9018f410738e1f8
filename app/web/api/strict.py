"""
Reads a request's JSON body, form with a file, or query, and says precisely what is wrong with it.

The library's own reader takes any content type, keeps the last of two equal keys, and answers in a form of its own;
this one stands in its place for every model.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NoReturn

from apiflask.schema_adapters import registry
from apiflask.schema_adapters.pydantic import PydanticAdapter
from flask import Request
from pydantic import BaseModel, RootModel, ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from app.kernel.errors import DomainError, Invalid
from app.kernel.words import N_

MOST_DEPTH: Final = 20
UNKNOWN: Final = N_("There is no such field.")
MISSING: Final = N_("Please fill this in.")
TWICE: Final = N_("This is given twice.")
_OURS: Final = {"extra_forbidden": UNKNOWN, "missing": MISSING}


class NoForm(DomainError):  # noqa: N818 - reads as what the caller sent.
    """The body is no form with a file."""

    code = "unsupported_media_type"
    status = 415
    default_message = N_("Please send a form with a file (Content-Type: multipart/form-data).")


class StrictAdapter(PydanticAdapter):
    """The library's way to a pydantic model, with our reading of requests."""

    def validate_input(self, request: Request, location: str, **_more: object) -> BaseModel:
        """The model that the body or query fills; raises :class:`Invalid`, or 400 and 415 for what cannot be read."""
        model: type[BaseModel] = self.model_class
        try:
            if location == "query":
                return model.model_validate(single_values(request))
            if location == "form_and_files":
                return model.model_validate(sent_form(request))
            return model.model_validate_json(checked_body(request))
        except ValidationError as error:
            raise Invalid(_reasons(error, model)) from None


registry.register("pydantic", StrictAdapter)


def single_values(request: Request) -> Mapping[str, str]:
    """The query with one value a name; raises :class:`Invalid` for a name given twice."""
    _require_single(request.args.lists())
    return request.args.to_dict()


def sent_form(request: Request) -> Mapping[str, Any]:
    """The fields and files of a form, one value a name; raises :class:`NoForm`, or :class:`Invalid` for one twice."""
    if request.mimetype != "multipart/form-data":
        raise NoForm
    _require_single([*request.form.lists(), *request.files.lists()])
    both = request.form.keys() & request.files.keys()
    if both:
        raise Invalid({f"/{name}": [TWICE] for name in both})
    return {**request.form.to_dict(), **request.files.to_dict()}


def _require_single(found: Iterable[tuple[str, list[Any]]]) -> None:
    doubled = {name: [TWICE] for name, values in found if len(values) > 1}
    if doubled:
        raise Invalid(doubled)


def checked_body(request: Request) -> str:
    """The body when it is sound JSON; raises 400 or 415 otherwise."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    raw = request.get_data()
    try:
        text = raw.decode("utf-8")
        found = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
        # Half of a pair of code units is valid JSON and yet no text that could be stored.
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise BadRequest from None
    if _depth(found) > MOST_DEPTH:
        raise BadRequest
    return text


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [inner for each in level for inner in _inner(each)]
    return depth


def _inner(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _reasons(error: ValidationError, model: type[BaseModel]) -> dict[str, list[str]]:
    """The model's complaints by field, ``-`` between the parts, as the rules name fields too."""
    # A choice between kinds puts the kind in front of each place.
    tagged = issubclass(model, RootModel)
    reasons: dict[str, list[str]] = {}
    for each in error.errors(include_url=False, include_input=False, include_context=False):
        place = each["loc"][1:] if tagged else each["loc"]
        path = "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in place)
        words = _OURS.get(each["type"], each["msg"] + ("" if each["msg"].endswith(".") else "."))
        reasons.setdefault(f"/{path}" if path else "", []).append(words)
    return reasons
