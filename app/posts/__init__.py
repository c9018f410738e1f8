"""
Offers and requests and their life: draft, review, live, paused, matched, fulfilled, expired, withdrawn.

Words: a *post* is an offer or a request; a *fact* is what a donor states about her milk, with since when; a *wish* is
what a family asks for (a *must* or a *prefer*). Owns the tables ``posts``, ``offers``, ``requests``, ``post_facts``,
``post_wishes``, ``post_changes``, ``post_index``, ``kept_forms``. Publishes ``PostSubmitted``, ``PostPublished``,
``PostEdited``, ``PostClosed``.
"""
