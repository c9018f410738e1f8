"""The pages of posts: what may be typed, what is kept, and who sees what."""

import pytest
from flask.testing import FlaskClient

from app.posts import queries, services
from app.posts.rules import PostState
from app.posts.rules import checks as words
from tests.posts import drafts
from tests.posts.sent import OFFER, REQUEST


def posts_of(app, person) -> list[queries.PostView]:
    with app.app_context():
        return queries.own_posts(person.identity)


def post_offer(client: FlaskClient, **changed: str):
    return client.post("/posts/new/offer", data={**OFFER, **changed})


def post_request(client: FlaskClient, **changed: str):
    return client.post("/posts/new/request", data={**REQUEST, **changed})


@pytest.mark.parametrize("path", ["/posts", "/posts/new", "/posts/new/offer", "/posts/new/request"])
def test_the_pages_of_posting_open_for_a_member(sign_in, donor, path):
    assert sign_in(donor).get(path).status_code == 200


@pytest.mark.parametrize("path", ["/posts", "/posts/new", "/posts/new/offer", "/posts/new/request"])
def test_a_visitor_is_asked_to_sign_in(client, path):
    assert client.get(path).status_code == 302


def test_an_offer_typed_in_ounces_is_posted_and_shown(app, sign_in, donor):
    answer = post_offer(sign_in(donor))
    assert answer.status_code == 302
    (post,) = posts_of(app, donor)
    assert post.state is PostState.LIVE
    assert post.offer.volume_ml == 2957
    assert answer.location == f"/posts/{post.public_id}"
    page = sign_in(donor).get(answer.location).text
    assert "donor reports no dairy since Mar 12, 2026" in page
    assert "takes a medicine: ask" in page
    assert "100 oz" in page


def test_a_request_is_posted_and_shown(app, sign_in, family):
    answer = post_request(sign_in(family))
    assert answer.status_code == 302, answer.text
    (post,) = posts_of(app, family)
    assert (post.request.need_ml_per_day, post.request.days) == (591, 30)
    page = sign_in(family).get(answer.location).text
    assert "needs no dairy for 14 days before pumping" in page
    assert "would like caffeine at most up to 200 mg a day" in page


BAD_OFFERS = [
    ({"amount": "-5"}, words.NOT_MORE_THAN_ZERO),
    ({"amount": "0"}, words.NOT_MORE_THAN_ZERO),
    ({"amount": "90000"}, words.TOO_MUCH_ONCE),
    ({"amount": "lots"}, "Please write a number, such as 12 or 4.5."),
    ({"amount": "NaN"}, "Please write a number, such as 12 or 4.5."),
    ({"amount": ""}, words.MISSING),
    ({"amount": "4"}, words.TOO_LITTLE),
    ({"supply": "weekly", "amount": "900"}, words.TOO_MUCH_WEEKLY),
    ({"supply": "daily"}, words.CHOOSE),
    ({"bags_count": "36", "bags_size": "4"}, "The bags make 144 oz, and the amount above says 100 oz."),
    ({"pumped_from": "2027-01-01", "pumped_to": ""}, words.PUMPED_LATER),
    ({"pumped_from": "2026-11-01", "pumped_to": "2026-10-01"}, words.PUMPED_ORDER),
    ({"pumped_from": ""}, words.MISSING),
    ({"pumped_from": "2025-11-20"}, words.TOO_OLD),
    ({"pumped_from": "31/12/2026"}, "Please write a day as year-month-day, such as 2026-03-12."),
    ({"pumped_from": "2026-02-30"}, "Please write a day as year-month-day, such as 2026-03-12."),
    ({"storage": "thawed"}, words.THAWED),
    ({"storage": ""}, words.CHOOSE),
    ({"storage": "fridge"}, words.FRIDGE_TOO_OLD),
    ({"travel": "26"}, words.CHOOSE),
    ({"travel": "everywhere"}, words.CHOOSE),
    ({"note": "a" * 10_000}, words.NOTE_TOO_LONG),
    ({"note": "é" * 2_001}, words.NOTE_TOO_LONG),
    ({"ends_on": "2026-11-20"}, words.END_PAST),
    ({"ends_on": "2027-11-22"}, words.END_TOO_FAR),
    ({"max_families": "0"}, words.FAMILIES),
    ({"max_families": "many"}, "Please write a whole number."),
    ({"smallest_handoff": "200"}, words.HANDOFF_TOO_BIG),
    ({"baby_age_months": "-1"}, words.BABY_MONTHS),
    ({"facts-dairy-since": "2026-11-23"}, words.SINCE_LATER),
    ({"facts-dairy-since": "1812-01-01"}, words.SINCE_TOO_EARLY),
    ({"facts-dairy-state": "sometimes"}, words.CHOOSE),
    ({"facts-caffeine-state": "uses", "facts-caffeine-level": "a lot"}, words.CHOOSE),
]


