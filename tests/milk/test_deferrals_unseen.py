"""What a donor keeps back is hers: no other page changes by a letter, and no log, notice, mail or job names it."""

import re
from datetime import date

import pytest
import time_machine
from sqlalchemy import MetaData, select, text

from app.infra.database import db
from app.milk import services
from app.milk.models import Deferral, LotHold
from app.milk.queries import lots_of
from app.milk.rules.deferrals import DeferralDraft, Kind
from tests.conftest import NOW
from tests.handoffs import factories
from tests.milk.deferring import agree, keep
from tests.milk.factories import TODAY, lot, view

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
    """The two agreed on a meeting, for which bags of November are promised; the conversation and the handoff."""
    with app.app_context():
        agree(donor)
        talk = factories.talk(donor, family)
        handoff = factories.agreed(talk)
        lot(donor, pumped_from=date(2026, 10, 20), pumped_to=date(2026, 10, 25))
        return talk.public_id, handoff


def keep_october_back(donor) -> str:
    """A day that touches no promised bag."""
    october = date(2026, 10, 21)
    return services.keep_days_back(donor.identity, DeferralDraft(Kind.MASTITIS, october, october), now=NOW)


def keep_promised_back(donor) -> str:
    """Days of the bags that are promised."""
    return keep(donor, 1, 14, kind=Kind.MASTITIS)


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
    conversation, handoff = meeting
    client = sign_in(request.getfixturevalue(who))
    paths = [*plain_pages(app), f"/messages/{conversation}", f"/handoffs/{handoff}"]
    seen_by(client, paths)
    before = seen_by(client, paths)
    with app.app_context():
        keep_october_back(donor)
    after = seen_by(client, paths)
    assert [path for path in paths if before[path] != after[path]] == []
    assert len([path for path in paths if len(after[path]) > 500]) > 20


def test_a_family_whose_bags_are_taken_back_keeps_its_meeting_and_reads_no_cause(app, donor, family, sign_in, meeting):
    conversation, handoff = meeting
    with app.app_context():
        entry = keep_promised_back(donor)
        assert factories.row(handoff).state == "agreed"
        assert "handoff_lots_off" in factories.notices(donor)
        assert "handoff_lots_off" not in factories.notices(family)
        assert [each.balance.reserved_ml for each in lots_of(donor.identity, today=TODAY)] == [0, 0, 0]
    client = sign_in(family)
    for path in (f"/messages/{conversation}", f"/handoffs/{handoff}", "/notifications", "/handoffs", "/"):
        page = client.get(path).text
        assert not TELLING.search(re.sub(r"<[^>]+>", " ", page)), path
        assert entry not in page


def test_no_log_tells(app, donor, meeting, sign_in, capsys, caplog):
    with app.app_context():
        entry = keep_promised_back(donor)
    client = sign_in(donor)
    client.get("/milk/days")
    client.post("/milk/days", data={"kind": "mastitis", "when": "yesterday"})
    client.post(f"/milk/days/{entry}/delete")
    written = capsys.readouterr()
    assert not TELLING.search(written.out + written.err + caplog.text)


def test_no_other_table_knows(app, donor, meeting):
    """Notices, jobs, mails to be sent and the ledger among them."""
    with app.app_context():
        entry = keep_promised_back(donor)
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
