"""
What a text asks for, and what in it does not belong in a first contact.

Pure: words in, judgement out.
"""
