"""The JSON face of conversations: translate to and from a use-case, nothing else."""

from app.messaging.api import addresses as _addresses
from app.messaging.api import messages as _messages
from app.messaging.api import pictures as _pictures
from app.messaging.api.conversations import blueprint

__all__ = ["blueprint"]

# Importing the three modules put their operations on the blueprint.
del _addresses, _messages, _pictures
