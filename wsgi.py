"""The application for ``flask --app wsgi`` and for gunicorn."""

import gc

from app.factory import create_app

app = create_app()

# What was loaded stays for ever; were the collector to look through it again, a request would wait 0.2 s now and then.
gc.collect()
gc.freeze()
