from app.posts import queries, services
from app.posts.rules import PostState
from tests.posts.drafts import OFFER


def test_a_known_member_s_post_is_live_at_once(in_app, donor, now):
    public_id = services.submit_new(donor.identity, OFFER, submit_token="a", now=now)
    found = queries.post_by_public_id(public_id)
    assert found.state is PostState.LIVE
    assert queries.draft_of(found) == OFFER
