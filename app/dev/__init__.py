"""For contributors: the demo community built through the use-cases, the development server, the mailbox page."""