@pytest.mark.parametrize(("changed", "reason"), BAD_OFFERS)
def test_a_wrong_offer_gets_a_reason_and_loses_nothing(app, sign_in, donor, changed, reason):
    answer = post_offer(sign_in(donor), **changed)
    assert answer.status_code == 422
    assert reason in unescaped(answer.text)
    assert "Flat bags" in answer.text or changed.get("note", "") in answer.text
    for name, value in changed.items():
        if value and name not in {"supply", "travel", "facts-dairy-state", "facts-caffeine-level", "storage"}:
            assert value in answer.text, name
    assert posts_of(app, donor) == []


BAD_REQUESTS = [
    ({"need": "-1"}, words.NOT_MORE_THAN_ZERO),
    ({"need": ""}, words.NOT_MORE_THAN_ZERO),
    ({"need": "0.5"}, words.TOO_LITTLE_PER_DAY),
    ({"need": "500"}, words.TOO_MUCH_PER_DAY),
    ({"days": "0"}, words.TOO_MANY_DAYS),
    ({"days": ""}, words.TOO_MANY_DAYS),
    ({"days": "400"}, words.TOO_MANY_DAYS),
    ({"days": "1e3"}, "Please write a whole number."),
    ({"stock": "-3"}, words.NEGATIVE),
    ({"stock": "9000"}, words.STOCK_TOO_MUCH),
    ({"baby_age_band": ""}, words.CHOOSE),
    ({"baby_age_band": "teen"}, words.CHOOSE),
    ({"term_and_healthy": "perhaps"}, words.CHOOSE),
    ({"wishes-dairy-strength": "maybe"}, words.CHOOSE),
    ({"wishes-dairy-avoid_days": "5"}, words.AVOID_DAYS_UNKNOWN),
    ({"wishes-dairy-avoid_days": "soon"}, words.AVOID_DAYS_UNKNOWN),
    ({"wishes-caffeine-level": "much"}, words.CHOOSE),
    ({"replace_bags": "gold"}, words.CHOOSE),
    ({"travel": ""}, words.CHOOSE),
]


@pytest.mark.parametrize(("changed", "reason"), BAD_REQUESTS)
def test_a_wrong_request_gets_a_reason_and_loses_nothing(app, sign_in, family, changed, reason):
    answer = post_request(sign_in(family), **changed)
    assert answer.status_code == 422
    assert reason in unescaped(answer.text)
    assert "We can come any evening." in answer.text
    assert posts_of(app, family) == []


def unescaped(page: str) -> str:
    return page.replace("&#39;", "'").replace("&amp;", "&")


def test_several_wrong_fields_are_all_named_at_once(sign_in, donor):
    page = unescaped(post_offer(sign_in(donor), amount="-5", storage="thawed", ends_on="2026-01-01").text)
    assert words.NOT_MORE_THAN_ZERO in page
    assert words.THAWED in page
    assert words.END_PAST in page
    assert 'href="#amount"' in page


