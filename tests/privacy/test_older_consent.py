"""Who agreed to older words is asked again kindly; until then what they did not name is neither asked nor used."""

from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import select, update

from app.accounts import queries as people
from app.accounts import services as accounts
from app.accounts.models import Consent
from app.accounts.rules.consents import ASKED_LATER, TEXTS, Purpose, is_outdated, versions_from
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.errors import Invalid
from app.matching import queries as matching
from app.posts import queries, services
from app.posts.models import Post, PostFact
from app.posts.rules import ATTRIBUTES, NAMED_SINCE, NOT_NAMED, Fact, named_since
from tests.conftest import NOW
from tests.posts.drafts import OFFER, REQUEST
from tests.posts.sent import OFFER as SENT_OFFER
from tests.posts.sent import REQUEST as SENT_REQUEST

OLD, NOW_SHOWN = "2026-11", TEXTS[Purpose.HEALTH_COLLECT].version
PLAIN = replace(OFFER, facts=(Fact("dairy", "avoids"), Fact("medicines", "uses")))
TELLING = replace(PLAIN, facts=(*PLAIN.facts, Fact("vaccination", "uses")))
NEWS = "New is the sentence on vaccinations"
QUESTION = 'name="facts-vaccination-state"'


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def agreed_to(who, version: str) -> None:
    with transaction() as session:
        session.execute(
            update(Consent)
            .where(Consent.user_id == who.id, Consent.purpose == "health-collect")
            .values(text_version=version)
        )


@pytest.fixture
def earlier(app, person):
    """A donor who agreed to the words of before, which did not name vaccinations."""
    who = person("Erna")
    with app.app_context():
        agreed_to(who, OLD)
    return who


def versions(who) -> list[tuple[str, bool]]:
    found = select(Consent.text_version, Consent.withdrawn_at).where(
        Consent.user_id == who.id, Consent.purpose == "health-collect"
    )
    return [(version, ended is None) for version, ended in db.session.execute(found.order_by(Consent.id))]


def told(post: str) -> list[str]:
    wanted = select(PostFact.attribute).join(Post).where(Post.public_id == post).order_by(PostFact.attribute)
    return list(db.session.scalars(wanted))


def submit(who, draft, begun_as: str = "t") -> str:
    return services.submit_new(who.identity, draft, submit_token=begun_as, now=NOW)


class TestRules:
    def test_every_answer_that_was_named_later_is_one_and_its_version_is_known(self):
        for attribute, version in NAMED_SINCE.items():
            assert attribute in {each.key for each in ATTRIBUTES}
            assert version in versions_from(Purpose.HEALTH_COLLECT, version)

    @pytest.mark.parametrize(
        ("draft", "since"), [(PLAIN, None), (TELLING, NOW_SHOWN), (replace(OFFER, facts=()), None), (REQUEST, None)]
    )
    def test_a_draft_knows_which_words_name_all_it_tells(self, draft, since):
        assert named_since(draft) == since

    def test_words_count_from_a_version_on(self):
        assert versions_from("health-collect", OLD) == (OLD, NOW_SHOWN)
        assert versions_from("health-collect", NOW_SHOWN) == (NOW_SHOWN,)
        with pytest.raises(ValueError, match="not in tuple"):
            versions_from("health-collect", "2020-01")

    def test_only_an_agreement_to_words_that_named_less_is_outdated(self):
        assert is_outdated("health-collect", OLD)
        assert not any(is_outdated(text.purpose, text.version) for text in (TEXTS | ASKED_LATER).values())

    def test_words_that_are_asked_again_say_what_is_new(self):
        assert all(bool(text.earlier) == bool(text.news) for text in (TEXTS | ASKED_LATER).values())


@pytest.mark.parametrize("keep", [services.submit_new, services.save_draft])
def test_what_the_older_words_named_goes_on_and_what_they_did_not_is_refused(in_app, earlier, keep):
    with pytest.raises(Invalid) as refused:
        keep(earlier.identity, TELLING, submit_token="t", now=NOW)
    assert refused.value.fields == {"agree_collect": [NOT_NAMED]}
    assert db.session.scalars(select(Post)).all() == []
    assert told(keep(earlier.identity, PLAIN, submit_token="t", now=NOW)) == ["dairy", "medicines"]


def test_an_edit_cannot_bring_it_in_either(in_app, earlier):
    post = submit(earlier, PLAIN)
    version = queries.own_post(earlier.identity, post).version
    with pytest.raises(Invalid):
        services.edit(earlier.identity, post, TELLING, version=version, now=NOW)
    assert told(post) == ["dairy", "medicines"]


def test_an_unfinished_draft_leaves_it_out(in_app, earlier, donor):
    typed = {"note": ["x"], "facts-dairy-state": ["avoids"], "facts-vaccination-state": ["uses"]}
    for who, kept in ((earlier, {"note": ["x"], "facts-dairy-state": ["avoids"]}), (donor, typed)):
        draft = services.save_typed(who.identity, "offer", typed, submit_token="t", now=NOW)
        assert queries.typed_of(who.identity, draft) == kept


