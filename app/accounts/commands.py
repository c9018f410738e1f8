"""``flask users …``: people for operators and tests."""

import click
from flask import current_app
from flask.cli import AppGroup

from app.accounts import queries, services
from app.accounts.rules.tokens import USUAL_DAYS
from app.infra.clock import utcnow
from app.infra.gazetteer import find_places
from app.kernel.access import Identity, Role
from app.kernel.errors import DomainError, Invalid, NotFound

users_cli = AppGroup("users", help="Create, promote and inspect accounts.")
ROLES = click.Choice([role.value for role in Role])


@users_cli.command("create")
@click.argument("email")
@click.option("--password", required=True, help="At least 12 characters, 15 for a role on the team.")
@click.option("--name", required=True, help="The name others see.")
@click.option("--role", "roles", multiple=True, type=ROLES, help="May be given more than once.")
@click.option("--confirmed", is_flag=True, help="Treat the e-mail as confirmed.")
@click.option("--timezone", default="UTC", help="An IANA name such as America/Chicago.")
@click.option("--area", default="", help="A ZIP code or town; the area around it becomes the home.")
def create_command(
    *, email: str, password: str, name: str, roles: tuple[str, ...], confirmed: bool, area: str, timezone: str
) -> None:
    """Create an account."""
    area_id = _area_of(area) if area else None
    wanted = [Role(role) for role in roles]
    try:
        services.create_account(
            email, password, name, roles=wanted, confirmed=confirmed, area_id=area_id, timezone=timezone, now=utcnow()
        )
    except Invalid as error:
        reasons = "; ".join(f"{field}: {' '.join(words)}" for field, words in error.fields.items())
        raise click.ClickException(reasons) from error
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"{email} is a member now")


def _area_of(query: str) -> int:
    found = find_places(query)
    if not found.exact:
        guesses = ", ".join(candidate.label for candidate in found.suggestions) or "nothing like it"
        raise click.ClickException(f"no place is called {query!r}; did you mean: {guesses}?")
    return found.exact[0].area


@users_cli.command("promote")
@click.argument("email")
@click.argument("role", type=ROLES)
def promote_command(*, email: str, role: str) -> None:
    """Give an account a role."""
    try:
        services.promote(email, Role(role))
    except DomainError as error:
        raise click.ClickException(f"nobody has the e-mail {email}") from error
    click.echo(f"{email} is {role} now")


@users_cli.command("totp")
@click.argument("email")
def totp_command(*, email: str) -> None:
    """Print the code the person's authenticator app shows right now (development only)."""
    if not current_app.extensions["milkbridge_settings"].dev_mailbox:
        raise click.ClickException("codes are printed in development only")
    secret = queries.sealed_second_factor(email)
    if secret is None:
        raise click.ClickException(f"{email} has no second factor")
    click.echo(current_app.extensions["security"].totp_factory.generate_totp_password(secret))


@users_cli.command("token")
@click.argument("email")
@click.option("--name", default="command line", show_default=True, help="What its owner knows it by.")
@click.option("--days", default=USUAL_DAYS, show_default=True, help="How long it opens doors, at most 365.")
def token_command(*, email: str, name: str, days: int) -> None:
    """Make a token for the JSON API and print it, this once."""
    try:
        owner = Identity(queries.id_of_email(email))
        made = services.make_token(owner, name, days=days, now=utcnow())
    except Invalid as error:
        raise click.ClickException(" ".join(words for reasons in error.fields.values() for words in reasons)) from error
    except NotFound as error:
        raise click.ClickException(f"nobody has the e-mail {email}") from error
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo(made.secret)