@pytest.mark.parametrize(
    ("typed", "unit", "millilitres"),
    [("100", "oz", 2957), ("12,5", "oz", 370), ("1,300", "oz", 38446), ("1 300", "ml", 1300), ("430.5", "ml", 430)],
)
def test_amounts_are_read_as_people_write_them(app, sign_in, donor, typed, unit, millilitres):
    assert post_offer(sign_in(donor), amount=typed, unit=unit).status_code == 302
    assert posts_of(app, donor)[0].offer.volume_ml == millilitres


def test_thirty_six_bags_of_four_ounces_make_the_amount(app, sign_in, donor):
    assert post_offer(sign_in(donor), amount="", bags_count="36", bags_size="4").status_code == 302
    assert posts_of(app, donor)[0].offer.volume_ml == 4259


def test_sending_twice_makes_one_post(app, sign_in, donor):
    client = sign_in(donor)
    first, second = post_offer(client), post_offer(client)
    assert first.status_code == second.status_code == 302
    assert first.location == second.location
    assert len(posts_of(app, donor)) == 1


def test_a_draft_without_a_script_needs_nothing_and_comes_back_as_typed(app, sign_in, donor):
    client = sign_in(donor)
    answer = post_offer(client, step="save", amount="a shoebox full", storage="thawed")
    assert answer.status_code == 302
    (draft,) = posts_of(app, donor)
    assert draft.state is PostState.DRAFT
    assert "Offer, not finished" in client.get("/posts").text
    page = client.get(f"/posts/{draft.public_id}", follow_redirects=True)
    assert "a shoebox full" in page.text
    sent = post_offer(client)
    assert sent.location == f"/posts/{draft.public_id}"
    assert posts_of(app, donor)[0].state is PostState.LIVE


def test_the_script_s_autosave_keeps_one_draft(app, sign_in, donor):
    client = sign_in(donor)
    for note in ("I have", "I have some milk"):
        answer = client.post("/posts/new/offer/draft", data={**OFFER, "note": note, "stranger": "x"})
        assert answer.json["saved"] is True
    (draft,) = posts_of(app, donor)
    with app.app_context():
        typed = queries.typed_of(donor.identity, draft.public_id)
    assert typed["note"] == ["I have some milk"]
    assert "stranger" not in typed
    assert "step" not in typed


def test_a_draft_is_nobody_else_s(app, sign_in, donor, stranger):
    post_offer(sign_in(donor), step="save")
    (draft,) = posts_of(app, donor)
    assert sign_in(stranger).get(f"/posts/new/offer?draft={draft.public_id}").status_code == 404


def test_what_was_typed_in_a_lost_session_comes_back_after_signing_in(app, client, donor):
    answer = post_offer(client, note="Written at 3 a.m.")
    assert answer.status_code == 302
    assert answer.location.startswith("/login?next=")
    signed_in = client.post(answer.location, data={"email": donor.email, "password": "correct horse battery staple"})
    assert signed_in.location.endswith("/posts/new/offer")
    page = client.get("/posts/new/offer")
    assert "Written at 3 a.m." in page.text
    assert 'value="2026-03-12"' in page.text
    assert posts_of(app, donor) == []
    assert "Written at 3 a.m." not in client.get("/posts/new/offer").text


