"""
What follows a confirmed handoff: the family is asked once, may let the donor know for how many days, and may thank her.

None of it is owed. Nothing here is told to a donor after a loss unless she asks for it, and nobody is asked about milk
for a request that was taken back.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from app.accounts.queries import are_blocked, person
from app.handoffs import queries
from app.handoffs.models import AfterWish, Handoff, HandoffAfter
from app.handoffs.permissions import SEE
from app.handoffs.rules.after import ANSWER_KEPT, Went, asked_at, may_ask
from app.handoffs.rules.local_time import zone_named
from app.handoffs.rules.states import Side, side_of
from app.handoffs.services.changes import path_of
from app.infra import jobs
from app.infra.transaction import transaction
from app.kernel.access import Identity, authorise
from app.kernel.errors import Conflict, NotFound
from app.matching.rules.notes import sound_note
from app.messaging.services import post_system
from app.notifications.services import notify, settle
from app.posts.queries import post

ASK: Final = "handoffs.how_it_went"
QUESTION: Final = "handoff_went"

_INSERTS: Final[dict[str, Any]] = {"sqlite": sqlite_insert, "postgresql": postgresql_insert}


def follow_up(handoff_id: int, *, now: datetime) -> None:
    """
    Begin what follows a handoff, in the transaction of its confirmation, and plan the question. Repeatable.

    What the family's request says today of its need is kept with it.
    """
    with transaction() as session:
        row = session.get_one(Handoff, handoff_id)
        request = post(row.request_id).request
        if request is None or session.get(HandoffAfter, handoff_id) is not None:
            return
        session.add(HandoffAfter(handoff_id=row.id, need_ml_per_day=request.need_ml_per_day, came_at=now))
        session.flush()
        _ask_later(row, now, now=now)


def _ask_later(row: Handoff, came: datetime, *, now: datetime) -> None:
    due = asked_at(came, zone_named(person(row.family_id).timezone))
    key = f"{ASK}:{row.public_id}:{int(due.timestamp())}"
    jobs.enqueue(ASK, {"handoff": row.public_id}, now=now, unique_key=key, delay=max(due - now, timedelta()))


def ask_how_it_went(public_id: str, *, now: datetime) -> bool:
    """
    Ask the family how it went, once, and return whether it was asked now.

    Nobody is asked who wants no questions, who answered already, whose account is shut, whose request was taken back or
    whose milk was withdrawn.
    Who lives in another time zone by now is asked in the morning there.
    """
    with transaction() as session:
        found = _found(session, public_id)
        if found is None:
            return False
        row, after = found
        family = person(row.family_id)
        zone = zone_named(family.timezone)
        if now < asked_at(after.came_at, zone):
            _ask_later(row, after.came_at, now=now)
            return False
        wanted = family.active and queries.wishes_of(family.id).questions and not queries.is_withdrawn(row.id)
        answered = after.went is not None or after.asked_at is not None
        state = post(row.request_id).state
        if not may_ask(after.came_at, zone, request_state=state, wanted=wanted, answered=answered, now=now):
            return False
        after.asked_at = now
        session.flush()
        notify(family.id, QUESTION, item=_item(row, QUESTION), path=after_path(row), mail=True, now=now)
        return True


def say_how_it_went(actor: Identity, public_id: str, went: Went, *, now: datetime) -> None:
    """
    Keep how it went with the milk, for the family's own eyes; another answer takes the place of the first.

    Raises :class:`NotFound` for everybody but the family of a confirmed handoff.
    """
    with transaction() as session:
        row, after = _own(session, actor, public_id, Side.FAMILY)
        after.went = went.value
        settle(actor.person_id, QUESTION, after_path(row), now=now)


def share_days(actor: Identity, public_id: str, *, shares: bool, now: datetime) -> None:
    """
    Let the donor of one handoff know for how many days its milk feeds, or no longer; raises as the answer does.

    She is told once that she may look; the figure itself is in no notice, so that taking it back takes it back.
    """
    with transaction() as session:
        row, after = _own(session, actor, public_id, Side.FAMILY)
        after.shares_days = shares
        session.flush()
        if shares and _may_be_told(row):
            _tell_donor(row, "handoff_fed", now=now)


def thank(actor: Identity, public_id: str, note: str, *, now: datetime) -> None:
    """
    Thank the donor, with a few words or none; the first thanks stand, and pressing again changes nothing.

    She is told, and a line in the conversation says so; after a loss, or when she chose that, both wait until she opens
    it. The words are screened as a first contact is: raises :class:`Invalid` at ``note``; else as the answer does.
    """
    with transaction() as session:
        row, after = _own(session, actor, public_id, Side.FAMILY)
        if after.thanked_at is not None:
            return
        after.thanks, after.thanked_at = sound_note(note), now
        session.flush()
        if _may_be_told(row):
            _tell_donor(row, "handoff_thanked", now=now)
            _deliver(session, row, after, now=now)


def open_thanks(actor: Identity, public_id: str, *, now: datetime) -> None:
    """Open thanks that waited for the donor; nothing happens when none do. Others find nothing there."""
    with transaction() as session:
        row, after = _own(session, actor, public_id, Side.DONOR)
        if after.thanked_at is not None and after.thanks_told_at is None:
            _deliver(session, row, after, now=now)


def wish(actor: Identity, *, questions: bool | None = None, thanks: bool | None = None, now: datetime) -> None:
    """
    Choose to be asked how it went or not (``questions``), to be told of thanks at once or to find them (``thanks``).

    What is None stays as it was. A question that waits for an answer is settled when questions are switched off.
    """
    chosen = {name: value for name, value in (("questions", questions), ("thanks", thanks)) if value is not None}
    with transaction() as session:
        insert = _INSERTS[session.get_bind().dialect.name]
        values = {"user_id": actor.person_id, "questions": True, "thanks": None} | chosen
        kept = insert(AfterWish).values(values)
        session.execute(
            kept.on_conflict_do_update(index_elements=["user_id"], set_=chosen)
            if chosen
            else kept.on_conflict_do_nothing()
        )
        if questions is False:
            for path in queries.open_questions(actor.person_id):
                settle(actor.person_id, QUESTION, path, now=now)


def forget_answers(*, now: datetime) -> int:
    """Forget how it went once the time for it is over, and return how many answers that were; repeatable."""
    with transaction() as session:
        old = queries.answers_before(now - ANSWER_KEPT)
        forgotten = update(HandoffAfter).where(HandoffAfter.handoff_id.in_(old)).values(went=None)
        session.execute(forgotten, execution_options={"synchronize_session": False})
        return len(old)


def after_path(row: Handoff) -> str:
    """Where what follows a handoff stands."""
    return f"{path_of(row)}/after"


def _item(row: Handoff, kind: str) -> str:
    return f"handoff:{row.public_id}:{kind}"


def _found(session: Session, public_id: str) -> tuple[Handoff, HandoffAfter] | None:
    """A handoff with what follows it, both locked; None when there is none, or it is not confirmed."""
    wanted = (
        select(Handoff, HandoffAfter)
        .join(HandoffAfter, HandoffAfter.handoff_id == Handoff.id)
        .where(Handoff.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = session.execute(wanted).one_or_none()
    return None if found is None else (found[0], found[1])


def _own(session: Session, actor: Identity, public_id: str, side: Side) -> tuple[Handoff, HandoffAfter]:
    """The same for the person on one side of it; :class:`NotFound` for everybody else, the other of the two too."""
    found = _found(session, public_id)
    if found is None:
        raise NotFound
    authorise(actor, SEE, found[0])
    if side_of(found[0], actor.person_id) is not side:
        raise NotFound
    return found


def _may_be_told(row: Handoff) -> bool:
    """Whether the donor hears of it at once: she wants to, and neither blocked the other."""
    return queries.wishes_of(row.donor_id).thanks and not are_blocked(row.donor_id, row.family_id)


def _tell_donor(row: Handoff, kind: str, *, now: datetime) -> None:
    name = {"name": person(row.family_id).display_name}
    notify(row.donor_id, kind, item=_item(row, kind), path=after_path(row), params=name, mail=True, now=now)


def _deliver(session: Session, row: Handoff, after: HandoffAfter, *, now: datetime) -> None:
    """The thanks are with the donor: a line in the conversation says so, where one can still be written."""
    after.thanks_told_at = now
    session.flush()
    with suppress(Conflict):
        post_system(row.conversation_id, row.family_id, "handoff_thanked", now=now)
