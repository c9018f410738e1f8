"""
Moderators review first posts and reports: one case per target, claimed by one moderator at a time, decided with
reasons.

Owns ``cases``, ``reports``, ``decisions``. Publishes ``CaseOpened``, ``CaseDecided``. Nobody decides a case of their
own.
"""
