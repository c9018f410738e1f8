"""Plays the demo community through the use-cases, each at its moment of the past weeks; the same moment gives the same community."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.accounts import queries as people
from app.dev.demo import california, lyon, nebraska, newcomers, ontario, safe_places, story, wisconsin
from app.dev.demo.community import Community, address_of
from app.dev.demo.shapes import Member
from app.handoffs import services as handoffs
from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.plan import HandoffDraft
from app.infra import jobs
from app.kernel.errors import NotFound
from app.kernel.quantities import millilitres_from_ounces
from app.matching import services as matching
from app.messaging import queries as conversations
from app.messaging import services as messaging
from app.messaging.queries import MessageView
from app.messaging.rules import Kind

SETTLED: Final = (
    Member(name=story.MODERATOR, place="Davis, CA"),
    *california.MEMBERS,
    *wisconsin.MEMBERS,
    *ontario.MEMBERS,
    *lyon.MEMBERS,
    *nebraska.MEMBERS,
)


HOME: Final = ZoneInfo("America/Los_Angeles")
"""Where the printed people live."""


def is_seeded() -> bool:
    """Whether the demo community is already here."""
    try:
        people.id_of_email(address_of(story.MODERATOR))
    except NotFound:
        return False
    return True


def seed(*, now: datetime) -> Community:
    """Build the whole community and run the jobs it left behind."""
    community = Community(now)
    for member in SETTLED:
        community.join(member, settled=True)
        community.post(member)
        community.keep_lots(member)
    for member in newcomers.MEMBERS:
        community.join(member, settled=False)
        community.post(member)
    for talk in story.TALKS:
        play(community, talk)
    safe_places.seed(now=now)
    jobs.run_due(now=now)
    return community


def play(community: Community, talk: story.Talk) -> None:
    """A family's yes, the donor's choice, what they wrote, and the handoff that came of it."""
    when = community.ago(talk.days_ago)
    family, donor = community.people[talk.family], community.people[talk.donor]
    offer = (community.earlier if talk.about_earlier else community.posts)[talk.donor]
    interest = matching.say_yes(family, offer, community.posts[talk.family], note=talk.note, now=when)
    if not talk.chosen:
        return
    accepted = matching.accept(donor, interest, now=when + timedelta(minutes=40))
    opened = conversations.conversation_of_interest(accepted)
    if opened is None:
        raise NotFound
    conversation = opened.public_id
    for minutes, line in enumerate(talk.lines, start=45):
        say(community, conversation, line, now=when + timedelta(minutes=minutes))
    later = meet(community, talk, conversation, now=when + timedelta(minutes=60)) if talk.handoff_oz else when
    for minutes, line in enumerate(talk.after, start=2):
        say(community, conversation, line, now=later + timedelta(minutes=minutes))
    if talk.again_oz:
        # Yesterday, so that tomorrow's reminders are still to come.
        meet_again(community, talk, conversation, now=community.ago(1))


def say(community: Community, conversation: str, line: story.Line, *, now: datetime) -> None:
    """Say one line, by somebody who has read what stands there."""
    name = line[0] if isinstance(line, tuple) else line.who
    person = community.people[name]
    before = conversations.messages_before(conversations.conversation_for(person, conversation).id)
    if before:
        messaging.mark_read(person, conversation, before[-1].seq, now=now)
    client_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{address_of(name)}/{conversation}/{now.isoformat()}"))
    messaging.send(person, conversation, client_id=client_id, **_said(line, before, now), now=now)


def _said(line: story.Line, before: list[MessageView], now: datetime) -> dict[str, Any]:
    """A line as the use-case of sending takes it."""
    if isinstance(line, tuple):
        return {"kind": "text", "body": line[1]}
    if isinstance(line, story.Asks):
        return {"kind": "question", "body": line.attribute}
    asked = next(message.seq for message in reversed(before) if message.kind is Kind.QUESTION)
    since = (now - timedelta(days=line.days)).date().isoformat()
    return {
        "kind": "answer",
        "body": None,
        "reply_to": asked,
        "payload": {"state": "avoids", "since": since, "level": None},
    }


def meet(community: Community, talk: story.Talk, conversation: str, *, now: datetime) -> datetime:
    """The family proposes a window; in a finished talk both agreed, met and said what was given. Returns when that was."""
    if not talk.finished:
        propose(community, talk, conversation, talk.handoff_oz, begins=_at_four(community.now, days=2), now=now)
        return now
    donor, family = community.people[talk.donor], community.people[talk.family]
    start, volume = _at_four(now, days=1), millilitres_from_ounces(talk.handoff_oz)
    handoff = propose(community, talk, conversation, talk.handoff_oz, begins=start, now=now)
    handoffs.agree(donor, handoff, now=now + timedelta(minutes=5))
    met = start + timedelta(hours=1)
    handoffs.confirm(donor, handoff, amount_ml=volume, condition=None, now=met)
    handoffs.confirm(family, handoff, amount_ml=volume, condition=Condition.FROZEN, now=met + timedelta(minutes=5))
    return met + timedelta(minutes=5)


def meet_again(community: Community, talk: story.Talk, conversation: str, *, now: datetime) -> None:
    """Tomorrow, agreed by both, with the place; each of the two has a code for it."""
    donor = community.people[talk.donor]
    tomorrow = (community.now.astimezone(HOME) + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
    begins = tomorrow.astimezone(UTC)
    handoff = propose(community, talk, conversation, talk.again_oz, begins=begins, now=now)
    for reader in (donor, community.people[talk.family]):
        messaging.mark_read(
            reader, conversation, conversations.conversation_for(reader, conversation).last_seq, now=now
        )
    handoffs.agree(donor, handoff, now=now + timedelta(minutes=5))
    handoffs.set_place_note(donor, handoff, talk.place, now=now + timedelta(minutes=6))


def propose(
    community: Community, talk: story.Talk, conversation: str, ounces: int, *, begins: datetime, now: datetime
) -> str:
    """The family proposes two hours and an amount; returns the handoff's public id."""
    draft = HandoffDraft(millilitres_from_ounces(ounces), begins, begins + timedelta(hours=2))
    token = f"{conversation}-{begins:%Y-%m-%d}"
    return handoffs.propose(community.people[talk.family], conversation, draft, submit_token=token, now=now)


def _at_four(day: datetime, *, days: int) -> datetime:
    """Four in the afternoon of UTC so many days later: morning in California, evening in France."""
    return (day + timedelta(days=days)).replace(hour=16, minute=0, second=0, microsecond=0)
