"""The application for ``flask --app wsgi`` and for gunicorn."""

import gc

from app.factory import create_app

app = create_app()

# What was loaded stays for ever; were the collector to look through it again, a request would wait 0.2 s now and then.
# And it begins seldom enough that a busy process is not stopped by it many times a second.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 100)
