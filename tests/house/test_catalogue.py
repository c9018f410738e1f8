"""Every setting, permission, event, socket event, command, job kind and route stands in docs/catalogue.md."""

import re

import pytest

from app.dev import catalogue
from app.web.access import MARK, OUTSIDE
from app.web.realtime import SOCKET_EVENTS
from tests.house.source import ROOT

WRITTEN = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")


def test_the_written_catalogue_is_what_the_application_offers(in_app):
    missing = sorted(set(catalogue.catalogue(in_app).splitlines()) - set(WRITTEN.splitlines()))
    gone = sorted(set(WRITTEN.splitlines()) - set(catalogue.catalogue(in_app).splitlines()))
    help_text = "run: .venv/bin/flask --app wsgi dev catalogue > docs/catalogue.md"
    assert (missing, gone) == ([], []), f"docs/catalogue.md lacks {missing} and still has {gone}; {help_text}"


def test_the_command_prints_it(app):
    printed = app.test_cli_runner().invoke(args=["dev", "catalogue"])
    assert printed.exit_code == 0
    assert printed.output.startswith("# Catalogue")


@pytest.mark.parametrize(
    "name",
    ["SECRET_KEY", "DATABASE_URL", "PORT", "MILKBRIDGE_PRODUCTION", "moderation.review", "PostSubmitted", "CaseDecided",
     "message.send", "flask worker", "mail.send", "/healthz", "/moderation"],
)  # fmt: skip
def test_what_is_known_to_exist_is_found(name, in_app):
    assert re.search(rf"\| {re.escape(name)} ", catalogue.catalogue(in_app))


def test_every_variable_the_settings_read_is_in_the_operations_page():
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [name for (name,) in catalogue.settings() if name not in operations] == []


def test_every_mark_of_a_route_or_socket_event_is_a_permission_of_the_table(in_app):
    known = {row[0] for row in catalogue.permissions()} | {"public"}
    marks = {
        getattr(view, MARK, None)
        for endpoint, view in in_app.view_functions.items()
        if endpoint.split(".")[0] not in OUTSIDE
    }
    assert (marks | set(SOCKET_EVENTS.values())) - known == set()
