"""
Pages of offers and requests: translate to and from a use-case, nothing else.

The three forms are open to a visitor whose session has ended: what was typed is kept, and signing in leads back to it.
They check their own CSRF token for the same reason, because the general check would answer before anything is kept; a
form from a foreign origin is refused first.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as people
from app.accounts.rules.positions import POSITIONS
from app.infra.clock import utcnow
from app.kernel.access import Identity
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.words import N_
from app.posts import queries, services
from app.posts.forms import OfferForm, Reader, RequestForm, by_group, typed_of
from app.posts.forms.offer import STATED
from app.posts.permissions import CHANGE_POST, SEE_POST, WRITE_POSTS
from app.posts.rules import (
    ATTRIBUTES,
    GROUPS,
    LEVELS,
    STORAGE,
    Draft,
    OfferDraft,
    PostState,
    attribute,
    may_withdraw,
    sources,
)
from app.posts.services.rows import today_of
from app.web.access import public, requires
from app.web.limits import limited
from app.web.login import member, visitor
from app.web.templating import reader as preferences

blueprint = Blueprint("posts", __name__)
FORMS: Final = {"offer": OfferForm, "request": RequestForm}
_KEPT: Final = "kept_post_form"
