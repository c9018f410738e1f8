"""Choose how one is reached, on the settings page or by the link in a mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from app.accounts.queries import person_by_public_id
from app.infra.transaction import transaction
from app.kernel.access import Identity, authorise
from app.kernel.errors import Invalid
from app.kernel.words import N_
from app.notifications import queries
from app.notifications.models import Notice, NoticeChoice, NoticePace, Sending
from app.notifications.permissions import CHOOSE_OWN_NOTICES
from app.notifications.rules import DIGEST, Channel, Choice, Group, Stop, next_digest, usual
from app.notifications.services.storing import put

SAME_HOUR = N_("Quiet hours begin and end at different hours.")
NO_HOUR = N_("Please choose an hour of the day.")
HOURS = range(24)


@dataclass(frozen=True, slots=True)
class PreferencesDraft:
    """What somebody chose; hours are 0 to 23 by the person's own clock, kept also while ``quiet`` is off."""

    choices: Mapping[tuple[Group, Channel], Choice]
    quiet: bool
    quiet_start: int
    quiet_end: int
    digest_hour: int


def save_preferences(actor: Identity, draft: PreferencesDraft, *, now: datetime) -> None:
    """
    Keep how ``actor`` wants to be reached; what waits for a summary moves to its new hour.

    A group and channel the draft does not name stays as it is. Raises :class:`Invalid` naming the field.
    """
    authorise(actor, CHOOSE_OWN_NOTICES)
    _refuse_odd_hours(draft)
    with transaction():
        hours = {
            "quiet": draft.quiet, "quiet_start": draft.quiet_start, "quiet_end": draft.quiet_end,
            "digest_hour": draft.digest_hour,
        }  # fmt: skip
        put(NoticePace, {"user_id": actor.person_id}, hours)
        _choose(actor.person_id, draft.choices, now=now)
        _move_summary(actor.person_id, now=now)


def _refuse_odd_hours(draft: PreferencesDraft) -> None:
    hours = {name: getattr(draft, name) for name in ("quiet_start", "quiet_end", "digest_hour")}
    fields = {name: [NO_HOUR] for name, hour in hours.items() if hour not in HOURS}
    if not fields and draft.quiet_start == draft.quiet_end:
        fields = {"quiet_end": [SAME_HOUR]}
    if fields:
        raise Invalid(fields)


def _choose(person_id: int, choices: Mapping[tuple[Group, Channel], Choice], *, now: datetime) -> None:
    """Keep choices that differ from what holds; a choice once made stays one, also when it is the usual."""
    held = queries.choices_of(person_id)
    new = {pair: choice for pair, choice in choices.items() if choice is not held.get(pair, usual(pair[0]))}
    with transaction():
        for (group, channel), choice in new.items():
            key = {"user_id": person_id, "about": group.value, "channel": channel.value}
            put(NoticeChoice, key, {"choice": choice.value, "changed_at": now})


def _move_summary(person_id: int, *, now: datetime) -> None:
    own = select(Notice.id).where(Notice.user_id == person_id)
    due = next_digest(queries.pace_of(person_id), now)
    waiting = update(Sending).where(
        Sending.notice_id.in_(own), Sending.state == "waiting", Sending.mode == Choice.DIGEST.value
    )
    with transaction() as session:
        session.execute(waiting.values(due_at=due))


def mails_that_stop(stop: Stop) -> list[Group]:
    """
    The groups a link would stop by mail, in the page's order; empty when none is left.

    The link of a summary stops every group that comes in it. Raises :class:`NotFound` for a person who is gone.
    """
    person_id = person_by_public_id(stop.person).id
    chosen = queries.choices_of(person_id)
    now_so = {group: chosen.get((group, Channel.MAIL), usual(group)) for group in Group}
    if stop.what == DIGEST:
        return [group for group, choice in now_so.items() if choice is Choice.DIGEST]
    return [group for group, choice in now_so.items() if group == stop.what and choice is not Choice.OFF]


def stop_mails(stop: Stop, *, now: datetime) -> list[Group]:
    """Send no more mails of what a signed link names, and return what was stopped by it just now."""
    groups = mails_that_stop(stop)
    person_id = person_by_public_id(stop.person).id
    with transaction():
        _choose(person_id, dict.fromkeys(((group, Channel.MAIL) for group in groups), Choice.OFF), now=now)
    return groups
