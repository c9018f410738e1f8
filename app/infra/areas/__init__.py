"""The published areas as a versioned data file: reading it, and building a new version from public population.

The computations are in ``app.geo``; here are the files and the command line. No request ever builds areas.
"""