def test_a_form_from_a_foreign_page_is_not_kept(client):
    answer = client.post("/posts/new/offer", data=OFFER, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 400


def test_an_edit_in_a_lost_session_comes_back_after_signing_in(app, client, donor):
    with app.app_context():
        public_id = services.submit_new(donor.identity, drafts.OFFER, submit_token="t", now=drafts.NOW)
    answer = client.post(f"/posts/{public_id}/edit", data={**OFFER, "note": "Now with more."})
    client.post(answer.location, data={"email": donor.email, "password": "correct horse battery staple"})
    assert "Now with more." in client.get(f"/posts/{public_id}/edit").text


def test_somebody_without_a_place_chooses_one_first_and_keeps_the_form(app, sign_in, person):
    nowhere = person("Nowhere", area_id=None)
    client = sign_in(nowhere)
    answer = post_offer(client, note="From nowhere yet.")
    assert answer.location.startswith("/me/place")
    assert client.get("/posts/new/offer").location.startswith("/me/place")
    back = client.post(answer.location, data={"place": "95814", "chosen": "1"}, follow_redirects=True)
    assert "From nowhere yet." in back.text, back.request.path


def test_a_stranger_sees_a_live_post_with_a_band_and_never_its_private_part(app, sign_in, family, stranger):
    post_request(sign_in(family))
    (post,) = posts_of(app, family)
    page = sign_in(stranger).get(f"/posts/{post.public_id}").text
    assert "in your area" in page
    assert "Fatima" in page
    assert "needs no dairy" in page
    for private in ("In store", "term", f"/posts/{post.public_id}/withdraw", "allergist"):
        assert private not in page


@pytest.mark.parametrize("step", ["pause", "withdraw"])
def test_others_do_not_see_a_post_that_is_not_live(app, sign_in, donor, stranger, step):
    post_offer(sign_in(donor))
    (post,) = posts_of(app, donor)
    assert sign_in(stranger).get(f"/posts/{post.public_id}").status_code == 200
    sign_in(donor).post(f"/posts/{post.public_id}/act", data={"step": step})
    assert sign_in(stranger).get(f"/posts/{post.public_id}").status_code == 404
    assert sign_in(donor).get(f"/posts/{post.public_id}").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "data"),
    [("get", "edit", None), ("post", "edit", OFFER), ("post", "act", {"step": "withdraw"})],
)
def test_a_stranger_cannot_change_a_post(app, sign_in, donor, stranger, method, path, data):
    post_offer(sign_in(donor))
    (post,) = posts_of(app, donor)
    answer = getattr(sign_in(stranger), method)(f"/posts/{post.public_id}/{path}", data=data)
    assert answer.status_code == 404
    assert posts_of(app, donor) == [post]


def test_the_life_of_a_post_from_its_page(app, sign_in, donor):
    client = sign_in(donor)
    post_offer(client)
    (post,) = posts_of(app, donor)
    for step, state in [
        ("pause", PostState.PAUSED), ("resume", PostState.LIVE), ("renew", PostState.LIVE),
        ("withdraw", PostState.WITHDRAWN),
    ]:  # fmt: skip
        client.post(f"/posts/{post.public_id}/act", data={"step": step})
        assert posts_of(app, donor)[0].state is state
    answer = client.post(f"/posts/{post.public_id}/act", data={"step": "resume"}, follow_redirects=True)
    assert answer.status_code == 200
    assert "Something changed in the meantime" in answer.text
    assert client.post(f"/posts/{post.public_id}/act", data={"step": "explode"}).status_code == 400
    assert client.get(f"/posts/{post.public_id}/edit").status_code == 302


def edit_page_version(page: str) -> str:
    return page.split('name="version"')[1].split('value="')[1].split('"', maxsplit=1)[0]


def test_an_edit_changes_the_post(app, sign_in, donor):
    client = sign_in(donor)
    post_offer(client)
    (post,) = posts_of(app, donor)
    page = client.get(f"/posts/{post.public_id}/edit").text
    assert "Flat bags" in page
    assert 'value="99.99"' in page or 'value="100"' in page
    version = edit_page_version(page)
    answer = client.post(f"/posts/{post.public_id}/edit", data={**OFFER, "amount": "80", "version": version})
    assert answer.status_code == 302
    assert posts_of(app, donor)[0].offer.volume_ml == 2366


def test_a_stale_edit_is_told_so_and_keeps_what_was_typed(app, sign_in, donor):
    client = sign_in(donor)
    post_offer(client)
    (post,) = posts_of(app, donor)
    path = f"/posts/{post.public_id}/edit"
    version = edit_page_version(client.get(path).text)
    client.post(path, data={**OFFER, "amount": "80", "version": version})
    stale = client.post(path, data={**OFFER, "amount": "60", "note": "From the other phone", "version": version})
    assert stale.status_code == 409
    assert "changed in another window" in stale.text
    assert "From the other phone" in stale.text
    assert posts_of(app, donor)[0].offer.volume_ml == 2366
    again = client.post(path, data={**OFFER, "amount": "60", "version": edit_page_version(stale.text)})
    assert again.status_code == 302


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999"])
def test_an_edit_without_a_real_version_counts_as_stale(app, sign_in, donor, version):
    client = sign_in(donor)
    post_offer(client)
    (post,) = posts_of(app, donor)
    assert client.post(f"/posts/{post.public_id}/edit", data={**OFFER, "version": version}).status_code == 409


