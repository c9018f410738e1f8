"""Health facts are kept, used and shown under their author's consent only; withdrawing it takes them away at once."""

from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import select

from app.accounts import queries as people
from app.accounts import services as accounts
from app.infra.database import db
from app.kernel.errors import Invalid
from app.matching import queries as matching
from app.matching.rules.sides import Strength, Wish
from app.posts import queries, services
from app.posts.models import Post, PostFact
from app.posts.rules import Fact
from tests.conftest import NOW
from tests.posts.drafts import OFFER, REQUEST
from tests.posts.sent import OFFER as SENT_OFFER

SILENT = replace(OFFER, facts=())
TELLING = replace(OFFER, facts=(Fact("dairy", "avoids"), Fact("medicines", "uses"), Fact("cannabis", "uses")))
SPARING = replace(REQUEST, term_and_healthy="unsaid", immediate_allergy=False)


@pytest.fixture
def reticent(person):
    """A donor who joined without agreeing that health facts are kept or shown."""
    return person("Rita", health=False)


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def agree(who, purpose: str) -> None:
    accounts.give_consent(who.identity, purpose, text_version="t", text_hash="0" * 64, language="en", now=NOW)


def submit(who, draft, begun_as: str = "t") -> str:
    return services.submit_new(who.identity, draft, submit_token=begun_as, now=NOW)


