"""Every domain error can be told to a person and to a machine."""

import pytest

from app.kernel import errors
from app.kernel.errors import DomainError, Invalid


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        (errors.DomainError, "refused", 409),
        (errors.NotFound, "not_found", 404),
        (errors.Forbidden, "forbidden", 403),
        (errors.Conflict, "conflict", 409),
        (errors.LimitReached, "limit_reached", 429),
    ],
)
def test_an_error_has_a_code_a_status_and_words(kind, code, status):
    error = kind()
    assert (error.code, error.status) == (code, status)
    assert str(error) == error.message == kind.default_message


def test_a_use_case_may_say_it_in_its_own_words():
    error = errors.Conflict("The milk is gone.", code="milk_gone")
    assert (error.message, error.code) == ("The milk is gone.", "milk_gone")


def test_what_is_invalid_names_its_fields():
    error = Invalid({"volume": ["More than nothing, please."]})
    assert error.fields == {"volume": ["More than nothing, please."]}
    assert (error.code, error.status) == ("invalid", 422)


def test_every_error_of_the_kernel_is_one_of_the_family():
    kinds = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
    assert all(issubclass(kind, DomainError) and 400 <= kind.status < 500 for kind in kinds)