def test_a_wrong_edit_keeps_what_was_typed_and_the_post_as_it_was(app, sign_in, donor):
    client = sign_in(donor)
    post_offer(client)
    (post,) = posts_of(app, donor)
    answer = client.post(f"/posts/{post.public_id}/edit", data={**OFFER, "amount": "-80", "version": "2"})
    assert answer.status_code == 422
    assert 'value="-80"' in answer.text
    assert posts_of(app, donor) == [post]


def test_the_family_of_an_ill_baby_reads_about_milk_banks_before_it_goes_on(app, sign_in, family):
    client = sign_in(family)
    answer = post_request(client, term_and_healthy="no")
    assert answer.status_code == 422
    assert "Please ask a milk bank and your clinician first" in answer.text
    assert "https://www.hmbana.org/find-a-milk-bank/" in answer.text
    assert posts_of(app, family) == []
    assert post_request(client, term_and_healthy="no", bank_first="y").status_code == 302


def test_a_donor_after_a_loss_is_asked_nothing_about_a_baby_and_no_least_amount(app, sign_in, donor):
    client = sign_in(donor)
    page = client.get("/posts/new/offer?after_loss=1").text
    assert "We are sorry for your loss" in page
    assert "baby_age_months" not in page
    assert post_offer(client, after_loss="1", amount="4", max_families="").status_code == 302
    assert posts_of(app, donor)[0].offer.after_loss is True


def test_a_moderator_s_reason_stands_beside_the_post(app, sign_in, person, moderator):
    newcomer = person("Nell", trust=0)
    client = sign_in(newcomer)
    post_offer(client)
    (post,) = posts_of(app, newcomer)
    assert post.state is PostState.IN_REVIEW
    with app.app_context():
        services.ask_edit(post.id, moderator.id, "Please leave out the price.", now=drafts.NOW)
    assert "Please leave out the price." in client.get("/posts").text
    assert "Please leave out the price." in client.get(f"/posts/{post.public_id}").text


def test_a_reader_of_kilometres_reads_kilometres(app, sign_in, donor, family):
    from app.accounts.models import User
    from app.infra.transaction import transaction

    with app.app_context(), transaction() as session:
        reader = session.get(User, family.id)
        reader.distance_unit, reader.volume_unit = "km", "ml"
    post_offer(sign_in(donor))
    (post,) = posts_of(app, donor)
    page = sign_in(family).get(f"/posts/{post.public_id}").text
    assert "up to 25 km" in page
    assert "2960 ml" in page
    assert "up to 15 miles" in sign_in(donor).get(f"/posts/{post.public_id}").text


def test_a_post_without_travel_says_so(app, sign_in, donor):
    client = sign_in(donor)
    answer = post_offer(client, travel="0", **{"facts-soy-since": "2026-05-01"})
    page = client.get(answer.location).text
    assert "cannot travel" in page
    assert "Soy: not said" in page


def test_a_price_in_the_note_is_held_before_anyone_sees_it(app, sign_in, donor, stranger):
    answer = post_offer(sign_in(donor), note="Asking $2 an ounce.")
    (post,) = posts_of(app, donor)
    assert post.state is PostState.IN_REVIEW
    assert "name a price" in sign_in(donor).get(answer.location).text
    assert sign_in(stranger).get(answer.location).status_code == 404


