"""Who may do what with a conversation."""

from typing import Final, Protocol

from app.kernel.access import Identity, Permission, anyone


class TwoPeople(Protocol):
    """What a conversation shows of itself for these questions."""

    @property
    def donor_id(self) -> int:
        """The donor."""

    @property
    def family_id(self) -> int:
        """The family's person."""


def takes_part(identity: Identity, conversation: TwoPeople | None) -> bool:
    """Whether somebody is one of the two people of ``conversation``."""
    return conversation is not None and identity.person_id in (conversation.donor_id, conversation.family_id)


SEE_CONVERSATIONS: Final = Permission("conversations.see", allows=anyone)
"""The list of one's own conversations."""

READ_CONVERSATION: Final = Permission("conversation.read", allows=takes_part)
WRITE_CONVERSATION: Final = Permission("conversation.write", allows=takes_part)
