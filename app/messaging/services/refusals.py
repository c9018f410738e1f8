"""What somebody hears whose message is not stored."""

from app.kernel.errors import Conflict, DomainError, Invalid
from app.kernel.words import N_
from app.screen.judge import Verdict


class OutOfOrder(Conflict):
    """The message written before this one is not stored yet; the phone sends both again, in order."""

    code = "out_of_order"
    default_message = N_("The message before this one has not arrived yet. We try again.")


class Nudge(DomainError):  # noqa: N818 - reads as what the person is told.
    """The screen asks the writer to read her words once more; she edits them, or sends them as they are."""

    code = "nudge"
    status = 422

    def __init__(self, verdict: Verdict) -> None:
        """Keep what was seen and where: ``labels`` and ``spans`` (start and end in code points of the text)."""
        self.labels = tuple(label.value for label in verdict.labels)
        self.spans = verdict.spans
        super().__init__(verdict.reason)


def closed() -> Conflict:
    """What somebody hears who writes where nobody can write any more; a block sounds no different from an end."""
    return Conflict(N_("This conversation has ended. You can still read it."), code="conversation_closed")


def other_words() -> Invalid:
    """What somebody hears who sends other words under an id that was used before."""
    return Invalid({"client_id": [N_("This was already sent with other words. Please send it again.")]})
