"""The process says whether it is alive and whether it can serve."""

import pytest

pytestmark = pytest.mark.both_databases


def test_a_running_process_says_that_it_is_alive(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok"}


def test_a_migrated_database_makes_it_ready(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["checks"] == {"database": True, "queue": True, "migrations": True}


def test_an_unknown_page_is_a_plain_404(client):
    assert client.get("/nothing-here").status_code == 404


def test_a_machine_gets_a_problem_document(client):
    answer = client.get("/nothing-here", headers={"Accept": "application/json"})
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == 404


def test_a_member_can_sign_in(sign_in, donor):
    assert sign_in(donor).get("/").status_code == 200
