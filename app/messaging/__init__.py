"""
Conversations between two people who both accepted: live, durable, never doubled.

Words: a *message* has a sequence number within its *conversation*; a *card* is a message that stands for a handoff; a
*question* is an unknown of the match, ready to be asked. Owns ``conversations``, ``messages``, ``read_marks``.
Publishes ``ConversationOpened``, ``MessageSent``, ``ConversationRead``.
"""
