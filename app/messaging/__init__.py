"""
Conversations between two people who both accepted: live, durable, never doubled.

Words: a *message* has a sequence number within its *conversation*; a *card* is a message that stands for something
else (a handoff, an address); a *question* is an unknown of the match, ready to be asked, an *answer* what the donor
told; a *phrase* reads in every language; something *held* waits for a moderator and is no message yet. Owns
``conversations``, ``messages``, ``message_versions``, ``held_messages``, ``address_cards``, ``read_marks``,
``pictures``, ``conversation_choices``, ``kind_reminders``, ``presence_choices``. Publishes ``ConversationOpened``,
``MessageSent``, ``MessageChanged``, ``MessageHeld``, ``HeldRefused``, ``HeldTakenBack``, ``AddressEnded``,
``ConversationRead``, ``PresenceHidden``.
"""
