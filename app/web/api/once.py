"""``Idempotency-Key``: a creating request may be repeated without a second effect."""

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Response, current_app, request

from app.infra.clock import utcnow
from app.infra.idempotency import LONGEST_KEY, Answer, once, request_hash
from app.kernel.errors import Invalid
from app.kernel.words import N_
from app.web.api.blueprint import PREFIX
from app.web.api.models import Answered
from app.web.login import member

View = TypeVar("View", bound=Callable[..., Any])
HEADER: Final = "Idempotency-Key"
_KEY: Final = re.compile(rf"[!-~]{{1,{LONGEST_KEY}}}")
CREATED: Final = 201
ACCEPTED: Final = 202
"""It is kept, and somebody decides about it before it takes effect."""
WAITS: Final = "milkbridge_waits"
_BAD_KEY: Final = N_("An Idempotency-Key has 1 to 200 visible ASCII characters.")


def may_wait(view: View) -> View:
    """Mark a view that also answers 202, for the document. Stands directly above the view."""
    setattr(view, WAITS, True)
    return view


def created(
    make: Callable[[], Answered],
    where: Callable[[Answered], str],
    keep: Callable[[Answered], Answered] | None = None,
    status: Callable[[Answered], int] = lambda _made: CREATED,
    same: bytes | None = None,
) -> Response:
    """
    Answer 201 with what ``make`` makes and its address ``where``; or the ``status`` of what was made.

    With an ``Idempotency-Key`` it is made once and the answer remembered; ``keep`` turns an answer that holds a secret
    into the one to remember. ``same`` stands for the body where equal requests differ in it, as forms with files do.
    """

    def act() -> tuple[Answer, Answer]:
        made = make()
        kept = keep(made) if keep else made
        code, place = status(made), where(made)
        return Answer(code, made.model_dump_json(), place), Answer(code, kept.model_dump_json(), place)

    key = request.headers.get(HEADER)
    if key is None:
        return _response(act()[0])
    if not _KEY.fullmatch(key):
        raise Invalid({HEADER: [_BAD_KEY]})
    body = request.get_data() if same is None else same
    fingerprint = request_hash(request.method.encode(), request.path.encode(), body)
    return _response(once(member().person_id, key, fingerprint, act, now=utcnow()))


def created_in(home: str, make: Callable[[], Answered]) -> Response:
    """The same for what stands at ``home`` under the ``id`` it was given: ``lots`` for ``/api/v1/lots/…``."""
    return created(make, lambda made: f"{PREFIX}/{home}/{getattr(made, 'id')}")  # noqa: B009 - each made thing has one.


def _response(answer: Answer) -> Response:
    response: Response = current_app.response_class(answer.body, answer.status, mimetype="application/json")
    if answer.location:
        response.headers["Location"] = answer.location
    if answer.repeated:
        response.headers["Idempotent-Replayed"] = "true"
    return response
