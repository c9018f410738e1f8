"""
The small family of errors a use-case may raise; ``web.errors`` turns them into pages, problem documents or
acknowledgements.

Each carries a stable ``code`` for machines and an English ``message`` that the face translates. Nothing here knows
HTTP beyond the class's ``status``, which every face maps in its own way.
"""

from collections.abc import Mapping

from app.kernel.words import N_


class DomainError(Exception):
    """Something the person asked for cannot be done, for a reason that can be told."""

    code = "refused"
    status = 409
    default_message = N_("That cannot be done right now.")

    def __init__(self, message: str | None = None, *, code: str | None = None) -> None:
        """Keep the reason in plain words; ``code`` overrides the class's machine-readable name."""
        self.message = message or self.default_message
        self.code = code or type(self).code
        super().__init__(self.message)


class NotFound(DomainError):  # noqa: N818 - reads as what the person is told.
    """The thing does not exist, or its existence is none of this person's business: both look the same."""

    code = "not_found"
    status = 404
    default_message = N_("We could not find that.")


class Forbidden(DomainError):  # noqa: N818
    """The thing is known to the person, but doing this to it is not theirs."""

    code = "forbidden"
    status = 403
    default_message = N_("You cannot do that.")


class Conflict(DomainError):  # noqa: N818
    """The world moved on: somebody else was first, or the state no longer allows it."""

    code = "conflict"
    status = 409
    default_message = N_("Something changed in the meantime. Please look again.")


class LimitReached(DomainError):  # noqa: N818
    """A cap that keeps the place fair is reached (open yeses, first contacts, place changes)."""

    code = "limit_reached"
    status = 429
    default_message = N_("That is the most for now.")


class Invalid(DomainError):  # noqa: N818
    """What was typed cannot be used; ``fields`` maps each field's name to its reasons in plain words."""

    code = "invalid"
    status = 422
    default_message = N_("Please look at the marked fields.")

    def __init__(self, fields: Mapping[str, list[str]], message: str | None = None) -> None:
        """Keep the reasons per field, in the order they were found."""
        self.fields = dict(fields)
        super().__init__(message)
