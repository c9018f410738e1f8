"""``ETag`` and ``If-Match``: a change may name the very answer it was made from instead of a version."""

import hashlib
from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import request
from werkzeug.exceptions import PreconditionFailed

from app.web.api.models import Answered

Found = TypeVar("Found", bound=Answered)
View = TypeVar("View", bound=Callable[..., Any])
TAGGED: Final = "milkbridge_tagged"
CHECKED: Final = "milkbridge_checked"
_LENGTH: Final = 32


def tagged(view: View) -> View:
    """Mark a view whose answer carries an ``ETag``, for the document. Stands directly above the view."""
    setattr(view, TAGGED, True)
    return view


def checked(view: View) -> View:
    """Mark a view that obeys ``If-Match``, for the document. Stands directly above the view."""
    setattr(view, CHECKED, True)
    return view


def with_tag(answer: Found) -> tuple[Found, int, dict[str, str]]:
    """The answer with its ``ETag``, the digest of what it says."""
    return answer, 200, {"ETag": f'"{_tag(answer)}"'}


def matched(current: Answered) -> bool:
    """
    Whether the caller named ``current`` by ``If-Match``; False when it sent none.

    Raises 412 when it named another answer.
    """
    if "If-Match" not in request.headers:
        return False
    if not request.if_match.contains(_tag(current)):
        raise PreconditionFailed
    return True


def _tag(answer: Answered) -> str:
    # Without the random id, equal things have equal tags, and a test can hold that a tag tells nothing more.
    return hashlib.sha256(answer.model_dump_json(exclude={"id"}).encode()).hexdigest()[:_LENGTH]
