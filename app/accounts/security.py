"""
Sign-in by library: Flask-Security on our tables, inside our transactions.

Every view of the library that writes runs in one transaction of ours, so that the mail it asks for leaves with the
commit or not at all. Limits on guessing are put on from outside.
"""

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Final

from flask import Flask, g, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_limiter import Limiter
from flask_login import current_user, user_logged_in
from flask_security import MailUtil, PasswordUtil, Security, SQLAlchemyUserDatastore, Totp
from flask_security.signals import password_changed, password_reset
from sqlalchemy.exc import IntegrityError

from app.accounts import queries, services
from app.accounts.events import SessionsEnded
from app.accounts.forms import LostPhoneForm, NewEmailForm, SecondFactorForm, SignUpForm
from app.accounts.models import RoleRow, User
from app.accounts.queries import TokenView
from app.accounts.rules.passwords import MIN_PASSWORD, password_problem
from app.accounts.rules.tokens import USED_STEP
from app.infra import event_bus
from app.infra.clock import utcnow
from app.infra.database import db
from app.infra.mail import post_mail
from app.infra.transaction import transaction, violated
from app.kernel.ids import new_public_id
from app.kernel.words import N_

FAST_HASH: Final = {"argon2__time_cost": 1, "argon2__memory_cost": 64, "argon2__parallelism": 1}
"""Argon2 as cheap as it goes, for tests that sign in hundreds of times."""

ARGON2: Final = {"argon2__time_cost": 2, "argon2__memory_cost": 19 * 1024, "argon2__parallelism": 1}
"""Argon2id with 19 MiB and two passes: the least of the OWASP Password Storage Cheat Sheet."""

WRITING_LINKS: Final = frozenset({"security.confirm_email", "security.change_email_confirm"})
"""Links of mails that write although they are opened with GET."""

LIMITS: Final = {
    "security.login": "10/minute;100/hour",
    "security.register": "10/minute;40/hour",
    "security.forgot_password": "5/minute;20/hour",
    "security.reset_password": "10/minute",
    "security.send_confirmation": "5/minute;20/hour",
    "security.verify": "10/minute",
    "security.change_email": "5/minute;20/hour",
    "security.change_password": "10/minute",
    "security.two_factor_token_validation": "5/minute;30/hour",
    "security.two_factor_setup_validate": "5/minute;30/hour",
    "security.mf_recovery": "5/minute;20/hour",
}
"""How often one address may send each form."""


class People(SQLAlchemyUserDatastore):  # type: ignore[misc]
    """The library's way to our accounts; it fills in what only we know about a new member."""

    def create_user(self, **kwargs: Any) -> User:  # noqa: ANN401 - the library's own signature.
        """Create a member who signed up by the form, which asked for the age."""
        now = utcnow()
        person: User = super().create_user(
            public_id=new_public_id(), created_at=now, adult_confirmed_at=now, trust=0, **kwargs
        )
        return person


class QueuedMail(MailUtil):  # type: ignore[misc]
    """The library's mails, by our queue."""

    def normalize(self, email: str) -> str:
        """The e-mail in lower case, so that one mailbox is one account."""
        return str(super().normalize(email)).lower()

    def validate(self, email: str) -> str:
        """The same, for an e-mail that is to be written to."""
        return str(super().validate(email)).lower()

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: str,
        sender: object,
        body: str | None,
        html: str | None,
        **kwargs: object,
    ) -> None:
        """Enqueue the mail in the transaction around the view."""
        del template, sender, kwargs
        post_mail(to=recipient, subject=str(subject), text=body or "", html=html, now=utcnow())


class PasswordRules(PasswordUtil):  # type: ignore[misc]
    """Our rules for passwords, where the library asks for its own."""

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:  # noqa: ANN401, FBT001
        """The reasons against ``password``, if any, and the form of it that is hashed."""
        del is_register
        typed = str(self.normalize(password))
        person = kwargs.get("user")
        known = (person.email, person.display_name) if person else (kwargs.get("email"), kwargs.get("display_name"))
        staff = bool(person and any(role.name != "member" for role in person.roles))
        problem = password_problem(typed, staff=staff, known=[word for word in known if isinstance(word, str)])
        return ([_(problem)] if problem else None), typed


