"""The rows of other capabilities that reading a handoff joins, under the names of their part in it."""

from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.handoffs.models import HandoffSide
from app.posts.models import Post

DonorSide = aliased(HandoffSide, name="donor_side")
FamilySide = aliased(HandoffSide, name="family_side")
Donor = aliased(User, name="donor")
Family = aliased(User, name="family")
OfferPost = aliased(Post, name="offer_post")
RequestPost = aliased(Post, name="request_post")
