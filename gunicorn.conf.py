"""What ``gunicorn wsgi:app``, started in this folder, reads by itself: the server that the settings ask for.

In a worker of gevent, gunicorn replaces the blocking parts of Python before it loads the application, so nothing that
blocks may be imported from here.
"""

from app.web.server import options, when_started
from config import Settings

globals().update(options(Settings.from_environment()))
post_worker_init = when_started
