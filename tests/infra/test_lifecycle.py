"""One mechanism changes states: the table decides, the row says so, the history tells it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest

from app.handoffs.services import changes as handoffs
from app.infra.lifecycle import LifeCycle
from app.kernel.errors import Conflict
from app.kernel.states import TransitionTable
from app.matching.services import rows as interests
from app.posts.models import PostChange
from app.posts.services import change as posts

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
NOW = LONG_AGO + timedelta(days=1)


class Light(StrEnum):
    """What the lamp of these tests may show."""

    RED = "red"
    GREEN = "green"
    BROKEN = "broken"


@dataclass
class Lamp:
    """A row; it keeps since when it shows what it does."""

    state: str
    id: int = 7
    since: datetime = LONG_AGO


@dataclass
class Session:
    """Keeps what would be written, and what stood there at each flush."""

    added: list[PostChange] = field(default_factory=list)
    flushed: list[int] = field(default_factory=list)

    def add(self, row: PostChange) -> None:
        self.added.append(row)

    def flush(self) -> None:
        self.flushed.append(len(self.added))

    def told(self) -> list[tuple[object, ...]]:
        return [
            (each.post_id, each.old_state, each.new_state, each.actor_id, each.reason, each.changed_at)
            for each in self.added
        ]


def stamp(row: Lamp, wanted: Light, now: datetime) -> None:
    if wanted is not Light.BROKEN:
        row.since = now


TABLE = TransitionTable({Light.RED: frozenset({Light.GREEN, Light.BROKEN}), Light.GREEN: frozenset({Light.RED})})
LIGHTS = LifeCycle(Light, TABLE, PostChange, "post_id", stamp)


@pytest.mark.parametrize(
    ("first", "wanted", "since"),
    [("red", Light.GREEN, NOW), ("green", Light.RED, NOW), ("red", Light.BROKEN, LONG_AGO)],
)
@pytest.mark.parametrize(("actor", "reason"), [(3, "go"), (None, None)])
def test_a_change_the_table_knows_is_made_told_and_written(first, wanted, since, actor, reason):
    lamp, session = Lamp(first), Session()
    assert LIGHTS.move(session, lamp, wanted, actor_id=actor, reason=reason, now=NOW) == first
    assert (lamp.state, lamp.since) == (wanted.value, since)
    assert session.told() == [(7, first, wanted.value, actor, reason, NOW)]
    assert session.flushed == [1]


@pytest.mark.parametrize("state", list(Light))
def test_staying_where_it_is_changes_and_tells_nothing(state):
    lamp, session = Lamp(state.value), Session()
    assert LIGHTS.move(session, lamp, state, actor_id=3, now=NOW) is None
    assert (lamp, session) == (Lamp(state.value), Session())


@pytest.mark.parametrize(("first", "wanted"), [("green", Light.BROKEN), ("broken", Light.RED), ("broken", Light.GREEN)])
def test_a_change_the_table_does_not_know_is_refused_and_leaves_no_trace(first, wanted):
    lamp, session = Lamp(first), Session()
    with pytest.raises(Conflict) as refused:
        LIGHTS.move(session, lamp, wanted, actor_id=3, now=NOW)
    assert refused.value.code == f"{first}_cannot_become_{wanted}"
    assert (lamp, session) == (Lamp(first), Session())


@pytest.mark.parametrize("old", [None, Light.RED])
def test_what_began_or_changed_in_another_way_is_noted_by_hand(old):
    lamp, session = Lamp("green"), Session()
    LIGHTS.note(session, lamp, old, actor_id=None, now=NOW)
    assert session.told() == [(7, old, "green", None, None, NOW)]


@pytest.mark.parametrize("capability", [posts._POSTS, interests._INTERESTS, handoffs._HANDOFFS])
def test_every_capability_leaves_whole_rows_of_history(capability):
    assert set(capability.trail.__table__.columns.keys()) == {
        "id", capability.trail_key, "old_state", "new_state", "actor_id", "reason", "changed_at"
    }  # fmt: skip
    assert {state for state in capability.states if capability.following.is_final(state)}
