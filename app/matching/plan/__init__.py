"""
The matcher on files: offers and requests from spreadsheets in, proposals out, without a database.

``rows`` opens a file, ``cells`` reads one cell, ``offers`` and ``requests`` make columns of them, ``run`` matches and
chooses, ``writing`` writes. A coordinate becomes an area when its cell is read; it is in no message and no output.
"""
