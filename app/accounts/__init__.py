"""
People: sign-up and sign-in, roles, consents, blocks, preferences, and the area somebody lives in.

Words: a *member* is anyone with an account; *trust* is how far somebody may go without review (T0 newcomer, T1, T2).
Owns the tables ``users``, ``roles``, ``roles_users``, ``consents``, ``blocks``, ``place_changes``.
"""
