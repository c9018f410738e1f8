"""The application for ``flask --app wsgi`` and for gunicorn."""

from app.factory import create_app

app = create_app()
