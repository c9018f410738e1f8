"""The same thing sent twice at once has one effect, and both senders get the same answer."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from app.accounts.models import Block
from app.handoffs.models import Handoff
from app.infra.database import db
from app.matching.models import Interest
from app.messaging.models import Message
from app.moderation.models import Report
from app.posts.models import Post
from tests.posts.sent import OFFER, REQUEST
from tests.privacy.conftest import client_id

pytestmark = pytest.mark.both_databases

AT_ONCE = 4
PLAN = {
    "amount": "5", "unit": "oz", "day": "2026-11-23", "starts": "18:00", "ends": "19:00", "submit_token": "one-plan",
}  # fmt: skip
SAID = {"body": "Hi", "client_id": client_id()}

CASES = {
    "offer": ("donor", lambda _w: ("/posts/new/offer", OFFER), Post, 1),
    "request": ("family", lambda _w: ("/posts/new/request", REQUEST), Post, 1),
    "draft": ("donor", lambda _w: ("/posts/new/offer/draft", OFFER), Post, 1),
    "message": ("family", lambda w: (f"/messages/{w.conversation}", SAID), Message, 1),
    "handoff": ("donor", lambda w: (f"/conversations/{w.conversation}/handoff", PLAN), Handoff, 1),
    "report": ("stranger", lambda w: (f"/report/post/{w.offer}", {"reason": "selling", "words": "x"}), Report, 1),
    "block": ("stranger", lambda w: (f"/people/{w.donor}/block", {}), Block, 1),
    "invitation": ("donor", lambda w: (f"/matches/pair/{w.offer}/{w.waiting_request}/invite", {}), Interest, 0),
    "choice": ("donor", lambda w: (f"/interests/{w.interest}/accept", {}), Interest, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_sent_twice_at_once_happens_once(app, world, request, sign_in, name):
    who, sending, table, more = CASES[name]
    path, data = sending(world)
    browser = sign_in(request.getfixturevalue(who))
    cookie = browser.get_cookie(app.config["SESSION_COOKIE_NAME"]).value
    before = rows(app, table)
    together = Barrier(AT_ONCE)

    def send(_number: int):
        client = app.test_client()
        client.set_cookie(app.config["SESSION_COOKIE_NAME"], cookie)
        together.wait()
        return client.post(path, data=data)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(send, range(AT_ONCE)))
    assert rows(app, table) - before == more
    codes = {answer.status_code for answer in answers}
    assert codes <= {200, 302, 303, 404, 409, 422}, codes
    if more:
        assert len(codes) == 1
        assert len({answer.headers.get("Location") for answer in answers}) == 1


def rows(app, table) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table))
