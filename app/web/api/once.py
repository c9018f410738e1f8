"""``Idempotency-Key``: a creating request may be repeated without a second effect."""

import re
from collections.abc import Callable
from typing import Final

from flask import Response, current_app, request

from app.infra.clock import utcnow
from app.infra.idempotency import LONGEST_KEY, Answer, once, request_hash
from app.kernel.errors import Invalid
from app.kernel.words import N_
from app.web.api.models import Answered
from app.web.login import member

HEADER: Final = "Idempotency-Key"
_KEY: Final = re.compile(rf"[!-~]{{1,{LONGEST_KEY}}}")
_BAD_KEY: Final = N_("An Idempotency-Key has 1 to 200 visible ASCII characters.")


def created(
    make: Callable[[], Answered], where: Callable[[Answered], str], keep: Callable[[Answered], Answered] | None = None
) -> Response:
    """
    Answer 201 with what ``make`` makes and its address ``where``.

    With an ``Idempotency-Key`` it is made once and the answer remembered; ``keep`` turns an answer that holds a secret
    into the one to remember.
    """

    def act() -> tuple[Answer, Answer]:
        made = make()
        kept = keep(made) if keep else made
        place = where(made)
        return Answer(201, made.model_dump_json(), place), Answer(201, kept.model_dump_json(), place)

    key = request.headers.get(HEADER)
    if key is None:
        return _response(act()[0])
    if not _KEY.fullmatch(key):
        raise Invalid({HEADER: [_BAD_KEY]})
    same = request_hash(request.method.encode(), request.path.encode(), request.get_data())
    return _response(once(member().person_id, key, same, act, now=utcnow()))


def _response(answer: Answer) -> Response:
    response: Response = current_app.response_class(answer.body, answer.status, mimetype="application/json")
    if answer.location:
        response.headers["Location"] = answer.location
    if answer.repeated:
        response.headers["Idempotent-Replayed"] = "true"
    return response
