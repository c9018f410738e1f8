"""Socket events of conversations, each authorised afresh and acknowledged after the commit."""