def test_what_stands_stored_under_older_words_is_read_by_nobody_until_they_are_agreed_to_anew(in_app, donor, family):
    offer, request = submit(donor, TELLING), submit(family, replace(REQUEST, wishes=()))

    def read() -> list[set[str]]:
        seen, own = matching.pair(family.identity, offer, request, now=NOW), queries.own_post(donor.identity, offer)
        return [{each.attribute for each in facts} for facts in (seen.facts, own.stated)]

    assert read() == [{"dairy", "medicines", "vaccination"}] * 2
    agreed_to(donor, OLD)
    assert read() == [{"dairy", "medicines"}] * 2
    agree_anew(donor)
    assert read() == [{"dairy", "medicines", "vaccination"}] * 2


def agree_anew(who, version: str = NOW_SHOWN) -> None:
    accounts.give_consent(
        who.identity, "health-collect", text_version=version, text_hash="0" * 64, language="en", now=NOW
    )


def test_agreeing_anew_ends_the_older_agreement_and_nothing_that_hangs_on_it(in_app, earlier):
    post = submit(earlier, PLAIN)
    agree_anew(earlier)
    agree_anew(earlier)
    assert versions(earlier) == [(OLD, False), (NOW_SHOWN, True)]
    assert told(post) == ["dairy", "medicines"]
    assert people.active_consent(earlier.id, "health-collect", since=NOW_SHOWN)
    assert submit(earlier, TELLING, "u")


def test_older_words_take_nothing_away_from_newer_ones(in_app, donor):
    agree_anew(donor, OLD)
    assert versions(donor) == [(NOW_SHOWN, True)]


def test_an_agreement_about_one_thing_is_left_alone(in_app, earlier):
    accounts.give_consent(
        earlier.identity, "health-collect", subject="interest:1", text_version=OLD, text_hash="0" * 64, language="en",
        now=NOW,
    )  # fmt: skip
    agree_anew(earlier)
    assert versions(earlier) == [(OLD, False), (OLD, True), (NOW_SHOWN, True)]


class TestForm:
    def test_it_asks_again_kindly_and_does_not_ask_what_the_older_words_did_not_name(self, sign_in, earlier, donor):
        page = sign_in(earlier).get("/posts/new/offer").text
        assert (NEWS in page, 'name="agree_collect"' in page, QUESTION in page) == (True, True, False)
        page = sign_in(donor).get("/posts/new/offer").text
        assert (NEWS in page, 'name="agree_collect"' in page, QUESTION in page) == (False, False, True)

    def test_somebody_who_never_agreed_reads_no_news(self, sign_in, person):
        page = sign_in(person("Rita", health=False)).get("/posts/new/offer").text
        assert (NEWS in page, 'name="agree_collect"' in page, QUESTION in page) == (False, True, True)

    def test_leaving_the_box_alone_posts_as_before(self, app, sign_in, earlier):
        assert sign_in(earlier).post("/posts/new/offer", data=SENT_OFFER).status_code == 302
        with app.app_context():
            assert len(db.session.scalars(select(PostFact)).all()) == 2
            assert versions(earlier) == [(OLD, True)]

    def test_ticking_it_agrees_to_the_words_shown_and_the_question_comes(self, app, sign_in, earlier):
        client = sign_in(earlier)
        assert client.post("/posts/new/offer", data=SENT_OFFER | {"agree_collect": "y"}).status_code == 302
        with app.app_context():
            assert versions(earlier) == [(OLD, False), (NOW_SHOWN, True)]
        page = client.get("/posts/new/offer").text
        assert (NEWS in page, QUESTION in page) == (False, True)

    def test_an_answer_that_comes_all_the_same_is_kept_in_the_page_and_nowhere_else(self, app, sign_in, earlier):
        sent = SENT_OFFER | {"facts-vaccination-state": "uses"}
        refused = sign_in(earlier).post("/posts/new/offer", data=sent)
        assert (refused.status_code, NOT_NAMED in refused.text, QUESTION in refused.text) == (422, True, True)
        with app.app_context():
            assert db.session.scalars(select(PostFact)).all() == []
        both = sign_in(earlier).post("/posts/new/offer", data=sent | {"agree_collect": "y"})
        assert both.status_code == 302

    def test_a_draft_saved_by_its_button_says_what_it_left_out(self, sign_in, earlier):
        sent = SENT_OFFER | {"facts-vaccination-state": "uses", "step": "save"}
        saved = sign_in(earlier).post("/posts/new/offer", data=sent, follow_redirects=True)
        assert "Your answer on vaccinations was left out" in saved.text

    def test_a_family_is_asked_again_beside_its_own_answers(self, sign_in, earlier):
        client = sign_in(earlier)
        assert NEWS in client.get("/posts/new/request").text
        assert client.post("/posts/new/request", data=SENT_REQUEST).status_code == 302

    def test_the_welcome_page_offers_the_new_words_too(self, app, sign_in, earlier):
        page = sign_in(earlier).get("/welcome").text
        assert NEWS in page
        assert 'name="health_collect"' in page
        assert 'name="health_share"' not in page
