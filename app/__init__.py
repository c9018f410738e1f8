"""
Milkbridge: families share human milk without money.

The package holds one folder per capability on top of a pure ground. Importing it loads nothing: the application is
composed in :mod:`app.factory`, so that the ground (``kernel``, ``geo``, ``screen`` and every ``rules`` module) can be
used without Flask.
"""
