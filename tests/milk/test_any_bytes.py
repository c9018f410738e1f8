"""The public forms of milk hold whatever bytes are sent: no field of any of them breaks a page."""

import pytest
import time_machine
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.infra import jobs
from app.infra.database import db
from app.milk.models import Withdrawal, WithdrawalNotice
from app.milk.rules.withdrawals import Draft, Reason
from app.milk.services import recall, withdrawals
from tests.conftest import NOW
from tests.milk.factories import handed

pytestmark = pytest.mark.slow

FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
UGLY = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["", "\0", "²", "٣", "1e999", "-0", "nan", "inf", "9" * 5000, "\u202e", "%00", "1,5"]),
    st.binary(max_size=40).map(lambda raw: raw.decode("latin-1")),
)
REASONS = st.one_of(UGLY, st.sampled_from(list(Reason)).map(str))


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def codes(app, donor, family) -> tuple[str, str]:
    """A lot of which the family received some, with its recall code."""
    with app.app_context():
        handed(donor, family)
        ((lot_code, recall_code),) = recall.make_codes(donor.identity, now=NOW)
    return lot_code, recall_code


@FUZZ
@given(lot_code=UGLY, recall_code=UGLY, reason=REASONS)
@example(lot_code="2345-678M", recall_code="²" * 16, reason="infant_ill")
def test_no_bytes_in_the_recall_form_break_it_or_withdraw_anything(app, codes, client, lot_code, recall_code, reason):
    sent = {"lot_code": lot_code, "recall_code": recall_code, "reason": reason}
    assert client.post("/recall", data=sent).status_code == 422
    assert client.post("/recall", data=sent | {"lot_code": codes[0]}).status_code == 422
    with app.app_context():
        assert db.session.query(Withdrawal).count() == 0


@FUZZ
@given(
    body=st.binary(max_size=300),
    kind=st.sampled_from(["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""]),
)
def test_no_body_breaks_either_form(family_page, client, body, kind):
    for path in ("/recall", family_page):
        assert client.post(path, data=body, content_type=kind).status_code in {302, 400, 413, 422}


@pytest.fixture
def family_page(app, donor, codes) -> str:
    """The path of the family's page."""
    with app.app_context():
        withdrawals.withdraw(donor.identity, Draft(Reason.POSITIVE_TEST), now=NOW)
        jobs.run_due(now=NOW)
        return f"/milk/withdrawn/{db.session.query(WithdrawalNotice).one().token}"


@FUZZ
@given(
    fields=st.dictionaries(
        st.one_of(UGLY, st.sampled_from(["fed-1", "stored-1", "discarded-1", "had-1", "had-²", "unit"])),
        UGLY,
        max_size=6,
    )
)
@example(fields={"had-1": "9" * 5000, "fed-1": "1"})
@example(fields={"had-1": "200", "fed-1": "1e999"})
def test_no_bytes_in_a_family_s_answer_break_its_page(family_page, client, fields):
    assert client.post(family_page, data=fields).status_code in {302, 409, 422}
    assert client.get(family_page).status_code == 200


@FUZZ
@given(token=st.text(min_size=1, max_size=80).map(lambda text: text.replace("/", "-")))
def test_no_token_of_a_family_s_page_breaks_it(client, token):
    for answer in (client.get(f"/milk/withdrawn/{token}"), client.post(f"/milk/withdrawn/{token}", data={})):
        assert answer.status_code in {302, 308, 404, 405}
