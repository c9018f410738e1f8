"""What somebody hears where nobody can write any more."""

from app.kernel.errors import Conflict
from app.kernel.words import N_


def closed() -> Conflict:
    """What somebody hears who writes where nobody can write any more; a block sounds no different from an end."""
    return Conflict(N_("This conversation has ended. You can still read it."), code="conversation_closed")
