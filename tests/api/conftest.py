"""What the tests of the API share."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.messaging.conftest import asks, open_talk, talk, trust  # noqa: F401 - fixtures.


@pytest.fixture
def api(bearer, donor) -> FlaskClient:
    """The donor's own program."""
    return bearer(donor)


@pytest.fixture
def problem() -> Callable[..., list[dict[str, str]]]:
    """Check that an answer is a problem document of this status and code, and give back its errors."""

    def check(answer, status: int, code: str | None = None) -> list[dict[str, str]]:
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.text
        assert (answer.json["type"], answer.json["status"]) == ("about:blank", status)
        assert answer.json["title"]
        assert answer.json["detail"]
        if code is not None:
            assert answer.json["code"] == code
        return answer.json.get("errors", [])

    return check
