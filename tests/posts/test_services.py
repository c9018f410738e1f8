"""The use-cases of posts: who may do what, what is written, what others are told."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts.models import User
from app.accounts.queries import person as person_of
from app.accounts.services import block, choose_area
from app.geo.index import place_of, strip_of
from app.infra import event_bus
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.infra.jobs import enqueue_periodic, run_due
from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from app.notifications.models import Notice
from app.posts import queries, services
from app.posts.events import PostClosed, PostEdited, PostPublished, PostSubmitted
from app.posts.models import KeptForm, PostIndex
from app.posts.rules import PostState
from app.posts.services import writing
from tests.posts.drafts import NOW, OFFER, REQUEST, WEEKLY

pytestmark = pytest.mark.both_databases

S = PostState


@pytest.fixture
def heard(in_app, monkeypatch):
    """Everything that was told after a commit, in order."""
    told = []
    monkeypatch.setattr(event_bus.EventBus, "tell_after", lambda _bus, happened: told.append(happened))
    return told


@pytest.fixture
def newcomer(person):
    return person("Nell", trust=0)


def posted(who, draft=OFFER, begun="t", now=NOW):
    return queries.post_by_public_id(services.submit_new(who.identity, draft, submit_token=begun, now=now))


def state(post) -> PostState:
    return queries.post(post.id).state


def index_row(post) -> PostIndex | None:
    db.session.rollback()
    return db.session.get(PostIndex, post.id)


def kinds_told(who) -> list[str]:
    return list(db.session.scalars(select(Notice.kind).where(Notice.user_id == who.id).order_by(Notice.id)))


def set_person(who, **values):
    with transaction() as session:
        person = session.get(User, who.id)
        for name, value in values.items():
            setattr(person, name, value)


@pytest.mark.parametrize("draft", [OFFER, WEEKLY, REQUEST])
def test_what_is_posted_reads_back_as_it_was_said(in_app, donor, draft):
    found = queries.draft_of(queries.own_post(donor.identity, posted(donor, draft).public_id))
    assert replace(found, ends_on=None) == replace(draft, ends_on=None)


def test_a_post_without_a_last_day_gets_sixty(in_app, family):
    assert posted(family, REQUEST).ends_on == date(2027, 1, 20)


def test_a_known_member_s_post_is_live_and_told(heard, donor):
    post = posted(donor)
    assert post.state is S.LIVE
    assert post.published_at == NOW
    assert [type(each) for each in heard] == [PostSubmitted, PostPublished]
    assert heard[0].needs_review is False


def test_a_newcomer_s_post_waits_and_nobody_finds_it(heard, newcomer):
    post = posted(newcomer)
    assert post.state is S.IN_REVIEW
    assert index_row(post) is None
    assert [(type(each), each.needs_review) for each in heard if isinstance(each, PostSubmitted)] == [
        (PostSubmitted, True)
    ]
    assert not any(isinstance(each, PostPublished) for each in heard)


def test_handing_in_twice_is_one_post_and_one_telling(heard, donor):
    first, second = posted(donor), posted(donor)
    assert first == second
    assert len(heard) == 2


def test_the_same_token_of_another_person_is_another_post(in_app, donor, family):
    assert posted(donor).id != posted(family).id


def test_one_token_cannot_become_the_other_kind(in_app, donor):
    posted(donor)
    with pytest.raises(Conflict):
        posted(donor, REQUEST)


def test_a_wrong_draft_writes_nothing(in_app, donor):
    with pytest.raises(Invalid) as refused:
        posted(donor, replace(OFFER, volume_ml=-1))
    assert set(refused.value.fields) == {"amount"}
    assert queries.own_posts(donor.identity) == []


def test_somebody_without_a_place_cannot_post(in_app, person):
    with pytest.raises(Conflict) as refused:
        posted(person("Nowhere", area_id=None))
    assert refused.value.code == "no_place"


def test_somebody_who_lost_the_place_keeps_the_draft(in_app, donor):
    public_id = services.save_draft(donor.identity, OFFER, submit_token="t", now=NOW)
    set_person(donor, area_id=None)
    with pytest.raises(Conflict):
        services.submit(donor.identity, public_id, now=NOW)
    assert queries.post_by_public_id(public_id).state is S.DRAFT


def test_a_complete_draft_is_handed_in_later_and_only_once(heard, donor):
    public_id = services.save_draft(donor.identity, OFFER, submit_token="t", now=NOW)
    assert queries.post_by_public_id(public_id).state is S.DRAFT
    assert heard == []
    assert services.submit(donor.identity, public_id, now=NOW) is S.LIVE
    assert services.submit(donor.identity, public_id, now=NOW) is S.LIVE
    assert len(heard) == 2
    services.save_draft(donor.identity, replace(OFFER, note="late"), submit_token="t", now=NOW)
    assert queries.post_by_public_id(public_id).note == OFFER.note


def test_an_unfinished_draft_cannot_be_handed_in(in_app, donor):
    public_id = services.save_typed(donor.identity, "offer", {"note": ["half"]}, submit_token="t", now=NOW)
    with pytest.raises(Invalid):
        services.submit(donor.identity, public_id, now=NOW)
    assert queries.typed_of(donor.identity, public_id) == {"note": ["half"]}
    assert queries.draft_of(queries.post_by_public_id(public_id)) is None
    assert services.submit_new(donor.identity, OFFER, submit_token="t", now=NOW) == public_id
    assert queries.typed_of(donor.identity, public_id) is None


def test_a_late_autosave_changes_nothing_that_is_posted(in_app, donor):
    post = posted(donor)
    services.save_typed(donor.identity, "offer", {"note": ["late"]}, submit_token="t", now=NOW)
    assert queries.post(post.id) == post


def test_the_index_holds_the_centre_of_the_area_exactly_while_the_post_is_live(in_app, donor):
    post = posted(donor)
    area = load_catalogue().area(post.area_id)
    row = index_row(post)
    assert (row.x, row.y, row.z) == place_of(*area.centre)
    assert (row.strip, row.longitude) == (strip_of("offer", area.latitude, 25), area.longitude)
    services.pause(donor.identity, post.public_id, now=NOW)
    assert index_row(post) is None
    services.resume(donor.identity, post.public_id, now=NOW)
    assert index_row(post) is not None
    services.withdraw(donor.identity, post.public_id, now=NOW)
    assert index_row(post) is None


def test_a_farther_radius_moves_the_post_in_the_index(in_app, donor):
    post = posted(donor)
    before = index_row(post).strip
    services.edit(donor.identity, post.public_id, replace(OFFER, travel_km=120), version=post.version, now=NOW)
    assert index_row(post).strip > before


def test_an_edit_replaces_what_is_said_and_tells(heard, donor):
    post = posted(donor)
    heard.clear()
    changed = replace(OFFER, note="Fewer now.", volume_ml=2000, facts=OFFER.facts[:1])
    assert services.edit(donor.identity, post.public_id, changed, version=post.version, now=NOW) is S.LIVE
    assert queries.draft_of(queries.own_post(donor.identity, post.public_id)) == changed
    assert [type(each) for each in heard] == [PostEdited]


def test_an_edit_of_something_that_changed_in_the_meantime_is_refused(in_app, donor):
    post = posted(donor)
    services.edit(donor.identity, post.public_id, replace(OFFER, volume_ml=2000), version=post.version, now=NOW)
    with pytest.raises(Conflict) as refused:
        services.edit(donor.identity, post.public_id, OFFER, version=post.version, now=NOW)
    assert refused.value.code == "stale"
    assert queries.post(post.id).offer.volume_ml == 2000


def test_an_offer_cannot_be_edited_into_a_request(in_app, donor):
    post = posted(donor)
    with pytest.raises(Conflict):
        services.edit(donor.identity, post.public_id, REQUEST, version=post.version, now=NOW)


def test_a_wrong_edit_leaves_the_post_as_it_was(in_app, donor):
    post = posted(donor)
    with pytest.raises(Invalid):
        services.edit(donor.identity, post.public_id, replace(OFFER, travel_km=7), version=post.version, now=NOW)
    assert queries.post(post.id) == post


@pytest.mark.parametrize(("note", "after"), [("Other words.", S.IN_REVIEW), (OFFER.note, S.LIVE)])
def test_a_newcomer_s_live_post_is_read_again_when_its_words_change(heard, newcomer, moderator, note, after):
    post = posted(newcomer)
    services.approve(post.id, moderator.id, now=NOW)
    version = queries.post(post.id).version
    changed = replace(OFFER, note=note, volume_ml=2500)
    heard.clear()
    assert services.edit(newcomer.identity, post.public_id, changed, version=version, now=NOW) is after
    assert (index_row(post) is None) is (after is S.IN_REVIEW)
    assert any(isinstance(each, PostClosed) for each in heard) is (after is S.IN_REVIEW)


def test_a_draft_stays_a_draft_when_edited(heard, donor):
    public_id = services.save_draft(donor.identity, OFFER, submit_token="t", now=NOW)
    services.edit(donor.identity, public_id, replace(OFFER, ends_on=None), version=1, now=NOW)
    assert queries.post_by_public_id(public_id).ends_on is None
    assert heard == []


STEPS = {
    "submit": services.submit,
    "pause": services.pause,
    "resume": services.resume,
    "renew": services.renew,
    "withdraw": services.withdraw,
    "edit": lambda actor, public_id, now: services.edit(actor, public_id, OFFER, version=1, now=now),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_stranger_finds_no_post_to_act_on(in_app, donor, stranger, step):
    post = posted(donor)
    with pytest.raises(NotFound):
        STEPS[step](stranger.identity, post.public_id, now=NOW)
    assert queries.post(post.id) == post


@pytest.mark.parametrize("step", STEPS)
def test_a_post_that_does_not_exist_is_not_found(in_app, donor, step):
    with pytest.raises(NotFound):
        STEPS[step](donor.identity, "nothing", now=NOW)


@pytest.mark.parametrize("step", ["pause", "withdraw"])
def test_repeating_a_step_changes_nothing(heard, donor, step):
    post = posted(donor)
    STEPS[step](donor.identity, post.public_id, now=NOW)
    before, told = queries.changes(post.id), len(heard)
    STEPS[step](donor.identity, post.public_id, now=NOW)
    assert queries.changes(post.id) == before
    assert len(heard) == told


def test_every_change_leaves_who_when_and_why(in_app, newcomer, moderator):
    post = posted(newcomer)
    services.ask_edit(post.id, moderator.id, "  No price, please. ", now=NOW)
    version = queries.post(post.id).version
    services.edit(newcomer.identity, post.public_id, OFFER, version=version, now=NOW)
    services.decline(post.id, moderator.id, "Still a price.", now=NOW)
    trail = [(row.old_state, row.new_state, row.actor_id, row.reason) for row in queries.changes(post.id)]
    assert trail == [
        (None, "draft", newcomer.id, None),
        ("draft", "in_review", newcomer.id, None),
        ("in_review", "edit_asked", moderator.id, "No price, please."),
        ("edit_asked", "in_review", newcomer.id, None),
        ("in_review", "declined", moderator.id, "Still a price."),
    ]
    assert queries.reason_of(post.id) == "Still a price."
    assert kinds_told(newcomer) == ["post_edit_asked", "post_declined"]


def test_an_approved_post_is_live_and_its_author_is_told_once(in_app, newcomer, moderator):
    post = posted(newcomer)
    later = NOW + timedelta(days=70)
    services.approve(post.id, moderator.id, now=later)
    services.approve(post.id, moderator.id, now=later)
    assert state(post) is S.LIVE
    assert queries.post(post.id).ends_on == later.date() + timedelta(days=60)
    assert kinds_told(newcomer) == ["post_live"]


DECISIONS = [
    lambda post, who: services.approve(post.id, who.id, now=NOW),
    lambda post, who: services.ask_edit(post.id, who.id, "why", now=NOW),
    lambda post, who: services.decline(post.id, who.id, "why", now=NOW),
]


@pytest.mark.parametrize("decide", DECISIONS)
def test_nobody_decides_about_a_post_of_their_own(in_app, moderator, decide):
    set_person(moderator, trust=0)
    post = posted(moderator)
    with pytest.raises(Forbidden):
        decide(post, moderator)
    assert state(post) is S.IN_REVIEW


@pytest.mark.parametrize("decide", [services.ask_edit, services.decline])
def test_a_refusal_without_a_reason_is_refused(in_app, newcomer, moderator, decide):
    post = posted(newcomer)
    with pytest.raises(Invalid):
        decide(post.id, moderator.id, " \n ", now=NOW)


@pytest.mark.parametrize("decide", DECISIONS)
def test_a_post_taken_back_can_no_longer_be_decided(in_app, newcomer, moderator, decide):
    post = posted(newcomer)
    services.withdraw(newcomer.identity, post.public_id, now=NOW)
    with pytest.raises(Conflict):
        decide(post, moderator)


def test_taking_a_waiting_post_back_is_told(heard, newcomer):
    post = posted(newcomer)
    services.withdraw(newcomer.identity, post.public_id, now=NOW)
    assert (type(heard[-1]), heard[-1].state) == (PostClosed, "withdrawn")


def test_a_promised_post_is_found_by_nobody_and_comes_back_when_the_promise_falls(heard, donor):
    post = posted(donor)
    services.mark_matched(post.id, now=NOW)
    assert index_row(post) is None
    assert heard[-1].state == "matched"
    services.reopen(post.id, now=NOW)
    services.reopen(post.id, now=NOW)
    assert state(post) is S.LIVE
    assert index_row(post) is not None
    services.fulfil(post.id, now=NOW)
    assert state(post) is S.FULFILLED
    with pytest.raises(Conflict):
        services.reopen(post.id, now=NOW)


def test_a_promise_that_falls_after_the_last_day_ends_the_post(in_app, donor):
    post = posted(donor)
    services.mark_matched(post.id, now=NOW)
    services.reopen(post.id, now=NOW + timedelta(days=60))
    assert state(post) is S.EXPIRED


@pytest.mark.parametrize(
    ("timezone", "moment", "ended"),
    [
        ("UTC", NOW.replace(year=2027, month=1, day=10, hour=23), False),
        ("UTC", NOW.replace(year=2027, month=1, day=11, hour=1), True),
        ("America/Los_Angeles", NOW.replace(year=2027, month=1, day=11, hour=1), False),
        ("America/Los_Angeles", NOW.replace(year=2027, month=1, day=11, hour=9), True),
        ("Pacific/Auckland", NOW.replace(year=2027, month=1, day=10, hour=12), True),
    ],
)
def test_a_post_ends_when_its_last_day_is_over_where_its_author_lives(in_app, donor, timezone, moment, ended):
    set_person(donor, timezone=timezone)
    post = posted(donor)
    assert services.expire_due(now=moment) == int(ended)
    assert state(post) is (S.EXPIRED if ended else S.LIVE)
    assert (index_row(post) is None) is ended


def test_the_end_comes_round_by_itself(in_app, donor):
    post = posted(donor)
    later = NOW + timedelta(days=80)
    enqueue_periodic(now=later)
    run_due(now=later)
    assert state(post) is S.EXPIRED
    assert services.expire_due(now=later) == 0


def test_an_author_hears_three_days_before_the_end_and_once(in_app, donor):
    posted(donor)
    assert services.remind_ending(now=NOW + timedelta(days=40)) == 0
    for days in (48, 49):
        assert services.remind_ending(now=NOW + timedelta(days=days)) == 1
    assert kinds_told(donor) == ["post_expiring"]


def test_an_ended_post_is_live_again_when_renewed(heard, donor):
    post = posted(donor)
    later = NOW + timedelta(days=80)
    services.expire_due(now=later)
    with pytest.raises(Conflict):
        services.resume(donor.identity, post.public_id, now=later)
    assert services.renew(donor.identity, post.public_id, now=later) is S.LIVE
    assert queries.post(post.id).ends_on == later.date() + timedelta(days=60)
    assert isinstance(heard[-1], PostPublished)


def test_renewing_names_a_day_within_a_year(in_app, donor):
    post = posted(donor)
    services.renew(donor.identity, post.public_id, ends_on=date(2027, 11, 21), now=NOW)
    for wrong in (date(2027, 11, 22), date(2026, 11, 20)):
        with pytest.raises(Invalid):
            services.renew(donor.identity, post.public_id, ends_on=wrong, now=NOW)
    assert queries.post(post.id).ends_on == date(2027, 11, 21)
    services.withdraw(donor.identity, post.public_id, now=NOW)
    with pytest.raises(Conflict):
        services.renew(donor.identity, post.public_id, now=NOW)


def test_a_paused_post_whose_day_is_over_is_not_resumed(in_app, donor):
    post = posted(donor)
    services.pause(donor.identity, post.public_id, now=NOW)
    with pytest.raises(Conflict):
        services.resume(donor.identity, post.public_id, now=NOW + timedelta(days=80))


def test_a_post_follows_its_author_to_a_new_area(in_app, donor):
    post = posted(donor)
    services.pause(donor.identity, post.public_id, now=NOW)
    set_person(donor, area_id=2)
    services.resume(donor.identity, post.public_id, now=NOW)
    assert queries.post(post.id).area_id == 2
    assert index_row(post).area_id == 2


def test_a_move_takes_every_unended_post_along(heard, donor):
    live = posted(donor)
    ended = posted(donor, begun="other")
    services.withdraw(donor.identity, ended.public_id, now=NOW)
    before = index_row(live).z
    choose_area(donor.identity, 500, now=NOW)
    assert queries.post(live.id).area_id == 500
    assert index_row(live).z != before
    assert queries.post(ended.id).area_id == 1
    assert isinstance(heard[-1], PostEdited)


@pytest.mark.parametrize("blocks", ["donor", "stranger"])
def test_a_block_hides_posts_both_ways(in_app, donor, stranger, blocks):
    post = posted(donor)
    pair = [donor, stranger] if blocks == "donor" else [stranger, donor]
    block(pair[0].identity, person_of(pair[1].id).public_id, now=NOW)
    with pytest.raises(NotFound):
        queries.visible_post(stranger.identity, post.public_id)
    assert queries.visible_post(donor.identity, post.public_id).id == post.id


def test_two_requests_at_once_find_the_same_post(in_app, donor, monkeypatch):
    first = posted(donor)
    honest = writing._under_token
    answers = iter([None])
    monkeypatch.setattr(writing, "_under_token", lambda *args: None if next(answers, 1) is None else honest(*args))
    assert posted(donor) == first


def test_twenty_clicks_at_once_make_one_post(app, donor):
    def click(_n: int) -> str:
        with app.app_context():
            return services.submit_new(donor.identity, OFFER, submit_token="one", now=NOW)

    with ThreadPoolExecutor(8) as crowd:
        assert len(set(crowd.map(click, range(20)))) == 1
    with app.app_context():
        assert len(queries.own_posts(donor.identity)) == 1


def test_only_the_author_sees_a_post_that_is_not_live(in_app, donor, stranger):
    post = posted(donor)
    assert queries.visible_post(stranger.identity, post.public_id) == post
    services.pause(donor.identity, post.public_id, now=NOW)
    with pytest.raises(NotFound):
        queries.visible_post(stranger.identity, post.public_id)
    assert queries.visible_post(donor.identity, post.public_id).state is S.PAUSED


def test_lists_and_counts_hold_live_posts_only(in_app, donor, family):
    offer, request = posted(donor), posted(family, REQUEST)
    services.pause(donor.identity, offer.public_id, now=NOW)
    assert set(queries.posts_by_id([offer.id, request.id, 99])) == {offer.id, request.id}
    assert set(queries.live_posts([offer.id, request.id])) == {request.id}
    assert queries.live_counts() == {"request": 1}
    assert queries.live_posts_of(donor.id, "offer") == []
    assert [post.id for post in queries.live_posts_of(family.id, "request")] == [request.id]


def test_what_is_not_there_is_not_found(in_app, donor):
    for missing in (
        lambda: queries.post(9), lambda: queries.post_by_public_id("x"), lambda: services.fulfil(9, now=NOW),
        lambda: queries.typed_of(donor.identity, "x"),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            missing()


def test_a_fact_is_found_by_its_attribute(in_app, donor):
    post = posted(donor)
    assert post.fact("dairy").state == "avoids"
    assert post.fact("fish") is None
    assert queries.reason_of(99) is None


def test_a_kept_form_is_given_back_once_to_who_holds_its_token(in_app):
    token = services.keep_form("offer", {"note": ["hi"]}, now=NOW)
    assert services.take_kept_form("guess", "offer", now=NOW) is None
    assert services.take_kept_form(token, "request", now=NOW) is None
    assert services.take_kept_form(token, "offer", now=NOW) == {"note": ["hi"]}
    assert services.take_kept_form(token, "offer", now=NOW) is None


def test_a_kept_form_is_forgotten_after_a_day_and_its_token_is_never_stored(in_app):
    token = services.keep_form("offer", {"note": ["hi"]}, now=NOW)
    assert token not in db.session.scalars(select(KeptForm.token_digest)).all()
    tomorrow = NOW + timedelta(days=1, seconds=1)
    assert services.take_kept_form(token, "offer", now=tomorrow) is None
    assert services.forget_old_forms(now=tomorrow) == 1
    assert services.forget_old_forms(now=tomorrow) == 0


def test_kept_forms_never_fill_the_disk(in_app, monkeypatch):
    monkeypatch.setattr("app.posts.services.keeping.MOST_KEPT", 3)
    tokens = [services.keep_form("offer", {"n": [str(n)]}, now=NOW) for n in range(5)]
    kept = [services.take_kept_form(token, "offer", now=NOW) for token in tokens]
    assert kept == [None, None, {"n": ["2"]}, {"n": ["3"]}, {"n": ["4"]}]


STEP = st.sampled_from(["pause", "resume", "renew", "withdraw", "match", "reopen", "fulfil", "expire", "edit"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, max_size=8), st.uuids())
def test_whatever_is_tried_the_trail_is_whole_and_the_index_holds_the_live(in_app, donor, steps, token):
    post = posted(donor, begun=token.hex)
    for step in steps:
        _try(donor.identity, post, step)
    trail = queries.changes(post.id)
    assert [row.new_state for row in trail[:-1]] == [row.old_state for row in trail[1:]]
    assert trail[-1].new_state == state(post)
    assert (index_row(post) is not None) is (state(post) is S.LIVE)


def _try(actor: Identity, post, step: str) -> None:
    own = {"pause": services.pause, "resume": services.resume, "renew": services.renew, "withdraw": services.withdraw}
    other = {"match": services.mark_matched, "reopen": services.reopen, "fulfil": services.fulfil}
    try:
        if step in own:
            own[step](actor, post.public_id, now=NOW)
        elif step in other:
            other[step](post.id, now=NOW)
        elif step == "expire":
            services.expire_due(now=NOW + timedelta(days=80))
        else:
            services.edit(actor, post.public_id, OFFER, version=queries.post(post.id).version, now=NOW)
    except Conflict:
        return