class OneTimeCodes(Totp):  # type: ignore[misc]
    """Codes of authenticator apps, each accepted once: somebody who reads one over a shoulder cannot use it again."""

    def get_last_counter(self, user: User) -> int | None:
        """The counter of the last code the person used, or None before the first."""
        return user.tf_last_counter

    def set_last_counter(self, user: User, tmatch: Any) -> None:  # noqa: ANN401 - passlib's match.
        """Remember the counter of the code just used, in the transaction around the view."""
        user.tf_last_counter = tmatch.counter


def _active_account(uniquifier: str | None) -> queries.Speaker | None:
    return queries.speaker(uniquifier) if uniquifier else None


def _nobody(_request: object) -> None:
    """Who asks without a session of the site: nobody."""


def _holder_of_token(token: str) -> tuple[User, TokenView] | None:
    now = utcnow()
    found = queries.holder_of(token, now=now)
    if found is not None and (found[1].last_used_at is None or found[1].last_used_at <= now - USED_STEP):
        services.note_token_used(found[1].public_id, now=now)
    return found


def _derived(secret: str, purpose: str) -> bytes:
    return hashlib.blake2b(secret.encode(), digest_size=32, person=purpose.encode()).digest()


def _secrets(app: Flask) -> dict[str, Any]:
    secret = app.config["SECRET_KEY"]
    return {
        "SECURITY_TOTP_SECRETS": {"1": base64.b32encode(_derived(secret, "totp")).decode()},
        "SECURITY_TOTP_ISSUER": "Milkbridge",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [base64.urlsafe_b64encode(_derived(secret, "recovery"))],
        "SECURITY_TWO_FACTOR_VALIDITY_COOKIE": {
            "httponly": True, "samesite": "Strict", "secure": app.config["SESSION_COOKIE_SECURE"],
        },
        "REMEMBER_COOKIE_SECURE": app.config["SESSION_COOKIE_SECURE"],
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_DURATION": timedelta(days=14),
    }  # fmt: skip


def _options() -> dict[str, Any]:
    return {
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": ARGON2,
        "SECURITY_PASSWORD_LENGTH_MIN": MIN_PASSWORD,
        "SECURITY_PASSWORD_CONFIRM_REQUIRED": False,
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "SECURITY_DATETIME_FACTORY": utcnow,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_REGISTERABLE": True,
        "SECURITY_CONFIRMABLE": True,
        "SECURITY_RECOVERABLE": True,
        "SECURITY_CHANGEABLE": True,
        "SECURITY_CHANGE_EMAIL": True,
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_FRESHNESS": timedelta(minutes=15),
        "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(minutes=15),
        "SECURITY_EMAIL_HTML": False,
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_CLI_USERS_NAME": None,
        "SECURITY_CLI_ROLES_NAME": None,
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_POST_REGISTER_VIEW": "accounts.check_mail",
        "SECURITY_POST_LOGIN_VIEW": "accounts.start",
        "SECURITY_POST_LOGOUT_VIEW": "pages.home",
        "SECURITY_POST_CHANGE_VIEW": "accounts.me",
        "SECURITY_POST_CHANGE_EMAIL_VIEW": "accounts.me",
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "accounts.me",
        "SECURITY_EMAIL_SUBJECT_REGISTER": N_("Welcome to Milkbridge: please confirm your e-mail"),
        "SECURITY_EMAIL_SUBJECT_CONFIRM": N_("Please confirm your e-mail for Milkbridge"),
        "SECURITY_EMAIL_SUBJECT_PASSWORD_RESET": N_("Choose a new password for Milkbridge"),
        "SECURITY_EMAIL_SUBJECT_PASSWORD_NOTICE": N_("Your Milkbridge password was changed"),
        "SECURITY_EMAIL_SUBJECT_PASSWORD_CHANGE_NOTICE": N_("Your Milkbridge password was changed"),
        "SECURITY_CHANGE_EMAIL_SUBJECT": N_("Please confirm your new e-mail for Milkbridge"),
    }


