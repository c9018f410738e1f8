"""
Handoffs: propose a window and a volume, agree, meet, confirm on both sides what was really given.

Words: a *reservation* is milk promised to one family; what is reserved and given never exceeds what the offer has, by
a constraint of the schema. Owns ``offer_balances``, ``handoffs``, ``handoff_changes``. Publishes ``HandoffProposed``,
``HandoffAgreed``, ``HandoffCancelled``, ``HandoffConfirmed``.
"""
