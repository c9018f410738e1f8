"""What a donor keeps back is hers: no other page changes by a letter, and no log, notice, mail or job names it."""

import re

import pytest
import time_machine
from sqlalchemy import MetaData, select, text

from app.infra.database import db
from app.milk import services
from app.milk.models import Deferral, LotHold
from app.milk.rules.deferrals import Kind
from tests.conftest import NOW
from tests.handoffs import factories
from tests.milk.deferring import agree, keep
from tests.milk.factories import lot, view

CHANGING = re.compile(r'nonce="[^"]*"|name="(csrf_token|submit_token|client_id)"[^>]*|"etag":[^,}]*')
TELLING = re.compile(r"mastitis|kept back|keep back|deferral", re.IGNORECASE)
"""Words that would tell; the site's own pages for everybody have no need of them."""

OTHERS_TABLES = {"deferrals", "lot_holds", "consents"}
"""Tables that know of days kept back; no other one may."""


@pytest.fixture(autouse=True)
def clock():
    """Noon of the tests' day; the pages read the clock."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def meeting(app, donor, family):
    """The two agreed on a meeting; a lot of the donor's, and what it was promised to."""
    with app.app_context():
        agree(donor)
        kept = lot(donor)
        talk = factories.talk(donor, family)
        handoff = factories.agreed(talk)
        return kept, talk.public_id, handoff


def plain_pages(app) -> list[str]:
    """Every page without an id in its address that a person can open."""
    found = [
        rule.rule for rule in app.url_map.iter_rules()
        if not rule.arguments and "GET" in (rule.methods or ()) and not rule.rule.startswith(("/static", "/logout"))
    ]  # fmt: skip
    assert len(found) > 30
    return sorted(found)


def seen_by(client, paths) -> dict[str, str]:
    """What somebody sees at each address, without what is new each time."""
    return {path: CHANGING.sub("", client.get(path).text) for path in paths}


@pytest.mark.slow
@pytest.mark.parametrize("who", ["family", "stranger", "moderator"])
def test_no_page_of_anybody_else_changes_by_a_letter(app, request, donor, sign_in, meeting, who):
    _kept, conversation, handoff = meeting
    client = sign_in(request.getfixturevalue(who))
    paths = [*plain_pages(app), f"/messages/{conversation}", f"/handoffs/{handoff}"]
    seen_by(client, paths)
    before = seen_by(client, paths)
    with app.app_context():
        keep(donor, 3, kind=Kind.MASTITIS)
    after = seen_by(client, paths)
    assert [path for path in paths if before[path] != after[path]] == []
    assert len([path for path in paths if len(after[path]) > 500]) > 20


def test_a_family_whose_promise_is_taken_back_reads_no_cause(app, donor, family, sign_in, meeting):
    kept, conversation, handoff = meeting
    with app.app_context():
        services.promise(kept, "a-random-token", 300, now=NOW)
        entry = keep(donor, 3, kind=Kind.MASTITIS)
    client = sign_in(family)
    for path in (f"/messages/{conversation}", f"/handoffs/{handoff}", "/notifications", "/handoffs", "/"):
        page = client.get(path).text
        assert not TELLING.search(re.sub(r"<[^>]+>", " ", page)), path
        assert entry not in page


def test_no_log_tells(app, donor, meeting, sign_in, capsys, caplog):
    with app.app_context():
        entry = keep(donor, 3, kind=Kind.MASTITIS)
    client = sign_in(donor)
    client.get("/milk/days")
    client.post("/milk/days", data={"kind": "mastitis", "when": "yesterday"})
    client.post(f"/milk/days/{entry}/delete")
    written = capsys.readouterr()
    assert not TELLING.search(written.out + written.err + caplog.text)


def test_no_other_table_knows(app, donor, meeting):
    """Notices, jobs, mails to be sent and the ledger among them."""
    kept, *_rest = meeting
    with app.app_context():
        services.promise(kept, "a-random-token", 300, now=NOW)
        entry = keep(donor, 3, kind=Kind.MASTITIS)
        tables = MetaData()
        tables.reflect(db.engine)
        told = []
        for name in set(tables.tables) - OTHERS_TABLES:
            rows = db.session.execute(select(tables.tables[name])).all()
            told += [(name, row) for row in rows if TELLING.search(str(row)) or entry in str(row)]
        assert [each for each in told if each[0] != "alembic_version"] == []


def test_what_is_deleted_leaves_no_trace_of_days_or_kind(app, donor):
    with app.app_context():
        agree(donor)
        kept, entry = lot(donor), keep(donor, 3, kind=Kind.MASTITIS)
        services.delete_days(donor.identity, entry, now=NOW)
        assert view(donor, kept).excluded
        assert db.session.scalars(select(Deferral)).all() == []
        held = db.session.scalars(select(LotHold)).one()
        assert (held.deferral_id, held.first_day, held.last_day) == (None, None, None)
        assert db.session.scalar(text("SELECT count(*) FROM lot_holds WHERE first_day IS NOT NULL")) == 0
