"""
One item, one notice: an inbox in the app, and mail that holds no private text.

Owns the table ``notices``. Every capability above it calls ``services.notify``.
"""
