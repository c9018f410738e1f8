"""The operations on how one is reached outside the site: choices, quiet hours, and the browsers that take pushes."""

from typing import Final

from flask import Response

from app.accounts.queries import active_consent
from app.accounts.rules.consents import Purpose
from app.infra import push
from app.infra.clock import utcnow
from app.kernel.access import Identity
from app.kernel.errors import Conflict, Invalid
from app.kernel.words import N_
from app.notifications import queries, services
from app.notifications.api.inbox import blueprint
from app.notifications.api.models import (
    Choices,
    DeviceIn,
    DeviceMade,
    DeviceOut,
    DevicePage,
    Preferences,
    QuietHours,
    Ways,
)
from app.notifications.permissions import CHOOSE_OWN_NOTICES
from app.notifications.rules import DEFAULT_PACE, Channel, Choice, Group, Quiet
from app.notifications.services import PreferencesDraft
from app.web.access import requires
from app.web.api import PREFIX, PageQuery, api_limited, created, page_of
from app.web.login import member

NOT_AGREED: Final = N_("News goes through a push service only if you agree. Please turn it on once on the site.")
_PLACES: Final = {"quiet_start": "/quiet/start", "quiet_end": "/quiet/end"}


@blueprint.get("/notifications/preferences")
@requires(CHOOSE_OWN_NOTICES)
@blueprint.output(Preferences)
@api_limited()
def preferences() -> Preferences:
    """How one is reached by mail and by push, the quiet hours, and the hour of the summary."""
    return _held(member())


def _held(actor: Identity) -> Preferences:
    held = queries.preferences(actor)
    quiet = held.pace.quiet
    return Preferences(
        choices=Choices(**{group.value: _ways(held.choices, group) for group in Group}),
        quiet=QuietHours(start=quiet.start, end=quiet.end) if quiet else None,
        digest_hour=held.pace.digest_hour,
    )


def _ways(choices: queries.Choices, group: Group) -> Ways:
    return Ways(mail=choices[group, Channel.MAIL], push=choices[group, Channel.PUSH])


@blueprint.put("/notifications/preferences")
@requires(CHOOSE_OWN_NOTICES)
@blueprint.input(Preferences)
@blueprint.output(Preferences)
@api_limited("60/hour")
def save_preferences(json_data: Preferences) -> Preferences:
    """Choose how one is reached: the whole of it, as it was read."""
    actor = member()
    try:
        services.save_preferences(actor, _draft(json_data), now=utcnow())
    except Invalid as error:
        raise Invalid({_PLACES.get(name, name): told for name, told in error.fields.items()}) from None
    return _held(actor)


def _draft(asked: Preferences) -> PreferencesDraft:
    # Hours are kept also while nothing is quiet, for the day they are wanted again; a null names none.
    usual = DEFAULT_PACE.quiet or Quiet(22, 7)
    return PreferencesDraft(
        choices={(group, way): _choice(asked.choices, group, way) for group in Group for way in Channel},
        quiet=asked.quiet is not None,
        quiet_start=asked.quiet.start if asked.quiet else usual.start,
        quiet_end=asked.quiet.end if asked.quiet else usual.end,
        digest_hour=asked.digest_hour,
    )


def _choice(choices: Choices, group: Group, way: Channel) -> Choice:
    return Choice(getattr(getattr(choices, group.value), way.value))


@blueprint.get("/notifications/devices")
@requires(CHOOSE_OWN_NOTICES)
@blueprint.input(PageQuery, location="query")
@blueprint.output(DevicePage)
@api_limited()
def devices(query_data: PageQuery) -> DevicePage:
    """One's own browsers that take pushes."""
    part, following = page_of(queries.own_devices(member()), query_data, lambda each: each.public_id)
    items = [
        DeviceOut(id=each.public_id, service=push.service_of(each.endpoint) or "", created_at=each.created_at)
        for each in part
    ]
    return DevicePage(items=items, next=following, key=push.push().public_key)


@blueprint.post("/notifications/devices")
@requires(CHOOSE_OWN_NOTICES)
@blueprint.input(DeviceIn)
@blueprint.output(DeviceMade, status_code=201)
@api_limited("30/hour")
def add_device(json_data: DeviceIn) -> Response:
    """Let pushes go to a browser. Its owner agrees on the site, where the words about it stand; before, this is 409."""

    def make() -> DeviceMade:
        actor = member()
        if not active_consent(actor.person_id, Purpose.NOTIFICATIONS):
            raise Conflict(NOT_AGREED, code="not_agreed")
        return DeviceMade(id=services.remember_device(actor, **json_data.model_dump(), now=utcnow()))

    return created(make, lambda _made: f"{PREFIX}/notifications/devices")


@blueprint.delete("/notifications/devices/<public_id>")
@requires(CHOOSE_OWN_NOTICES)
@blueprint.output({}, status_code=204)
@api_limited("60/hour")
def forget_device(public_id: str) -> str:
    """Send no more pushes to one of one's own browsers."""
    services.forget_device(member(), public_id)
    return ""
