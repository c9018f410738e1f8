"""Headers of every answer: a strict content security policy with nonces, no foreign host, nothing private in a shared
cache.
"""

from typing import Final

from flask import Flask, Response, request
from flask_login import current_user
from flask_talisman import Talisman
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Settings

POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": ["'self'", "data:"],
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def _no_store(response: Response) -> Response:
    # Whose answer it is takes a look into the database, which the page of a busy site must do without.
    if response.cache_control.no_store:
        return response
    private = request.endpoint not in {"static", None} and current_user and current_user.is_authenticated
    if private:
        response.headers["Cache-Control"] = "no-store"
    return response


def install(app: Flask, settings: Settings) -> None:
    """Put the headers on every answer and trust exactly the configured number of proxies."""
    Talisman(
        app,
        content_security_policy=POLICY,
        content_security_policy_nonce_in=["script-src"],
        force_https=False,
        session_cookie_secure=settings.production,
        strict_transport_security=settings.production,
        referrer_policy="same-origin",
        frame_options="DENY",
    )
    app.after_request(_no_store)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