View = Callable[..., Any]


def _in_transaction(endpoint: str, view: View) -> View:
    @wraps(view)
    def whole(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever the view takes and answers.
        if request.method != "POST" and endpoint not in WRITING_LINKS:
            return _read(endpoint, view, *args, **kwargs)
        try:
            with transaction():
                return _sign_out(view) if endpoint == "security.logout" else view(*args, **kwargs)
        except IntegrityError as error:
            # Two sign-ups with one e-mail at the same moment: the second gets the answer that tells nothing.
            if endpoint != "security.register" or not _email_taken(error):
                raise
            return redirect(url_for("accounts.check_mail"))

    return whole


def _read(endpoint: str, view: View, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the view.
    """Open a page of the library; the one for a code would end the session of a member who has none to confirm."""
    confirming = session.get("tf_state") == "validating_profile" and session.get("tf_totp_secret")
    if endpoint == "security.two_factor_token_validation" and current_user.is_authenticated and not confirming:
        return redirect(url_for("accounts.me"))
    return view(*args, **kwargs)


def _sign_out(view: View) -> Any:  # noqa: ANN401 - as the view.
    """Sign out on every device: a cookie that was stolen or left behind ends too."""
    person_id = current_user.id if current_user.is_authenticated else None
    answer = view()
    if person_id is not None:
        services.end_sessions(person_id, now=utcnow())
    return answer


def _new_form_token(_app: Flask, **_more: object) -> None:
    """At sign-in, forget the token of the visitor's forms: somebody else may have planted it."""
    session.pop("csrf_token", None)
    g.pop("csrf_token", None)


def _tell_sessions_ended(_app: Flask, *, user: User, **_more: object) -> None:
    """With a new password the library ends the other sessions; their open pages are told after the commit, and the
    tokens of the API end too.
    """
    services.revoke_all_tokens(user.id, now=utcnow())
    event_bus.record(SessionsEnded(at=utcnow(), person_id=user.id))


def _email_taken(error: IntegrityError) -> bool:
    return violated(error, "users.email") or violated(error, "uq_users_email")


def _guessed_account() -> str:
    """Whose second factor is being guessed: the limit follows the account, not the address."""
    return f"second-factor:{session.get('tf_user_id', 'nobody')}"


def _guard_views(app: Flask, limiter: Limiter) -> None:
    for endpoint, view in list(app.view_functions.items()):
        if endpoint.startswith("security."):
            guarded = _in_transaction(endpoint, view)
            if endpoint in LIMITS:
                guarded = limiter.limit(LIMITS[endpoint], methods=["POST"])(guarded)
            if endpoint in {"security.two_factor_token_validation", "security.mf_recovery"}:
                guarded = limiter.limit("20/hour", methods=["POST"], key_func=_guessed_account)(guarded)
            app.view_functions[endpoint] = guarded


def install(app: Flask, limiter: Limiter) -> None:
    """Attach Flask-Security and tell the socket server and the API how to re-read an account."""
    app.config.update(_options() | _secrets(app))
    security = Security(
        app,
        People(db, User, RoleRow),
        register_blueprint=True,
        register_form=SignUpForm,
        change_email_form=NewEmailForm,
        two_factor_setup_form=SecondFactorForm,
        two_factor_rescue_form=LostPhoneForm,
        mail_util_cls=QueuedMail,
        totp_cls=OneTimeCodes,
        password_util_cls=PasswordRules,
    )
    if app.testing:
        security.pwd_context.update(**FAST_HASH)
    # The library would also take a token from a header or from the address, where it ends up in logs and histories, and
    # where a link made by somebody else signs its reader in to an account that is not theirs.
    app.login_manager.request_loader(_nobody)  # type: ignore[attr-defined]
    _guard_views(app, limiter)
    user_logged_in.connect(_new_form_token, app)
    for new_password in (password_changed, password_reset):
        new_password.connect(_tell_sessions_ended, app)
    app.extensions["milkbridge_account_loader"] = _active_account
    app.extensions["milkbridge_token_loader"] = _holder_of_token