def test_a_complete_draft_opens_in_its_form_and_an_opened_one_is_posted(app, sign_in, family):
    with app.app_context():
        public_id = services.save_draft(family.identity, drafts.REQUEST, submit_token="d", now=drafts.NOW)
    client = sign_in(family)
    page = client.get(f"/posts/{public_id}/edit", follow_redirects=True)
    assert "She reacts to milk protein." in page.text
    assert 'value="d"' in page.text
    assert client.get(f"/posts/new/offer?draft={public_id}").status_code == 404
    client.post(f"/posts/{public_id}/act", data={"step": "submit"})
    assert posts_of(app, family)[0].state is PostState.LIVE
    assert client.get(f"/posts/new/request?draft={public_id}").status_code == 404


def test_an_unfinished_draft_cannot_be_handed_in_from_its_page(app, sign_in, donor):
    client = sign_in(donor)
    post_offer(client, step="save")
    (draft,) = posts_of(app, donor)
    answer = client.post(f"/posts/{draft.public_id}/act", data={"step": "submit"})
    assert answer.status_code == 302
    assert posts_of(app, donor)[0].state is PostState.DRAFT


def test_a_request_is_edited_with_what_it_said(app, sign_in, family):
    client = sign_in(family)
    post_request(client)
    (post,) = posts_of(app, family)
    page = client.get(f"/posts/{post.public_id}/edit").text
    version = edit_page_version(page)
    assert "We can come any evening." in page
    changed = {
        **REQUEST,
        "days": "60",
        "version": version,
        "wishes-fish-strength": "must",
        "wishes-fish-avoid_days": "",
    }
    assert client.post(f"/posts/{post.public_id}/edit", data=changed).status_code == 302
    (post,) = posts_of(app, family)
    assert post.request.days == 60
    assert "needs no fish" in client.get(f"/posts/{post.public_id}").text


def test_a_weekly_offer_is_shown_by_the_week(sign_in, donor):
    client = sign_in(donor)
    weekly = {"supply": "weekly", "amount": "70", "storage": "fresh", "pumped_from": "", "pumped_to": ""}
    levels = {"facts-caffeine-state": "uses", "facts-caffeine-level": "to_100", "facts-soy-state": "avoids"}
    answer = post_offer(client, **weekly, **levels)
    page = client.get(answer.location).text
    assert "Offer: 70 oz a week" in page
    assert "donor reports caffeine: up to 100 mg a day" in page
    assert "donor reports no soy<" in page


def test_distance_is_told_as_a_band(app, sign_in, donor, person):
    post_offer(sign_in(donor))
    (post,) = posts_of(app, donor)
    assert "&gt; 150 mi" in sign_in(person("Far", area_id=20_000)).get(f"/posts/{post.public_id}").text
    nowhere = sign_in(person("Nowhere", area_id=None)).get(f"/posts/{post.public_id}")
    assert nowhere.status_code == 200
    assert "How far away" not in nowhere.text


@pytest.fixture
def with_csrf(app):
    app.config["WTF_CSRF_ENABLED"] = True
    yield app
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.mark.parametrize("step", ["post", "save"])
def test_a_page_open_for_too_long_keeps_what_was_typed(with_csrf, sign_in, donor, step):
    with_csrf.config["WTF_CSRF_ENABLED"] = False
    client = sign_in(donor)
    with_csrf.config["WTF_CSRF_ENABLED"] = True
    answer = post_offer(client, step=step, csrf_token="from-yesterday", note="Long in the making.")
    assert answer.status_code == 422
    assert "This page was open for too long" in answer.text
    assert "Long in the making." in answer.text
    assert posts_of(with_csrf, donor) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "9" * 5000}, {"days": "٣"}, {"facts-dairy-since": "0000-00-00"}, {"note": "\x00\u202e"},
        {"submit_token": "x" * 5000}, {"unit": "gallons"}, {"bags_count": "-2", "bags_size": "4", "amount": ""},
        {"amount": "1e9"}, {"ends_on": "9999-12-31"}, {"pumped_from": "0001-01-01"}, {"max_families": "9" * 30},
    ],
)  # fmt: skip
def test_junk_is_answered_and_never_breaks_the_page(sign_in, donor, changed):
    assert post_offer(sign_in(donor), **changed).status_code in {302, 422}
