"""A request repeated under its key has one effect and one answer, on both databases, however many come at once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.infra.database import db
from app.infra.idempotency import REMEMBERED, Answer, IdempotencyKey, KeyReused, once, request_hash
from app.kernel.errors import Conflict
from app.posts.models import Post
from tests.api.test_posts import OFFER, POSTS

pytestmark = pytest.mark.both_databases
NOW = datetime(2026, 11, 21, 15, tzinfo=UTC)
FRESH = {**OFFER, "pumped_from": None, "pumped_to": None, "supply": "weekly", "weekly_ml": 2000, "volume_ml": None}


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def posts(app) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Post)) or 0


def test_the_same_request_again_is_the_same_answer_and_one_post(app, api):
    first, second = (api.post(POSTS, json=FRESH, headers=keyed("k")) for _ in range(2))
    assert (first.status_code, first.json, first.headers["Location"]) == (
        second.status_code, second.json, second.headers["Location"],
    )  # fmt: skip
    assert ("Idempotent-Replayed" in first.headers, second.headers["Idempotent-Replayed"]) == (False, "true")
    assert posts(app) == 1


def test_another_request_under_the_same_key_is_refused(app, api, problem):
    api.post(POSTS, json=FRESH, headers=keyed("k"))
    problem(api.post(POSTS, json={**FRESH, "note": "other"}, headers=keyed("k")), 422, "idempotency_key_reused")
    problem(api.post("/api/v1/tokens", json={"name": "k"}, headers=keyed("k")), 422, "idempotency_key_reused")
    assert posts(app) == 1


def test_a_key_belongs_to_its_person(app, api, bearer, family):
    mine, theirs = (one.post(POSTS, json=FRESH, headers=keyed("k")).json["id"] for one in (api, bearer(family)))
    assert mine != theirs
    assert posts(app) == 2


def test_without_a_key_every_request_is_a_new_one(app, api):
    assert [api.post(POSTS, json=FRESH).status_code for _ in range(2)] == [201, 201]
    assert posts(app) == 2


def test_a_refused_request_leaves_its_key_free(app, api, problem):
    problem(api.post(POSTS, json={**FRESH, "weekly_ml": 1}, headers=keyed("k")), 422, "invalid")
    assert api.post(POSTS, json=FRESH, headers=keyed("k")).status_code == 201
    assert posts(app) == 1


@pytest.mark.parametrize("key", ["", "x" * 201, "a b", "schlüssel"])
def test_a_key_that_is_none_is_refused(app, api, problem, key):
    errors = problem(api.post(POSTS, json=FRESH, headers=keyed(key)), 422)
    assert [error["header"] for error in errors] == ["Idempotency-Key"]
    assert posts(app) == 0


def test_a_secret_is_not_remembered(app, api):
    first, second = (api.post("/api/v1/tokens", json={"name": "n"}, headers=keyed("k")).json for _ in range(2))
    assert (first["id"], second["token"]) == (second["id"], None)
    with app.app_context():
        kept = db.session.scalars(select(IdempotencyKey.body)).one()
        assert first["token"] not in kept


def test_twenty_at_once_make_one_post_and_get_one_answer(app, api):
    answers, start = [], threading.Barrier(8)
    header = api.environ_base["HTTP_AUTHORIZATION"]

    def send():
        start.wait()
        client = app.test_client()
        answers.append(client.post(POSTS, json=FRESH, headers={**keyed("k"), "Authorization": header}))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert posts(app) == 1


def test_what_is_remembered_goes_after_two_days(in_app):
    made = []

    def act():
        made.append(1)
        return Answer(201, f"{len(made)}"), Answer(201, f"{len(made)}")

    def call(at):
        return once(1, "k", "same", act, now=at).body

    assert call(NOW) == call(NOW + REMEMBERED) == "1"
    assert call(NOW + REMEMBERED + timedelta(seconds=1)) == "2"
    with pytest.raises(KeyReused):
        once(1, "k", "other", act, now=NOW + REMEMBERED + timedelta(seconds=2))


def test_an_effect_that_fails_is_undone_together_with_its_key(in_app):
    def fails():
        raise Conflict

    with pytest.raises(Conflict):
        once(1, "k", "same", fails, now=NOW)
    assert db.session.scalars(select(IdempotencyKey)).all() == []


def test_a_requests_hash_keeps_its_parts_apart():
    assert request_hash(b"ab", b"c") != request_hash(b"a", b"bc")
