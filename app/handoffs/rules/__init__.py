"""
What is true and allowed about handoffs: their life, the plan, the milk that is free, the amounts, the next step.

Pure: facts and ``now`` come in, a decision with its reason goes out. Texts are English; the face translates them.
"""