@pytest.mark.parametrize(
    "draft",
    [
        TELLING, replace(SILENT, facts=(Fact("dairy", "avoids"),)), replace(SPARING, term_and_healthy="yes"),
        replace(SPARING, immediate_allergy=True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("keep", [services.submit_new, services.save_draft])
def test_no_health_fact_is_stored_without_the_authors_consent(in_app, reticent, draft, keep):
    with pytest.raises(Invalid) as refused:
        keep(reticent.identity, draft, submit_token="t", now=NOW)
    assert set(refused.value.fields) == {"agree_collect"}
    assert db.session.scalars(select(Post)).all() == []
    agree(reticent, "health-collect")
    assert keep(reticent.identity, draft, submit_token="t", now=NOW)


@pytest.mark.parametrize("draft", [SILENT, SPARING])
def test_a_post_without_health_facts_needs_no_consent(in_app, reticent, draft):
    assert submit(reticent, draft)


def test_an_edit_cannot_bring_health_facts_in_without_consent(in_app, reticent):
    post = submit(reticent, SILENT)
    with pytest.raises(Invalid):
        services.edit(
            reticent.identity, post, TELLING, version=queries.own_post(reticent.identity, post).version, now=NOW
        )
    assert queries.own_post(reticent.identity, post).stated == ()


def test_an_unfinished_draft_leaves_health_answers_out_without_consent(in_app, reticent):
    typed = {"note": ["Hello"], "facts-dairy-state": ["avoids"], "term_and_healthy": ["no"], "immediate_allergy": ["y"]}
    kept = services.save_typed(reticent.identity, "offer", typed, submit_token="t", now=NOW)
    assert queries.typed_of(reticent.identity, kept) == {"note": ["Hello"]}
    agree(reticent, "health-collect")
    services.save_typed(reticent.identity, "offer", typed, submit_token="t", now=NOW)
    assert queries.typed_of(reticent.identity, kept) == typed


def test_withdrawing_the_consent_removes_every_health_fact_at_once(in_app, donor):
    live = submit(donor, TELLING)
    services.save_typed(
        donor.identity, "offer", {"note": ["x"], "facts-dairy-state": ["avoids"]}, submit_token="u", now=NOW
    )
    asked = submit(donor, REQUEST, "v")
    before = queries.own_post(donor.identity, live).version
    accounts.withdraw_consent(donor.identity, "health-collect", now=NOW)
    assert db.session.scalars(select(PostFact)).all() == []
    left = queries.own_post(donor.identity, live)
    assert (left.state, left.facts, left.stated, left.version > before) == ("live", (), (), True)
    assert queries.own_post(donor.identity, asked).request.term_and_healthy == "unsaid"
    assert [row.typed for row in db.session.scalars(select(Post)).unique() if row.typed] == [{"note": ["x"]}]


def test_withdrawing_another_consent_keeps_what_is_stored(in_app, donor):
    live = submit(donor, TELLING)
    accounts.withdraw_consent(donor.identity, "health-share", now=NOW)
    assert len(queries.own_post(donor.identity, live).stated) == 3


def test_a_request_that_told_of_an_allergy_is_paused_when_the_answer_leaves(in_app, family):
    request = submit(family, replace(REQUEST, immediate_allergy=True))
    accounts.withdraw_consent(family.identity, "health-collect", now=NOW)
    left = queries.own_post(family.identity, request)
    assert (left.state, left.request.immediate_allergy) == ("paused", False)


def test_what_is_not_shared_is_unknown_to_matching_and_not_shown(in_app, donor, family):
    offer, request = submit(donor, TELLING), submit(family, replace(REQUEST, wishes=()))
    seen = matching.pair(family.identity, offer, request, now=NOW)
    assert {fact.attribute for fact in seen.facts} == {"dairy", "medicines", "cannabis"}
    accounts.withdraw_consent(donor.identity, "health-share", now=NOW)
    seen = matching.pair(family.identity, offer, request, now=NOW)
    assert (seen.facts, seen.offer.facts_shared, seen.offer.stated) == ((), False, ())
    assert queries.own_post(donor.identity, offer).stated != ()


def test_a_donor_reads_of_a_familys_need_only_while_the_family_agrees(in_app, donor, person):
    family = person("Nora", health=False)
    agree(family, "health-collect")
    offer = submit(donor, SILENT)
    urgent = replace(REQUEST, wishes=(), baby_age_band="0_3", term_and_healthy="no", stock_ml=0)
    request = submit(family, urgent)

    def told() -> set[str]:
        seen = matching.pair(donor.identity, offer, request, now=NOW)
        [listed] = matching.matches_for(donor.identity, offer, now=NOW).matches
        assert listed.reasons == seen.reasons
        return {reason.kind for reason in seen.reasons}

    assert not told() & {"need", "freezer_empty"}
    agree(family, "need-share")
    assert "need" in told()
    accounts.withdraw_consent(family.identity, "need-share", now=NOW)
    assert not told() & {"need", "freezer_empty"}


def test_a_must_against_what_is_not_shared_becomes_a_question(in_app, donor, family, stranger):
    submit(donor, TELLING)
    no_medicine = (Wish("medicines", Strength.MUST),)
    area = people.person(stranger.id).area_id
    found = matching.search_nearby(stranger.identity, area, 40, "offer", wishes=no_medicine, now=NOW)
    assert found.total == 0
    accounts.withdraw_consent(donor.identity, "health-share", now=NOW)
    found = matching.search_nearby(stranger.identity, area, 40, "offer", wishes=no_medicine, now=NOW)
    assert found.total == 1


def test_the_pair_page_says_that_answers_are_not_shared(app, sign_in, donor, family):
    with app.app_context():
        offer, request = submit(donor, TELLING), submit(family, replace(REQUEST, wishes=()))
    page = sign_in(family).get(f"/matches/pair/{offer}/{request}")
    assert (page.status_code, "a medicine" in page.text, "not shared" in page.text) == (200, True, False)
    with app.app_context():
        accounts.withdraw_consent(donor.identity, "health-share", now=NOW)
    page = sign_in(family).get(f"/matches/pair/{offer}/{request}").text
    assert "medicines among them: not shared here" in page
    assert "donor reports" not in page


def test_a_stranger_reads_no_medicine_or_substance_on_a_posts_page(app, sign_in, donor, stranger):
    with app.app_context():
        offer = submit(donor, TELLING)
    read = sign_in(stranger).get(f"/posts/{offer}").text
    assert "no dairy" in read
    assert "medicine" not in read.lower()
    assert "cannabis" not in read.lower()
    assert "cannabis" in sign_in(donor).get(f"/posts/{offer}").text.lower()


@pytest.mark.parametrize("asked", ["medicines", "alcohol", "nicotine"])
def test_no_filter_of_the_open_search_tells_what_a_card_may_not(app, sign_in, donor, stranger, asked):
    with app.app_context():
        submit(donor, replace(SILENT, facts=(Fact(asked, "uses"),)))
    client = sign_in(stranger)
    assert client.get("/search?without=dairy").status_code == 200
    assert f'value="{asked}"' not in client.get("/search").text
    assert client.get(f"/search?without={asked}").status_code == 422


def test_the_form_asks_for_the_consent_beside_the_questions_and_keeps_what_was_typed(app, sign_in, reticent):
    client = sign_in(reticent)
    assert 'name="agree_collect"' in client.get("/posts/new/offer").text
    refused = client.post("/posts/new/offer", data=SENT_OFFER)
    assert refused.status_code == 422
    assert "are kept only if you agree" in refused.text
    assert SENT_OFFER["note"] in refused.text
    with app.app_context():
        assert db.session.scalars(select(PostFact)).all() == []
    assert client.post("/posts/new/offer", data=SENT_OFFER | {"agree_collect": "y"}).status_code == 302
    with app.app_context():
        assert len(db.session.scalars(select(PostFact)).all()) == 2
        given = people.active_consents(reticent.id)
    assert "health-collect" in {each.purpose for each in given}
    assert 'name="agree_collect"' not in client.get("/posts/new/offer").text


def test_a_draft_saved_by_its_button_says_what_it_left_out(sign_in, reticent):
    saved = sign_in(reticent).post("/posts/new/offer", data=SENT_OFFER | {"step": "save"}, follow_redirects=True)
    assert "health answers were left out" in saved.text
