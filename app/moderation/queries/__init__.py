"""The read side of moderation: the queue, one case with its evidence, what can be reported, what became of it."""
