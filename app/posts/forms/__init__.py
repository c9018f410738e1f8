"""From text to a typed draft, or to reasons at the fields; what was typed stays in the fields."""

from app.posts.forms.offer import OfferForm
from app.posts.forms.post import PostForm, Reader, by_group, leaves, typed_of
from app.posts.forms.request import RequestForm

__all__ = ["OfferForm", "PostForm", "Reader", "RequestForm", "by_group", "leaves", "typed_of"]
