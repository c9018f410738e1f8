"""The operations on the inbox: what one was told, and marking it as read."""

from app.infra.clock import utcnow
from app.kernel.access import Identity
from app.kernel.errors import Invalid, NotFound
from app.notifications import queries, services
from app.notifications.api.models import NoticeOut, NoticePage, NoticesQuery, UnreadOut
from app.notifications.permissions import SEE_OWN_NOTICES
from app.notifications.queries import NoticeView
from app.notifications.rules import group_of
from app.notifications.words import sentence
from app.web.access import requires
from app.web.api import GONE, api_blueprint, api_limited, cursor_at, cursor_read
from app.web.login import member

blueprint = api_blueprint("notifications", __name__, tag="Notifications")


@blueprint.get("/notifications")
@requires(SEE_OWN_NOTICES)
@blueprint.input(NoticesQuery, location="query")
@blueprint.output(NoticePage)
@api_limited()
def notices(query_data: NoticesQuery) -> NoticePage:
    """One's own notices, newest first."""
    actor, asked = member(), query_data
    found = queries.inbox(
        actor, before=_before(actor, asked.cursor), unread=asked.unread == "true", group=asked.about,
        limit=asked.limit + 1,
    )  # fmt: skip
    part = found[: asked.limit]
    return NoticePage(
        items=[notice_out(each) for each in part],
        next=cursor_at(part[-1].public_id) if len(found) > len(part) else None,
        unread=queries.unread_count(actor.person_id),
    )


def _before(actor: Identity, cursor: str) -> int | None:
    """The notice a cursor names, by the id its query counts with; another's is as gone as one that is not there."""
    if not cursor:
        return None
    try:
        return queries.own_notice(actor, cursor_read(cursor)).id
    except NotFound:
        raise Invalid({"cursor": [GONE]}) from None


def notice_out(notice: NoticeView) -> NoticeOut:
    """A notice in its reader's language."""
    return NoticeOut(
        id=notice.public_id, kind=notice.kind, about=group_of(notice.kind),
        words=sentence(notice.kind, notice.params), path=notice.path,
        urgent=notice.urgent, created_at=notice.created_at, read_at=notice.read_at,
    )  # fmt: skip


@blueprint.get("/notifications/unread")
@requires(SEE_OWN_NOTICES)
@blueprint.output(UnreadOut)
@api_limited()
def unread() -> UnreadOut:
    """How many of one's notices were not opened."""
    return _unread()


def _unread() -> UnreadOut:
    return UnreadOut(unread=queries.unread_count(member().person_id))


@blueprint.post("/notifications/<public_id>/read")
@requires(SEE_OWN_NOTICES)
@blueprint.output(NoticeOut)
@api_limited()
def read_one(public_id: str) -> NoticeOut:
    """Mark one notice as read; twice is once."""
    services.open_notice(member(), public_id, now=utcnow())
    return notice_out(queries.own_notice(member(), public_id))


@blueprint.post("/notifications/read")
@requires(SEE_OWN_NOTICES)
@blueprint.output(UnreadOut)
@api_limited()
def read_all() -> UnreadOut:
    """Mark every notice as read."""
    services.open_all(member(), now=utcnow())
    return _unread()
