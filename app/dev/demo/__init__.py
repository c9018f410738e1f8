"""The demo community: about sixty invented families around Sacramento, Madison, Toronto, Lyon and a rural county.

Everything in it goes through the use-cases, at moments of the past weeks, so that what a newcomer sees is what the application makes.
Nobody in it exists; the notes are newly written after the shapes families use.
"""
