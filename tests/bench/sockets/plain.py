"""Settings of gunicorn for a server that is not ours: none, so that ours are not read in their place."""
