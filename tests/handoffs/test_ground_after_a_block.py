"""Once two meet no more, neither reads where the other lives and how far she travels."""

import pytest
import time_machine

from app.accounts.models import User
from app.accounts.services import block
from app.handoffs import queries
from app.infra.database import db
from app.infra.transaction import transaction
from app.messaging.models import Conversation
from tests.conftest import NOW
from tests.handoffs.factories import proposed
from tests.handoffs.grounds import listed, live, near

DAVIS, SACRAMENTO = "Davis, CA", "Sacramento, CA"


@pytest.fixture(autouse=True)
def today():
    """The clock shows the moment at which the tests play."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def neighbours(app, pair):
    """Two with a library that both can reach."""
    with app.app_context():
        live(pair, (DAVIS, 25), (SACRAMENTO, 25))
        listed(near(DAVIS, "Davis library"))
    return pair


@pytest.mark.parametrize("reader", ["donor", "family"])
def test_after_a_block_no_page_shows_where_the_other_lives_now(app, neighbours, sign_in, reader):
    blocked, blocker = neighbours.family, neighbours.donor
    if reader == "donor":
        blocked, blocker = blocker, blocked
    with app.app_context():
        made = proposed(neighbours)
    client = sign_in(blocked)
    pages = [f"/conversations/{neighbours.public_id}/handoff", f"/handoffs/{made}"]
    assert all("Davis library" in client.get(page).text for page in pages)
    with app.app_context():
        block(blocker.identity, db.session.get(User, blocked.id).public_id, now=NOW)
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200
        assert "Davis library" not in answer.text
        assert "ground-data" not in answer.text


def test_a_closed_conversation_has_no_ground(app, neighbours):
    with app.app_context():
        assert queries.ground_for(neighbours.donor.identity, neighbours.public_id)
        with transaction() as session:
            session.get(Conversation, neighbours.id).closed_at = NOW
        assert queries.ground_for(neighbours.donor.identity, neighbours.public_id) is None
