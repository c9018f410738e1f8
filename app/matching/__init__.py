"""
Who suits whom, why, and in what order: search, match lists, interests, the donor's choice.

Words: an *interest* is a family's yes to an offer or a donor's invitation to a family; *meets*, *ask* and *conflicts*
are the three answers to each wish. Owns the table ``interests`` and ``interest_changes``. Publishes
``InterestShown``, ``InvitationSent``, ``InterestAccepted``, ``InterestDeclined``, ``InterestClosed``.
"""
