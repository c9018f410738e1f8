"""What a donor prefers and what a family agrees to share, set and taken back on the pages, acts at once everywhere."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from app.accounts import queries as people
from app.matching import services as matching
from app.posts import queries as posts
from app.posts import services
from tests.posts.drafts import REQUEST
from tests.posts.sent import OFFER as SENT_OFFER
from tests.posts.sent import REQUEST as SENT_REQUEST

pytestmark = pytest.mark.both_databases

GREAT_NEED = "they shared that their need is great"
URGENT = {"baby_age_band": "0_3", "stock": "0", "wishes-dairy-strength": "", "wishes-caffeine-strength": ""}


def sent_offer(clock, **more):
    """The donor's form with days that are right whenever the test runs."""
    days = {
        "pumped_from": clock.date() - timedelta(days=60), "pumped_to": clock.date() - timedelta(days=20),
        "facts-dairy-since": clock.date() - timedelta(days=200), "ends_on": clock.date() + timedelta(days=30),
    }  # fmt: skip
    return SENT_OFFER | {name: day.isoformat() for name, day in days.items()} | more


def public_id(answer) -> str:
    assert answer.status_code == 302, answer.text
    return answer.location.rstrip("/").rsplit("/", 1)[-1].split("?")[0]


def version_in(page: str) -> str:
    return re.search(r'name="version"[^>]*value="(\d+)"', page)[1]


@pytest.fixture
def two_families(app, person, clock):
    """One family fits better by points; the other has the younger baby."""
    fits, young = person("Fay"), person("Yun")
    with app.app_context():
        best = replace(REQUEST, baby_age_band="12_plus", stock_ml=0)
        other = replace(REQUEST, baby_age_band="0_3", stock_ml=9_000, wishes=())
        return [
            services.submit_new(who.identity, draft, submit_token="t", now=clock)
            for who, draft in ((fits, best), (young, other))
        ]


class TestTheDonorsPreference:
    def listed(self, client, offer, requests) -> list[str]:
        """The requests in the order of the donor's list."""
        page = client.get(f"/matches/{offer}?show=all").text
        return sorted(requests, key=lambda each: page.index(f"/matches/pair/{offer}/{each}"))

    def by_api(self, program, offer) -> list[str]:
        answer = program.get(f"/api/v1/posts/{offer}/matches")
        assert answer.status_code == 200, answer.text
        return [item["post_id"] for item in answer.json["items"]]

    def test_set_changed_and_taken_back_it_orders_her_list_at_once(
        self, app, sign_in, bearer, donor, two_families, clock
    ):
        client, program = sign_in(donor), bearer(donor)
        fits, young = two_families
        assert 'name="preference"' in client.get("/posts/new/offer").text
        offer = public_id(client.post("/posts/new/offer", data=sent_offer(clock, preference="youngest")))
        for chosen, order in (("youngest", [young, fits]), ("none", [fits, young]), ("youngest", [young, fits])):
            version = version_in(client.get(f"/posts/{offer}/edit").text)
            data = sent_offer(clock, preference=chosen, version=version)
            assert client.post(f"/posts/{offer}/edit", data=data).status_code == 302
            page = client.get(f"/posts/{offer}/edit").text
            assert re.search(rf'<option selected value="{chosen}"', page)
            assert self.listed(client, offer, two_families) == order
            assert self.by_api(program, offer) == order

    def test_a_preference_that_is_none_is_told_at_its_field_and_nothing_changes(
        self, app, sign_in, donor, two_families, clock
    ):
        client = sign_in(donor)
        offer = public_id(client.post("/posts/new/offer", data=sent_offer(clock, preference="nearest")))
        version = version_in(client.get(f"/posts/{offer}/edit").text)
        refused = client.post(f"/posts/{offer}/edit", data=sent_offer(clock, preference="richest", version=version))
        assert refused.status_code == 422
        assert "preference-error" in refused.text
        with app.app_context():
            assert posts.own_post(donor.identity, offer).offer.preference == "nearest"

    def test_no_family_reads_it(self, app, sign_in, bearer, donor, family, clock):
        offer = public_id(sign_in(donor).post("/posts/new/offer", data=sent_offer(clock, preference="youngest")))
        assert "youngest" not in sign_in(family).get(f"/posts/{offer}").text.lower()
        assert bearer(family).get(f"/api/v1/posts/{offer}").json["offer"]["preference"] is None


class TestTheConsentToTellOfNeed:
    def told(self, donor_pages, program, offer, request) -> list[bool]:
        """Whether her list, the pair's page, and the API's list tell her that the need is great."""
        pages = [
            donor_pages.get(address).text
            for address in (f"/matches/{offer}?show=all", f"/matches/pair/{offer}/{request}")
        ]
        answers = [
            program.get(address).text
            for address in (f"/api/v1/posts/{offer}/matches", f"/api/v1/posts/{offer}/matches/{request}")
        ]
        return [GREAT_NEED in each for each in (*pages, *answers)]

    def test_given_beside_the_request_and_taken_back_on_ones_own_page_it_acts_at_once(
        self, app, sign_in, bearer, donor, person, clock
    ):
        family = person("Nora", health=False)
        pages, program, at_home = sign_in(donor), bearer(donor), sign_in(family)
        offer = public_id(pages.post("/posts/new/offer", data=sent_offer(clock)))
        assert 'name="agree_need"' in at_home.get("/posts/new/request").text
        request = public_id(at_home.post("/posts/new/request", data=SENT_REQUEST | URGENT | {"agree_collect": "y"}))
        assert self.told(pages, program, offer, request) == [False] * 4
        version = version_in(at_home.get(f"/posts/{request}/edit").text)
        agreed = SENT_REQUEST | URGENT | {"version": version, "agree_need": "y"}
        assert at_home.post(f"/posts/{request}/edit", data=agreed).status_code == 302
        assert self.told(pages, program, offer, request) == [True] * 4
        assert 'name="agree_need"' not in at_home.get(f"/posts/{request}/edit").text
        with app.app_context():
            matching.say_yes(family.identity, offer, request, now=clock)
        assert GREAT_NEED in pages.get(f"/matches/{offer}").text, "the donor's desk"
        assert at_home.post("/me/consents/need-share/withdraw").status_code == 302
        assert self.told(pages, program, offer, request) == [False] * 4
        assert GREAT_NEED not in pages.get(f"/matches/{offer}").text
        with app.app_context():
            assert "need-share" not in {each.purpose for each in people.active_consents(family.id)}
