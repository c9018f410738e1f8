"""
The link in a mail that stops further ones, without signing in.

Opening it changes nothing, because mail programs open links by themselves; pressing its one button does, and so does
the one-click request of a mail program (RFC 8058). The signed address is the whole proof, so no form token is asked.
"""

from flask import current_app, render_template
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from app.infra.clock import utcnow
from app.kernel.errors import NotFound
from app.notifications import services
from app.notifications.routes.blueprint import blueprint
from app.notifications.rules import DIGEST, Group, Stop, read_token
from app.notifications.words import GROUPS
from app.web.access import public
from app.web.limits import limited


def _stop(token: str) -> Stop:
    stop = read_token(current_app.config["SECRET_KEY"], token)
    if stop is None:
        raise NotFound
    return stop


def _titles(groups: list[Group]) -> list[str]:
    return [GROUPS[group].title for group in groups]


@blueprint.get("/stop-mails/<token>")
@public
@limited("60/minute")
def ask_stop(token: str) -> ResponseReturnValue:
    """Say which mails the link stops, with one button that does it; an address nobody signed leads nowhere."""
    stop = _stop(token)
    titles = _titles(services.mails_that_stop(stop))
    return render_template("notifications/stop.html", titles=titles, done=False, summary=stop.what == DIGEST)


@blueprint.post("/stop-mails/<token>")
@public
@limited("60/minute")
def stop_mails(token: str) -> ResponseReturnValue:
    """Stop these mails; once more changes nothing."""
    stop = _stop(token)
    titles = _titles(services.stop_mails(stop, now=utcnow()))
    return render_template("notifications/stop.html", titles=titles, done=True, summary=stop.what == DIGEST)


def _own_proof(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(f"{__name__}.{stop_mails.__name__}")


blueprint.record_once(_own_proof)
