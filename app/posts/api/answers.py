"""A post as the API gives it: to its author whole, to others what its page tells them."""

from app.geo.areas import AreaId
from app.infra.areas.storage import load_catalogue
from app.kernel.access import Identity
from app.posts.api.models import AreaOut, FactOut, OfferOut, PostOut, RequestOut, WishOut
from app.posts.queries import OfferView, PostView, RequestView
from app.posts.rules import SHOWN_TO_ALL


def post_out(post: PostView, actor: Identity) -> PostOut:
    """``post`` as ``actor`` may read it."""
    own = post.author_id == actor.person_id
    facts = post.stated if own else [fact for fact in post.facts if fact.attribute in SHOWN_TO_ALL]
    return PostOut.model_validate(
        {
            "id": post.public_id, "kind": post.kind, "state": post.state.value, "mine": own, "version": post.version,
            "area": area_out(post.area_id), "travel_km": post.travel_km, "note": post.note,
            "replace_bags": post.replace_bags, "ends_on": post.ends_on, "published_at": post.published_at,
            "created_at": post.created_at if own else None, "updated_at": post.updated_at if own else None,
            "offer": _offer(post.offer, own=own) if post.offer else None,
            "request": _request(post.request, own=own) if post.request else None,
            "facts": {fact.attribute: FactOut(state=fact.state, since=fact.since, level=fact.level) for fact in facts},
            "facts_shared": post.facts_shared,
            "wishes": {
                wish.attribute: WishOut(strength=wish.strength, avoid_days=wish.avoid_days, level=wish.level)
                for wish in post.wishes
            },
        }
    )  # fmt: skip


def area_out(area_id: AreaId) -> AreaOut:
    """A published area with its name."""
    return AreaOut(id=area_id, name=load_catalogue().area(area_id).name)


def _offer(offer: OfferView, *, own: bool) -> OfferOut:
    told = {name: getattr(offer, name) for name in OfferOut.model_fields}
    return OfferOut(**(told | ({} if own else {"preference": None})))


def _request(request: RequestView, *, own: bool) -> RequestOut:
    told = {name: getattr(request, name) for name in RequestOut.model_fields}
    hidden = {} if own else dict.fromkeys(("stock_ml", "term_and_healthy", "immediate_allergy", "accepts_asks"))
    return RequestOut(**(told | hidden))
